from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.db import OperationalError, ProgrammingError

from events.domain.publish import Batch, StaleFence, Stored
from events.enums import Kind
from events.ingest.gaps import gap
from events.ingest.writer import Limits, Place, Writer
from events.types import StreamEvent
from tests.factories import make_stream_event
from tests.waiting import until

A = Place(UUID(int=1), "test:a", 1)
B = Place(UUID(int=2), "test:b", 1)


class Store:
    """Stands for `publish`: remembers, can be held up, be down, refuse a fence or choke on an event."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.open.set()
        self.is_asked = threading.Event()
        self.outages = 0
        self.outage: Exception = OperationalError("database is locked")
        self.stale: set[str] = set()
        self.poison: set[str] = set()
        self.events: list[StreamEvent] = []
        self.transactions: list[list[str]] = []

    def __call__(self, batches: Sequence[Batch]) -> list[Stored | StaleFence]:
        self.is_asked.set()
        assert self.open.wait(5)
        if self.outages:
            self.outages -= 1
            raise self.outage
        events = [event for batch in batches if batch.source not in self.stale for event in batch.events]
        ids = [event.external_id for event in events]
        if self.poison & set(ids):
            raise ValueError("cannot be stored")
        self.events += events
        self.transactions.append(ids)
        return [StaleFence(batch) if batch.source in self.stale else Stored(batch, []) for batch in batches]

    @property
    def ids(self) -> list[str]:
        return [id for transaction in self.transactions for id in transaction]


@asynccontextmanager
async def writing(store: Store, limits: Limits | None = None):
    told: list[Place] = []
    writer = Writer(on_stale=told.append, limits=limits, publish=store)
    writer.start()
    writer.told = told
    try:
        yield writer
    finally:
        store.open.set()
        await writer.stop()


def follows(*ids: str):
    return [make_stream_event(external_id=id) for id in ids]


def chats(*ids: str):
    return [make_stream_event(kind=Kind.CHAT_MESSAGE, external_id=id) for id in ids]


async def test_what_comes_together_is_stored_together_and_in_order():
    store = Store()
    async with writing(store) as writer:
        for number in range(50):
            await writer.put(A, follows(str(number)))
        await writer.drain(A)

    assert store.ids == [str(number) for number in range(50)]
    assert len(store.transactions) <= 3


async def test_a_transaction_is_bounded():
    store = Store()
    async with writing(store, Limits(flush_rows=10)) as writer:
        await writer.put(A, follows(*map(str, range(35))))
        await writer.drain(A)

    assert max(map(len, store.transactions)) == 10
    assert len(store.ids) == 35


async def test_events_go_before_chat_that_waited_longer():
    store = Store()
    store.open.clear()
    async with writing(store, Limits(flush_rows=2)) as writer:
        await writer.put(A, chats("c1", "c2", "c3", "c4", "c5"))
        await asyncio.to_thread(store.is_asked.wait, 5)  # the first two are on their way
        await writer.put(A, follows("tip"))
        store.open.set()
        await writer.drain(A)

    assert store.ids == ["c1", "c2", "tip", "c3", "c4", "c5"]


async def test_a_flood_of_one_source_leaves_room_for_the_others():
    store = Store()
    store.open.clear()
    async with writing(store, Limits(per_source=5)) as writer:
        flood = asyncio.create_task(writer.put(A, follows(*map(str, range(20)))))
        await asyncio.sleep(0.1)
        assert not flood.done()

        await asyncio.wait_for(writer.put(B, follows("b")), 1)
        store.open.set()
        await asyncio.wait_for(flood, 5)
        await writer.drain(A, B)

    assert sorted(store.ids) == sorted([*map(str, range(20)), "b"])


async def test_chat_is_dropped_under_lasting_pressure_and_told_as_a_gap_but_events_are_not(caplog):
    store = Store()
    store.open.clear()
    dropped = chats("dropped", "dropped too")
    async with writing(store, Limits(per_source=1, patience=0.05)) as writer:
        await writer.put(A, chats("kept"))
        await writer.put(A, dropped)
        event = asyncio.create_task(writer.put(A, follows("tip")))
        await asyncio.sleep(0.1)
        store.open.set()
        await asyncio.wait_for(event, 5)
        await writer.drain(A)

    [missed] = [event for event in store.events if event.kind is Kind.SOURCE_GAP]
    first = dropped[0]
    told = {"platform": first.platform, "channel_id": first.channel_id, "since": first.occurred_at}
    assert missed == gap(**told, until=missed.occurred_at)
    assert missed.occurred_at > dropped[1].occurred_at
    assert store.ids == ["kept", missed.external_id, "tip"]
    assert "2 chat messages were dropped" in caplog.text


async def test_a_loss_that_is_not_told_yet_counts_as_waiting_to_be_stored():
    store = Store()
    store.open.clear()
    [dropped] = chats("dropped")
    async with writing(store, Limits(altogether=1, patience=0.05)) as writer:
        await writer.put(B, chats("kept"))
        await writer.put(A, [dropped])

        assert writer.waits_since()[A] == dropped.occurred_at

        store.open.set()
        assert await writer.drain(A)
        assert writer.waits_since() == {}
    assert [event.kind for event in store.events] == [Kind.CHAT_MESSAGE, Kind.SOURCE_GAP]


async def test_a_loss_is_told_by_whoever_took_the_place_over():
    store = Store()
    store.stale = {"test:a"}
    store.open.clear()
    async with writing(store, Limits(per_source=1, patience=0.05)) as writer:
        await writer.put(A, chats("1"))
        await writer.put(A, chats("dropped"))
        store.open.set()
        assert await writer.drain(A)

        assert (writer.told, writer.waits_since(), store.ids) == ([A], {}, [])


async def test_a_database_that_is_away_loses_nothing_and_is_mentioned_once(caplog):
    store = Store()
    store.outages = 3
    async with writing(store, Limits(retry_first=0.01)) as writer:
        await writer.put(A, follows("1", "2"))
        assert await writer.drain(A)

    assert store.ids == ["1", "2"]
    assert caplog.text.count("Events wait for the database") == 1
    assert "The database is back" in caplog.text


async def test_what_waits_longest_to_be_stored_is_known_also_while_it_is_being_stored():
    store = Store()
    store.open.clear()
    async with writing(store, Limits(flush_after=0)) as writer:
        began = datetime.now(UTC)
        await writer.put(A, chats("1"))
        await until(store.is_asked.is_set)
        first_came = datetime.now(UTC)
        await writer.put(A, follows("2"))
        await writer.put(B, follows("3"))

        waits_since = writer.waits_since()
        assert began <= waits_since[A] <= first_came <= waits_since[B]

        store.open.set()
        assert await writer.drain(A, B)
        assert writer.waits_since() == {}


async def test_a_table_that_is_not_migrated_yet_loses_nothing():
    store = Store()
    store.outages, store.outage = 2, ProgrammingError('column "new" of relation "events_event" does not exist')
    async with writing(store, Limits(retry_first=0.01)) as writer:
        await writer.put(A, follows("1", "2"))
        assert await writer.drain(A)

    assert store.ids == ["1", "2"]


async def test_an_event_that_cannot_be_stored_costs_only_itself(caplog):
    store = Store()
    store.poison = {"2"}
    async with writing(store) as writer:
        await writer.put(A, follows("1", "2", "3"))
        await writer.put(B, follows("4"))
        assert await writer.drain(A, B)

    assert sorted(store.ids) == ["1", "3", "4"]
    assert "cannot be stored" in caplog.text


async def test_a_stale_place_is_told_and_forgotten():
    store = Store()
    store.stale = {"test:a"}
    store.open.clear()
    async with writing(store, Limits(flush_rows=1)) as writer:
        await writer.put(A, follows("1", "2", "3"))
        await writer.put(B, follows("4"))
        store.open.set()
        assert await writer.drain(A, B)

    assert store.ids == ["4"]
    assert writer.told == [A]


async def test_stopping_gives_up_on_a_database_that_stays_away():
    store = Store()
    store.outages = 1_000_000
    writer = Writer(on_stale=lambda place: None, limits=Limits(retry_first=0.01, retry_longest=0.01), publish=store)
    writer.start()
    await writer.put(A, follows("1"))

    await asyncio.wait_for(writer.stop(seconds=0.2), 2)

    assert store.ids == []


@pytest.mark.parametrize("places", [(), (A,)])
async def test_draining_what_never_delivered_returns_at_once(places):
    async with writing(Store()) as writer:
        assert await writer.drain(*places, seconds=0.5)
