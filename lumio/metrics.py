"""`/metrics` in Prometheus' text: what this process does, and how the whole instance is as the database knows it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from django.db import Error as DatabaseError
from django.db import connections
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from connections.domain import figures as grants
from events.counts import COUNTS
from events.domain import figures as streams
from events.domain import heartbeat
from events.hub import Hub
from lumio.health import Answers, Look
from lumio.hosts import OverHttp

if TYPE_CHECKING:
    from lumio.hosts import Message, Receive, Scope, Send

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

REQUESTS = Counter("lumio_http_requests", "Requests answered.", ["method", "status"], registry=REGISTRY)
SECONDS = Histogram("lumio_http_request_seconds", "How long they took.", ["method"], registry=REGISTRY)


class Measured(OverHttp):
    """ASGI wrapper that counts requests and their time."""

    async def request(self, scope: Scope, receive: Receive, send: Send) -> None:
        status = "none"  # the visitor left before there was an answer

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = f"{message['status'] // 100}xx"
            await send(message)

        method = scope["method"] if scope["method"] in METHODS else "other"
        began = time.perf_counter()
        try:
            await self.application(scope, receive, noting)
        finally:
            REQUESTS.labels(method, status).inc()
            SECONDS.labels(method).observe(time.perf_counter() - began)


class Sockets(Collector):
    """The live bus of this process."""

    def collect(self) -> Iterable[Metric]:
        hub = Hub.running()
        yield GaugeMetricFamily("lumio_sockets", "Sockets open.", hub.open_sockets if hub else 0)
        yield GaugeMetricFamily(
            "lumio_live_lag_seconds",
            "Since the live bus last compared itself with the database; 0 without sockets.",
            hub.lag if hub else 0,
        )
        yield CounterMetricFamily("lumio_socket_frames", "Frames sent.", COUNTS.frames)
        yield CounterMetricFamily("lumio_socket_characters", "Characters sent in them.", COUNTS.characters)
        yield CounterMetricFamily("lumio_live_holes", "Times that the bus lost what the database had.", COUNTS.holes)
        closed = CounterMetricFamily("lumio_sockets_closed", "Sockets closed by us.", labels=["code"])
        for code, number in sorted(COUNTS.closed.items()):
            closed.add_metric([str(code)], number)
        yield closed


REGISTRY.register(Sockets())


def ask_database(found: Answers) -> None:
    """The figures of the whole instance, as far as the database tells them."""
    try:
        with suppress(DatabaseError):
            found["connections"] = grants.by_state()
            found["overdue"] = grants.oldest_overdue()
            found["sources"] = streams.sources_by_state()
            found["rows"] = streams.rows_ever()
            found["ages"] = heartbeat.ages()
    finally:
        connections.close_all()


def instance(found: Answers) -> Iterator[Metric]:
    """Gauges of what was found; what was not is left out."""
    yield GaugeMetricFamily("lumio_database_up", "Whether the database told all of this.", float("ages" in found))
    if "connections" in found:
        yield _by_state("lumio_connections", "Sign-ins at platforms.", found["connections"])
    if "overdue" in found:
        yield GaugeMetricFamily("lumio_refresh_overdue_seconds", "The longest overdue refresh.", found["overdue"])
    if "sources" in found:
        yield _by_state("lumio_sources", "Live connections to platforms.", found["sources"])
    if "rows" in found:
        rows = CounterMetricFamily("lumio_rows_stored", "Rows ever stored.", labels=["log"])
        for log, number in found["rows"].items():
            rows.add_metric([log], number)
        yield rows
    if "ages" in found:
        ages = GaugeMetricFamily("lumio_heartbeat_age_seconds", "Since a process was last seen.", labels=["process"])
        for name, age in sorted(found["ages"].items()):
            ages.add_metric([name], age)
        yield ages


def _by_state(name: str, sentence: str, numbers: Iterable[tuple[str, str, int]]) -> Metric:
    family = GaugeMetricFamily(name, sentence, labels=["platform", "state"])
    for platform, state, number in numbers:
        family.add_metric([platform, state], number)
    return family


async def text() -> bytes:
    """Everything, in Prometheus' text format."""
    found = await _instance.answers()

    class Once(Collector):
        def collect(self) -> Iterable[Metric]:
            return instance(found)

    registry = CollectorRegistry()
    registry.register(Once())
    return generate_latest(REGISTRY) + generate_latest(registry)


_instance = Look(ask_database)
