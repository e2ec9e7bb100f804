"""What the chat popout keeps after many messages, and how smooth it is while many come."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from benchmarks.browser import Kept, chromium, kept
from tests.processes.cluster import Lumio
from tests.processes.valkey import TestValkey

FEW, MANY = 1_000, 50_000
#: Messages a second, and seconds, of the busy chat in which the longest task is looked for.
RATE, SECONDS = 200, 20
PERMISSIONS = ("chat:read", "chat:write", "chat:delete", "chat:timeout", "chat:ban", "chat:userinfo")
SAYS = Path(__file__).with_name("chat.js").read_text()


@dataclass(frozen=True)
class Soak:
    """`longest_task` is in milliseconds; below 50 the browser tells of none, and it is 0."""

    few: Kept
    many: Kept
    lines: int
    longest_task: float


def chat_soak_nodes_growth() -> float:
    """DOM nodes after 50,000 messages with emotes, deletions and timeouts, over those after 1,000."""
    return soak().many.nodes / soak().few.nodes


def chat_soak_heap_growth() -> float:
    """The same of the heap."""
    return soak().many.heap / soak().few.heap


@cache
def soak() -> Soak:
    """The popout as Lumio serves it, in Chromium; only its web socket is a stand-in, inside of the page."""
    with TestValkey() as valkey, Lumio(redis_url=valkey.url, ingest=0, worker=0, beat=0) as lumio:
        lumio.inside("tests.e2e.stage.claim", "Mira live", "mira@example.com", "correct horse battery staple")
        token = lumio.inside("tests.e2e.stage.popout_token", *PERMISSIONS)
        with chromium() as browser:
            page = browser.new_page(viewport={"width": 400, "height": 600})
            page.add_init_script(SAYS)
            page.goto(f"{lumio.url}/popout/chat?token={token}")
            page.wait_for_timeout(500)
            page.evaluate("number => say(number)", FEW)
            few = kept(page)
            page.evaluate("number => say(number)", MANY - FEW)
            many = kept(page)
            longest = page.evaluate("([rate, seconds]) => sayAtRate(rate, seconds)", [RATE, SECONDS])
            lines = page.locator(".line").count()
    print(f"longest task at {RATE} messages a second: {longest:.0f} ms", file=sys.stderr, flush=True)
    print(f"heap: {few.heap / 2**20:.1f}, then {many.heap / 2**20:.1f} MiB", file=sys.stderr, flush=True)
    return Soak(few, many, lines, longest)
