"""The terminal: every line under the name of the process that said it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import TextIO

#: Control characters would let a logged chat line move the cursor or recolour the operator's terminal.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
COLOURS = (36, 32, 33, 35, 34, 31)
WIDTH = 7


class Console:
    """Writes prefixed lines, coloured when the stream is a terminal and `NO_COLOR` is not set."""

    def __init__(self, stream: TextIO) -> None:
        self._stream: TextIO | None = stream
        self._coloured = stream.isatty() and not os.environ.get("NO_COLOR")
        self._colour_of: dict[str, int] = {}

    def say(self, line: str) -> None:
        """A line of the supervisor's own."""
        self.forward("lumio", line)

    def teller(self, name: str) -> Callable[[str], None]:
        """The function that prints lines of the process `name`."""
        return lambda line: self.forward(name, line)

    def forward(self, name: str, line: str) -> None:
        prefix = f"{name:<{WIDTH}} |"
        if self._coloured:
            colour = self._colour_of.setdefault(name, COLOURS[len(self._colour_of) % len(COLOURS)])
            prefix = f"\x1b[{colour}m{prefix}\x1b[0m"
        self._write(f"{prefix} {CONTROL.sub('?', line)}\n")

    def _write(self, text: str) -> None:
        if self._stream is None:
            return
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            # The terminal is gone; its SIGHUP stops us in order. Until then there is nobody to write to.
            self._stream = None
