from __future__ import annotations

from collections.abc import Sequence

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Account
from events.domain import consequences
from events.domain.publish import publish_local
from events.enums import Kind, Origin
from events.models import Event, LogRow
from tests.factories import make_event, make_stream_event


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """The numbers of the rows of each call, for somebody who wants to hear of raids and cheers."""
    monkeypatch.setattr(consequences, "_registered", [])
    calls: list[list[int]] = []
    consequences.register((Kind.RAID, Kind.CHEER), lambda rows: calls.append([row.seq for row in rows]))
    return calls


def test_new_rows_of_its_kinds_are_told_once(account, told):
    raid, follow = make_stream_event(kind=Kind.RAID), make_stream_event(kind=Kind.FOLLOW)

    publish_local(account.pk, [raid, follow, make_stream_event(kind=Kind.CHEER)], Origin.LIVE)
    publish_local(account.pk, [raid], Origin.LIVE)

    assert told == [[1, 3]]


def test_events_of_other_kinds_cost_no_query_more(account, monkeypatch):
    monkeypatch.setattr(consequences, "_registered", [])
    make_event(account=account)

    with CaptureQueriesContext(connection) as before:
        make_event(account=account)
    consequences.register((Kind.RAID,), lambda rows: None)
    with CaptureQueriesContext(connection) as after:
        make_event(account=account)

    assert len(after) == len(before)


def test_rows_of_its_kinds_that_do_not_concern_it_cost_no_query_more(account, monkeypatch):
    monkeypatch.setattr(consequences, "_registered", [])
    make_event(account=account)
    told = []

    with CaptureQueriesContext(connection) as before:
        make_event(account=account, kind=Kind.RAID)
    consequences.register(
        (Kind.RAID,), lambda rows: told.extend(row.amount for row in rows), concerns=lambda row: row.amount == 5
    )
    with CaptureQueriesContext(connection) as after:
        make_event(account=account, kind=Kind.RAID, amount=4)
    make_event(account=account, kind=Kind.RAID, amount=5)

    assert len(after) == len(before)
    assert told == [5]


def test_a_failure_is_undone_and_logged_and_the_event_stays(account, told, caplog):
    def rename_and_fail(rows: Sequence[LogRow]) -> None:
        Account.objects.filter(pk=account.pk).update(name="half done")
        raise RuntimeError("nothing works")

    consequences.register((Kind.RAID,), rename_and_fail)

    make_event(account=account, kind=Kind.RAID)

    account.refresh_from_db()
    assert account.name == "Ada live"
    assert Event.objects.filter(account=account, kind=Kind.RAID).count() == 1
    assert told == [[1]]
    [line] = caplog.records
    assert "what was to follow from it failed" in line.getMessage()


@pytest.mark.django_db(transaction=True)
def test_what_cannot_be_undone_is_raised_as_the_event_is_not_stored_either(account, told, monkeypatch):
    def lose_the_database(*_: object) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    def go_with_it(rows: Sequence[LogRow]) -> None:
        monkeypatch.setattr(connection, "savepoint_rollback", lose_the_database)
        lose_the_database()

    consequences.register((Kind.RAID,), go_with_it)
    raid = make_stream_event(kind=Kind.RAID)

    with pytest.raises(OperationalError):
        publish_local(account.pk, [raid], Origin.LIVE)

    assert not Event.objects.filter(account=account).exists()
