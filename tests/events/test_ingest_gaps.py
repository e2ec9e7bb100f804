"""Absences: what was missed is said once, and only if it was long enough."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from events.ingest.gaps import Absence, beginning, gap


class Outlet:
    def __init__(self, last_heard_at: datetime | None = None) -> None:
        self.last_heard_at = last_heard_at
        self.emitted = []
        self.missing = []

    async def emit(self, events):
        self.emitted += events

    def missing_since(self, moment):
        self.missing.append(moment)


def absence_of(outlet: Outlet) -> Absence:
    return Absence(outlet, platform="twitch", channel_id="31337", shortest=5)


def ago(seconds: float) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds)


async def test_what_an_earlier_process_heard_last_begins_the_gap():
    outlet = Outlet(ago(60))

    await absence_of(outlet).own_up()

    [missed] = outlet.emitted
    assert missed == gap(platform="twitch", channel_id="31337", since=outlet.last_heard_at, until=missed.occurred_at)
    assert datetime.now(UTC) - missed.occurred_at < timedelta(seconds=30)


async def test_a_gap_is_said_once():
    outlet = Outlet(ago(60))
    absence = absence_of(outlet)

    await absence.own_up()
    await absence.own_up()

    assert len(outlet.emitted) == 1


async def test_from_when_on_something_is_missing_stands_until_it_is_said():
    outlet = Outlet(ago(60))
    absence = absence_of(outlet)
    assert outlet.missing == [outlet.last_heard_at]

    await absence.own_up()
    absence.begin(at := ago(3))

    assert outlet.missing == [outlet.last_heard_at, None, at]


def test_who_begins_at_the_same_moment_and_misses_more_says_so():
    since = ago(60)
    short, long = (gap(platform="twitch", channel_id="1", since=since, until=ago(until)) for until in (50, 40))

    assert short.external_id != long.external_id
    assert beginning(short) == beginning(long) == since


@pytest.mark.parametrize("is_first", [True, False])
async def test_no_absence_and_a_short_one_are_not_worth_a_word(is_first):
    outlet = Outlet(None if is_first else ago(0))

    await absence_of(outlet).own_up()

    assert outlet.emitted == []


async def test_an_absence_that_has_begun_goes_on():
    outlet = Outlet(ago(60))
    absence = absence_of(outlet)

    absence.begin(ago(30))

    assert absence.since == outlet.last_heard_at


async def test_an_absence_in_which_nothing_was_missed_is_no_gap_and_the_next_one_is():
    outlet = Outlet(ago(60))
    absence = absence_of(outlet)
    absence.forget()

    await absence.own_up()
    assert outlet.emitted == []

    absence.begin(ago(10))
    await absence.own_up()
    assert len(outlet.emitted) == 1
