"""What may break while events come in, each for as long as it is told."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from tests.system.sources import Source, Sources

#: Breaks something for some seconds, with a while of peace before and after it.
Trouble = Callable[[Sources, Sequence[Source], float, float, float], None]


def upstream_is_cut(sources: Sources, storming: Sequence[Source], before: float, after: float, seconds: float) -> None:
    time.sleep(before)
    for source in storming:
        source.cut()
    time.sleep(seconds + after)


def ingest_is_killed(sources: Sources, storming: Sequence[Source], before: float, after: float, seconds: float) -> None:
    time.sleep(before)
    sources.lumio.kill("ingest")
    time.sleep(seconds)
    sources.lumio.restart("ingest")
    time.sleep(after)


def valkey_is_killed(sources: Sources, storming: Sequence[Source], before: float, after: float, seconds: float) -> None:
    time.sleep(before)
    sources.valkey.process.kill()
    time.sleep(seconds)
    sources.valkey.start()
    time.sleep(after)


def database_refuses(sources: Sources, storming: Sequence[Source], before: float, after: float, seconds: float) -> None:
    time.sleep(before)
    with sources.database.refusing():
        time.sleep(seconds)
    time.sleep(after)


def web_is_restarted(sources: Sources, storming: Sequence[Source], before: float, after: float, seconds: float) -> None:
    time.sleep(before)
    sources.lumio.restart("web")
    time.sleep(after)


TROUBLES: dict[str, Trouble] = {
    "the upstream is cut": upstream_is_cut,
    "ingest is killed": ingest_is_killed,
    "Valkey is killed": valkey_is_killed,
    "the database refuses": database_refuses,
    "web is restarted": web_is_restarted,
}
