"""Real processes: how they say that they work, and how they stop."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator

import pytest
import redis
import requests

from lumio.up import programs
from tests.processes.cluster import Lumio
from tests.processes.fixtures import valkey
from tests.processes.postgres import fresh_database
from tests.processes.process import wait_for

pytestmark = pytest.mark.trial

__all__ = ["valkey"]

DRAIN = 4


@pytest.fixture(scope="module")
def lumio(valkey) -> Iterator[Lumio]:
    with (
        fresh_database() as database_url,
        Lumio(
            redis_url=valkey.url,
            database_url=database_url,
            web=2,
            worker=2,
            beat=2,
            ingest=2,
            environment={"LUMIO_DRAIN_SECONDS": str(DRAIN), "LUMIO_METRICS_TOKEN": "a-token-for-the-scraper"},
        ) as lumio,
    ):
        yield lumio


def readiness(lumio: Lumio, name: str, path: str = "/readyz") -> requests.Response:
    return requests.get(f"{lumio.url_of(name)}{path}", timeout=10)


def test_two_of_each_are_ready_and_one_of_each_is_enough(lumio: Lumio):
    wait_for(lambda: readiness(lumio, "web2").status_code == 200, seconds=90, what="getting ready")
    for name in ("worker", "beat", "ingest"):
        lumio.kill(name)

    headers = {"Authorization": "Bearer a-token-for-the-scraper"}
    text = requests.get(f"{lumio.url_of('web')}/metrics", headers=headers, timeout=10).text

    assert readiness(lumio, "web").json()["failing"] == []
    assert 'lumio_heartbeat_age_seconds{process="beat"}' in text
    for name in ("worker", "beat", "ingest"):
        lumio.restart(name)


def test_beat_is_heard_of_at_once(lumio: Lumio, valkey):
    """By the period alone it would be taken for dead for half a minute."""
    elsewhere = f"{valkey.url}?db=1"
    beat = lumio._process("beat-elsewhere", programs.beat(), {"REDIS_URL": elsewhere})
    beat.start()
    try:
        with redis.Redis.from_url(elsewhere) as client:
            wait_for(lambda: client.llen("celery"), seconds=60, what="the first task")
            first = json.loads(client.lindex("celery", -1))
    finally:
        beat.stop()

    assert first["headers"]["task"] == "lumio.tasks.beat_lives"


def test_a_frozen_ingest_pair_shows(lumio: Lumio):
    for name in ("ingest", "ingest2"):
        lumio.pause(name)
    try:
        wait_for(
            lambda: readiness(lumio, "web").json()["failing"] == ["ingest"], seconds=60, what="noticing the silence"
        )
        assert readiness(lumio, "web", "/readyz/web").status_code == 200
    finally:
        for name in ("ingest", "ingest2"):
            lumio.resume(name)


def test_a_stopping_web_says_so_first_and_serves_meanwhile(lumio: Lumio):
    web = lumio.processes["web"]
    web.signal(signal.SIGTERM)

    wait_for(lambda: readiness(lumio, "web", "/readyz/web").status_code == 503, seconds=DRAIN, what="saying so")
    told = readiness(lumio, "web", "/readyz/web").json()
    page = requests.get(f"{lumio.url_of('web')}/account/login/", timeout=10)

    assert told["failing"] == ["draining"]
    assert page.status_code == 200
    wait_for(lambda: not web.is_running, seconds=DRAIN + 10, what="stopping")
    assert web.exit_code == 0
    lumio.restart("web")


def test_a_second_signal_ends_a_web_at_once(lumio: Lumio):
    web = lumio.processes["web"]
    web.signal(signal.SIGTERM)
    wait_for(lambda: readiness(lumio, "web", "/readyz/web").status_code == 503, seconds=DRAIN, what="saying so")

    web.signal(signal.SIGTERM)

    wait_for(lambda: not web.is_running, seconds=5, what="ending at once")
    assert web.exit_code == -signal.SIGTERM
    lumio.restart("web")


@pytest.mark.parametrize("name", ["worker", "beat", "ingest"])
def test_the_others_stop_in_order(lumio: Lumio, name: str):
    process = lumio.processes[name]
    wait_for(lambda: process.handles(signal.SIGTERM), seconds=60, what=f"starting {name}")

    process.signal(signal.SIGTERM)

    wait_for(lambda: not process.is_running, seconds=20, what=f"stopping {name}")
    assert process.exit_code == 0
    lumio.restart(name)


def test_a_wrong_ring_is_refused_by_every_process(lumio: Lumio):
    wrong = {"LUMIO_ENCRYPTION_KEYS": f"new:{'A' * 43}="}
    processes = [
        lumio._process(f"{name}-wrong", lumio.processes[name].argv, wrong)
        for name in ("web2", "worker", "beat", "ingest")
    ]
    try:
        for process in processes:
            process.start()
        for process in processes:
            wait_for(lambda process=process: not process.is_running, seconds=60, what=f"{process.name} refusing")
            assert process.exit_code == 1, process.output()
            assert "LUMIO_ENCRYPTION_KEYS lacks 'test'" in process.output()
    finally:
        for process in processes:
            process.stop()
