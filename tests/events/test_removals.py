"""What moderation takes out of the chat, in the stored chat."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from events.domain.publish import publish_local
from events.domain.removals import REACH
from events.enums import Kind, Origin
from events.models import ChatLine
from events.payloads import payload
from events.types import Person
from tests import factories
from tests.factories import make_stream_event

GRACE = Person(id="2002", login="grace", name="Grace")
HEIDI = Person(id="3003", login="heidi", name="Heidi")
IVY = {"id": "4004", "login": "ivy", "name": "Ivy"}
AT = datetime(2026, 11, 26, 12, tzinfo=UTC)


def put(account, *events):
    return publish_local(account.pk, events, Origin.LIVE)


def said(id: str, actor: Person = GRACE, **fields):
    return make_stream_event(kind=Kind.CHAT_MESSAGE, external_id=id, actor=actor, message=id, **fields)


def removed() -> set[str]:
    return {line.message for line in ChatLine.objects.exclude(removed_at=None)}


@pytest.fixture
def chat(account):
    put(account, said("one"), said("two"), said("three", HEIDI), said("elsewhere", platform="kick"))
    put(account, make_stream_event(kind=Kind.CHAT_ANNOUNCEMENT, external_id="news", actor=GRACE, message="news"))
    other = factories.make_account(owner=factories.make_user(email="cleo@example.com"))
    put(other, said("one"), said("foreign"))
    return account


def test_one_message_with_who_did_it(chat):
    deleted = make_stream_event(
        kind=Kind.CHAT_MESSAGE_DELETED, actor=GRACE, occurred_at=AT, extra={"message_id": "one", "moderator": IVY}
    )

    put(chat, deleted)

    line = ChatLine.objects.get(account=chat, external_id="one")
    assert line.removed == {"at": "2026-11-26T12:00:00+00:00", "by": IVY}
    assert payload(line)["data"]["removed"] == line.removed
    assert line.message == "one"  # moderators still see what it was
    assert ChatLine.objects.exclude(removed_at=None).count() == 1


def test_all_of_one_viewer(chat):
    put(chat, make_stream_event(kind=Kind.CHAT_USER_CLEARED, actor=GRACE))

    assert removed() == {"one", "two", "news"}
    assert ChatLine.objects.get(account=chat, message="one").removed["by"] == {}


def test_what_a_banned_person_said_is_found_by_its_index(chat):
    put(chat, *(said(f"{n}", Person(id=str(n))) for n in range(2_000)))
    updates = []

    def explain(execute, sql, params, many, context):
        if sql.startswith('UPDATE "events_chatline"'):
            with connection.cursor() as cursor:
                if connection.vendor == "postgresql":
                    cursor.execute("ANALYZE events_chatline")
                plan = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
                cursor.execute(f"{plan} {sql}", params)
                updates.append(str(cursor.fetchall()))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        put(chat, make_stream_event(kind=Kind.CHAT_USER_CLEARED, actor=GRACE))

    assert ["chatline_by_writer" in plan for plan in updates] == [True]


def test_of_somebody_without_an_id_nothing_is_known(chat):
    put(chat, said("anonymous", Person(anonymous=True)))

    put(chat, make_stream_event(kind=Kind.CHAT_USER_CLEARED, actor=Person(name="Grace")))

    assert removed() == set()


def test_the_whole_chat_of_one_channel(chat):
    put(chat, make_stream_event(kind=Kind.CHAT_CLEARED, actor=Person()))

    assert removed() == {"one", "two", "three", "news"}


def test_what_comes_afterwards_stands(chat):
    put(chat, make_stream_event(kind=Kind.CHAT_CLEARED, actor=Person()), said("four"))

    assert "four" not in removed()


def test_what_was_said_long_ago_is_left_alone(chat):
    with time_machine.travel(timezone.now() + REACH + timedelta(minutes=1)):
        put(chat, said("today"), make_stream_event(kind=Kind.CHAT_USER_CLEARED, actor=GRACE))

    assert removed() == {"today"}


def test_a_message_nobody_knows_and_a_second_removal_change_nothing(chat):
    put(chat, make_stream_event(kind=Kind.CHAT_MESSAGE_DELETED, occurred_at=AT, extra={"message_id": "one"}))
    put(chat, make_stream_event(kind=Kind.CHAT_MESSAGE_DELETED, extra={"message_id": "unheard of"}))
    put(chat, make_stream_event(kind=Kind.CHAT_USER_CLEARED, actor=GRACE, extra={"moderator": IVY}))

    first = ChatLine.objects.get(account=chat, message="one")
    assert (first.removed_at, first.removed_by) == (AT, {})


def test_a_line_that_stands_says_so_and_an_event_has_no_such_thing(account):
    [line, event] = put(account, said("one"), make_stream_event())

    assert payload(line)["data"]["removed"] is None
    assert "removed" not in payload(event)["data"]


OURS = {"moderator": {"id": "", "login": "", "name": "Ana"}, "via": "lumio"}


def of(chat, text: str) -> ChatLine:
    return ChatLine.objects.get(account=chat, message=text)


class TestDoneThroughLumio:
    """Rows that no upstream connection delivered, about lines that one did."""

    @pytest.fixture
    def delivered(self, chat):
        ChatLine.objects.filter(account=chat).update(source="twitch:1")
        return chat

    def deletion(self, chat, text: str, **fields):
        line = of(chat, text)
        extra = OURS | {"message_id": line.external_id, "seq": line.seq}
        return make_stream_event(kind=Kind.CHAT_MESSAGE_DELETED, actor=GRACE, extra=extra, **fields)

    def test_a_message_is_found_whichever_connection_delivered_it(self, delivered):
        put(delivered, self.deletion(delivered, "one"))

        assert removed() == {"one"}
        assert of(delivered, "one").removed_by == OURS["moderator"]

    def test_a_number_that_is_another_messages_takes_nothing_out(self, delivered):
        extra = OURS | {"message_id": "one", "seq": of(delivered, "two").seq}

        put(delivered, make_stream_event(kind=Kind.CHAT_MESSAGE_DELETED, actor=GRACE, extra=extra))

        assert removed() == set()

    def test_the_platforms_word_afterwards_changes_nothing(self, delivered):
        put(delivered, self.deletion(delivered, "one"))
        put(delivered, make_stream_event(kind=Kind.CHAT_USER_CLEARED, actor=GRACE, extra={"moderator": IVY}))

        assert of(delivered, "one").removed_by == OURS["moderator"]
        assert of(delivered, "two").removed_by == IVY

    @pytest.mark.parametrize(("earlier", "by"), [(timedelta(seconds=1), "Ana"), (timedelta(minutes=1), "Ivy")])
    def test_who_it_was_is_known_though_the_platform_was_first(self, delivered, earlier, by):
        cleared = {"kind": Kind.CHAT_USER_CLEARED, "actor": GRACE}
        put(delivered, make_stream_event(**cleared, occurred_at=AT - earlier, extra={"moderator": IVY}))

        put(delivered, make_stream_event(**cleared, occurred_at=AT, extra=OURS))

        assert of(delivered, "one").removed_by["name"] == by

    def test_whoever_may_write_again_has_their_words_not_back(self, delivered):
        put(delivered, make_stream_event(kind=Kind.CHAT_USER_CLEARED, actor=GRACE, extra=OURS))
        put(delivered, make_stream_event(kind=Kind.CHAT_USER_RESTORED, actor=GRACE, extra=OURS))

        assert removed() == {"one", "two", "news"}
