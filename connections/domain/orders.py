"""What is asked of a chat, as rows: each is there before its platform is asked, and is carried out once at most.

Whoever asks claims the row first (`begun_at`) by a conditional update. A process that dies in between leaves a row that
nobody begins again: after `LEASE` it has failed, in words that say that it may have been done after all.

Messages of one speaker go out one after the other, in the order in which they were stored, and no faster than the
platform allows. That is counted in the rows themselves, so it holds for all processes together and needs no Valkey.
Who asked waits a few seconds for the turn of a message; later ones are sent by the sweep.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connection as database
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from accounts.domain.audit import record
from accounts.enums import Action, Via
from accounts.models import Member
from connections.domain import bots, chat_rights, grants, sweeps
from connections.domain.oauth import SwitchedOff
from connections.domain.quota import NotCounted
from connections.enums import Act, OrderState, Voice
from connections.models import ChatOrder, Connection
from connections.platforms import PLATFORMS, failures
from connections.platforms import name_of as platform_name
from connections.platforms.failures import PlatformFailure, RateLimited, SlowMode
from lumio.lib import batches
from lumio.lib.crashpoints import crash_point
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from connections.platforms.base import Platform
    from connections.platforms.chatting import Pace

log = logging.getLogger(__name__)

#: A message that could not be sent for so long is not sent any more: it would answer what nobody remembers.
PATIENCE = timedelta(minutes=5)
#: Longer than asking a platform takes, tokens renewed and all.
LEASE = timedelta(minutes=2)
#: Seconds that whoever asked waits for an answer, and that a thread waits for the turn of a message.
ANSWERED_WITHIN = 4.0
WAITS_FOR = 6.0
#: Seconds between two looks at a speaker who is sending.
LOOKS_EVERY = 0.1
#: Sweeps come this often, in seconds: `CELERY_BEAT_SCHEDULE`.
SWEPT_EVERY = 5.0

#: How long the card of a viewer tells of timeouts and bans, and how long anything else is kept.
KEPT_OF_VIEWERS = timedelta(days=90)
KEPT = timedelta(days=7)

#: Characters of a message that the audit log quotes.
QUOTED = 80

# Platforms are asked at the same time, so that one that hangs keeps no answer of the others: what has none within
# ANSWERED_WITHIN is told as waiting, while its thread goes on.
_pool = ThreadPoolExecutor(16, thread_name_prefix="chat")


class OutcomeUnknown(Refusal):
    code = "outcome_unknown"
    status = 502
    sentence = _(
        "No answer came from {platform}, so this may or may not have been done. Look at the chat before you try again."
    )


class WaitedTooLong(Refusal):
    code = "waited_too_long"
    status = 409
    sentence = _(
        "{platform} takes only so many messages in a short time, and this one would have waited for more than 5 "
        "minutes. It was not sent; send it again when there is less to send."
    )


class AskerGone(Refusal):
    code = "asker_gone"
    status = 409
    sentence = _("Whoever asked for this is no longer a member of the account, so it was not sent.")


#: Why an order failed, beside what platforms say.
OURS: dict[str, type[Refusal]] = {
    refusal.code: refusal
    for refusal in (
        OutcomeUnknown,
        WaitedTooLong,
        AskerGone,
        chat_rights.RightMissing,
        chat_rights.ActLacking,
        chat_rights.ChannelMissing,
        chat_rights.ActNotGranted,
        SwitchedOff,
        bots.NobodySpeaks,
        bots.BotPaused,
        bots.VoiceSilent,
        grants.NotConnected,
        NotCounted,
    )
}

#: Of these the platform may say for how long it takes nothing more.
MUST_WAIT = (SlowMode.code, RateLimited.code)


def problem(order: ChatOrder) -> Refusal | None:
    """Why an order failed; None for one that did not."""
    if order.state != OrderState.FAILED:
        return None
    ours = OURS.get(order.failure_code)
    return ours(**order.failure_params) if ours else failures.stored(order.failure_code, order.failure_params)


def retry_after(order: ChatOrder) -> int | None:
    """For how many seconds the platform takes no message of that speaker yet; None where it does not say."""
    asked = order.failure_params.get("seconds") if order.failure_code in MUST_WAIT else None
    if not asked or order.done_at is None:
        return None
    left = (order.done_at + timedelta(seconds=asked) - timezone.now()).total_seconds()
    return math.ceil(left) if left > 0 else None


def draft(actor: Actor, platform: Platform, act: Act, **fields: Any) -> ChatOrder:
    """An order that is not stored yet."""
    now = timezone.now()
    return ChatOrder(
        account=actor.account,
        platform=platform.slug,
        act=act,
        created_at=now,
        due_at=now,
        asked_by=actor.user,
        asked_name=actor.name,
        via=actor.via,
        via_detail=actor.via_detail,
        address=actor.address,
        **fields,
    )


def fail(order: ChatOrder, refusal: Refusal) -> None:
    """Store why nothing came of it, unless something has come of it meanwhile."""
    if isinstance(refusal, grants.GrantUnusable):
        refusal = refusal.failure
    order.failure_code, order.failure_params = refusal.code, _plain(refusal.params)
    _end(order, OrderState.FAILED, failure_code=order.failure_code, failure_params=order.failure_params)


def done(order: ChatOrder, **found: Any) -> None:
    """Store that it was carried out, with what the platform said."""
    _end(order, OrderState.DONE, **found)


def _end(order: ChatOrder, state: OrderState, **fields: Any) -> None:
    fields |= {"state": state, "done_at": timezone.now()}
    for name, value in fields.items():
        setattr(order, name, value)
    if order._state.adding:
        order.save()
    else:
        ChatOrder.objects.filter(pk=order.pk, state=OrderState.WAITING, begun_at=order.begun_at).update(**fields)


def _plain(params: dict[str, Any]) -> dict[str, Any]:
    """What JSON holds: sentences that are translated when they are read become what they are in the language of now."""
    return {name: value if isinstance(value, int | None) else str(value) for name, value in params.items()}


# Sending


@transaction.atomic
def queue(order: ChatOrder, speaker: Connection) -> None:
    """Store a message with its turn among those of its speaker.

    The speaker's row is locked, so that it is stored in the order in which the turns are given.
    """
    Connection.objects.select_for_update(no_key=True).filter(pk=speaker.pk).first()
    order.speaker_id, order.speaker_name = speaker.channel_id, speaker.channel_name
    order.created_at = timezone.now()
    order.due_at = _turn(order, order.created_at, "due_at")
    if order.due_at > order.created_at + PATIENCE:
        fail(order, WaitedTooLong(platform=platform_name(order.platform)))
    else:
        order.save()


def carry_out(orders: Iterable[ChatOrder]) -> None:
    """Send messages that were queued, and wait some seconds for what becomes of them."""
    sending = [_pool.submit(_in_thread, order.platform, order.speaker_id, WAITS_FOR, order.pk) for order in orders]
    sweeps.let_go()
    wait(sending, timeout=ANSWERED_WITHIN)


def _in_thread(platform: str, speaker_id: str, waits_for: float, last: UUID | None = None) -> None:
    try:
        deliver(platform, speaker_id, waits_for, last)
    except Exception:
        log.exception("Sending messages of %s at %s was broken off", speaker_id, platform)
    finally:
        database.close()


def deliver(platform: str, speaker_id: str, waits_for: float = 0.0, last: UUID | None = None) -> None:
    """Send what waits of one speaker, in order, as long as the next is due within `waits_for` seconds from now.

    Nothing is sent after the order `last`.
    """
    until = time.monotonic() + waits_for
    while order := _head(platform, speaker_id):
        now = timezone.now()
        if order.begun_at is not None and order.begun_at > now - LEASE:
            pause = LOOKS_EVERY  # somebody else is sending it
        elif (pause := _waits_for(order, now)) <= 0:
            if refusal := _too_late(order, now):
                fail(order, refusal)
            elif _begin(order, now):
                _send(order)
            if order.pk == last:
                return
            continue
        if sweeps.stopping.is_set() or time.monotonic() + pause > until:
            return
        sweeps.let_go()
        time.sleep(pause)
        if last and not ChatOrder.objects.filter(pk=last, state=OrderState.WAITING).exists():
            return


def _waits_for(order: ChatOrder, now: datetime) -> float:
    """Seconds until it is its turn, or it is too late for one; not above 0 where that is now."""
    if order.begun_at is not None or order.created_at < now - PATIENCE:
        return 0.0
    turn = max(order.due_at, _turn(order, now, "begun_at"))
    if turn > max(order.due_at, now):
        ChatOrder.objects.filter(pk=order.pk, begun_at=None).update(due_at=turn)
    return (turn - now).total_seconds()


def _head(platform: str, speaker_id: str) -> ChatOrder | None:
    """The first message of a speaker that is not finished, which may be under way."""
    waiting = ChatOrder.objects.filter(
        platform=platform, speaker_id=speaker_id, act=Act.SEND, state=OrderState.WAITING
    ).select_related("account", "asked_by")
    return waiting.order_by("created_at").first()


def _too_late(order: ChatOrder, now: datetime) -> Refusal | None:
    """Why a message is not sent any more."""
    if order.begun_at is not None:
        return OutcomeUnknown(platform=platform_name(order.platform))
    if order.created_at < now - PATIENCE:
        return WaitedTooLong(platform=platform_name(order.platform))
    if order.via == Via.SYSTEM or Member.objects.filter(account=order.account, user=order.asked_by).exists():
        return None
    return AskerGone()


def _turn(order: ChatOrder, now: datetime, counted: str) -> datetime:
    """When the speaker may send once more. `counted` is "begun_at" for what was sent, "due_at" with what will be."""
    pace = _pace(order.platform)
    window = timedelta(seconds=max(pace.seconds, pace.between))
    others = ChatOrder.objects.filter(
        ~Q(state=OrderState.FAILED, begun_at=None),
        Q(**{f"{counted}__gt": now - window}),
        platform=order.platform,
        speaker_id=order.speaker_id,
        act=Act.SEND,
        due_at__gt=now - window - PATIENCE,  # what the index has
    )
    moments = list(others.order_by(f"-{counted}").values_list(counted, flat=True)[: pace.messages])
    turn = now
    if moments:
        turn = max(turn, moments[0] + timedelta(seconds=pace.between))
    if len(moments) == pace.messages:
        turn = max(turn, moments[-1] + timedelta(seconds=pace.seconds))
    return turn


def _pace(platform: str) -> Pace:
    chat = PLATFORMS[platform].chat
    assert chat is not None  # noqa: S101  nothing is queued for a platform without one
    return chat.pace


def _begin(order: ChatOrder, now: datetime) -> bool:
    """Whether it is ours to send. Of several who try one alone is told so."""
    order.begun_at = now
    return bool(ChatOrder.objects.filter(pk=order.pk, state=OrderState.WAITING, begun_at=None).update(begun_at=now))


def _send(order: ChatOrder) -> None:
    platform = PLATFORMS[order.platform]
    try:
        said = bots.send(order.account, platform, order.text, voice=Voice(order.voice), reply_to=order.reply_to)
    except Refusal as refusal:
        _not_sent(order, refusal)
    except Exception:
        log.exception("Sending a message at %s failed", platform.name)
        fail(order, OutcomeUnknown(platform=platform.name))
    else:
        crash_point("chat.sent")
        _sent(order, said)


def _not_sent(order: ChatOrder, refusal: Refusal) -> None:
    failure = refusal.failure if isinstance(refusal, grants.GrantUnusable) else refusal
    if isinstance(failure, RateLimited) and _put_off(order, failure):
        return
    fail(order, unsure(refusal, order.platform))


def unsure(refusal: Refusal, platform: str) -> Refusal:
    """The refusal, or that nobody knows what came of it, where the platform may have done what was asked."""
    if isinstance(refusal, PlatformFailure) and refusal.outcome_unknown:
        return OutcomeUnknown(platform=platform_name(platform))
    return refusal


def _put_off(order: ChatOrder, failure: RateLimited) -> bool:
    """Let the speaker's messages wait for as long as the platform wants; False if that is too long for this one."""
    until = timezone.now() + timedelta(seconds=failure.retry_after or 1)
    if until > order.created_at + PATIENCE:
        return False
    others = ChatOrder.objects.filter(
        platform=order.platform, speaker_id=order.speaker_id, act=Act.SEND, state=OrderState.WAITING
    )
    with transaction.atomic():
        others.filter(pk=order.pk, begun_at=order.begun_at).update(begun_at=None)
        others.filter(begun_at=None, due_at__lt=until).update(due_at=until)
    return True


@transaction.atomic
def _sent(order: ChatOrder, said: bots.Said) -> None:
    done(order, message_id=said.message_id)
    wanted = {"text": order.text[:QUOTED], "channel": said.channel.channel_name, "speaker": said.speaker.channel_name}
    record(asker(order), Action.CHAT_SENT, order, after=wanted)


def asker(order: ChatOrder) -> Actor:
    """Whoever asked, for the audit log: without any right."""
    return Actor(
        account=order.account,
        user=order.asked_by,
        permissions=frozenset(),
        via=Via(order.via),
        via_detail=order.via_detail,
        address=order.address,
    )


# In the background


def sweep() -> int:
    """Send what is due and end what was broken off; the number of speakers with something to say."""
    now = timezone.now()
    waiting = ChatOrder.objects.filter(state=OrderState.WAITING)
    for order in waiting.filter(begun_at__lt=now - LEASE).exclude(act=Act.SEND).select_related("account"):
        fail(order, OutcomeUnknown(platform=platform_name(order.platform)))
    due = waiting.filter(act=Act.SEND, due_at__lt=now + timedelta(seconds=SWEPT_EVERY))
    speakers = sorted(set(due.values_list("platform", "speaker_id")))
    if speakers:
        sweeps.let_go()
        with ThreadPoolExecutor(min(8, len(speakers)), thread_name_prefix="chat-sweep") as pool:
            list(pool.map(lambda speaker: _in_thread(speaker[0], speaker[1], SWEPT_EVERY), speakers))
    return len(speakers)


def forget() -> int:
    """Delete what nobody asks for any more; how many."""
    now = timezone.now()
    of_viewers = Q(act__in=(Act.TIMEOUT, Act.BAN, Act.UNBAN), state=OrderState.DONE)
    old = ChatOrder.objects.filter(created_at__lt=now - KEPT).exclude(of_viewers, created_at__gte=now - KEPT_OF_VIEWERS)
    return batches.delete(old)
