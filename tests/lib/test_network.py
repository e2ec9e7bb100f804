"""The wall: what Lumio connects to when people type a host in."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from contextlib import closing

import pytest

from lumio.lib import network

LOOPBACK = [
    "127.0.0.1",
    "localhost",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "017700000001",
    "::1",
    "[::1]",
    "::ffff:127.0.0.1",
]
AT_HOME = ["10.0.0.7", "172.16.0.1", "192.168.1.5", "100.64.0.9", "fd12:3456::1", "::ffff:192.168.1.5"]
NEVER = [
    "169.254.169.254",
    "2852039166",
    "0xA9FEA9FE",
    "0251.0376.0251.0376",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "fd00:ec2::254",
    "100.100.100.200",
    "168.63.129.16",
    "0.0.0.0",  # noqa: S104  nothing is bound to it
    "0",
    "::",
    "fe80::1",
    "224.0.0.1",
    "ff02::1",
    "255.255.255.255",
    "240.0.0.1",
    "198.18.0.1",
    "192.0.2.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "::127.0.0.1",
]
IN_THE_INTERNET = ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822"]
NOT_A_HOST = [
    "",
    " ",
    "a b",
    "user@host",
    "host/path",
    "host:4455",
    "127.0.0.1 x",
    "nul\0",
    "-" * 64 + ".x" * 200,
    "ü" * 90,
]


class Names(dict[str, list]):
    """Who has which addresses: a list of them, or a list of such lists, one for each look-up. `asked` is in order."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._real = socket.getaddrinfo

    def look_up(self, host, port, *arguments, **options):
        if host not in self:
            return self._real(host, port, *arguments, **options)
        self.asked.append(host)
        ips = self[host].pop(0) if isinstance(self[host][0], list) else self[host]
        families = [socket.AF_INET6 if ":" in ip else socket.AF_INET for ip in ips]
        return [(family, socket.SOCK_STREAM, 6, "", (ip, port)) for family, ip in zip(families, ips, strict=True)]


@pytest.fixture
def names(monkeypatch):
    names = Names()
    monkeypatch.setattr(socket, "getaddrinfo", names.look_up)
    return names


@pytest.fixture
def listening():
    """Somebody who accepts connections on loopback."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        server.setblocking(False)
        yield server


def port_of(server: socket.socket) -> int:
    return server.getsockname()[1]


@pytest.mark.parametrize("host", [*LOOPBACK, *AT_HOME, *NEVER])
def test_hosted_lumio_connects_only_to_the_internet(settings, host):
    settings.LUMIO_ALLOW_PRIVATE_HOSTS = False

    with pytest.raises(network.NotAllowed):
        network.resolve(host, 4455)


@pytest.mark.parametrize("host", [*LOOPBACK, *AT_HOME])
def test_lumio_at_home_connects_to_the_network_at_home(settings, host):
    settings.LUMIO_ALLOW_PRIVATE_HOSTS = True

    address = network.resolve(host, 4455)

    assert [network.is_private(network._unwrapped(ipaddress.ip_address(ip))) for ip in address.ips] == [True]


@pytest.mark.parametrize("host", NEVER)
def test_some_addresses_are_refused_even_at_home(settings, host):
    settings.LUMIO_ALLOW_PRIVATE_HOSTS = True

    with pytest.raises(network.NotAllowed):
        network.resolve(host, 4455)


@pytest.mark.parametrize("is_at_home", [True, False])
@pytest.mark.parametrize("host", IN_THE_INTERNET)
def test_addresses_of_the_internet_are_open_to_everybody(settings, host, is_at_home):
    settings.LUMIO_ALLOW_PRIVATE_HOSTS = is_at_home

    assert network.resolve(host, 4455).ips == (host,)


@pytest.mark.parametrize("host", NOT_A_HOST)
def test_what_is_no_host_is_unknown_and_never_looked_up(host, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: pytest.fail("looked up"))

    with pytest.raises(network.Unknown):
        network.resolve(host, 4455)


def test_a_name_that_nobody_has_is_unknown():
    with pytest.raises(network.Unknown):
        network.resolve("nobody.invalid", 4455)


def test_a_name_is_spelled_as_a_url_wants_it(names):
    names["xn--bcher-kva.example"] = ["93.184.216.34"]

    assert network.resolve("bücher.example", 4455) == network.Address("xn--bcher-kva.example", 4455, ("93.184.216.34",))


def test_one_bad_address_of_a_name_spoils_it(names, settings):
    settings.LUMIO_ALLOW_PRIVATE_HOSTS = False
    names["both.example"] = ["93.184.216.34", "127.0.0.1"]

    with pytest.raises(network.NotAllowed):
        network.resolve("both.example", 4455)


async def test_a_name_that_turns_private_is_looked_up_once_and_only_the_checked_address_is_tried(
    names, settings, listening, monkeypatch
):
    """DNS rebinding: public when it is checked, loopback a moment later."""
    settings.LUMIO_ALLOW_PRIVATE_HOSTS = False
    names["rebind.example"] = [["93.184.216.34"], ["127.0.0.1"]]
    tried = []

    async def refuse(self, opened, address):
        tried.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(asyncio.SelectorEventLoop, "sock_connect", refuse)

    with pytest.raises(ConnectionRefusedError):
        await network.connect("rebind.example", port_of(listening))

    assert (names.asked, tried) == (["rebind.example"], [("93.184.216.34", port_of(listening))])
    with pytest.raises(network.NotAllowed):
        await network.connect("rebind.example", port_of(listening))
    with pytest.raises(BlockingIOError):
        listening.accept()


async def test_the_next_address_is_tried_when_the_first_refuses(names, listening):
    names["two.example"] = ["::1", "127.0.0.1"]

    address, opened = await network.connect("two.example", port_of(listening))

    with opened:
        assert (opened.getpeername(), address.ips) == (("127.0.0.1", port_of(listening)), ("::1", "127.0.0.1"))


async def test_a_connection_that_falls_silent_is_noticed(listening):
    _, opened = await network.connect("127.0.0.1", port_of(listening))

    with opened:
        assert opened.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1


async def test_a_connection_that_is_given_up_leaves_nothing_open(names, monkeypatch):
    names["slow.example"] = ["93.184.216.34"]
    opened = []

    async def never(self, one, address):
        opened.append(one)
        await asyncio.sleep(60)

    monkeypatch.setattr(asyncio.SelectorEventLoop, "sock_connect", never)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await network.connect("slow.example", 4455)

    assert [one.fileno() for one in opened] == [-1]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::ffff:127.0.0.1", "127.0.0.2"])
@pytest.mark.parametrize(
    "ours",
    [
        {"LUMIO_URL": "http://lumio.example:4455"},
        {"LUMIO_OVERLAY_URL": "http://overlay.example:4455"},
        {"LUMIO_URL": "https://lumio.example", "LUMIO_PORT": 4455},
        {"REDIS_URL": "redis://localhost:4455/0"},
    ],
    ids=["pages", "overlays", "behind a proxy", "Valkey"],
)
def test_nobody_has_lumio_call_its_own_services(settings, ours, host):
    settings.LUMIO_ALLOW_PRIVATE_HOSTS = True
    for name, value in ours.items():
        setattr(settings, name, value)

    with pytest.raises(network.NotAllowed):
        network.resolve(host, 4455)

    assert network.resolve(host, 4456).port == 4456


@pytest.mark.parametrize(("given", "port"), [("", 5432), ("4455", 4455)])
def test_nobody_has_lumio_call_its_database(settings, monkeypatch, given, port):
    monkeypatch.setitem(settings.DATABASES["default"], "HOST", "127.0.0.1")
    monkeypatch.setitem(settings.DATABASES["default"], "PORT", given)

    with pytest.raises(network.NotAllowed):
        network.resolve("127.0.0.1", port)


def test_a_database_on_a_socket_of_this_machine_has_no_port(settings, monkeypatch):
    monkeypatch.setitem(settings.DATABASES["default"], "HOST", "/run/postgresql")

    assert network.resolve("127.0.0.1", 5432).ips == ("127.0.0.1",)


def test_the_usual_port_of_valkey_is_known(settings):
    settings.REDIS_URL = "redis://127.0.0.1"

    with pytest.raises(network.NotAllowed):
        network.resolve("127.0.0.1", 6379)


def test_services_elsewhere_are_refused_there_and_nowhere_else(settings, names):
    settings.LUMIO_ALLOW_PRIVATE_HOSTS = True
    settings.REDIS_URL = "redis://valkey.internal:4455"
    names["valkey.internal"] = ["10.0.0.5"]

    with pytest.raises(network.NotAllowed):
        network.resolve("10.0.0.5", 4455)

    assert network.resolve("10.0.0.6", 4455).ips == ("10.0.0.6",)
    assert network.resolve("127.0.0.1", 4455).ips == ("127.0.0.1",)


def test_a_service_whose_name_is_unknown_keeps_nobody_out(settings):
    settings.REDIS_URL = "redis://valkey.invalid:4455"

    assert network.resolve("127.0.0.1", 4455).ips == ("127.0.0.1",)
