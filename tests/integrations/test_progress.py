from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from integrations.streamelements.progress import MOST_WAITING, OVERLAP, WAITS_FOR, Progress

NOW = datetime.now(UTC)


def tip(minutes_ago: float, number: int = 1, approved: str = "allowed") -> dict[str, Any]:
    at = NOW - timedelta(minutes=minutes_ago)
    return {"_id": f"tip-{number}", "createdAt": at.isoformat(), "approved": approved, "status": "success"}


def after(progress: Progress) -> float:
    """In minutes before now, without the overlap."""
    return round((NOW - progress.after - OVERLAP).total_seconds() / 60)


def test_begins_where_it_is_told_to():
    assert after(Progress({}, NOW - timedelta(minutes=90))) == 90


def test_goes_on_from_the_latest_tip():
    progress = Progress({}, NOW - timedelta(minutes=90))

    assert [progress.note(tip(30)), progress.note(tip(60)), progress.note(tip(30))] == [True, False, False]
    assert after(progress) == 30


def test_does_not_believe_in_the_future():
    progress = Progress({}, NOW - timedelta(minutes=90))

    progress.note(tip(-600))

    assert progress.seen_at <= datetime.now(UTC)


def test_stays_before_what_waits_until_it_no_longer_does():
    progress = Progress({}, NOW - timedelta(minutes=90))
    progress.note(tip(60, 1, "pending"))
    progress.note(tip(10, 2))

    restarted = Progress(json.loads(json.dumps(progress.memory)), NOW)
    assert (after(progress), after(restarted)) == (60, 60)

    restarted.note(tip(60, 1, "rejected"))
    assert after(restarted) == 10


def test_waits_only_so_long_and_for_so_many():
    progress = Progress({}, NOW - timedelta(minutes=90))
    progress.note(tip(WAITS_FOR / timedelta(minutes=1) + 1, 0, "pending"))
    for number in range(1, MOST_WAITING + 10):
        progress.note(tip(60, number, "pending"))

    assert len(progress.waiting) == MOST_WAITING
    assert "tip-0" not in progress.waiting


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.just("2026-01-01T00:00:00Z") | st.just("pending"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(
    seen_at=anything,
    waiting=anything | st.lists(st.lists(anything, max_size=3)),
    payload=anything | st.fixed_dictionaries({"_id": anything, "createdAt": anything, "approved": anything}),
)
def test_neither_memory_nor_payload_breaks_it(seen_at, waiting, payload):
    progress = Progress({"seen_at": seen_at, "waiting": waiting}, NOW)

    progress.note(payload)

    assert progress.after <= datetime.now(UTC)
    json.dumps(progress.memory)
