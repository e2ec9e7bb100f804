"""Who was seen, and whose chat message is the first."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events.domain import status
from events.domain.publish import publish_local
from events.domain.viewers import REFRESHED_AFTER
from events.enums import Kind, Origin
from events.models import ChatLine, Viewer
from events.types import Person
from tests import factories
from tests.factories import make_stream_event

GRACE = Person(id="2002", login="grace", name="Grace", avatar="https://example.com/g.png")


def said(text: str, actor: Person = GRACE, **fields):
    return make_stream_event(kind=Kind.CHAT_MESSAGE, message=text, actor=actor, **fields)


def put(account, *events, origin: Origin = Origin.LIVE):
    return publish_local(account.pk, events, origin)


def firsts() -> dict[str, bool]:
    return {line.message: line.extra.get("first", False) for line in ChatLine.objects.order_by("seq")}


def marks(mark: str) -> set[str]:
    return {line.message for line in ChatLine.objects.all() if line.extra.get(mark)}


def test_whoever_does_something_is_taken_down_once(account):
    put(account, make_stream_event(actor=GRACE), said("hello"))

    viewer = Viewer.objects.get()
    assert (viewer.account_id, viewer.platform, viewer.user_id) == (account.pk, "twitch", "2002")
    assert (viewer.login, viewer.name, viewer.avatar) == ("grace", "Grace", "https://example.com/g.png")
    assert viewer.first_seen_at == viewer.last_seen_at == viewer.first_message_at


def test_the_first_message_is_marked_and_no_other(account):
    put(account, make_stream_event(actor=GRACE))  # a follow is no message

    put(account, said("one"), said("two"))
    put(account, said("three"))

    assert firsts() == {"one": True, "two": False, "three": False}


def test_the_first_message_since_the_stream_began_is_marked_for_whoever_is_known(account):
    put(account, said("long ago"), said("waiting"))
    status.update(account.pk, "twitch", "31337", live=True, live_since=timezone.now())

    put(account, said("here again"), said("and on"), said("new", Person(id="3003", login="heidi", name="Heidi")))
    put(account, said("later"), said("elsewhere", platform="kick"))

    assert marks("first_of_stream") == {"here again"}
    assert marks("first") == {"long ago", "new", "elsewhere"}


def test_nobody_is_the_first_of_a_stream_that_is_over(account):
    put(account, said("long ago"))
    status.update(account.pk, "twitch", "31337", live=False, live_since=timezone.now())

    put(account, said("afterwards"))

    assert marks("first_of_stream") == set()


def test_history_marks_nobody_and_counts(account):
    put(account, said("old"), origin=Origin.REPLAY)
    put(account, said("new"), said("from Heidi", Person(id="3003", login="heidi", name="Heidi")))

    assert firsts() == {"old": False, "new": False, "from Heidi": True}


def test_platforms_and_accounts_know_their_own_viewers(account):
    other = factories.make_account(owner=factories.make_user(email="cleo@example.com"))

    put(account, said("a"), said("b", platform="kick"))
    put(other, said("c"))

    assert firsts() == {"a": True, "b": True, "c": True}
    assert Viewer.objects.count() == 3


@pytest.mark.parametrize("nobody", [Person(), Person(anonymous=True), Person(id="1", anonymous=True)])
def test_nobody_is_taken_down_who_is_not_known(account, nobody):
    put(account, make_stream_event(actor=nobody))

    assert not Viewer.objects.exists()


def test_a_test_event_takes_nobody_down(account):
    put(account, said("test"), origin=Origin.TEST)

    assert not Viewer.objects.exists()
    assert firsts() == {"test": False}


def test_a_repeat_changes_nothing(account):
    event = said("once", external_id="same")

    put(account, event)
    put(account, event)

    assert firsts() == {"once": True}


def test_a_name_is_taken_down_anew_after_a_while_and_nothing_is_written_before(account):
    put(account, said("one"))
    renamed = Person(id="2002", login="grace", name="Grace II")

    with CaptureQueriesContext(connection) as queries:
        put(account, said("two", renamed))
    assert [query["sql"] for query in queries if "INSERT INTO events_viewer" in query["sql"]] == []
    before = Viewer.objects.get()
    with time_machine.travel(timezone.now() + REFRESHED_AFTER + timedelta(seconds=1)):
        put(account, said("three", renamed))

    after = Viewer.objects.get()
    assert (before.name, after.name, after.avatar) == ("Grace", "Grace II", GRACE.avatar)
    assert after.first_seen_at == before.first_seen_at < after.last_seen_at
    assert after.first_message_at == before.first_message_at


def test_what_an_event_does_not_say_of_somebody_stays_known(account):
    put(account, said("one"))

    with time_machine.travel(timezone.now() + REFRESHED_AFTER + timedelta(seconds=1)):
        put(account, make_stream_event(kind=Kind.STREAM_ONLINE, actor=Person(id=GRACE.id)))

    viewer = Viewer.objects.get()
    assert (viewer.login, viewer.name, viewer.avatar) == (GRACE.login, GRACE.name, GRACE.avatar)
    assert viewer.last_seen_at > viewer.first_seen_at


def test_many_cost_as_many_queries_as_one(account):
    def cost(number: int, begin: int) -> int:
        people = [Person(id=str(begin + n), login=f"p{n}", name=f"P{n}") for n in range(number)]
        with CaptureQueriesContext(connection) as queries:
            put(account, *(said("hi", who) for who in people))
        return len(queries)

    cost(1, 0)

    assert cost(1, 100) == cost(50, 200)
