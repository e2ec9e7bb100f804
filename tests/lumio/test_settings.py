"""What the settings make of the environment."""

from __future__ import annotations

import pytest

from lumio.env import env_url, host_of
from lumio.settings import database


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("HTTPS://Lumio.Vision:443/", "https://lumio.vision"),
        ("http://localhost:80", "http://localhost"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_addresses_are_spelled_as_browsers_do(monkeypatch, given, meant):
    monkeypatch.setenv("LUMIO_URL", given)

    assert env_url("LUMIO_URL", "") == meant


def test_what_a_database_address_asks_of_libpq_is_asked():
    settings = database("postgresql://lumio:secret@db.example/lumio?sslmode=verify-full&sslrootcert=/etc/ca.pem")

    assert settings["OPTIONS"].items() >= {"sslmode": "verify-full", "sslrootcert": "/etc/ca.pem"}.items()


def test_a_database_address_is_taken_apart_as_addresses_are():
    settings = database("postgresql://lu%40mio:p%2Fw%3F@db.example:5433/lumio")

    assert (settings["USER"], settings["PASSWORD"]) == ("lu@mio", "p/w?")
    assert (settings["HOST"], settings["PORT"], settings["NAME"]) == ("db.example", 5433, "lumio")


def test_a_socket_folder_is_a_host_and_no_option():
    settings = database("postgresql://lumio@/lumio?host=/run/postgresql")

    assert settings["HOST"] == "/run/postgresql"
    assert "host" not in settings["OPTIONS"]


def test_a_vanished_server_is_given_up_unless_the_address_says_otherwise():
    plain = database("postgresql://lumio@db.example/lumio")["OPTIONS"]
    patient = database("postgresql://lumio@db.example/lumio?connect_timeout=60")["OPTIONS"]

    assert (plain["connect_timeout"], patient["connect_timeout"]) == ("5", "60")
    assert plain["pool"]["timeout"] < 20
    assert plain["tcp_user_timeout"] == patient["tcp_user_timeout"]


@pytest.mark.parametrize(
    ("url", "host"), [("http://[::1]:8000", "[::1]"), ("https://lumio.vision:8443", "lumio.vision"), ("", "")]
)
def test_a_host_is_spelled_as_the_host_header_does(url, host):
    assert host_of(url) == host
