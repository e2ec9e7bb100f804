"""Probes as a balancer and a scraper ask them: on any host, in front of Django, within seconds."""

from __future__ import annotations

import json
import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.db import OperationalError
from django.utils import timezone

from events.counts import COUNTS
from events.enums import SourceState
from events.models import Heartbeat, IngestSource
from lumio import health, metrics, probes
from lumio.asgi import application
from lumio.draining import Draining
from lumio.models import KeyCanary
from tests import factories


async def ask(
    path: str, *, client: str = "127.0.0.1", host: str = "localhost:8000", method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], str]:
    sent = {"host": host} | {name.replace("_", "-"): value for name, value in headers.items()}
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
        "client": (client, 50000),
        "server": ("127.0.0.1", 8000),
    }
    lumio = ApplicationCommunicator(application, scope)
    await lumio.send_input({"type": "http.request", "body": b""})
    start, body = await lumio.receive_output(timeout=30), await lumio.receive_output(timeout=30)
    await lumio.wait(timeout=30)  # a request is counted when all is over
    return start["status"], {name.decode(): value.decode() for name, value in start["headers"]}, body["body"].decode()


async def readiness(path: str = "/readyz") -> tuple[int, dict[str, Any]]:
    status, _, body = await ask(path)
    return status, json.loads(body)


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """Each test looks anew."""
    monkeypatch.setattr(health, "_database", health.Look(health.ask_database))
    monkeypatch.setattr(health, "_valkey", health.Look(health.ask_valkey))
    monkeypatch.setattr(metrics, "_instance", health.Look(metrics.ask_database))


@pytest.fixture
def all_is_well(transactional_db, settings, tmp_path):
    for name in ("ingest", "beat"):
        Heartbeat.objects.create(name=name, owner="here:1", seen_at=timezone.now())
    settings.STATIC_ROOT = tmp_path
    (tmp_path / "staticfiles.json").write_text("{}")


HOSTS = ["localhost:8000", "overlay.localhost", "studio.lan", "10.0.0.7:8000", "lumio-web-1.internal", ""]


@pytest.mark.parametrize("host", HOSTS)
async def test_every_host_name_is_answered(host, all_is_well):
    for path in ("/healthz", "/readyz", "/readyz/web"):
        status, headers, _ = await ask(path, host=host, client="10.0.0.9")
        assert (status, headers["cache-control"]) == (200, "no-store")


async def test_all_is_well(all_is_well):
    status, told = await readiness()

    assert (status, told["status"], told["failing"]) == (200, "ok", [])
    assert list(told["checks"]) == list(health.ALL)


def age(name: str, seconds: float) -> None:
    Heartbeat.objects.filter(name=name).update(seen_at=timezone.now() - timedelta(seconds=seconds))


def be_overdue() -> None:
    factories.make_connection(account=factories.make_account()).__class__.objects.update(
        refresh_due_at=timezone.now() - timedelta(hours=1)
    )


@pytest.mark.parametrize(
    ("breaks", "failing"),
    [
        (lambda _: age("ingest", 60), ["ingest"]),
        (lambda _: age("ingest", 10), []),
        (lambda _: age("beat", 300), ["beat"]),
        (lambda _: Heartbeat.objects.filter(name="beat").delete(), ["beat"]),
        (lambda _: be_overdue(), ["refresh"]),
        (lambda settings: setattr(settings, "STATIC_ROOT", settings.STATIC_ROOT / "nothing"), ["static"]),
        (lambda _: KeyCanary.objects.create(name="lost", sealed=b""), ["keys"]),
        (lambda settings: setattr(settings, "REDIS_URL", "redis://127.0.0.1:1"), ["valkey"]),
    ],
)
async def test_what_fails_is_named(all_is_well, settings, breaks, failing):
    from asgiref.sync import sync_to_async

    await sync_to_async(breaks)(settings)

    status, told = await readiness()
    _, own = await readiness("/readyz/web")

    assert (status, told["failing"]) == (503 if failing else 200, failing)
    assert own["failing"] == [name for name in failing if name in health.OWN]


async def test_a_process_that_stops_says_so_and_is_well_otherwise(all_is_well, monkeypatch):
    monkeypatch.setattr(Draining, "has_begun", True)

    for path in ("/readyz", "/readyz/web"):
        status, told = await readiness(path)
        assert (status, told["failing"]) == (503, ["draining"])
    assert (await ask("/healthz"))[0] == 200


async def test_unapplied_migrations_are_counted(all_is_well, monkeypatch):
    monkeypatch.setattr(health._Migrations, "unapplied", lambda: 3)

    _, told = await readiness("/readyz/web")

    assert told["checks"]["migrations"] == {"ok": False, "detail": "3 not applied"}


@pytest.mark.parametrize(
    ("place", "failing"), [("beat", ["database"]), ("ages", ["database", "ingest", "beat", "refresh"])]
)
async def test_a_database_that_refuses_is_named_without_its_address(all_is_well, monkeypatch, place, failing):
    def refuse(*_: object) -> None:
        raise OperationalError("connection to server at db.internal, user lumio failed")

    monkeypatch.setattr(health.heartbeat, place, refuse)

    status, _, body = await ask("/readyz")

    assert (status, json.loads(body)["failing"]) == (503, failing)
    assert "db.internal" not in body


async def test_a_database_that_hangs_is_told_in_time_and_asked_once(all_is_well, monkeypatch):
    hangs = threading.Event()
    asked = []

    def hang() -> list[str]:
        asked.append(1)
        hangs.wait(60)
        return []

    monkeypatch.setattr(health.keys, "lost", hang)
    monkeypatch.setattr(health, "TIME_LIMIT", 0.2)
    try:
        answers = [await readiness("/readyz/web") for _ in range(3)]
        alive = await ask("/healthz")
    finally:
        hangs.set()

    assert [(status, told["failing"]) for status, told in answers] == [(503, ["database", "keys"])] * 3
    assert asked == [1], "one thread hangs, not one for every probe"
    assert alive[0] == 200


async def test_many_probes_are_one_look(all_is_well, monkeypatch):
    looks = []
    monkeypatch.setattr(health, "_database", health.Look(lambda found: looks.append(time.monotonic())))

    for _ in range(5):
        await ask("/readyz")

    assert len(looks) == 1


async def test_other_methods_are_refused():
    status, headers, body = await ask("/healthz", method="POST")
    assert (status, headers["allow"], body) == (405, "GET, HEAD", "")

    status, headers, body = await ask("/healthz", method="HEAD")
    assert (status, headers["content-length"], body) == (200, "16", "")


# --- /metrics ---------------------------------------------------------------------------------------------------------

TOKEN = "a-token-for-the-scraper-of-tests"


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({}, 200),
        ({"client": "::1", "host": "[::1]:8000"}, 200),
        ({"client": "10.0.0.9"}, 404),
        ({"host": "rebound.example"}, 404),
        ({"x_forwarded_for": "127.0.0.1"}, 404),
        ({"x_forwarded_proto": "https"}, 404),
        ({"client": "10.0.0.9", "host": "10.0.0.7:8000", "authorization": f"Bearer {TOKEN}"}, 200),
        ({"authorization": f"Bearer {TOKEN}x"}, 404),
        ({"authorization": "Bearer "}, 404),
    ],
)
async def test_strangers_read_no_metrics(all_is_well, settings, asked, status):
    settings.LUMIO_METRICS_TOKEN = TOKEN

    assert (await ask("/metrics", **asked))[0] == status


async def test_without_a_token_none_opens_and_behind_a_proxy_loopback_is_the_proxy(all_is_well, settings):
    assert (await ask("/metrics", client="10.0.0.9", authorization="Bearer "))[0] == 404
    settings.LUMIO_BEHIND_PROXY = True
    assert (await ask("/metrics"))[0] == 404


async def test_what_metrics_tell(all_is_well, account, monkeypatch):
    from asgiref.sync import sync_to_async

    def set_stage() -> None:
        factories.make_connection(account=account)
        IngestSource.objects.create(account=account, key="twitch:1", state=SourceState.DELIVERING)

    await sync_to_async(set_stage)()
    monkeypatch.setattr(COUNTS, "closed", type(COUNTS.closed)({4408: 2}))
    await ask("/v1/nothing")

    _, headers, text = await ask("/metrics")

    assert headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert float(lines['lumio_http_requests_total{method="GET",status="4xx"}']) >= 1
    assert float(lines['lumio_http_request_seconds_count{method="GET"}']) >= 1
    assert lines['lumio_sockets_closed_total{code="4408"}'] == "2.0"
    assert lines['lumio_connections{platform="twitch",state="connected"}'] == "1.0"
    assert lines['lumio_sources{platform="twitch",state="delivering"}'] == "1.0"
    assert lines['lumio_rows_stored_total{log="chat"}'] == "0.0"
    assert lines["lumio_database_up"] == "1.0"
    assert lines["lumio_refresh_overdue_seconds"] == "0.0"
    assert float(lines['lumio_heartbeat_age_seconds{process="ingest"}']) < 60
    assert {"lumio_sockets", "lumio_live_lag_seconds", "lumio_socket_frames_total"} <= lines.keys()


async def test_metrics_of_the_process_come_although_the_database_is_away(all_is_well, monkeypatch):
    def refuse() -> None:
        raise OperationalError

    monkeypatch.setattr(metrics.grants, "by_state", refuse)

    status, _, text = await ask("/metrics")

    assert status == 200
    assert "lumio_database_up 0.0" in text
    assert "lumio_sockets " in text
    assert "lumio_connections" not in text


def test_a_caller_without_an_address_is_a_stranger():
    assert not probes.may_scrape({"headers": [(b"host", b"localhost")], "client": None})
