"""What a button of the studio is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

#: How long a platform stays away.
OUTAGE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Scenario:
    """`play` is given the stand-in called `at` and answers with a sentence; a lasting one runs until pressed again."""

    name: str
    group: str
    title: str
    sentence: str
    play: Callable[[Any], Awaitable[str]]
    lasting: bool = False
    at: str = "twitch"
