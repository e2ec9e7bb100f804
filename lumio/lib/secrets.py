"""Secrets in memory: hard to print by accident, easy to find where they are used (`.reveal()`)."""

from __future__ import annotations

import hashlib
import secrets
from typing import NoReturn

#: A hint gives four characters away, so shorter values get none.
SHORTEST_HINTED = 12


class Secret:
    """A value that is never shown whole: printing gives `…x9Qf`. It cannot be pickled or put into JSON."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself, for whoever sends it where it belongs."""
        return self._value

    @property
    def hint(self) -> str:
        """The last four characters; empty for values so short that these would be a good part of it."""
        return self._value[-4:] if len(self._value) >= SHORTEST_HINTED else ""

    def __str__(self) -> str:
        return f"…{self.hint}"

    def __repr__(self) -> str:
        return f"Secret({self})"

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return secrets.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("A Secret stays in this process.")


def new_secret(length: int = 32) -> str:
    """A new random value of `length` bytes, in URL-safe text."""
    return secrets.token_urlsafe(length)


def digest(text: str) -> str:
    """SHA-256 in hexadecimal: to recognise a random value again without keeping it.

    Of any text, as it may be a stranger's: JSON can hold half a character.
    """
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def fingerprint(looks: object) -> str:
    """The same for what looks the same, as its `repr` tells: for pages that ask whether anything has changed."""
    return digest(repr(looks))[:16]
