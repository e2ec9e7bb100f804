"""Test events: stored and told like real ones, marked TEST wherever they are seen, and counted nowhere."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.domain.audit import record
from accounts.enums import Action, Permission
from events import platforms
from events.domain.publish import publish_local
from events.enums import Kind, Origin, Unit
from events.types import Person, StreamEvent
from lumio.lib.errors import Refusal
from lumio.lib.money import is_currency

if TYPE_CHECKING:
    from accounts.actor import Actor
    from events.models import LogRow

NAME_LENGTH = 80
MESSAGE_LENGTH = 500
MOST = 1_000_000_000
CURRENCY = "USD"


class BadEvent(Refusal):
    code = "bad_event"
    sentence = _("“{value}” is nothing that {name} takes. There are: {known}.")


class BadAmount(BadEvent):
    sentence = _("amount takes a whole number from 1 to {most}; of money, in the smallest unit of its currency.")


class BadCurrency(BadEvent):
    sentence = _("currency takes three capital letters, as in EUR.")


class TooLong(BadEvent):
    sentence = _("{name} takes {limit} characters at most.")


@dataclass(frozen=True)
class Sample:
    """What can be tested: the units that it may be counted in, the first unless asked otherwise, and how many."""

    units: tuple[Unit, ...] = ()
    amount: int | None = None
    extra: dict[str, Any] = field(default_factory=dict)


#: Every kind that calls for a look at it, as the platforms tell of it (docs/events.md).
SAMPLES: dict[str, Sample] = {
    Kind.FOLLOW: Sample(),
    Kind.SUB: Sample((Unit.MONTHS,), 1, {"tier": 1}),
    Kind.RESUB: Sample((Unit.MONTHS,), 12, {"tier": 1, "streak": None}),
    Kind.SUB_GIFT: Sample((Unit.SUBS,), 5, {"tier": 1, "cumulative_total": None, "recipients": []}),
    Kind.MEMBERSHIP: Sample(extra={"level": ""}),
    Kind.MEMBERSHIP_MILESTONE: Sample((Unit.MONTHS,), 6, {"level": ""}),
    Kind.MEMBERSHIP_GIFT: Sample((Unit.MEMBERSHIPS,), 5, {"level": "", "recipients": []}),
    Kind.TIP: Sample((Unit.MONEY,), 500),
    Kind.SUPERCHAT: Sample((Unit.MONEY,), 500, {"tier": 1}),
    Kind.CHEER: Sample((Unit.BITS, Unit.KICKS, Unit.JEWELS, Unit.MANA, Unit.ELIXIR), 100),
    Kind.CHARITY_DONATION: Sample((Unit.MONEY,), 500, {"title": "Lumio"}),
    Kind.RAID: Sample((Unit.VIEWERS,), 25),
    Kind.REDEMPTION: Sample((Unit.POINTS,), 500, {"title": "Lumio", "status": "unfulfilled"}),
}


@transaction.atomic
def send(
    *,
    actor: Actor,
    kind: str,
    platform: str,
    name: str = "",
    amount: int | None = None,
    unit: str = "",
    currency: str = "",
    message: str = "",
) -> LogRow:
    """Have an event happen that nobody did. What is left out is filled in, what a kind has no place for is dropped.

    `amount` counts `unit`, of money in minor units of `currency`. Raises PermissionRefused or BadEvent.
    """
    actor.require(Permission.EVENTS_CREATE)
    sample = SAMPLES[_one_of(list(SAMPLES), kind, "type")]
    counted = Unit(_one_of(sample.units, unit or sample.units[0], "unit")) if sample.units else Unit.NONE
    event_id = f"test-{uuid.uuid4()}"
    event = StreamEvent(
        kind=Kind(kind),
        platform=_one_of(platforms.known(), platform, "platform"),
        channel_id="",
        external_id=event_id,
        occurred_at=timezone.now(),
        actor=Person(name=_text(name, "name", NAME_LENGTH) or gettext("Test viewer")),
        amount=_amount(amount, sample),
        unit=counted,
        currency=_currency(currency) if counted is Unit.MONEY else "",
        message=_text(message, "message", MESSAGE_LENGTH),
        extra={"id": event_id, **sample.extra} if kind == Kind.REDEMPTION else dict(sample.extra),
    )
    [row] = publish_local(actor.account.pk, [event], Origin.TEST)
    record(actor, Action.TEST_EVENT_SENT, after={"type": kind, "seq": row.seq, "name": row.actor_name})
    return row


def _one_of(known: tuple[str, ...] | list[str], value: str, name: str) -> str:
    if value not in known:
        raise BadEvent(name=name, value=value[:NAME_LENGTH], known=", ".join(known))
    return value


def _amount(amount: int | None, sample: Sample) -> int | None:
    if sample.amount is None or amount is None:
        return sample.amount
    if not 1 <= amount <= MOST:
        raise BadAmount(most=MOST)
    return amount


def _currency(currency: str) -> str:
    if currency and not is_currency(currency):
        raise BadCurrency
    return currency or CURRENCY


def _text(text: str, name: str, limit: int) -> str:
    if len(text) > limit:
        raise TooLong(name=name, limit=limit)
    return text.strip()
