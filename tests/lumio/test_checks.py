"""Settings that are unsafe to run with: refused by name, or said."""

from __future__ import annotations

import pytest
from django.core.checks import run_checks

from lumio import checks
from lumio.env import CannotStart

pytestmark = pytest.mark.django_db

EVERYWHERE = "0.0.0.0"  # noqa: S104  judged, not bound
PUBLIC = {"LUMIO_URL": "https://lumio.tv", "LUMIO_OVERLAY_URL": "https://o.lumio.tv", "IS_HTTPS": True}


def found() -> list[str]:
    return [message.id for message in run_checks(tags=[checks.TAG])]


def apply(settings, changes: dict[str, object]) -> None:
    for name, value in changes.items():
        setattr(settings, name, value)


@pytest.mark.parametrize(
    ("changes", "ids"),
    [
        ({}, []),
        (PUBLIC, []),
        ({"LUMIO_URL": "http://lumio.tv"}, ["lumio.E001"]),
        ({**PUBLIC, "LUMIO_OVERLAY_URL": "http://o.lumio.tv"}, ["lumio.E001"]),
        ({"LUMIO_URL": "http://192.168.1.20:8000", "LUMIO_ALLOW_HTTP": True}, []),
        ({"LUMIO_URL": "http://[::1]:8000", "LUMIO_HOST": "[::1]"}, []),
        ({"LUMIO_OVERLAY_URL": "http://overlay.localhost:8000/lumio"}, ["lumio.E002"]),
        ({"DEBUG": True}, []),
        ({**PUBLIC, "LUMIO_HOST": "lumio.tv", "DEBUG": True}, ["lumio.E003"]),
        ({"LUMIO_BIND": EVERYWHERE, "DEBUG": True}, ["lumio.E003", "lumio.W004"]),
        ({**PUBLIC, "LUMIO_BIND": EVERYWHERE}, []),
        ({"LUMIO_MULTI_TENANT": True, "DATABASE_URL": "", "LUMIO_ALLOW_PRIVATE_HOSTS": False}, ["lumio.E005"]),
        ({"LUMIO_MULTI_TENANT": True, "DATABASE_URL": "", "LUMIO_ALLOW_PRIVATE_HOSTS": True},
         ["lumio.E005", "lumio.E006"]),
        ({"SECRET_KEY": "change-me"}, ["lumio.E007"]),
        ({"SECRET_KEY": "a" * 60}, ["lumio.E007"]),
        ({"LUMIO_METRICS_TOKEN": "letmein"}, ["lumio.E008"]),
        ({"REDIS_URL": "redis://10.0.0.5:6379/0"}, ["lumio.W009"]),
        ({"REDIS_URL": "redis://:secret@10.0.0.5:6379/0"}, []),
        ({"REDIS_URL": "redis://localhost:6379/0"}, []),
        ({"REDIS_URL": "unix:///run/valkey.sock"}, []),
        ({"EMAIL_HOST": "mail.example", "EMAIL_HOST_PASSWORD": "secret"}, ["lumio.W011"]),
        ({"EMAIL_HOST": "mail.example", "EMAIL_HOST_PASSWORD": "secret", "EMAIL_USE_TLS": True}, []),
        ({"EMAIL_HOST": "mail.example", "EMAIL_HOST_PASSWORD": "secret", "EMAIL_USE_SSL": True}, []),
        ({"EMAIL_HOST": "localhost", "EMAIL_HOST_PASSWORD": "secret"}, []),
        ({"EMAIL_HOST": "mail.example"}, []),
    ],
)  # fmt: skip
def test_what_is_unsafe_is_found(settings, changes, ids):
    apply(settings, changes)

    assert found() == ids


def test_start_up_names_every_setting_it_refuses_and_what_to_do(settings):
    apply(settings, {"LUMIO_URL": "http://lumio.tv", "SECRET_KEY": "x"})

    with pytest.raises(CannotStart) as refused:
        checks.refuse_unsafe()

    assert "LUMIO_URL is http on a public host" in str(refused.value)
    assert "LUMIO_SECRET_KEY can be guessed" in str(refused.value)
    assert "LUMIO_ALLOW_HTTP=1" in str(refused.value)


def test_a_warning_stops_nobody(settings):
    apply(settings, {"LUMIO_BIND": EVERYWHERE})

    checks.refuse_unsafe()


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("localhost", True), ("overlay.localhost", True), ("127.0.0.1", True), ("127.1.2.3", True), ("[::1]", True),
        ("lumio.tv", False), ("localhost.lumio.tv", False), (EVERYWHERE, False), ("192.168.1.20", False), ("::", False),
    ],
)  # fmt: skip
def test_loopback_in_every_spelling(host, own):
    assert checks.is_loopback(host) is own
