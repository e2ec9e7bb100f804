"""Commands that viewers write: which message is one, who may use it, and which messages are Lumio's own."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from accounts.enums import Via
from automations.domain.automations import COMMAND_LENGTH, SIGNS
from automations.enums import Who
from connections.enums import Act, Purpose
from connections.models import ChatOrder, Connection

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from events.models import LogRow

#: What badges say about their bearer, over all platforms: the names of `set`, see the parsers of `connections`.
BADGES: dict[Who, frozenset[str]] = {
    Who.BROADCASTER: frozenset({"broadcaster", "owner", "streamer"}),
    Who.MODERATORS: frozenset({"moderator", "lead_moderator", "mod", "supermod"}),
    Who.VIPS: frozenset({"vip"}),
    Who.SUBSCRIBERS: frozenset({"subscriber", "founder", "member"}),
}
#: From the one who may most.
ORDER = tuple(Who)
#: What automations said in this time is remembered as their own; by its text alone for as long as the platform may not
#: have told yet which id the message has.
REMEMBERED = timedelta(minutes=15)
ECHO = timedelta(minutes=1)


def command_of(row: LogRow) -> str:
    """The command that a message begins with, in lower case; empty for one without. It is asked for every message, so
    the first sign decides for nearly all of them.

    What was written in another channel of a shared chat is meant for the bots there.
    """
    if row.message[:1] not in SIGNS or row.extra.get("source"):
        return ""
    word = row.message[: COMMAND_LENGTH + 1].split(maxsplit=1)[0].lower()
    return word if 2 <= len(word) <= COMMAND_LENGTH else ""


def may(row: LogRow, who: Who) -> bool:
    """Whether whoever wrote a message may use a command that is for `who`."""
    if row.actor_id and row.actor_id == row.channel_id:
        return True
    worn = {badge["set"] for badge in row.extra.get("badges") or ()}
    allowed = ORDER[: ORDER.index(who) + 1]
    return who == Who.EVERYBODY or any(worn & BADGES[one] for one in allowed)


def own(rows: Sequence[LogRow]) -> set[tuple[UUID, int]]:
    """Which of these messages, as (account, seq), a bot of this Lumio or one of its automations wrote: no automation is
    to start another, or itself. Two queries.

    Bots are known by who they are. What an automation said is looked for whoever wrote it: it may have spoken as the
    channel itself, or as the bot of an app, which nobody has signed in (Kick).
    """
    bots = set(
        Connection.objects.filter(
            purpose=Purpose.BOT, channel_id__in={row.actor_id for row in rows if row.actor_id}
        ).values_list("platform", "channel_id")
    )
    orders = ChatOrder.objects.filter(
        account__in={row.account_id for row in rows},
        act=Act.SEND,
        via=Via.SYSTEM,
        begun_at__isnull=False,
        created_at__gt=min((row.received_at for row in rows), default=timezone.now()) - REMEMBERED,
    )
    said: dict[tuple[UUID, str], list[ChatOrder]] = defaultdict(list)
    for order in orders:
        said[order.account_id, order.platform].append(order)
    return {
        (row.account_id, row.seq)
        for row in rows
        if (row.platform, row.actor_id) in bots
        or any(_is_it(order, row) for order in said[row.account_id, row.platform])
    }


def _is_it(order: ChatOrder, row: LogRow) -> bool:
    """Whether a message is what was sent."""
    if order.message_id == row.external_id:
        return True
    is_echo = order.begun_at is not None and row.received_at < order.begun_at + ECHO
    return is_echo and _bare(order.text) == _bare(row.message)


def _bare(text: str) -> str:
    """Without spaces, with which platforms do as they like."""
    return "".join(text.split())
