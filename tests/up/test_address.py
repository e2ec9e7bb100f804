from __future__ import annotations

import socket

import pytest

from lumio.env import BadSetting, CannotStart
from lumio.up.address import Address, answers, check_free, read_address


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, Address("http://localhost:8000", "http://overlay.localhost:8000", "127.0.0.1", 8000)),
        ({"PORT": "9000"}, Address("http://localhost:9000", "http://overlay.localhost:9000", "127.0.0.1", 9000)),
        (
            {"LUMIO_URL": "http://localhost:8100/"},
            Address("http://localhost:8100", "http://overlay.localhost:8100", "127.0.0.1", 8100),
        ),
        (
            {"LUMIO_URL": "https://lumio.vision", "LUMIO_OVERLAY_URL": "https://overlay.lumio.vision"},
            Address("https://lumio.vision", "https://overlay.lumio.vision", "127.0.0.1", 8000),
        ),
        (
            {"LUMIO_URL": "https://lumio.vision:8443", "PORT": "8001", "NEXT_PUBLIC_OVERLAY_URL": "https://o.example"},
            Address("https://lumio.vision:8443", "https://o.example", "127.0.0.1", 8001),
        ),
        (
            {"LUMIO_BIND": "localhost"},
            Address("http://localhost:8000", "http://overlay.localhost:8000", "127.0.0.1", 8000),
        ),
    ],
)
def test_address_follows_the_environment(monkeypatch, environment: dict[str, str], expected: Address):
    for name in ("LUMIO_URL", "LUMIO_OVERLAY_URL", "NEXT_PUBLIC_OVERLAY_URL", "LUMIO_BIND", "PORT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert read_address() == expected


@pytest.mark.parametrize(
    ("name", "value"), [("LUMIO_URL", "nonsense"), ("LUMIO_URL", "http://x:port"), ("PORT", "70000")]
)
def test_nonsense_is_refused_by_name(monkeypatch, name: str, value: str):
    monkeypatch.setenv(name, value)

    with pytest.raises(BadSetting, match=f"Lumio cannot start: {name} is "):
        read_address()


def test_taken_port_is_refused_with_a_way_out():
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = here(other.getsockname()[1])

        with pytest.raises(CannotStart, match=rf"port {address.port} is taken .* LUMIO_URL=http://localhost:"):
            check_free(address)
        assert answers(address)


def test_free_port_passes_and_stays_free():
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = here(other.getsockname()[1])

    check_free(address)

    check_free(address)
    assert not answers(address)


@pytest.mark.parametrize(("bind", "sentence"), [("nobody", "takes an IP address"), ("192.0.2.1", "Set LUMIO_BIND")])
def test_bind_to_what_is_not_ours_is_refused(bind: str, sentence: str):
    with pytest.raises(SystemExit, match=sentence):
        check_free(Address("http://localhost", "", bind, 8000))


def here(port: int) -> Address:
    return Address(f"http://localhost:{port}", "", "127.0.0.1", port)
