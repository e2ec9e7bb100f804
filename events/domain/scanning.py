"""What upper apps look for in everything that platforms deliver.

An upper app registers a mark and what to do about texts that hold it, once, in its `AppConfig.ready()`:

    scanning.register("lm_pop_", leaks.in_messages)

It is told before the events are stored, so a process that dies in between leaves nothing undone: what was not stored
comes again or was never here. A repeat, history and a batch under a lost lease are looked through alike. An event costs
one look for each mark at its words, and nothing that goes wrong with a find keeps an event from being stored.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from events.enums import Log

if TYPE_CHECKING:
    from events.types import StreamEvent

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Find:
    """A text with the mark in it. `log` is where it will stand: a message of the chat, or another event."""

    platform: str
    log: Log
    text: str


#: Gets all finds of a batch at once. What it writes, it writes in a transaction of its own.
Scanner = Callable[[Sequence[Find]], None]
_scanners: dict[str, Scanner] = {}


def register(mark: str, scanner: Scanner) -> None:
    """Have `scanner` told of every text that holds `mark`. Called once, from `AppConfig.ready()`."""
    _scanners[mark] = scanner


def scan(events: Iterable[StreamEvent]) -> None:
    """Tell whoever looks for what stands in these events. Never raises."""
    texts = [(event, _words(event)) for event in events]
    for mark, scanner in _scanners.items():
        finds = [Find(event.platform, event.kind.log, text) for event, text in texts if mark in text]
        if finds:
            try:
                scanner(finds)
            except Exception:
                log.exception("What was found in %s messages could not be dealt with", len(finds))


def _words(event: StreamEvent) -> str:
    """All that somebody may have written: the message and their name, of other events whatever the platform sent."""
    words = f"{event.message} {event.actor.name}"
    # Beside the message a line of chat has badges and emotes, and the message it answers, which was looked at before.
    return words if event.kind.log is Log.CHAT else f"{words} {event.extra} {event.raw}"
