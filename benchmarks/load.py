"""What a machine carries: many accounts that chat, with many pages open, on real processes.

`python -m benchmarks.load` measures with half the work and with all of it, and prints what `python -m benchmarks` does.
See docs/scaling.md for what the figures are good for. The crowd of pages runs on the same machine: its share of it is
told, and is no part of any figure. What it takes to make the messages is part of `ingest`.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from functools import cache, partial
from typing import Any

import psutil

from lumio.env import ROOT
from tests.processes.cluster import Lumio
from tests.processes.postgres import Postgres
from tests.processes.valkey import TestValkey
from tests.system.database import Database

#: Seconds until what was begun has settled.
SETTLE = 5


@dataclass(frozen=True)
class Load:
    """`messages` are lines of chat a second, over all accounts; each account has as many of the sockets."""

    accounts: int = 1_000
    sockets: int = 5_000
    messages: int = 2_000
    webs: int = 2
    seconds: int = 20

    def __post_init__(self) -> None:
        if self.sockets % self.accounts:
            raise ValueError("there have to be as many sockets for each account")

    @property
    def half(self) -> Load:
        accounts = self.accounts // 2
        return Load(accounts, accounts * self.sockets // self.accounts, self.messages // 2, self.webs, self.seconds)


@dataclass(frozen=True)
class Figures:
    """Times of the processor are milliseconds of one core, `cpu_…` those of all of Lumio, its database and Valkey.

    Lag is from the writer of ingest to the page. Memory is that of the web processes, with pages where nothing happens
    yet.
    """

    sockets_opened_per_second: float
    messages_per_second: float
    deliveries_per_second: float
    lag_p50_ms: float
    lag_p99_ms: float
    kb_per_socket: float
    cpu_ms_per_socket_opened: float
    #: In each second.
    cpu_ms_per_1000_idle_sockets: float
    cpu_ms_per_1000_deliveries: float
    web_cpu_ms_per_1000_deliveries: float
    ingest_cpu_ms_per_1000_messages: float
    database_cpu_ms_per_1000_messages: float
    valkey_cpu_ms_per_1000_messages: float
    #: Of the table and its indexes.
    database_bytes_per_message: float


def measure(load: Load) -> Figures:
    """Raises AssertionError if a page was closed, or a line did not reach every page of its account."""
    with (
        Postgres() as postgres,
        TestValkey() as valkey,
        Lumio(redis_url=valkey.url, database_url=postgres.url, web=load.webs, ingest=0, worker=0, beat=0) as lumio,
    ):
        accounts = lumio.inside("benchmarks.chatter.prepare", load.accounts)
        webs = [process.pid for process in lumio.web]
        parts = {"web": webs, "database": [postgres.process.pid], "valkey": [valkey.process.pid]}
        memory, clocks = _memory(webs), _clocks(parts)
        with _program("crowd", lumio) as crowd:
            _say(crowd, _pages(load, accounts, lumio))
            opened_within = json.loads(_answer(crowd))
            opening = _since(clocks, parts)
            time.sleep(SETTLE)
            memory = _memory(webs) - memory
            clocks = _clocks(parts)
            time.sleep(load.seconds)
            idle = _since(clocks, parts)
            with _program("chatter", lumio, str(load.messages)) as chatter:
                _say(chatter, [id for id, _ in accounts])
                time.sleep(SETTLE)
                parts |= {"ingest": [chatter.pid], "crowd": [crowd.pid]}
                stored, clocks, since = _stored(lumio), _clocks(parts), time.time()
                time.sleep(load.seconds)
                stored, spent, until = _stored(lumio) - stored, _since(clocks, parts), time.time()
                chatter.communicate(timeout=120)
            altogether = _stored(lumio)
            wanted = altogether * load.sockets // load.accounts
            _say(crowd, {"wanted": wanted, "since": since, "until": until})
            report = json.loads(_answer(crowd))
            [[size]] = Database(lumio).ask("SELECT pg_total_relation_size('events_chatline')")
    assert not report["closed"], f"{report['closed']} pages were closed"
    assert report["altogether"] == wanted, f"{report['altogether']} of {wanted} deliveries came"
    seconds, deliveries = until - since, report["deliveries"]
    _note(load, {part: time / seconds for part, time in spent.items()})
    return Figures(
        sockets_opened_per_second=load.sockets / opened_within,
        messages_per_second=stored / seconds,
        deliveries_per_second=deliveries / seconds,
        lag_p50_ms=report["p50"],
        lag_p99_ms=report["p99"],
        kb_per_socket=memory / load.sockets / 1000,
        cpu_ms_per_socket_opened=sum(opening.values()) / load.sockets * 1e3,
        cpu_ms_per_1000_idle_sockets=sum(idle.values()) / load.seconds / load.sockets * 1e6,
        cpu_ms_per_1000_deliveries=(sum(spent.values()) - spent["crowd"]) / deliveries * 1e6,
        web_cpu_ms_per_1000_deliveries=spent["web"] / deliveries * 1e6,
        ingest_cpu_ms_per_1000_messages=spent["ingest"] / stored * 1e6,
        database_cpu_ms_per_1000_messages=spent["database"] / stored * 1e6,
        valkey_cpu_ms_per_1000_messages=spent["valkey"] / stored * 1e6,
        database_bytes_per_message=size / altogether,
    )


def _pages(load: Load, accounts: list[tuple[str, str]], lumio: Lumio) -> list[tuple[int, str, str]]:
    """Those of one account lie on different web processes, as behind a proxy that takes turns."""
    ports = [int(lumio.url_of(process.name).rpartition(":")[2]) for process in lumio.web]
    pages = accounts * (load.sockets // load.accounts)
    return [(ports[n // load.accounts % len(ports)], token, id) for n, (id, token) in enumerate(pages)]


def _stored(lumio: Lumio) -> int:
    """Lines of chat that are committed."""
    [[lines]] = Database(lumio).ask("SELECT sum(chat_seq) FROM events_livehead")
    return int(lines)


# Processes


@contextmanager
def _program(name: str, lumio: Lumio, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    argv = [sys.executable, "-m", f"benchmarks.{name}", *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(argv, env=lumio.environment, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def _say(process: subprocess.Popen[str], line: Any) -> None:
    assert process.stdin is not None
    print(json.dumps(line), file=process.stdin, flush=True)


def _answer(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def _memory(pids: list[int]) -> int:
    """Bytes; what processes share counts in parts."""
    return sum(psutil.Process(pid).memory_full_info().pss for pid in pids)


def _clocks(parts: Mapping[str, list[int]]) -> dict[str, float]:
    """Seconds of the processor that each part has had."""
    return {part: sum(map(_spent, pids)) for part, pids in parts.items()}


def _since(clocks: Mapping[str, float], parts: Mapping[str, list[int]]) -> dict[str, float]:
    return {part: clock - clocks[part] for part, clock in _clocks(parts).items()}


def _spent(pid: int) -> float:
    """Seconds of the processor that a process and all it ever started have had."""
    process = psutil.Process(pid)
    ended = process.cpu_times()
    spent = ended.children_user + ended.children_system
    for one in [process, *process.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):  # it ended meanwhile
            times = one.cpu_times()
            spent += times.user + times.system
    return spent


def _note(load: Load, cores: Mapping[str, float]) -> None:
    shares = ", ".join(f"{part} {share:.2f}" for part, share in cores.items())
    print(
        f"{load.accounts:,} accounts, {load.sockets:,} sockets, {load.messages:,} messages a second: "
        f"cores used of {psutil.cpu_count()}: {shares}",
        file=sys.stderr,
        flush=True,
    )


# What is printed


@cache
def measured(load: Load) -> dict[str, float]:
    """By name: the figures of this load, and with `_growth` over those of half of it."""
    half, whole = asdict(measure(load.half)), asdict(measure(load))
    return whole | {f"{name}_growth": whole[name] / half[name] if half[name] else math.nan for name in whole}


def figure(name: str) -> float:
    return measured(Load())[name]


NAMES = [f"{field.name}{suffix}" for suffix in ("", "_growth") for field in fields(Figures)]
#: For `python -m benchmarks`: all of one measurement.
BENCHMARKS = {f"load_{name}": partial(figure, name) for name in NAMES}


def main(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description="What this machine carries.")
    for field in fields(Load):
        parser.add_argument(f"--{field.name}", type=int, default=field.default, help=f"({field.default})")
    load = Load(**vars(parser.parse_args(argv)))
    for name, value in measured(load).items():
        print(f"load_{name}: {value:.4g}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
