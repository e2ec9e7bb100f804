"""What is forgotten after its time, and what is not."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from events.domain import log, retention
from events.domain.publish import publish_local
from events.enums import Kind, Log, Origin
from events.models import ChatLine, Event, LiveHead
from tests import factories
from tests.factories import make_stream_event


@pytest.fixture(autouse=True)
def quickly(monkeypatch):
    monkeypatch.setattr(retention, "PAUSE", 0)
    monkeypatch.setattr(retention, "BATCH", 3)


def put(account, number: int, *, days: float, kind: Kind = Kind.FOLLOW, **fields) -> None:
    with time_machine.travel(timezone.now() - timedelta(days=days), tick=False):
        publish_local(account.pk, [make_stream_event(kind=kind, **fields) for _ in range(number)], Origin.LIVE)


def test_old_chat_goes_and_events_stay(account):
    put(account, 7, days=8, kind=Kind.CHAT_MESSAGE)
    put(account, 2, days=6, kind=Kind.CHAT_MESSAGE)
    put(account, 4, days=300)

    done = retention.forget()

    assert done == {"raw": 0, "chat": 7, "events": 0}
    assert list(ChatLine.objects.order_by("seq").values_list("seq", flat=True)) == [8, 9]
    assert Event.objects.count() == 4


def test_each_account_is_looked_at(account):
    other = factories.make_account(owner=factories.make_user(email="cleo@example.com"))
    for one in (account, other):
        put(one, 4, days=400)
        put(one, 1, days=1)

    assert retention.forget()["events"] == 8
    assert Event.objects.count() == 2


def test_zero_days_is_for_ever(account, settings):
    settings.LUMIO_CHAT_DAYS = settings.LUMIO_EVENT_DAYS = 0
    put(account, 2, days=4000)
    put(account, 2, days=4000, kind=Kind.CHAT_MESSAGE)

    assert retention.forget() == {"raw": 0, "chat": 0, "events": 0}
    assert (Event.objects.count(), ChatLine.objects.count()) == (2, 2)


def test_a_payload_is_kept_for_a_week(account):
    put(account, 5, days=8, raw={"as": "it came"})
    put(account, 1, days=6, raw={"still": "here"})

    done = retention.forget()

    assert done["raw"] == 5
    assert [event.raw for event in Event.objects.order_by("seq")] == [None] * 5 + [{"still": "here"}]
    assert retention.forget()["raw"] == 0


def test_numbers_are_never_used_again_and_reading_on_from_an_old_one_works(account):
    put(account, 3, days=8, kind=Kind.CHAT_MESSAGE)
    retention.forget()

    put(account, 1, days=0, kind=Kind.CHAT_MESSAGE)

    assert [row.seq for row in log.since(account.pk, Log.CHAT, 1, 10)] == [4]
    assert LiveHead.objects.get(account=account).chat_seq == 4


def test_one_run_ends_in_time_and_the_next_goes_on(account, monkeypatch):
    put(account, 9, days=8, kind=Kind.CHAT_MESSAGE)
    monkeypatch.setattr(retention, "LONGEST", -1)

    assert retention.forget()["chat"] == 0
    monkeypatch.undo()
    assert retention.forget()["chat"] == 9


def test_what_arrived_late_within_a_batch_of_old_ones_stays(account):
    put(account, 2, days=8, kind=Kind.CHAT_MESSAGE)
    put(account, 1, days=1, kind=Kind.CHAT_MESSAGE)

    assert retention.forget()["chat"] == 2
    assert list(ChatLine.objects.values_list("seq", flat=True)) == [3]
