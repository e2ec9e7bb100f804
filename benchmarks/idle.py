"""What one ingest process costs while it listens and nothing happens."""

from __future__ import annotations

import sys
import time

import psutil

from tests.system.sources import Sources

#: Five sources each: Twitch, YouTube without a broadcast, Kick, Trovo, StreamElements.
ACCOUNTS = 100
#: Seconds for what has to settle, and over which the processor is watched.
SETTLE, WATCHED = 30, 60


def idle_500_sources_mb() -> float:
    """Proportional set size (MiB) of one ingest process that holds 500 idle sources, and its share of a core."""
    with Sources(accounts=ACCOUNTS, broadcasts=False) as sources:
        time.sleep(SETTLE)
        process = psutil.Process(sources.lumio.processes["ingest"].pid)
        before = process.cpu_times()
        time.sleep(WATCHED)
        after = process.cpu_times()
        assert sources.is_listening(), "not everything is listened to any more"
        share = (after.user + after.system - before.user - before.system) / WATCHED
        print(f"processor: {share:.1%} of a core, {process.num_threads()} threads", file=sys.stderr, flush=True)
        return float(process.memory_full_info().pss) / 2**20
