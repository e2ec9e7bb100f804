"""Whether Lumio works, for balancers and alarms: `/healthz`, `/readyz` and `/readyz/web`.

- `/healthz`: this process turns. Nothing else is asked, so nothing else can make anybody restart it.
- `/readyz/web`: this process has what it needs to serve pages. For a balancer.
- `/readyz`: and all the rest works too. For an alarm: one dead ingest is no reason to take every page away.

They are answered before Django, whose one thread for sync code may be waiting for the very database that is asked
about. Each look at something that may hang has a thread of its own and a time limit.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import redis
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from connections.domain import figures
from events.domain import heartbeat
from lumio import keys
from lumio.draining import Draining

#: Seconds that a look may take, and for which what it found is told again.
TIME_LIMIT = 2.0
KEPT_FOR = 1.0
#: Milliseconds that a write may wait for SQLite's lock.
BUSY_TIMEOUT = 1500
#: Seconds: the oldest heartbeats that are a sign of life, and the longest that a refresh may be due.
OLDEST_INGEST, OLDEST_BEAT, LONGEST_OVERDUE = 30.0, 120.0, 600.0

#: What a process needs to serve pages, and what Lumio needs besides.
OWN = ("draining", "static", "database", "migrations", "keys")
ALL = (*OWN, "valkey", "ingest", "beat", "refresh")


@dataclass(frozen=True)
class Found:
    """One check. `seconds` is the age or the delay it looked at."""

    ok: bool
    detail: str = ""
    seconds: float | None = None

    def as_json(self) -> dict[str, Any]:
        told: dict[str, Any] = {"ok": self.ok}
        if self.detail:
            told["detail"] = self.detail
        if self.seconds is not None:
            told["seconds"] = round(self.seconds, 1)
        return told


FINE = Found(ok=True)
NO_ANSWER = Found(ok=False, detail="no answer")

Answers = dict[str, Any]


class Look:
    """A function that puts what it finds into a dict, run in a thread of its own, once at a time.

    Whoever asks while it runs, or just after, gets the same. What has not been found within the limit is missing.
    """

    def __init__(self, function: Callable[[Answers], None]) -> None:
        self._function = function
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="health")
        self._running: Future[None] | None = None
        self._began = 0.0
        self._answers: Answers = {}

    async def answers(self) -> Answers:
        age = time.monotonic() - self._began
        if self._running is None or (self._running.done() and age > KEPT_FOR):
            self._answers, self._began, age = {}, time.monotonic(), 0.0
            self._running = self._thread.submit(self._function, self._answers)
        if not self._running.done():
            await asyncio.wait([asyncio.wrap_future(self._running)], timeout=max(0.0, TIME_LIMIT - age))
        return dict(self._answers)


async def report(names: tuple[str, ...]) -> dict[str, Any]:
    """`{"status", "failing", "checks"}` of the named checks."""
    looks = [_database.answers()] + ([_valkey.answers()] if "valkey" in names else [])
    found: dict[str, Found] = {"draining": _draining(), "static": _static()}
    for answers in await asyncio.gather(*looks):
        found |= answers
    checks = {name: found.get(name, NO_ANSWER) for name in names}
    failing = [name for name, check in checks.items() if not check.ok]
    return {
        "status": "failing" if failing else "ok",
        "failing": failing,
        "checks": {name: check.as_json() for name, check in checks.items()},
    }


def _draining() -> Found:
    return Found(ok=False, detail="this process is stopping") if Draining.has_begun else FINE


def _static() -> Found:
    if settings.DEBUG or (settings.STATIC_ROOT / "staticfiles.json").exists():
        return FINE
    return Found(ok=False, detail="static files are not collected")


def ask_database(found: Answers) -> None:
    """The checks that need the database: those that read, then the one that writes."""
    try:
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT}")
        if missing := unapplied():
            found["migrations"] = Found(ok=False, detail=f"{missing} not applied")
        else:
            found["migrations"] = FINE
        found["keys"] = Found(ok=False, detail="a key is missing") if keys.lost() else FINE
        ages = heartbeat.ages()
        found["ingest"] = _recent(ages.get("ingest"), OLDEST_INGEST)
        found["beat"] = _recent(ages.get("beat"), OLDEST_BEAT)
        overdue = figures.oldest_overdue()
        found["refresh"] = Found(ok=overdue <= LONGEST_OVERDUE, seconds=overdue)
        # Last, as this is what somebody's lock holds up; in a row of our own, to wait for no other.
        heartbeat.beat("web")
        found["database"] = FINE
    except DatabaseError as error:
        # The class, not the text: that may name hosts and users.
        found.setdefault("database", Found(ok=False, detail=type(error).__name__))
    finally:
        connections.close_all()


def _recent(age: float | None, oldest: float) -> Found:
    if age is None:
        return Found(ok=False, detail="never seen")
    return Found(ok=age <= oldest, seconds=age)


def unapplied() -> int:
    """How many migrations the database lacks."""
    return _Migrations.unapplied()


class _Migrations:
    """They are read from files, which takes a while; once applied they stay so while this process runs."""

    are_applied = False

    @classmethod
    def unapplied(cls) -> int:
        if cls.are_applied:
            return 0
        executor = MigrationExecutor(connection)
        missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        cls.are_applied = not missing
        return missing


def ask_valkey(found: Answers) -> None:
    with valkey_client() as client:
        try:
            client.ping()
            found["valkey"] = FINE
        except (RedisError, OSError) as error:
            found["valkey"] = Found(ok=False, detail=type(error).__name__)


def valkey_client() -> redis.Redis:
    """A client that waits for a second and tries once; to be closed."""
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1, retry=Retry(NoBackoff(), 0)
    )


_database = Look(ask_database)
_valkey = Look(ask_valkey)
