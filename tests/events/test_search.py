"""Finding rows in the logs, and what a caller may ask for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from accounts.filters import LONGEST_TEXT, BadFilter
from events.domain.search import Search, page
from events.enums import Kind, Log, Origin
from events.types import Person
from tests import factories

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def account(account):
    """With four events, numbered 1 to 4, and the same words in somebody else's account."""
    factories.make_event(account=factories.make_account(), message="for the lighthouse")
    make = factories.make_event
    make(account=account, kind=Kind.FOLLOW, origin=Origin.LIVE, occurred_at=NOON)
    make(
        account=account,
        kind=Kind.CHEER,
        origin=Origin.TEST,
        occurred_at=NOON + timedelta(hours=1),
        actor=Person(login="otto_tv", name="Otto"),
        message="100% for the Lighthouse",
    )
    make(account=account, kind=Kind.TIP, platform="youtube", origin=Origin.LIVE, occurred_at=NOON + timedelta(hours=2))
    make(account=account, kind=Kind.FOLLOW, platform="kick", origin=Origin.REPLAY, occurred_at=NOON - timedelta(days=1))
    return account


def found(account, **asked) -> list[int]:
    search = Search.parse(Log.EVENTS, **asked)
    return [row.seq for row in page(account.pk, Log.EVENTS, 100, search, before=None, after=None)]


@pytest.mark.parametrize(
    ("asked", "seqs"),
    [
        ({}, [4, 3, 2, 1]),
        ({"type": "follow"}, [4, 1]),
        ({"type": "follow,tip"}, [4, 3, 1]),
        ({"type": ["follow", "tip"]}, [4, 3, 1]),
        ({"type": " follow , "}, [4, 1]),
        ({"platform": "youtube,kick"}, [4, 3]),
        ({"origin": "test"}, [2]),
        ({"origin": "live,replay", "type": "follow"}, [4, 1]),
        ({"q": "lighthouse"}, [2]),
        ({"q": "OTTO"}, [2]),
        ({"q": "to_tv"}, [2]),
        ({"q": "grace"}, [4, 3, 1]),
        ({"q": "0%"}, [2]),
        ({"q": "%"}, [2]),
        ({"q": "nobody"}, []),
        ({"q": "\0gra\0ce "}, [4, 3, 1]),
        ({"q": "gra\ud800ce"}, [4, 3, 1]),
        ({"since": "2026-05-01T13:00:00Z"}, [3, 2]),
        ({"until": "2026-05-01T13:00:00Z"}, [4, 1]),
        ({"since": "2026-05-01T14:00:00 02:00", "until": "2026-05-01T15:00:00+02:00"}, [1]),
        ({"since": "2026-05-01"}, [3, 2, 1]),
        ({"q": "grace", "platform": "kick", "type": "follow", "origin": "replay", "until": "2026-05-01"}, [4]),
    ],
)
def test_what_fits_is_found_newest_first(account, asked, seqs):
    assert found(account, **asked) == seqs


def test_pages_in_both_directions(account):
    follows = Search(kinds=[Kind.FOLLOW, Kind.CHEER])

    def seqs(limit, **cursor) -> list[int]:
        rows = page(account.pk, Log.EVENTS, limit, follows, **{"before": None, "after": None, **cursor})
        return [row.seq for row in rows]

    assert [seqs(2), seqs(2, before=2), seqs(1, after=1), seqs(9, after=1, before=4)] == [[4, 2], [1], [2], [2]]


def test_the_chat_is_searched_alike(account):
    factories.make_event(account=account, kind=Kind.CHAT_MESSAGE, message="which keyboard?")
    factories.make_event(account=account, kind=Kind.CHAT_MESSAGE, message="a lamp")

    search = Search.parse(Log.CHAT, type="chat.message", q="keyboard")

    assert [row.message for row in page(account.pk, Log.CHAT, 9, search, before=None, after=None)] == [
        "which keyboard?"
    ]


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"platform": "twich"}, "“twich” is nothing that platform takes. There are: twitch, youtube, kick, trovo."),
        ({"platform": "spotify"}, "“spotify” is nothing that platform takes. There are: twitch, youtube, kick, trovo."),
        (
            {"origin": "live,made up"},
            "“made up” is nothing that origin takes. There are: live, backfill, replay, test.",
        ),
        ({"since": "yesterday"}, "since takes a moment as in 2026-05-01T18:00:00Z, not “yesterday”."),
        (
            {"until": "0001-01-01T00:00+09:00"},
            "until takes a moment as in 2026-05-01T18:00:00Z, not “0001-01-01T00:00+09:00”.",
        ),
        ({"q": "x" * (LONGEST_TEXT + 1)}, "q takes 100 characters at most."),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(asked, sentence):
    with pytest.raises(BadFilter) as refusal:
        Search.parse(Log.EVENTS, **asked)

    assert (refusal.value.code, refusal.value.text) == ("bad_filter", sentence)


def test_a_type_is_one_of_its_own_log():
    with pytest.raises(BadFilter):
        Search.parse(Log.CHAT, type="follow")
    with pytest.raises(BadFilter):
        Search.parse(Log.EVENTS, type="chat.message")


def test_a_moment_is_kept_in_utc():
    zone = timezone(timedelta(hours=2))

    assert Search.parse(Log.EVENTS, since=NOON.astimezone(zone).isoformat()).since == NOON
    assert Search.parse(Log.EVENTS, since="2026-05-01T12:00:00").since == NOON
