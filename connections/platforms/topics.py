"""What a platform tells of, topic by topic, each of which it may refuse to tell of."""

from __future__ import annotations

from collections.abc import Sequence

from events.ingest.base import Failure

#: Topics named in one sentence.
NAMED = 4


def as_one(failures: Sequence[Failure]) -> Failure | None:
    """Why topics are not heard, as one failure that names those of its kind; None where there is none.

    Each has the `topic`, or for a `scope_missing` the scope as `reason`, among its params. Missing scopes come last:
    the card names them anyway.
    """
    first = min(failures, key=lambda failure: (failure.code == "scope_missing", failure.code), default=None)
    if first is None:
        return None
    alike = [failure.params for failure in failures if failure.code == first.code]
    if first.code == "scope_missing":
        return Failure(first.code, first.params | {"reason": ", ".join(sorted({one["reason"] for one in alike}))})
    topics = list(dict.fromkeys(one["topic"] for one in alike))
    named = ", ".join(topics[:NAMED]) + (" …" if len(topics) > NAMED else "")
    return Failure(first.code, first.params | {"topic": named})
