"""Connections to hosts that people type in: resolved once, every address checked, and exactly those connected to.

A name may resolve to something else a moment later, and a redirect may lead anywhere: whoever uses this speaks over the
socket it gets and looks nothing up again. Addresses of the internet are open to everybody. Private and loopback ones
are where `LUMIO_ALLOW_PRIVATE_HOSTS` is on; Lumio's own services and everything else never are.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import re
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from lumio.lib.http import KEEPALIVE

IP = ipaddress.IPv4Address | ipaddress.IPv6Address

#: What a name may be made of. Parsers of addresses disagree about everything else.
NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?", re.IGNORECASE)
PRIVATE = [
    ipaddress.ip_network(network)
    for network in (
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "::1/128",
        "fc00::/7",
    )
]
#: Where clouds tell their machines secrets, beside 169.254.169.254, which is link-local.
METADATA = [ipaddress.ip_network(network) for network in ("168.63.129.16/32", "100.100.100.200/32", "fd00:ec2::/32")]
#: Of IPv6 only this much is given out, and some of that leads into other networks again (6to4, Teredo).
UNICAST = ipaddress.ip_network("2000::/3")
DETOURS = [ipaddress.ip_network(network) for network in ("2001::/23", "2002::/16")]
NAT64 = ipaddress.ip_network("64:ff9b::/96")

#: Looking a name up cannot be interrupted: those that take long wait in threads of their own.
_lookups = ThreadPoolExecutor(max_workers=8, thread_name_prefix="lookup")


class NotAllowed(Exception):
    """An address that Lumio does not connect to."""


class Unknown(Exception):
    """Nothing has this name."""


@dataclass(frozen=True, slots=True)
class Address:
    """A host whose every address may be connected to."""

    #: As a URL spells it: a name in ASCII, "192.0.2.7", "[2001:db8::7]".
    host: str
    port: int
    ips: tuple[str, ...]


def resolve(host: str, port: int) -> Address:
    """Look the host up and check each of its addresses. Blocks. Raises NotAllowed and Unknown."""
    name = _spelled(host)
    ips: dict[str, IP] = {}
    try:
        for *_, address in socket.getaddrinfo(name.strip("[]"), port, type=socket.SOCK_STREAM):
            ips[str(address[0])] = ipaddress.ip_address(address[0])
    except (OSError, ValueError) as error:
        raise Unknown(host) from error
    for ip in ips.values():
        if not _is_allowed(ip) or _is_ours(ip, port):
            raise NotAllowed(host)
    return Address(name, port, tuple(ips))


async def connect(host: str, port: int) -> tuple[Address, socket.socket]:
    """A TCP connection (non-blocking, silent deaths noticed within a minute) and where it leads.

    Several addresses are tried one after the other. Raises NotAllowed, Unknown and OSError; the caller limits the time.
    """
    loop = asyncio.get_running_loop()
    address = await loop.run_in_executor(_lookups, resolve, host, port)
    failure: OSError = ConnectionRefusedError()
    for ip in address.ips:
        opened = socket.socket(socket.AF_INET6 if ":" in ip else socket.AF_INET, socket.SOCK_STREAM)
        try:
            opened.setblocking(False)
            for option in (*KEEPALIVE, (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)):
                opened.setsockopt(*option)
            await loop.sock_connect(opened, (ip, port))
        except OSError as error:
            opened.close()
            failure = error
        except BaseException:
            opened.close()
            raise
        else:
            return address, opened
    raise failure


def is_public(ip: IP) -> bool:
    """Whether it belongs to somebody in the internet. `ip.is_global` calls some of the others so too."""
    if any(ip in network for network in METADATA):
        return False
    if isinstance(ip, ipaddress.IPv4Address):
        return ip.is_global and not ip.is_multicast and not ip.is_reserved
    if ip in NAT64:
        return is_public(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
    return ip in UNICAST and ip.is_global and not any(ip in network for network in DETOURS)


def is_private(ip: IP) -> bool:
    """Whether it is this machine or one of a network at home. Link-local is not: clouds keep secrets there."""
    return any(ip in network for network in PRIVATE) and not any(ip in network for network in METADATA)


def _spelled(host: str) -> str:
    """Raises Unknown for what is neither a name nor an address."""
    bare = host.strip().removeprefix("[").removesuffix("]")
    with contextlib.suppress(ValueError):
        return f"[{ipaddress.IPv6Address(bare)}]"
    try:
        name = bare.encode("idna").decode()
    except UnicodeError as error:
        raise Unknown(host) from error
    if not NAME.fullmatch(name):
        raise Unknown(host)
    return name


def _is_allowed(ip: IP) -> bool:
    ip = _unwrapped(ip)
    return is_public(ip) or (settings.LUMIO_ALLOW_PRIVATE_HOSTS and is_private(ip))


def _unwrapped(ip: IP) -> IP:
    """::ffff:127.0.0.1 is 127.0.0.1."""
    return (isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped) or ip


def _is_ours(ip: IP, port: int) -> bool:
    """Whether Lumio's pages, its database or its Valkey answer there."""
    return any(port == service_port and _reaches(_unwrapped(ip), host) for host, service_port in _services())


def _services() -> Iterator[tuple[str, int]]:
    for url in (settings.LUMIO_URL, settings.LUMIO_OVERLAY_URL):
        yield "localhost", urlsplit(url).port or settings.LUMIO_PORT
    yield "localhost", settings.LUMIO_PORT
    database: dict[str, Any] = settings.DATABASES["default"]
    if (host := database.get("HOST", "")) and not host.startswith("/"):
        yield host, int(database.get("PORT") or 5432)
    valkey = urlsplit(settings.REDIS_URL)
    if valkey.scheme != "unix":
        yield valkey.hostname or "localhost", valkey.port or 6379


def _reaches(ip: IP, host: str) -> bool:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return False
    ips = {ipaddress.ip_address(address[0]) for *_, address in found}
    return ip in ips or (_is_here(ip) and any(_is_here(one) for one in ips))


def _is_here(ip: IP) -> bool:
    """Whether it is an address of this machine: to others no socket can be bound."""
    with socket.socket(socket.AF_INET6 if ip.version == 6 else socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((str(ip), 0))
        except OSError:
            return False
    return True
