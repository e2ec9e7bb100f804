"""What the settings make of the environment."""

from __future__ import annotations

import pytest

from lumio.env import env_url
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
