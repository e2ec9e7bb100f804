"""How the whole instance is, for whoever operates it: the page in Django admin and `manage.py diagnostics` tell it.

Nothing in here names a person, a channel or a secret. What cannot be asked says why instead, by the error's class:
its text may name hosts and users.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection
from django.utils import timezone
from redis.exceptions import RedisError

from connections.domain import figures as grants
from events.domain import figures as streams
from events.models import Heartbeat, IngestSource
from lumio.health import valkey_client

SIZE_AND_VERSION = {
    "sqlite": "SELECT page_count * page_size, sqlite_version() FROM pragma_page_count(), pragma_page_size()",
    "postgresql": "SELECT pg_database_size(current_database()), current_setting('server_version')",
}
#: Celery's only list of messages that wait.
QUEUE = "celery"


def overview() -> dict[str, dict[str, Any]]:
    """{"processes", "database", "valkey", "connections", "sources", "disk"} → what there is to say, or {"error"}."""
    return {name: _asked(look) for name, look in LOOKS.items()}


def troubles() -> list[dict[str, Any]]:
    """The sources that are not as they should be, by platform, without the channel: "failure_code" says why."""
    now = timezone.now()
    rows = IngestSource.objects.exclude(failure_code="").order_by("key")
    return [
        {
            "platform": row.key.partition(":")[0],
            "state": row.state,
            "failure_code": row.failure_code,
            "subscriptions": f"{row.subscriptions_active} of {row.subscriptions_wanted}",
            "seconds_since_heard": round((now - row.last_heard_at).total_seconds()) if row.last_heard_at else None,
            "leased": bool(row.leased_until and row.leased_until > now),
        }
        for row in rows
    ]


def _asked(look: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return look()
    except (DatabaseError, RedisError, OSError) as error:
        return {"error": type(error).__name__}


def _processes() -> dict[str, Any]:
    """How many of each kind wrote a heartbeat within a day, and how many seconds ago the last of them did."""
    now = timezone.now()
    found: dict[str, Any] = {}
    for name, seen_at in Heartbeat.objects.order_by("name", "-seen_at").values_list("name", "seen_at"):
        one = found.setdefault(name, {"number": 0, "seconds": max(0, round((now - seen_at).total_seconds()))})
        one["number"] += 1
    return found


def _database() -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(SIZE_AND_VERSION[connection.vendor])
        size, version = cursor.fetchone()
    return {"kind": connection.vendor, "version": version, "bytes": size, "rows_ever": streams.rows_ever()}


def _valkey() -> dict[str, Any]:
    with valkey_client() as client:
        told: Mapping[str, Any] = client.info()
        return {
            "version": str(told.get("valkey_version") or told.get("redis_version")),
            "bytes": told.get("used_memory"),
            "clients": told.get("connected_clients"),
            "messages_waiting": client.llen(QUEUE),
        }


def _connections() -> dict[str, Any]:
    counted = {f"{platform} {state}": number for platform, state, number in grants.by_state()}
    return {**counted, "overdue_seconds": round(grants.oldest_overdue())}


def _sources() -> dict[str, Any]:
    return {f"{platform} {state}": number for platform, state, number in streams.sources_by_state()}


def _disk() -> dict[str, Any]:
    """Bytes that are free, and all of them, where things are written."""
    found = {}
    for name, folder in (("var", settings.VAR), ("uploads", settings.LUMIO_UPLOADS_DIR)):
        usage = shutil.disk_usage(next(parent for parent in (folder, *folder.parents) if parent.exists()))
        found[name] = {"free": usage.free, "total": usage.total}
    return found


LOOKS: dict[str, Callable[[], dict[str, Any]]] = {
    "processes": _processes,
    "database": _database,
    "valkey": _valkey,
    "connections": _connections,
    "sources": _sources,
    "disk": _disk,
}
