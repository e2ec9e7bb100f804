from __future__ import annotations

import pytest

from events.domain import scanning
from events.domain.publish import Batch, StaleFence, publish, publish_local
from events.domain.scanning import Find
from events.enums import Kind, Log, Origin
from events.models import ChatLine, Event
from events.types import Person
from tests.factories import make_stream_event

MARK = "lm_mark_"


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> list[list[Find]]:
    """What was found, batch by batch."""
    calls: list[list[Find]] = []
    monkeypatch.setattr(scanning, "_scanners", {})
    scanning.register(MARK, lambda finds: calls.append(list(finds)))
    return calls


def test_words_are_looked_through_wherever_they_stand(account, found):
    publish_local(
        account.pk,
        [
            make_stream_event(kind=Kind.CHAT_MESSAGE, message=f"see {MARK}1"),
            make_stream_event(kind=Kind.CHAT_MESSAGE, message="see nothing", extra={"badges": []}),
            make_stream_event(actor=Person(id="1", name=f"{MARK}2")),
            make_stream_event(kind=Kind.POLL_BEGIN, extra={"choices": [{"title": f"{MARK}3"}]}),
            make_stream_event(kind=Kind.UNKNOWN, platform="kick", raw={"text": f"{MARK}4"}),
        ],
        Origin.BACKFILL,
    )

    [finds] = found
    assert [(find.platform, find.log, find.text.partition(MARK)[2][0]) for find in finds] == [
        ("twitch", Log.CHAT, "1"),
        ("twitch", Log.EVENTS, "2"),
        ("twitch", Log.EVENTS, "3"),
        ("kick", Log.EVENTS, "4"),
    ]


def test_it_is_told_before_anything_is_stored(account, monkeypatch):
    stored: list[int] = []
    monkeypatch.setattr(scanning, "_scanners", {MARK: lambda finds: stored.append(ChatLine.objects.count())})

    publish_local(account.pk, [make_stream_event(kind=Kind.CHAT_MESSAGE, message=MARK)], Origin.LIVE)

    assert (stored, ChatLine.objects.count()) == ([0], 1)


def test_a_repeat_and_a_batch_under_a_lost_lease_are_looked_through_too(account, found):
    event = make_stream_event(kind=Kind.CHAT_MESSAGE, message=MARK)

    publish_local(account.pk, [event], Origin.LIVE)
    publish_local(account.pk, [event], Origin.REPLAY)
    [answer] = publish([Batch(account.pk, "twitch:gone", 7, [event])])

    assert isinstance(answer, StaleFence)
    assert len(found) == 3


def test_nothing_that_goes_wrong_keeps_an_event_from_being_stored(account, monkeypatch, caplog):
    def broken(finds) -> None:
        raise RuntimeError("the scanner is broken")

    monkeypatch.setattr(scanning, "_scanners", {MARK: broken})

    publish_local(account.pk, [make_stream_event(message=MARK)], Origin.LIVE)

    assert Event.objects.count() == 1
    assert "could not be dealt with" in caplog.text
