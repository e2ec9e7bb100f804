from __future__ import annotations

import pytest

from tests.processes.history import check_history, page_violations

STORED = [(1, "follow-1"), (2, "cheer-1"), (3, "raid-1")]


def test_complete_view_passes():
    check_history(STORED, {"popout": STORED, "tablet": STORED})


def test_store_order_of_rows_does_not_matter():
    check_history(list(reversed(STORED)), {"popout": STORED})


def test_late_page_is_owed_only_what_came_after():
    check_history(STORED, {"late": STORED[2:]}, after={"late": 2})


def test_lost_event_is_named():
    assert page_violations(STORED, [STORED[0], STORED[2]]) == ["event 2 (cheer-1) was never shown"]


def test_doubled_event_is_named():
    assert page_violations(STORED, [*STORED, STORED[2]]) == ["event 3 (raid-1) was shown 2 times"]


def test_swapped_events_are_named():
    seen = [STORED[1], STORED[0], STORED[2]]

    assert page_violations(STORED, seen) == ["event 2 (cheer-1) was shown before 1 (follow-1)"]


def test_event_of_somebody_else_is_named():
    assert page_violations(STORED, [*STORED, (4, "foreign")]) == ["event 4 (foreign) was shown but is not stored so"]


def test_empty_page_misses_everything():
    with pytest.raises(AssertionError, match=r"popout: event 1 \(follow-1\) was never shown"):
        check_history(STORED, {"popout": []})


def test_gap_in_the_store_is_named():
    with pytest.raises(AssertionError, match="seq 2 is missing from the store"):
        check_history([(1, "a"), (3, "b"), (4, "c")], {})


def test_same_external_id_twice_is_named():
    with pytest.raises(AssertionError, match="external id a is stored 2 times"):
        check_history([(1, "a"), (2, "a")], {})
