"""What people name things by."""

from __future__ import annotations


def one_line(text: str) -> str:
    """`text` without what cannot be seen, and with single spaces: it is never longer than it was."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
