"""What a moderator does in the chats of an account, with the channel's own sign-in. Each act is an order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.domain.audit import record
from accounts.enums import Action, Permission
from connections.domain import access, grants, orders
from connections.domain.chat_rights import RIGHTS, chat_of, status_of, why_not
from connections.enums import Act, OrderState, Voice
from connections.models import ChatOrder
from connections.platforms.failures import ActRefused
from events.domain import access as log_access
from events.domain.publish import publish_local
from events.enums import Kind, Origin
from events.types import Person, StreamEvent
from lumio.lib.crashpoints import crash_point
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from uuid import UUID

    from accounts.actor import Actor
    from connections.domain.bots import BotStatus
    from connections.models import Connection
    from events.models import Viewer

#: Characters of the reason for a timeout or ban.
LONGEST_REASON = 200
ACTIONS = {
    Act.DELETE: Action.CHAT_MESSAGE_DELETED,
    Act.TIMEOUT: Action.CHAT_TIMED_OUT,
    Act.BAN: Action.CHAT_BANNED,
    Act.UNBAN: Action.CHAT_UNBANNED,
}
KINDS = {
    Act.DELETE: Kind.CHAT_MESSAGE_DELETED,
    Act.TIMEOUT: Kind.CHAT_USER_CLEARED,
    Act.BAN: Kind.CHAT_USER_CLEARED,
    Act.UNBAN: Kind.CHAT_USER_RESTORED,
}


class OwnPeople(Refusal):
    code = "own_people"
    status = 409
    sentence = _("{name} is the channel itself or one of its bots, so this is not done from here.")


class TooOldToDelete(Refusal):
    code = "too_old_to_delete"
    status = 409
    sentence = _("{platform} deletes only messages of the last {hours} hours, and this one is older.")


class NotUndoable(Refusal):
    code = "not_undoable"
    status = 409
    sentence = _("Only a timeout or ban of the last 10 minutes can be undone, and only once. Unban the viewer instead.")


def delete_message(*, actor: Actor, seq: int) -> ChatOrder:
    """Take a message out of its chat; one that is out already stays so.

    Raises PermissionRefused, Http404, or the Refusal of why it stays.
    """
    line = log_access.get_line(actor, seq, Permission.CHAT_DELETE)
    status = status_of(actor, line.platform)
    author = Person(id=line.actor_id, login=line.actor_login, name=line.actor_name)
    order = _draft(actor, status, Act.DELETE, author, message_id=line.external_id)
    if line.removed_at is not None:
        orders.done(order)
        return order
    channel = _able(actor, status, Act.DELETE)
    if author.id and author.id == channel.channel_id:
        raise OwnPeople(name=author.name or author.login)
    limit = chat_of(status).deletes_within
    if limit is not None and line.occurred_at < timezone.now() - limit:
        raise TooOldToDelete(platform=status.platform.name, hours=limit // timedelta(hours=1))

    def ask(given: grants.Access) -> None:
        try:
            status.platform.delete_message(line.external_id, author, channel=given)
        except ActRefused:
            # Somebody else may have been faster.
            line.refresh_from_db(fields=["removed_at"])
            if line.removed_at is None:
                raise

    return _carry_out(
        actor, order, channel, ask, changes={"text": line.message[: orders.QUOTED]},
        extra={"message_id": line.external_id, "seq": line.seq},
    )  # fmt: skip


def get_viewer(actor: Actor, act: Act, platform: str, user_id: str) -> Viewer:
    """Somebody who was seen, for whoever may do that to them. Raises PermissionRefused or Http404."""
    return log_access.get_viewer(actor, platform, user_id, *RIGHTS[act])


def time_out(*, actor: Actor, viewer: Viewer, seconds: int, reason: str = "") -> ChatOrder:
    """Silence a viewer for so many seconds, or the nearest number that the platform takes; the order has that.

    Raises PermissionRefused, or the Refusal of why they may go on.
    """
    actor.require_any(*RIGHTS[Act.TIMEOUT])
    person, status = _person(viewer), status_of(actor, viewer.platform)
    channel = _able(actor, status, Act.TIMEOUT)
    _check_stranger(status, person)
    limits = chat_of(status).timeouts
    fitted = limits.fitting(seconds) if limits else seconds
    order = _draft(actor, status, Act.TIMEOUT, person, seconds=fitted, reason=reason)

    def ask(given: grants.Access) -> str:
        return status.platform.time_out(person, fitted, reason, channel=given)

    return _carry_out(actor, order, channel, ask, changes={"seconds": fitted, "reason": order.reason})


def ban(*, actor: Actor, viewer: Viewer, reason: str = "") -> ChatOrder:
    """Silence a viewer for good. Raises what `time_out` does."""
    actor.require_any(*RIGHTS[Act.BAN])
    person, status = _person(viewer), status_of(actor, viewer.platform)
    channel = _able(actor, status, Act.BAN)
    _check_stranger(status, person)
    order = _draft(actor, status, Act.BAN, person, reason=reason)

    def ask(given: grants.Access) -> str:
        return status.platform.ban(person, reason, channel=given)

    return _carry_out(actor, order, channel, ask, changes={"reason": order.reason})


def unban(*, actor: Actor, viewer: Viewer) -> ChatOrder:
    """End a viewer's ban or timeout, whoever made it. Raises what `time_out` does."""
    actor.require_any(*RIGHTS[Act.UNBAN])
    return _lift(actor, status_of(actor, viewer.platform), _person(viewer), _last_silencing(viewer))


def undo(*, actor: Actor, order_id: UUID | str) -> ChatOrder:
    """Lift a timeout or ban of the last minutes; the order that does it. Raises NotUndoable, and what `unban` does."""
    order = access.get_order(actor, order_id, *RIGHTS[Act.UNBAN])
    if not order.can_undo or order.is_undone:
        raise NotUndoable
    person = Person(id=order.target_id, login=order.target_login, name=order.target_name)
    return _lift(actor, status_of(actor, order.platform), person, order, undoes=order)


def _lift(
    actor: Actor, status: BotStatus, person: Person, silencing: ChatOrder | None, undoes: ChatOrder | None = None
) -> ChatOrder:
    channel = _able(actor, status, Act.UNBAN)
    reference = silencing.reference if silencing else ""
    order = _draft(actor, status, Act.UNBAN, person, undoes=undoes)

    def ask(given: grants.Access) -> None:
        status.platform.lift(person, reference, channel=given)

    return _carry_out(actor, order, channel, ask)


def _last_silencing(viewer: Viewer) -> ChatOrder | None:
    """What silenced a viewer, as far as Lumio did it."""
    silencings = ChatOrder.objects.filter(
        account=viewer.account_id, platform=viewer.platform, target_id=viewer.user_id, act__in=(Act.TIMEOUT, Act.BAN)
    )
    return silencings.filter(state=OrderState.DONE).order_by("-created_at").first()


def _person(viewer: Viewer) -> Person:
    return Person(id=viewer.user_id, login=viewer.login, name=viewer.name)


def _draft(actor: Actor, status: BotStatus, act: Act, person: Person, **fields: Any) -> ChatOrder:
    return orders.draft(
        actor,
        status.platform,
        act,
        voice=Voice.CHANNEL,
        speaker_name=status.channel.channel_name if status.channel else "",
        target_id=person.id,
        target_login=person.login,
        target_name=person.name,
        **fields,
    )


def _able(actor: Actor, status: BotStatus, act: Act) -> Connection:
    """The channel whose sign-in does it. Raises the Refusal of why it cannot be done."""
    refusal = why_not(actor, status, act)
    if refusal is not None:
        raise refusal
    assert status.channel is not None  # noqa: S101  there is a reason where it is not
    return status.channel


def _check_stranger(status: BotStatus, person: Person) -> None:
    if person.id in {row.channel_id for row in (status.channel, status.custom, status.shared) if row}:
        raise OwnPeople(name=person.name or person.login)


def _carry_out(
    actor: Actor,
    order: ChatOrder,
    channel: Connection,
    ask: Callable[[grants.Access], str | None],
    *,
    changes: dict[str, Any] | None = None,
    extra: dict[str, Any] | None = None,
) -> ChatOrder:
    """Ask the platform, then note and tell that it was done, all or nothing. Raises the Refusal of why it was not."""
    order.begun_at = order.created_at
    order.save()
    try:
        reference = grants.call(channel.pk, ask)
    except Refusal as refusal:
        told = orders.unsure(refusal, order.platform)
        orders.fail(order, told)
        raise told from None
    crash_point("chat.done")
    noted = {name: value for name, value in (changes or {}).items() if value}
    with transaction.atomic():
        orders.done(order, reference=reference or "")
        record(actor, ACTIONS[Act(order.act)], order, after=noted or None)
        publish_local(actor.account.pk, [_event(actor, order, channel, extra or {})], Origin.LIVE)
    return order


def _event(actor: Actor, order: ChatOrder, channel: Connection, extra: dict[str, Any]) -> StreamEvent:
    """What other moderators see at once; from when it was begun, as the platform may tell of it before us."""
    if order.act != Act.DELETE:
        extra = {"act": order.act, "seconds": order.seconds, "reason": order.reason}
    return StreamEvent(
        kind=KINDS[Act(order.act)],
        platform=order.platform,
        channel_id=channel.channel_id,
        external_id=f"order:{order.pk}",
        occurred_at=order.created_at,
        actor=Person(id=order.target_id, login=order.target_login, name=order.target_name),
        extra={**extra, "moderator": {"id": "", "login": "", "name": actor.name}, "via": "lumio"},
    )
