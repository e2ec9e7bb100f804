from __future__ import annotations

from datetime import timedelta

import time_machine

from events import states
from events.enums import Kind, Unit
from overlays.domain import queue, told
from overlays.models import AlertQueue
from tests.factories import make_account, make_overlay
from tests.overlays.alerts import FIRST, NOON, after, happen, make_box, settings_of


def test_what_plays_is_told_with_what_it_takes_to_say_it(account):
    overlay = make_overlay(account=account)
    make_box(overlay)
    alert = happen(account, kind=Kind.TIP, amount=500, unit=Unit.MONEY, currency="EUR")
    queue.offer(overlay, FIRST, after(1))

    [message] = states.messages("alerts", [account.pk])[account.pk]

    assert message == {
        "id": "queue",
        "type": "alerts.queue",
        "data": {
            "paused": False,
            "muted": False,
            "waiting": 0,
            "held_back": 0,
            "current": {
                "alert": alert.pk,
                "kind": "tip",
                "platform": "twitch",
                "actor": {"name": "Grace", "avatar": "", "anonymous": False},
                "amount": 500,
                "unit": "money",
                "currency": "EUR",
                "origin": "live",
                "started_at": after(1).isoformat(),
            },
            "on_return": "all",
            "panic": None,
            "version": AlertQueue.objects.get().version,
        },
    }


def test_what_was_held_back_is_told_for_an_hour(account):
    make_box(make_overlay(account=account))
    settings_of(account, guard_most=1)
    for _ in range(3):
        happen(account)

    def numbers() -> tuple[int, int]:
        [message] = told.messages([account.pk])[account.pk]
        return message["data"]["waiting"], message["data"]["held_back"]

    with time_machine.travel(NOON + timedelta(minutes=59), tick=False):
        assert numbers() == (1, 2)
    with time_machine.travel(NOON + timedelta(minutes=61), tick=False):
        assert numbers() == (1, 0)


def test_many_accounts_cost_no_more_than_one(account, django_assert_num_queries):
    accounts = [account, *(make_account() for _ in range(3))]

    with django_assert_num_queries(3):
        found = told.messages([one.pk for one in accounts])

    assert set(found) == {one.pk for one in accounts}
