"""What sockets are sent, where several come and go at the same moment or the database lacks what it had."""

from __future__ import annotations

import asyncio
import json
import uuid
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio
from django.db import OperationalError

from accounts.models import Account
from events import bus, channels
from events.domain.publish import publish_local
from events.enums import Kind, Origin
from events.fanout import Fanout
from events.feeds import LogFeed
from events.models import Event
from events.payloads import encoded_row, payload
from events.sockets import Socket
from events.work import Work
from tests.events.slow_bus import SlowBus
from tests.factories import make_event, make_stream_event
from tests.waiting import in_db, until

pytestmark = pytest.mark.django_db(transaction=True)

ACCOUNT = uuid.uuid4()


@pytest_asyncio.fixture
async def fanout() -> Fanout:
    return Fanout(SlowBus(), Work(asyncio.get_running_loop()))


@pytest.mark.asyncio
async def test_rows_that_the_database_no_longer_has_are_not_waited_for(fanout):
    feed = LogFeed(channels.events(ACCOUNT))
    feed.start(500)

    frame = await fanout._stored_frame(feed, 100)

    assert (frame.last, frame.text) == (500, "")


def test_rows_are_forgotten_after_a_while_and_never_before_they_were_told():
    feed = LogFeed(channels.events(ACCOUNT))
    feed.start(500)
    feed.accept(501, ["1", "2"])
    feed.told = 501

    feed.forget()
    assert json.loads(feed.frame(500).text)["messages"] == [1, 2]
    feed.accept(503, ["3"])
    feed.forget()

    assert feed.frame(500) is None
    assert json.loads(feed.frame(501).text)["messages"] == [2, 3]


@pytest.mark.asyncio
async def test_a_page_that_was_away_for_longer_than_rows_are_kept_has_them_all_the_same(fanout, account):
    fanout._bus.answers.set()
    await listening(fanout, account, None)
    rows = [await in_db(lambda: make_event(account=account)) for _ in range(2)]
    [feed] = fanout._feeds.values()
    feed.accept(1, [encoded_row(payload(row)) for row in rows])
    await fanout._flush(feed)
    fanout._forget()
    fanout._forget()
    assert feed.frame(0) is None

    back = await listening(fanout, account, 0)

    await until(lambda: back.seqs == [1, 2])


class Told:
    """What a socket was sent: its messages by type, and the numbers of its rows."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.socket = Socket(self._send)

    async def _send(self, message: dict[str, Any]) -> None:
        self.messages.append(json.loads(message["text"]))

    @property
    def seqs(self) -> list[int]:
        return [row["seq"] for one in self.messages if one["type"] == "messages" for row in one["messages"]]


async def listening(fanout: Fanout, account: Account, after: int | None, *, is_on_air: bool = False) -> Told:
    told = Told()
    told.socket.actor = SimpleNamespace(account=account, overlay_id=None, can_any=lambda *_: True)
    channel = replace(channels.events(account.pk), is_on_air=is_on_air)
    await fanout.subscribe(told.socket, channel, after, None)
    return told


@pytest.mark.asyncio
@pytest.mark.parametrize("gone", [(4,), (3, 4, 5), (1,), (7, 8), (2, 4, 6, 8)])
async def test_rows_that_somebody_deleted_shift_nothing(fanout, account, gone):
    """A page that comes in the middle gets every row after its own, and each page every row once."""
    fanout._bus.answers.set()
    there = [seq for seq in range(1, 9) if seq not in gone]
    await in_db(lambda: publish_local(account.pk, [make_stream_event() for _ in range(8)], Origin.TEST))
    await in_db(lambda: Event.objects.filter(account=account, seq__in=gone).delete())

    feed = fanout._feed(channels.events(account.pk))
    await fanout._opened(feed)
    feed.start(0)
    feed.known = 8
    await fanout._fill(feed)  # all of them at hand, from the database
    pages = {after: await listening(fanout, account, after) for after in range(9)}
    await until(lambda: not fanout._work._tasks)

    assert (feed.head, feed.known) == (8, 8)
    assert {after: page.seqs for after, page in pages.items()} == {
        after: [seq for seq in there if seq > after] for after in range(9)
    }
    assert all(one["messages"] for page in pages.values() for one in page.messages if one["type"] == "messages")


@pytest.mark.asyncio
async def test_a_feed_that_could_not_be_opened_sends_nobody_the_past(fanout, account, monkeypatch):
    """The database was away for the first to come. The next one asks for what happens from now on, and gets that."""
    await in_db(lambda: publish_local(account.pk, [make_stream_event() for _ in range(5)], Origin.TEST))

    def away_once(channel: Any) -> int:
        monkeypatch.undo()
        raise OperationalError

    monkeypatch.setattr("events.fanout._last_seq", away_once)
    fanout._feed(channels.events(account.pk))
    next_one: list[asyncio.Task[Told]] = []
    [opening] = fanout._opening.values()
    opening.add_done_callback(lambda _: next_one.append(asyncio.create_task(listening(fanout, account, None))))
    first = [asyncio.create_task(listening(fanout, account, None)) for _ in range(2)]
    await asyncio.sleep(0)
    fanout._bus.answers.set()
    answers = await asyncio.gather(*first, return_exceptions=True)
    second = await next_one[0]
    await in_db(lambda: publish_local(account.pk, [make_stream_event()], Origin.TEST))
    feed = fanout._feeds[channels.events(account.pk)]
    feed.known = 6
    fanout._gathered(feed)
    await until(lambda: second.seqs)

    assert [type(answer) for answer in answers] == [OperationalError] * 2
    assert second.seqs == [6]


@pytest.mark.asyncio
async def test_a_socket_that_hung_up_holds_up_nobody(fanout, account):
    """The server finds out when it sends, before the consumer is told."""
    fanout._bus.answers.set()
    pages = [await listening(fanout, account, None) for _ in range(10)]

    async def gone(message: dict[str, Any]) -> None:
        raise RuntimeError("Attempt to send on a closed protocol")

    for page in pages[::2]:
        page.socket._send = gone
    feed = fanout._feeds[channels.events(account.pk)]
    feed.accept(1, ['{"seq":1}'])
    await fanout._flush(feed)

    assert [page.seqs for page in pages] == [[], [1]] * 5
    assert [page.socket.is_open for page in pages] == [False, True] * 5


@pytest.mark.asyncio
async def test_a_feed_is_opened_once_although_the_first_to_ask_has_left(fanout, account):
    """Were it forgotten while Valkey is asked, the next one's place would be taken for known."""
    channel = channels.events(account.pk)
    await in_db(lambda: publish_local(account.pk, [make_stream_event() for _ in range(5)], Origin.TEST))
    leaver = asyncio.create_task(listening(fanout, account, None))
    await until(lambda: fanout._opening)
    leaver.cancel()
    await asyncio.wait({leaver})

    stayers = [asyncio.create_task(listening(fanout, account, None)) for _ in range(2)]
    await asyncio.sleep(0)
    fanout._bus.answers.set()
    pages = await asyncio.gather(*stayers)

    assert [page.messages for page in pages] == [[{"type": "subscribed", "channel": str(channel), "seq": 5}]] * 2
    assert not fanout._opening


# --- What viewers may see ---------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_rows_that_viewers_may_not_see_hold_nobody_up(fanout, account):
    """From the database, from the bus and after a hole alike."""
    fanout._bus.answers.set()
    kinds = [Kind.FOLLOW, Kind.MOD_BAN, Kind.FOLLOW, Kind.MOD_BAN, Kind.MOD_BAN, Kind.FOLLOW]

    def happen(some: list[Kind]) -> None:
        publish_local(account.pk, [make_stream_event(kind=kind) for kind in some], Origin.LIVE)

    await in_db(lambda: happen(kinds[:2]))
    viewer = await listening(fanout, account, 0, is_on_air=True)
    await asyncio.gather(*fanout._work._tasks)
    assert viewer.seqs == [1]

    await in_db(lambda: happen(kinds[2:]))
    feed = fanout._feeds[replace(channels.events(account.pk), is_on_air=True)]
    feed.known = 6
    await fanout._fill(feed)

    assert viewer.seqs == [1, 3, 6]
    assert viewer.socket.subscriptions[feed.channel].cursor == 6
    assert "login" not in viewer.messages[-1]["messages"][-1]["data"]["actor"]


@pytest.mark.asyncio
async def test_a_message_of_the_bus_is_for_both_kinds_of_readers(fanout, account):
    fanout._bus.answers.set()
    member = await listening(fanout, account, None)
    viewer = await listening(fanout, account, None, is_on_air=True)
    await in_db(lambda: make_event(account=account, kind=Kind.MOD_BAN, origin=Origin.LIVE))
    [row] = await in_db(lambda: [payload(one) for one in Event.objects.all()])

    for feed in fanout._feeds_of(channels.events(account.pk)):
        feed.hear(f"1\n{encoded_row(row)}")
        await fanout._flush(feed)

    assert [member.seqs, viewer.seqs] == [[1], []]


@pytest.mark.asyncio
@pytest.mark.parametrize("first", [0, 1])
async def test_the_bus_is_heard_until_the_last_of_both_has_gone(fanout, account, first):
    fanout._bus.answers.set()
    channel = channels.events(account.pk)
    readers = [await listening(fanout, account, None, is_on_air=is_on_air) for is_on_air in (False, True)]
    readers = readers[first:] + readers[:first]
    left = []
    for reader in readers:
        fanout.unsubscribe(reader.socket, next(iter(reader.socket.subscriptions)))
        await asyncio.gather(*fanout._work._tasks)
        left.append(bus.topic(channel) in fanout._bus.topics)

    assert left == [True, False]


@pytest.mark.asyncio
async def test_what_changes_while_a_state_is_read_again_is_read_once_more(fanout, account, monkeypatch):
    fanout._bus.answers.set()
    answers = iter([1, 2, 3])
    readings: list[int] = []

    def read(topic: str, account_ids: list[uuid.UUID]) -> dict[uuid.UUID, list[dict[str, Any]]]:
        readings.append(next(answers))
        if readings[-1] == 2:
            feed.is_stale = True  # somebody says so meanwhile
        return {account.pk: [{"id": "twitch", "type": "test", "data": readings[-1]}]}

    monkeypatch.setattr("events.fanout.states.messages", read)
    told = Told()
    told.socket.actor = SimpleNamespace(account=account, overlay_id=None, can_any=lambda *_: True)
    await fanout.subscribe(told.socket, channels.status(account.pk), None, None)
    feed = fanout._feeds[channels.status(account.pk)]

    feed.is_stale = True
    await fanout._read_again(feed)
    await fanout._flush(feed)

    assert readings == [1, 2, 3]
    assert told.messages[-1]["messages"] == [{"id": "twitch", "type": "test", "data": 3}]
