"""Checks what pages saw against what was stored: every event exactly once per entitled page, in `seq` order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TypeAlias

#: What a page was told, in the order it arrived: (seq, external id).
Seen: TypeAlias = Sequence[tuple[int, str]]
Stored: TypeAlias = Sequence[tuple[int, str]]


def check_history(stored: Stored, pages: Mapping[str, Seen], *, after: Mapping[str, int] | None = None) -> None:
    """Raise AssertionError listing every violation.

    `stored` are the rows of one log, in any order. `pages` are the entitled pages by name; one that subscribed after
    a `seq` is owed only what came later, which `after` says.
    """
    problems = store_violations(stored)
    for name, seen in pages.items():
        first = (after or {}).get(name, 0)
        owed = sorted(row for row in stored if row[0] > first)
        problems += [f"{name}: {problem}" for problem in page_violations(owed, seen)]
    assert not problems, "the history is wrong:\n  " + "\n  ".join(problems)


def page_violations(owed: Stored, seen: Seen) -> list[str]:
    """What is wrong with one page's view, a sentence each; empty when it is exactly what it was owed."""
    times = Counter(seen)
    known = set(owed)
    problems = [f"event {_name(row)} was never shown" for row in owed if not times[row]]
    problems += [f"event {_name(row)} was shown {n} times" for row, n in sorted(times.items()) if n > 1]
    problems += [f"event {_name(row)} was shown but is not stored so" for row in sorted(times) if row not in known]
    problems += [
        f"event {_name(later)} was shown before {_name(earlier)}"
        for later, earlier in pairwise(seen)
        if later[0] > earlier[0]
    ]
    return problems


def store_violations(stored: Stored) -> list[str]:
    """What is wrong with one log, a sentence each: it numbers its rows from 1 without gaps, and holds an id once."""
    seqs = sorted(seq for seq, _ in stored)
    problems = [f"seq {seq} is missing from the store" for seq in sorted(set(range(1, len(seqs) + 1)) - set(seqs))]
    problems += [f"seq {seq} is stored {n} times" for seq, n in sorted(Counter(seqs).items()) if n > 1]
    ids = Counter(external_id for _, external_id in stored)
    return problems + [f"external id {one} is stored {n} times" for one, n in sorted(ids.items()) if n > 1]


def _name(row: tuple[int, str]) -> str:
    return f"{row[0]} ({row[1]})"
