from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connections.platforms.gifts import MOST_NAMES, GiftBombs, GiftTiming, Pieces
from events.enums import Kind, Unit
from events.types import Person, StreamEvent

TIMING = GiftTiming(quiet=1.0, longest=3.0)
#: Nothing is due while a test runs.
NEVER = GiftTiming(quiet=1000.0, longest=3000.0)
AT_ONCE = GiftTiming(quiet=0.01, longest=0.03)


def event(kind: Kind, id: str, **fields) -> StreamEvent:
    return StreamEvent(
        kind=kind,
        platform="twitch",
        channel_id="31337",
        external_id=id,
        occurred_at=datetime(2026, 7, 19, tzinfo=UTC),
        **fields,
    )


def gift(id: str, total: int, tier: int = 1) -> StreamEvent:
    giver = Person(id=id, login=id, name=id.title())
    return event(Kind.SUB_GIFT, id, amount=total, unit=Unit.SUBS, actor=giver, extra={"tier": tier})


def received(name: str, tier: int = 1) -> StreamEvent:
    return event(
        Kind.SUB_RECEIVED_GIFT, f"to-{name}", actor=Person(id=name, login=name, name=name), extra={"tier": tier}
    )


def shown(events: Sequence[StreamEvent]) -> list[tuple[str, list[str] | None]]:
    """Each event as its id and the names of its recipients."""
    return [
        (one.external_id, [who["name"] for who in one.extra["recipients"]] if "recipients" in one.extra else None)
        for one in events
    ]


def put(pieces: Pieces, *events: StreamEvent, now: float = 0.0) -> list[StreamEvent]:
    return [whole for one in events for whole in pieces.put(one, now)]


def test_a_bomb_is_one_event_as_soon_as_it_is_complete():
    pieces = Pieces(TIMING)

    assert put(pieces, gift("mira", 2), received("ada")) == []
    [whole] = put(pieces, received("ben"))

    assert whole.extra == {
        "tier": 1,
        "recipients": [{"id": "ada", "login": "ada", "name": "ada"}, {"id": "ben", "login": "ben", "name": "ben"}],
    }
    assert (whole.kind, whole.amount, whole.actor.name) == (Kind.SUB_GIFT, 2, "Mira")
    assert pieces.next_due is None


def test_recipients_may_come_first_and_the_gift_in_between():
    assert shown(put(Pieces(TIMING), received("ada"), gift("mira", 3), received("ben"), received("cleo"))) == [
        ("mira", ["ada", "ben", "cleo"])
    ]
    assert shown(put(Pieces(TIMING), received("ada"), gift("mira", 1))) == [("mira", ["ada"])]


def test_a_gift_of_nothing_waits_for_nobody():
    assert shown(put(Pieces(TIMING), gift("mira", 0))) == [("mira", [])]


def test_only_recipients_of_the_same_tier_belong_to_it():
    pieces = Pieces(TIMING)

    assert put(pieces, gift("mira", 1, tier=2), received("ada", tier=1)) == []
    assert shown(put(pieces, received("ben", tier=2))) == [("mira", ["ben"])]
    assert shown(pieces.take_all()) == [("to-ada", None)]


def test_two_bombs_at_once_are_filled_one_after_the_other():
    pieces = Pieces(TIMING)

    whole = put(pieces, gift("mira", 2), gift("otto", 1), received("a"), received("b"), received("c"))

    assert shown(whole) == [("mira", ["a", "b"]), ("otto", ["c"])]


def test_an_incomplete_bomb_goes_a_second_after_its_last_piece():
    pieces = Pieces(TIMING)
    put(pieces, gift("mira", 5), now=10.0)
    put(pieces, received("ada"), now=10.8)

    assert pieces.next_due == pytest.approx(11.8)
    assert pieces.take_due(11.7) == []
    assert shown(pieces.take_due(11.9)) == [("mira", ["ada"])]
    assert pieces.next_due is None


def test_a_bomb_that_keeps_coming_goes_after_three_seconds():
    pieces = Pieces(TIMING)
    put(pieces, gift("mira", 100), now=0.0)
    for number in range(4):
        put(pieces, received(f"v{number}"), now=0.9 * number)

    assert pieces.next_due == 3.0
    assert shown(pieces.take_due(3.0)) == [("mira", ["v0", "v1", "v2", "v3"])]


def test_a_recipient_without_a_gift_goes_alone_after_a_second():
    pieces = Pieces(TIMING)
    put(pieces, received("ada"), now=5.0)

    assert pieces.take_due(5.9) == []
    assert pieces.take_due(6.0) == [received("ada")]


def test_recipients_that_keep_coming_wait_for_their_gift_together():
    pieces = Pieces(TIMING)
    for number in range(4):
        put(pieces, received(f"v{number}"), now=0.7 * number)

    assert pieces.take_due(2.5) == []
    assert shown(put(pieces, gift("mira", 4), now=2.6)) == [("mira", ["v0", "v1", "v2", "v3"])]


def test_a_bomb_of_many_names_a_hundred_and_counts_on():
    pieces = Pieces(TIMING)
    put(pieces, gift("mira", MOST_NAMES + 2))

    almost = put(pieces, *(received(f"v{number}") for number in range(MOST_NAMES + 1)))
    [whole] = put(pieces, received("last"))

    assert almost == []
    assert len(whole.extra["recipients"]) == MOST_NAMES
    assert pieces.take_all() == []


def test_repeated_pieces_count_once():
    pieces = Pieces(TIMING)
    put(pieces, gift("mira", 2), received("ada"), received("ada"), gift("mira", 2))

    assert shown(put(pieces, received("ben"))) == [("mira", ["ada", "ben"])]
    assert put(pieces, gift("mira", 2), received("ben")) == []
    assert pieces.take_all() == []


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[dict[str, tuple[int, int]], list[tuple[StreamEvent, float]]]:
    """Bombs as {id: (total, tier)}, and their pieces in any order, some repeated, each with a pause before it."""
    bombs = {f"gift{n}": (draw(st.integers(0, 8)), draw(st.integers(1, 2))) for n in range(draw(st.integers(0, 3)))}
    pieces = [gift(id, total, tier) for id, (total, tier) in bombs.items()]
    pieces += [received(f"{id}-{n}", tier) for id, (total, tier) in bombs.items() for n in range(total)]
    pieces += [received(f"loose{n}", draw(st.integers(1, 2))) for n in range(draw(st.integers(0, 3)))]
    again = draw(st.lists(st.sampled_from(pieces), max_size=5)) if pieces else []
    order = draw(st.permutations(pieces + again))
    return bombs, [(piece, draw(st.floats(0, 1.5))) for piece in order]


@given(deliveries())
def test_in_any_order_nothing_is_lost_and_nothing_comes_twice(delivered):
    bombs, pieces = delivered
    machine, now, emitted = Pieces(TIMING), 0.0, []
    for piece, pause in pieces:
        now += pause
        emitted += machine.take_due(now) + machine.put(piece, now)
    emitted += machine.take_due(now + TIMING.longest)

    ids = Counter(one.external_id for one in emitted)
    named = Counter(f"to-{who['name']}" for one in emitted for who in one.extra.get("recipients", ()))
    assert ids + named == Counter({piece.external_id: 1 for piece, _ in pieces})
    assert machine.next_due is None
    for one in emitted:
        if one.kind is Kind.SUB_GIFT:
            assert len(one.extra["recipients"]) <= bombs[one.external_id][0]


@given(deliveries())
def test_what_comes_within_a_moment_is_complete(delivered):
    bombs, pieces = delivered
    machine = Pieces(TIMING)

    emitted = put(machine, *(piece for piece, _ in pieces))

    assert {one.external_id: len(one.extra["recipients"]) for one in emitted} == {
        id: total for id, (total, _) in bombs.items()
    }


# At work


class Sink:
    """Remembers; holds everybody up while it is `shut`."""

    def __init__(self) -> None:
        self.events: list[StreamEvent] = []
        self.open = asyncio.Event()
        self.open.set()
        self.asked = asyncio.Event()
        self.arrived = asyncio.Event()

    async def emit(self, events: Sequence[StreamEvent]) -> None:
        self.asked.set()
        await self.open.wait()
        self.events.extend(events)
        self.arrived.set()


async def test_everything_else_passes_at_once():
    sink = Sink()
    bombs = GiftBombs(sink.emit, timing=NEVER)

    await bombs.put(gift("mira", 1))
    await bombs.put(event(Kind.FOLLOW, "follow"))
    await bombs.put(event(Kind.SUB, "sub"))

    assert shown(sink.events) == [("follow", None), ("sub", None)]


async def test_a_complete_bomb_is_emitted_by_its_last_piece():
    sink = Sink()
    bombs = GiftBombs(sink.emit, timing=NEVER)

    await bombs.put(received("ada"))
    await bombs.put(gift("mira", 1))

    assert shown(sink.events) == [("mira", ["ada"])]


async def test_what_is_waited_for_in_vain_is_emitted_by_itself():
    sink = Sink()
    bombs = GiftBombs(sink.emit, timing=AT_ONCE)

    await bombs.put(gift("mira", 2))
    await asyncio.wait_for(sink.arrived.wait(), 10)

    assert shown(sink.events) == [("mira", [])]


async def test_flush_emits_what_is_held_and_nothing_the_second_time():
    sink = Sink()
    bombs = GiftBombs(sink.emit, timing=NEVER)
    await bombs.put(gift("mira", 2))
    await bombs.put(received("ada"))
    await bombs.put(received("ben", tier=2))

    await bombs.flush()
    await bombs.flush()

    assert shown(sink.events) == [("mira", ["ada"]), ("to-ben", None)]


async def test_flush_waits_for_what_the_timer_is_emitting():
    sink = Sink()
    bombs = GiftBombs(sink.emit, timing=AT_ONCE)
    sink.open.clear()
    await bombs.put(gift("mira", 2))
    await asyncio.wait_for(sink.asked.wait(), 10)

    flushing = asyncio.create_task(bombs.flush())
    await asyncio.sleep(0)
    assert not flushing.done()
    sink.open.set()
    await flushing

    assert shown(sink.events) == [("mira", [])]


async def test_whoever_is_cancelled_in_the_end_and_again_in_its_flush_loses_nothing():
    sink = Sink()
    bombs = GiftBombs(sink.emit, timing=NEVER)
    started = asyncio.Event()

    async def work() -> None:
        try:
            await bombs.put(gift("mira", 2))
            started.set()
            await asyncio.Event().wait()
        finally:
            await bombs.flush()

    task = asyncio.create_task(work())
    await started.wait()
    sink.open.clear()
    task.cancel()
    await sink.asked.wait()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert sink.events == []
    sink.open.set()
    await sink.arrived.wait()

    assert shown(sink.events) == [("mira", [])]


async def test_whoever_is_cancelled_while_a_bomb_is_emitted_loses_nothing():
    sink = Sink()
    bombs = GiftBombs(sink.emit, timing=NEVER)
    await bombs.put(received("ada"))
    sink.open.clear()

    task = asyncio.create_task(bombs.put(gift("mira", 1)))
    await sink.asked.wait()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    sink.open.set()
    await bombs.flush()

    assert shown(sink.events) == [("mira", ["ada"])]
