"""What the sockets of this process have sent: plain numbers, as counting happens where every moment counts."""

from __future__ import annotations

from collections import Counter


class Counts:
    """`characters` is the length of all frames together; `holes` counts what the bus lost and the database had."""

    __slots__ = ("characters", "closed", "frames", "holes")

    def __init__(self) -> None:
        self.frames = 0
        self.characters = 0
        self.holes = 0
        #: By close code.
        self.closed: Counter[int] = Counter()


COUNTS = Counts()
