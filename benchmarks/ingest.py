"""How many chat notifications a second one process takes off an EventSub socket."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager

import requests

from lumio.env import ROOT
from tests.fakes import wire
from tests.processes.cluster import Lumio
from tests.processes.postgres import Postgres
from tests.processes.process import free_port, wait_for
from tests.processes.valkey import TestValkey
from tests.system.database import Database

FRAMES = 5_000
ROUNDS = 5
#: A channel that is connected with every scope; runs inside the process set.
SET_STAGE = """
from connections.platforms.twitch.scopes import SCOPES
from tests.system.stage import set_stage
answer = {"access_token": "bench-access", "refresh_token": "bench-refresh", "expires_in": 14_400}
scopes = [scope.name for scope in SCOPES]
set_stage({"channel_id": "31337", "login": "bench", "answer": answer | {"scope": scopes}})
"""

#: Sends FRAMES to whoever listens and says how long it took until the last was dealt with, in seconds.
Round = Callable[[], float]


def ingest_vs_twitchapi(database_url: str = "") -> float:
    """Messages that Lumio parses, stores and publishes over those that twitchAPI merely hands to a callback."""
    ratios = []
    with ExitStack() as parts:
        lumio = parts.enter_context(lumio_rounds(database_url))
        twitchapi = parts.enter_context(twitchapi_rounds())
        lumio(), twitchapi()  # what every first time costs
        for _ in range(ROUNDS):
            ours, theirs = FRAMES / lumio(), FRAMES / twitchapi()
            print(f"messages a second: Lumio {ours:,.0f}, twitchAPI {theirs:,.0f}", file=sys.stderr, flush=True)
            ratios.append(ours / theirs)
    return statistics.median(ratios)


def ingest_vs_twitchapi_postgresql() -> float:
    """The same with PostgreSQL."""
    with Postgres() as server:
        return ingest_vs_twitchapi(server.url)


@contextmanager
def lumio_rounds(database_url: str) -> Iterator[Round]:
    """Its ingest process, from the socket to the committed row."""
    with flooding() as url, TestValkey() as valkey:
        environment = {**wire.environment(url, emotes=url), "LUMIO_EMOTES": "7tv,bttv,ffz"}
        options = {"database_url": database_url, "environment": environment}
        with Lumio(redis_url=valkey.url, worker=0, beat=0, **options) as lumio:
            lumio.manage("shell", "--no-imports", "--command", SET_STAGE)
            database = Database(lumio)
            wait_for(lambda: is_subscribed(database), seconds=60, what="subscribing")

            with closing(database.connect()) as observer:  # one for all looks: PostgreSQL makes a process for each

                def stored() -> int:
                    [[seq]] = observer.execute("SELECT chat_seq FROM events_livehead").fetchall()
                    return seq

                def run() -> float:
                    goal = stored() + FRAMES
                    began = flood(url)
                    while stored() < goal:
                        assert time.time() < began + 60, "not everything was stored"
                        time.sleep(0.01)
                    return time.time() - began

                yield run


def is_subscribed(database: Database) -> bool:
    rows = database.ask("SELECT subscriptions_active, subscriptions_wanted FROM events_ingestsource")
    return bool(rows) and rows[0][0] == rows[0][1] > 0


@contextmanager
def twitchapi_rounds() -> Iterator[Round]:
    with flooding() as url:
        argv = [sys.executable, "-m", "benchmarks.dispatcher", url]
        with subprocess.Popen(argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as dispatcher:
            assert dispatcher.stdin is not None
            assert dispatcher.stdout is not None
            assert dispatcher.stdout.readline() == "ready\n", "twitchAPI does not start"

            def run() -> float:
                print(FRAMES, file=dispatcher.stdin, flush=True)
                assert dispatcher.stdout.readline() == "waiting\n"
                began = flood(url)
                return float(dispatcher.stdout.readline()) - began

            yield run
            dispatcher.kill()


@contextmanager
def flooding() -> Iterator[str]:
    """The address of a `benchmarks.eventsub`."""
    port = free_port()
    server = subprocess.Popen([sys.executable, "-m", "benchmarks.eventsub", str(port)], cwd=ROOT)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: answers(url), seconds=20, what="starting the flood's source")
        yield url
    finally:
        server.terminate()
        server.wait(10)


def answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/oauth2/validate", timeout=2).ok
    except requests.ConnectionError:
        return False


def flood(url: str) -> float:
    """Send FRAMES; when that began."""
    answer = requests.post(f"{url}/flood", params={"frames": FRAMES}, timeout=120).json()
    assert answer["sessions"] == 1, "nobody listens, or more than one does"
    return answer["began"]
