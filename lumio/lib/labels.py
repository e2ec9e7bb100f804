"""What people name things by."""

from __future__ import annotations

from collections.abc import Collection
from itertools import count


def one_line(text: str) -> str:
    """`text` without what cannot be seen, and with single spaces: it is never longer than it was."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def free(name: str, taken: Collection[str], longest: int) -> str:
    """The name, or with a number if there is one called so; of `longest` characters at most."""
    if name not in taken:
        return name
    ends = (f" {number}" for number in count(2))
    return next(other for end in ends if (other := name[: longest - len(end)] + end) not in taken)
