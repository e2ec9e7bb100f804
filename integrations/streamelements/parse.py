"""A tip in, an event out. No network, no database, and nothing that comes in makes these raise.

The same tip comes over Astro, over the moderation topic, over the older socket and by REST, and keeps its id. Of all
activities only tips are read: what happens on the stream itself its platform tells. JSON is to be loaded with
`parse_float=Decimal`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from events.enums import Kind, Unit
from events.types import Person, StreamEvent
from integrations.streamelements import NAME
from lumio.lib.money import from_major, is_currency
from lumio.lib.payload import (
    NAME_LENGTH,
    Payload,
    Unreadable,
    external_id,
    mapping,
    moment,
    needed,
    one_piece,
    raw,
    text,
)

MESSAGE_LENGTH = 5_000
#: Never kept, wherever it stands: who the donor is beyond the name they typed.
PERSONAL = frozenset({"email", "geo", "ip", "address"})
#: `transactionId` of tips that were brought along from another service.
IMPORTED = "IMPORTED"


@dataclass(frozen=True, slots=True)
class Stream:
    """What tips belong to: the platform that was chosen, and StreamElements' id of the channel."""

    platform: str
    channel_id: str


def tip(payload: Any, stream: Stream, *, at: datetime) -> StreamEvent | None:
    """The event of a tip as Astro and REST have it; None while it waits for a moderator or never was one.

    `at` is when it came, for one that does not say when it was given. One that cannot be read is `unknown`.
    """
    found = mapping(payload)
    if found.get("approved") != "allowed" or found.get("status") != "success":
        return None
    if found.get("deleted") or found.get("transactionId") == IMPORTED:
        return None
    donation = mapping(found.get("donation"))
    user = mapping(donation.get("user"))
    return _event(stream, found, found.get("_id"), text(user.get("username"), NAME_LENGTH), donation, at)


def waits(payload: Any) -> bool:
    """Whether a tip as Astro and REST have it is still to be approved, or paid."""
    return "pending" in (mapping(payload).get("approved"), mapping(payload).get("status"))


def activity(payload: Any, stream: Stream, *, at: datetime) -> StreamEvent | None:
    """The event of an activity as the older socket has it; None for all that is no tip."""
    found = mapping(payload)
    # In 2019 the type was called `event`.
    if (found.get("type") or found.get("event")) != "tip":
        return None
    data = mapping(found.get("data"))
    name = text(data.get("displayName"), NAME_LENGTH) or text(data.get("username"), NAME_LENGTH)
    return _event(stream, found, data.get("tipId"), name, data, at)


def from_test_button(payload: Any, stream: Stream, *, at: datetime) -> StreamEvent | None:
    """What the test button of StreamElements' dashboard sends. It names no currency, so it is no money.

    It has no id either, and is not repeated.
    """
    event = mapping(mapping(payload).get("event"))
    if event.get("type") != "tip":
        return None
    message = text(event.get("message"), MESSAGE_LENGTH)
    return StreamEvent(
        kind=Kind.TIP,
        platform=stream.platform,
        channel_id=stream.channel_id,
        external_id=f"test {at.isoformat()}",
        occurred_at=at,
        actor=_person(text(event.get("name"), NAME_LENGTH)),
        message=message,
        fragments=one_piece(message),
        extra={"provider": NAME.lower()},
    )


def _event(stream: Stream, payload: Payload, tip_id: Any, name: str, tip: Payload, at: datetime) -> StreamEvent:
    """`tip` holds amount, currency and message."""
    kept = _kept(payload)
    made: dict[str, Any] = {
        "platform": stream.platform,
        "channel_id": stream.channel_id,
        "external_id": external_id(tip_id, kept),
        "occurred_at": moment(payload.get("createdAt")) or at,
        "extra": {"provider": NAME.lower()},
        "raw": raw(kept),
    }
    try:
        currency = _currency(tip.get("currency"))
        amount = _amount(tip.get("amount"), currency)
    except Unreadable:
        # Under an id of its own: by another way the same tip may come readable.
        changed = {"external_id": f"unreadable {made['external_id']}", "extra": made["extra"] | {"type": "tip"}}
        return StreamEvent(kind=Kind.UNKNOWN, **made | changed)
    message = text(tip.get("message"), MESSAGE_LENGTH)
    return StreamEvent(
        kind=Kind.TIP,
        actor=_person(name),
        amount=amount,
        unit=Unit.MONEY,
        currency=currency,
        message=message,
        fragments=one_piece(message),
        **made,
    )


def _person(name: str) -> Person:
    return Person(name=name) if name.strip() else Person(anonymous=True)


def _currency(value: Any) -> str:
    code = text(value, 10).strip().upper()
    if not is_currency(code):
        raise Unreadable
    return code


def _amount(value: Any, currency: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Unreadable
    if isinstance(value, int) and abs(value) > 10**18:
        raise Unreadable
    amount = needed(from_major(Decimal(value), currency))
    if amount < 0:
        raise Unreadable
    return amount


def _kept(payload: Payload) -> dict[str, Any]:
    """The payload as JSON without what is personal; exact numbers become text."""
    try:
        return json.loads(json.dumps(_without_personal(payload), default=str))
    except (ValueError, RecursionError, TypeError):
        return {}


def _without_personal(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_personal(item) for key, item in value.items() if str(key).lower() not in PERSONAL}
    if isinstance(value, list):
        return [_without_personal(item) for item in value]
    return value
