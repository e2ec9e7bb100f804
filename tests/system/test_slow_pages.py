"""Pages that never read, and pages where nothing happens for long."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from lumio.env import ROOT
from tests.processes.cluster import Lumio
from tests.processes.postgres import fresh_database
from tests.processes.process import wait_for
from tests.processes.valkey import TestValkey
from tests.system.deaf import DeafPage
from tests.system.page import Page

pytestmark = pytest.mark.trial

MIB = 1024 * 1024
#: Messages a second, pages that never read, and pages that do as they should.
RATE = 100
DEAF, HEARING = 50, 5
#: Characters of a message beyond the usual, so that what is sent ahead is limited by its size and not by its number.
MORE = 1_200
PUBLISHER = [sys.executable, "-m", "benchmarks.publisher"]


def test_pages_that_never_read_are_closed_and_cost_little() -> None:
    with (
        TestValkey() as valkey,
        fresh_database() as database_url,
        Lumio(redis_url=valkey.url, database_url=database_url, worker=0, beat=0, ingest=0) as lumio,
    ):
        flooded = flood(lumio, seconds=26)

    assert flooded.codes == {4408}
    assert flooded.still_open == 0
    assert flooded.growth < 20 * MIB
    assert flooded.heard == HEARING * RATE * 26


def test_sockets_where_nothing_happens_stay_open_and_dead_ones_do_not() -> None:
    """Idle for several times as long as the server waits for an answer to its pings, behind a balancer."""
    with (
        TestValkey() as valkey,
        fresh_database() as database_url,
        Lumio(
            redis_url=valkey.url, database_url=database_url, web=2, worker=0, beat=0, ingest=0, pings=(1, 2)
        ) as lumio,
        ExitStack() as parts,
    ):
        account = prepare(lumio)
        pages = [
            parts.enter_context(Page(lumio.url, token=account["token"], account=account["account"], after={"chat": 0}))
            for _ in range(6)
        ]
        wait_for(lambda: all(page.is_connected for page in pages), seconds=30, what="opening pages")
        files = open_files(lumio.processes["web"].pid)
        channel = f"chat:{account['account']}"
        parts.enter_context(DeafPage(lumio.url_of("web"), token=account["token"], channel=channel, roomy=True))
        wait_for(lambda: open_files(lumio.processes["web"].pid) > files, seconds=10, what="opening a dead socket")

        time.sleep(8)
        assert open_files(lumio.processes["web"].pid) <= files, "a socket that answers no ping is still open"
        publish(lumio, account["account"], 1).wait()
        wait_for(lambda: all(page.after["chat"] == RATE for page in pages), seconds=10, what="waking up")

    assert [page.codes for page in pages] == [[]] * 6
    assert max(page.lags[0] for page in pages) < 1


@dataclass(frozen=True)
class Flooded:
    """What became of it: codes that deaf pages were closed with, how many of them the server still keeps, what its
    process grew by (bytes, at most), how many messages the other pages got, and when (milliseconds, 99th of 100)."""

    codes: set[int | None]
    still_open: int
    growth: int
    heard: int
    p99: float


def flood(lumio: Lumio, *, seconds: int) -> Flooded:
    """A hundred messages a second for so long."""
    web = lumio.processes["web"]
    account = prepare(lumio)
    channel = f"chat:{account['account']}"
    with ExitStack() as parts:
        files = open_files(web.pid)
        hearing = parts.enter_context(listeners(lumio, account["token"], channel, RATE * (seconds + 2)))
        publish(lumio, account["account"], 2).wait()  # what every first time costs is not what grows
        before = memory(web.pid)
        deaf = [
            parts.enter_context(DeafPage(lumio.url, token=account["token"], channel=channel, roomy=number % 5 == 0))
            for number in range(DEAF)
        ]
        wait_for(lambda: open_files(web.pid) >= files + HEARING + DEAF, seconds=10, what="opening sockets")
        publisher = publish(lumio, account["account"], seconds)
        most = before
        while publisher.poll() is None:
            most = max(most, memory(web.pid))
            time.sleep(0.2)
        report = json.loads(hearing.communicate(timeout=30)[0])
        return Flooded(
            codes={page.farewell() for page in deaf[::5]},
            # The database's files and sockets come and go.
            still_open=max(0, open_files(web.pid) - files - 5),
            growth=most - before,
            heard=report["deliveries"] - HEARING * RATE * 2,
            p99=report["p99"],
        )


def prepare(lumio: Lumio) -> dict[str, str]:
    """An account and a token that reads its chat."""
    told = subprocess.run([*PUBLISHER, "prepare"], env=lumio.environment, cwd=ROOT, check=True, capture_output=True)
    return json.loads(told.stdout)


def listeners(lumio: Lumio, token: str, channel: str, messages: int) -> subprocess.Popen[str]:
    """Pages in a process of their own, which listen already."""
    plan = {
        "port": int(lumio.url.rpartition(":")[2]),
        "path": f"/v1/ws?token={token}",
        "listens": '"subscribed"',
        "mark": '{"seq":',
        "stamp": "sent=",
        "hello": [json.dumps({"type": "subscribe", "channel": channel, "after": None})],
        "acknowledges": True,
        "sockets": HEARING,
        "wanted": HEARING * messages,
        "seconds": messages / RATE + 60,
    }
    client = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.client", json.dumps(plan)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert client.stdout is not None
    assert client.stdout.readline() == "ready\n", "the sockets do not open"
    return client


def publish(lumio: Lumio, account: str, seconds: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*PUBLISHER, "steady", account, str(RATE * seconds), str(RATE), str(MORE)], env=lumio.environment, cwd=ROOT
    )


def memory(pid: int) -> int:
    """Bytes that only this process has, and its share of what it has with others."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) * 1024


def open_files(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))
