"""What would be unsafe to run: refused at start-up by name, and listed by `manage.py check --deploy`.

An error is refused by every process. A warning is only said: it is for the operator to judge.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register, run_checks
from django.db import Error as DatabaseError
from django.db import connections

from lumio import keys
from lumio.env import CannotStart

TAG = "lumio"
#: Characters of a secret that nobody guesses, and how many of them have to differ.
SHORTEST_SECRET_KEY, LEAST_DIFFERENT = 32, 8
SHORTEST_METRICS_TOKEN = 16


def refuse_unsafe() -> None:
    """End the process with a sentence for each setting that is unsafe to run with."""
    if errors := [found for found in run_checks(tags=[TAG]) if found.is_serious()]:
        raise CannotStart(" ".join(f"{found.msg} {found.hint}" for found in errors))


def at_start() -> None:
    """What a process does first."""
    refuse_unsafe()
    remember_key()
    connections.close_all()  # what follows runs in other threads


def before_migrating(**_: Any) -> None:
    """Receiver of `pre_migrate`: `make run` and a deployment both begin with it."""
    refuse_unsafe()


def remember_key(**_: Any) -> None:
    """See that the key which encrypts will be recognised. Also the receiver of `post_migrate`."""
    with suppress(DatabaseError):  # away, or migrated back to nothing
        keys.remember()


@register(TAG)
def addresses(**_: Any) -> Sequence[CheckMessage]:
    return list(_addresses())


def _addresses() -> Iterator[CheckMessage]:
    for name in ("LUMIO_URL", "LUMIO_OVERLAY_URL"):
        parts = urlsplit(getattr(settings, name))
        if parts.scheme == "http" and not is_loopback(parts.hostname or "") and not settings.LUMIO_ALLOW_HTTP:
            yield Error(
                f"{name} is http on a public host: sessions and tokens would travel unencrypted.",
                "Put a proxy with TLS in front and use https, or set LUMIO_ALLOW_HTTP=1 on a network you trust.",
                id="lumio.E001",
            )
        if parts.path:
            yield Error(f"{name} has a path.", "Lumio needs a host of its own: leave the path out.", id="lumio.E002")
    is_open = not is_loopback(settings.LUMIO_HOST) or not is_loopback(settings.LUMIO_BIND)
    if settings.DEBUG and is_open:
        yield Error(
            "LUMIO_DEBUG is on where others can reach Lumio: its error pages show settings and data.",
            "Set LUMIO_DEBUG=0.",
            id="lumio.E003",
        )
    if not is_loopback(settings.LUMIO_BIND) and not settings.IS_HTTPS:
        yield Warning(
            "LUMIO_BIND opens Lumio to the network without TLS.",
            "Fine for popouts at home; elsewhere put a proxy with TLS in front.",
            id="lumio.W004",
        )


@register(TAG)
def tenants(**_: Any) -> Sequence[CheckMessage]:
    return list(_tenants()) if settings.LUMIO_MULTI_TENANT else []


def _tenants() -> Iterator[CheckMessage]:
    if not settings.DATABASE_URL:
        yield Error(
            "LUMIO_MULTI_TENANT is on with SQLite, which has one writer for everybody.",
            "Set DATABASE_URL to a PostgreSQL database.",
            id="lumio.E005",
        )
    if settings.LUMIO_ALLOW_PRIVATE_HOSTS:
        yield Error(
            "LUMIO_ALLOW_PRIVATE_HOSTS is on with LUMIO_MULTI_TENANT: strangers could reach your network through it.",
            "Leave LUMIO_ALLOW_PRIVATE_HOSTS out.",
            id="lumio.E006",
        )


@register(TAG)
def secrets(**_: Any) -> Sequence[CheckMessage]:
    return list(_secrets())


def _secrets() -> Iterator[CheckMessage]:
    if len(settings.SECRET_KEY) < SHORTEST_SECRET_KEY or len(set(settings.SECRET_KEY)) < LEAST_DIFFERENT:
        yield Error(
            "LUMIO_SECRET_KEY can be guessed.",
            f"Make one of at least {SHORTEST_SECRET_KEY} random characters, as .env.example says.",
            id="lumio.E007",
        )
    if 0 < len(settings.LUMIO_METRICS_TOKEN) < SHORTEST_METRICS_TOKEN:
        yield Error(
            "LUMIO_METRICS_TOKEN can be guessed.",
            f"Make one of at least {SHORTEST_METRICS_TOKEN} random characters.",
            id="lumio.E008",
        )
    parts = urlsplit(settings.REDIS_URL)
    if parts.scheme in {"redis", "rediss"} and not parts.password and not is_loopback(parts.hostname or "localhost"):
        yield Warning(
            "REDIS_URL has no password, and the server is on another machine: whoever reaches it can read chat and "
            "send Lumio work.",
            "Give the server a password and REDIS_URL the same, or make sure that only Lumio reaches it.",
            id="lumio.W009",
        )
    is_open = not settings.EMAIL_USE_SSL and not settings.EMAIL_USE_TLS
    if settings.EMAIL_HOST_PASSWORD and is_open and not is_loopback(settings.EMAIL_HOST):
        yield Warning(
            "LUMIO_EMAIL_URL has Lumio send the mail server's password unencrypted.",
            "Use smtps://, or add ?tls=1.",
            id="lumio.W011",
        )


@register(TAG)
def encryption_keys(**_: Any) -> Sequence[CheckMessage]:
    with suppress(DatabaseError):  # away, or not migrated yet: /readyz and `migrate` say so
        return [Error(str(key), keys.HINT, id="lumio.E010") for key in keys.lost()]
    return []


def is_loopback(host: str) -> bool:
    """Whether a host name or address, as settings have it, is this machine's own."""
    host = host.strip("[]")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
