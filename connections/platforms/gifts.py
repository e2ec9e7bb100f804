"""A gift bomb as one event. Platforms tell of the gift once and of every recipient once more, in any order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

from events.enums import Kind
from events.types import Person, StreamEvent
from lumio.lib.recent import Recent

Emit = Callable[[Sequence[StreamEvent]], Awaitable[None]]

#: Recipients named in one event. Of a larger bomb the others are counted only.
MOST_NAMES = 100
#: Pieces that are recognised when they come again.
REMEMBERED = 5_000

#: What tells of a gift, and what tells of one of its recipients.
GIFTS = {
    Kind.SUB_GIFT: Kind.SUB_RECEIVED_GIFT,
    Kind.MEMBERSHIP_GIFT: Kind.MEMBERSHIP_RECEIVED_GIFT,
}
PIECES = frozenset({*GIFTS.keys(), *GIFTS.values()})


@dataclass(frozen=True, slots=True)
class GiftTiming:
    """How long the pieces of a bomb are waited for, in seconds: after the last piece, and in all."""

    quiet: float = 1.0
    longest: float = 3.0


@dataclass(slots=True)
class Held:
    """A gift with the recipients found so far, or a recipient whose gift is not known yet."""

    event: StreamEvent
    came: float
    touched: float
    recipients: list[Person] = field(default_factory=list)
    missing: int = 0

    def due(self, timing: GiftTiming) -> float:
        return min(self.touched + timing.quiet, self.came + timing.longest)

    def gave_to(self, recipient: StreamEvent) -> bool:
        """Whether this gift may be what the recipient got: as far as a platform names the gift or its giver, exactly,
        else of the same tier."""
        if GIFTS.get(self.event.kind) is not recipient.kind:
            return False
        if gift_id := recipient.extra.get("gift_id"):
            return gift_id == self.event.external_id
        giver = recipient.extra.get("gifter")
        if giver and giver["id"] != self.event.actor.id:
            return False
        return recipient.extra.get("tier") == self.event.extra.get("tier")

    def claim(self, recipient: Held, now: float) -> None:
        self.recipients.append(recipient.event.actor)
        self.missing -= 1
        self.touched = now

    def whole(self) -> StreamEvent:
        if self.event.kind not in GIFTS:
            return self.event
        names = [who.named for who in self.recipients[:MOST_NAMES]]
        return replace(self.event, extra={**self.event.extra, "recipients": names})


class Pieces:
    """What is waited for. Knows no clock: every call says what time it is, in seconds."""

    def __init__(self, timing: GiftTiming) -> None:
        self._timing = timing
        self._held: list[Held] = []  # oldest first
        self._known = Recent(REMEMBERED)

    def put(self, event: StreamEvent, now: float) -> list[StreamEvent]:
        """Take one piece in; the bomb that it completes. A repeated piece is dropped."""
        if event.external_id in self._known:
            return []
        self._known.add(event.external_id)
        if event.kind in GIFTS:
            return self._gift(Held(event, now, now, missing=event.amount or 0), now)
        return self._recipient(Held(event, now, now), now)

    def _gift(self, gift: Held, now: float) -> list[StreamEvent]:
        for recipient in list(self._held):
            if gift.missing > 0 and gift.gave_to(recipient.event):
                gift.claim(recipient, now)
                self._held.remove(recipient)
        if gift.missing <= 0:
            return [gift.whole()]
        self._held.append(gift)
        return []

    def _recipient(self, recipient: Held, now: float) -> list[StreamEvent]:
        # At Twitch nothing in a recipient names the giver: of two bombs of one tier at once, the first is filled first.
        gift = next((held for held in self._held if held.gave_to(recipient.event)), None)
        if gift is None:
            for other in self._held:
                if other.event.kind is recipient.event.kind and other.event.extra == recipient.event.extra:
                    other.touched = now  # likely of the same bomb, which is still arriving
            self._held.append(recipient)
            return []
        gift.claim(recipient, now)
        if gift.missing > 0:
            return []
        self._held.remove(gift)
        return [gift.whole()]

    @property
    def next_due(self) -> float | None:
        return min((held.due(self._timing) for held in self._held), default=None)

    def take_due(self, now: float) -> list[StreamEvent]:
        """What was waited for long enough, as far as it is complete."""
        due = [held for held in self._held if held.due(self._timing) <= now]
        self._held = [held for held in self._held if held.due(self._timing) > now]
        return [held.whole() for held in due]

    def take_all(self) -> list[StreamEvent]:
        held, self._held = self._held, []
        return [one.whole() for one in held]


class GiftBombs:
    """Stands before `emit`: everything but gifts passes at once, a gift waits for its recipients.

    A gift is emitted once, with `extra["recipients"]` = `[{id, login, name}, …]`. Recipients without a gift are
    emitted by themselves. What a recipient is matched by: `extra["gift_id"]`, the `external_id` of the gift; else
    `extra["gifter"]` (as `Person.named`), where the platform names the giver; and `extra["tier"]`.
    """

    def __init__(self, emit: Emit, *, timing: GiftTiming | None = None) -> None:
        self._emit = emit
        self._pieces = Pieces(timing or GiftTiming())
        self._timer: asyncio.TimerHandle | None = None
        self._leaving: set[asyncio.Future[None]] = set()

    @property
    def is_waiting(self) -> bool:
        """Whether something that was put in is not emitted yet."""
        return bool(self._leaving) or self._pieces.next_due is not None

    async def put(self, event: StreamEvent) -> None:
        if event.kind not in PIECES:
            await self._emit([event])
            return
        complete = self._pieces.put(event, asyncio.get_running_loop().time())
        self._wait()
        await self._send(complete)

    async def flush(self) -> None:
        """Emit what is held, now. Whoever is cancelled while waiting for this loses nothing."""
        self._stop_waiting()
        await self._send(self._pieces.take_all())

    async def _send(self, events: list[StreamEvent]) -> None:
        """Emit, and wait until everything that was to be emitted before is, too."""
        if events:
            self._start(events)
        if self._leaving:
            await asyncio.shield(asyncio.gather(*self._leaving))

    def _start(self, events: list[StreamEvent]) -> None:
        """Emit in a task of its own, which nobody cancels: the events are held nowhere else any more."""
        task = asyncio.ensure_future(self._emit(events))
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    def _wait(self) -> None:
        """Wake up when the next piece was waited for long enough."""
        self._stop_waiting()
        due = self._pieces.next_due
        if due is not None:
            self._timer = asyncio.get_running_loop().call_at(due, self._wake)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wake(self) -> None:
        due = self._pieces.take_due(asyncio.get_running_loop().time())
        if due:
            self._start(due)
        self._wait()
