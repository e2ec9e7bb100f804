"""How fast what happens reaches the pages: a hundred sockets on one account, on the real daphne."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import requests

from lumio.env import ROOT
from lumio.up import programs
from lumio.up.watchdog import Watchdog
from tests.processes.cluster import Lumio
from tests.processes.process import Process, free_port, wait_for
from tests.processes.valkey import TestValkey

SOCKETS = 100
ROUNDS = 3
SOCKETIO = ROOT / "benchmarks" / "socketio"


@dataclass(frozen=True)
class Target:
    """A server to be measured: where it listens, how its sockets begin, and how to have it send."""

    port: int
    path: str
    listens: str
    mark: str
    environment: Mapping[str, str]
    send: Sequence[str]
    hello: Sequence[str] = ()
    acknowledges: bool = False

    def run(self, events: int, *extra: str, stamp: str = "", seconds: int = 60) -> dict[str, Any]:
        """Open the sockets, send, and report what the client counted."""
        plan = {
            "port": self.port,
            "path": self.path,
            "listens": self.listens,
            "mark": self.mark,
            "hello": list(self.hello),
            "acknowledges": self.acknowledges,
            "sockets": SOCKETS,
            "wanted": SOCKETS * events,
            "stamp": stamp,
            "seconds": seconds,
        }
        client = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.client", json.dumps(plan)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert client.stdout is not None
        assert client.stdout.readline() == "ready\n", "the sockets do not open"
        subprocess.run([*self.send, str(events), *extra], env=self.environment, cwd=ROOT, check=True)
        report = json.loads(client.stdout.read())
        client.wait()
        return report

    def deliveries_per_second(self, events: int) -> float:
        rates = []
        for _ in range(ROUNDS):
            report = self.run(events)
            rates.append(report["deliveries"] / report["seconds"])
        return statistics.median(rates)


@contextmanager
def lumio_target(kind: str) -> Iterator[Target]:
    """Lumio's web process with its real `publish()`, on SQLite. `kind` is a verb of `benchmarks.publisher`."""
    publisher = [sys.executable, "-m", "benchmarks.publisher"]
    with (
        TestValkey() as valkey,
        Lumio(redis_url=valkey.url, ingest=0, worker=0, beat=0) as lumio,
    ):
        made = subprocess.run(
            [*publisher, "prepare"], env=lumio.environment, cwd=ROOT, check=True, capture_output=True, text=True
        )
        account = json.loads(made.stdout)
        subscribe = {"type": "subscribe", "channel": f"chat:{account['account']}", "after": None}
        yield Target(
            port=int(lumio.url.rpartition(":")[2]),
            path=f"/v1/ws?token={account['token']}",
            hello=[json.dumps(subscribe)],
            listens='"subscribed"',
            mark='{"seq":',
            acknowledges=True,
            environment=lumio.environment,
            send=[*publisher, kind, account["account"]],
        )


@contextmanager
def group_send_target() -> Iterator[Target]:
    port = free_port()
    with TestValkey() as valkey:
        environment = {**os.environ, "REDIS_URL": valkey.url}
        argv = [*programs.web("127.0.0.1", port)[:-1], "benchmarks.group_send:application"]
        with _serving("group_send", argv, environment, port):
            yield Target(
                port=port,
                path="/",
                listens="listens",
                mark='"type":',
                environment=environment,
                send=[sys.executable, "-m", "benchmarks.group_send"],
            )


@contextmanager
def socketio_target() -> Iterator[Target]:
    port = free_port()
    with TestValkey() as valkey:
        socket = valkey.url.removeprefix("unix://").partition("?")[0]
        environment = {**os.environ, "VALKEY_SOCKET": socket, "PORT": str(port)}
        with _serving("socketio", ["node", str(SOCKETIO / "server.js")], environment, port):
            yield Target(
                port=port,
                path="/socket.io/?EIO=4&transport=websocket",
                hello=["40"],
                listens="40{",
                mark='42["message"',
                environment=environment,
                send=["node", str(SOCKETIO / "send.js")],
            )


@contextmanager
def _serving(name: str, argv: list[str], environment: Mapping[str, str], port: int) -> Iterator[None]:
    with TemporaryDirectory(prefix="lumio-bench-") as folder:
        watchdog = Watchdog()
        log = Path(folder) / "log"
        server = Process(name, argv, environment=environment, log=log, watchdog=watchdog, cwd=ROOT)
        server.start()
        try:
            wait_for(lambda: _listens(port), seconds=20, what=f"starting {name}: {server.output()}")
            yield
        finally:
            server.stop()
            watchdog.close()


def _listens(port: int) -> bool:
    try:
        requests.get(f"http://127.0.0.1:{port}/", timeout=1)
    except requests.ConnectionError:
        return False
    except requests.Timeout:
        return True
    return True


@cache
def lumio_deliveries() -> float:
    with lumio_target("flood") as target:
        return target.deliveries_per_second(10_000)


def fanout_vs_group_send() -> float:
    """Deliveries per second over those of `group_send`, which does not even store."""
    with group_send_target() as target:
        group_send = target.deliveries_per_second(200)
    _note(f"deliveries a second: {lumio_deliveries():,.0f}, group_send {group_send:,.0f}")
    return lumio_deliveries() / group_send


def fanout_vs_socketio() -> float | str:
    """The same against Socket.IO with its Redis adapter; `skipped` where there is no Node."""
    if not (shutil.which("node") and shutil.which("npm")):
        return "skipped"
    subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=SOCKETIO, check=True)
    with socketio_target() as target:
        socketio = target.deliveries_per_second(10_000)
    _note(f"deliveries a second: {lumio_deliveries():,.0f}, Socket.IO {socketio:,.0f}")
    return lumio_deliveries() / socketio


def publish_to_socket_p99_ms() -> float:
    """From before `publish()` to the frame at the client, 100 messages a second to 100 sockets."""
    with lumio_target("steady") as target:
        return statistics.median(target.run(1000, "100", stamp="sent=")["p99"] for _ in range(ROUNDS))


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
