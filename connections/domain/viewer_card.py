"""All that is known of one viewer, for whoever moderates: what they said, what was done to them, who they are."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor, TimeoutError
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.cache import cache
from django.db import connection as database

from accounts.enums import Permission
from connections.domain import chat_rights, grants, sweeps, viewer_notes
from connections.enums import Act, GrantState, OrderState
from connections.models import ChatOrder, ViewerNote
from connections.platforms import PLATFORMS
from connections.platforms.chatting import Profile
from connections.platforms.failures import NoAnswer, stored
from events.domain import access as log_access
from events.enums import Kind
from events.models import ChatLine, Event
from events.payloads import payload
from events.types import Person
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from accounts.actor import Actor
    from connections.domain.bots import BotStatus
    from events.models import Viewer

log = logging.getLogger(__name__)

#: Messages and past actions that a card has at most.
MESSAGES, ACTIONS = 50, 50
#: Seconds that what a platform tells is believed, and that a card waits for it.
PROFILE_KEPT = 600
PROFILE_WAIT = 4.0
#: The platform tells of what Lumio does as well, within so long.
ECHO = timedelta(seconds=15)
#: Who may open a card.
OPENED_BY = (Permission.CHAT_USERINFO, Permission.EVENTS_USERINFO)

ACTS = {Kind.MOD_BAN: Act.BAN, Kind.MOD_TIMEOUT: Act.TIMEOUT, Kind.MOD_UNBAN: Act.UNBAN}

_pool = ThreadPoolExecutor(8, thread_name_prefix="profile")


@dataclass(frozen=True)
class PastAction:
    """Something that was done to a viewer. `via` is "lumio" or "platform", `by` empty where that is not told."""

    act: Act
    at: datetime
    by: str
    seconds: int | None
    reason: str
    via: str


@dataclass(frozen=True)
class Card:
    """`messages` are rows of the chat log as sockets carry them, newest first, with `total` of them in all that are
    kept; none and None for who may not read the chat. `notes` is None for who may not read those."""

    viewer: Viewer
    profile: Profile | None
    profile_problem: Refusal | None
    messages: list[dict[str, Any]]
    total: int | None
    actions: list[PastAction]
    notes: list[ViewerNote] | None
    acts: dict[str, dict[str, Any]]


def card(actor: Actor, platform: str, user_id: str) -> Card:
    """Everything about a viewer. Raises PermissionRefused, or Http404 for somebody whom nobody saw. Nine queries."""
    viewer = log_access.get_viewer(actor, platform, user_id, *OPENED_BY)
    status = chat_rights.status_of(actor, platform)
    messages, total = _said(viewer) if actor.can(Permission.CHAT_READ) else ([], None)
    actions = _actions(viewer)
    notes = viewer_notes.of_viewer(actor, viewer) if actor.can(Permission.CHAT_NOTES) else None
    profile = _profile(status, viewer)
    return Card(
        viewer=viewer,
        profile=None if isinstance(profile, Refusal) else profile,
        profile_problem=profile if isinstance(profile, Refusal) else None,
        messages=messages,
        total=total,
        actions=actions,
        notes=notes,
        acts=chat_rights.acts(actor, status),
    )


def _said(viewer: Viewer) -> tuple[list[dict[str, Any]], int]:
    lines = ChatLine.objects.filter(
        account=viewer.account_id, platform=viewer.platform, actor_id=viewer.user_id, kind=Kind.CHAT_MESSAGE
    )
    newest = lines.defer("raw").order_by("-seq")[:MESSAGES]
    return [payload(line) for line in newest], lines.count()


def _actions(viewer: Viewer) -> list[PastAction]:
    """What was done to the viewer, newest first, each once whoever tells of it."""
    done = ChatOrder.objects.filter(
        account=viewer.account_id,
        platform=viewer.platform,
        target_id=viewer.user_id,
        act__in=ACTS.values(),
        state=OrderState.DONE,
    ).order_by("-created_at")[:ACTIONS]
    ours = [
        PastAction(Act(order.act), order.created_at, order.asked_name, order.seconds, order.reason, "lumio")
        for order in done
    ]
    told = Event.objects.filter(
        account=viewer.account_id, platform=viewer.platform, actor_id=viewer.user_id, kind__in=ACTS
    )
    theirs = [_told(event) for event in told.defer("raw").order_by("-seq")[:ACTIONS]]
    found = [*ours, *(one for one in theirs if not any(_is_echo(one, known) for known in ours))]
    return sorted(found, key=lambda action: action.at, reverse=True)[:ACTIONS]


def _is_echo(told: PastAction, known: PastAction) -> bool:
    return told.act == known.act and abs(told.at - known.at) < ECHO


def _told(event: Event) -> PastAction:
    moderator = event.extra.get("moderator") or {}
    return PastAction(
        act=ACTS[Kind(event.kind)],
        at=event.occurred_at,
        by=moderator.get("name") or moderator.get("login") or "",
        seconds=event.amount if event.kind == Kind.MOD_TIMEOUT else None,
        reason=event.message,
        via="platform",
    )


def _profile(status: BotStatus, viewer: Viewer) -> Profile | Refusal:
    """What the platform tells, or why it does not; a thread goes on asking when this has waited for long enough."""
    key = f"viewer-profile:{viewer.account_id}:{viewer.platform}:{viewer.user_id}"
    known = cache.get(key)
    if isinstance(known, Profile):
        return known
    channel = status.channel
    if channel is None:
        return chat_rights.ChannelMissing(platform=status.platform.name)
    if channel.state != GrantState.CONNECTED:
        return stored(channel.failure_code, channel.failure_params)
    person = Person(id=viewer.user_id, login=viewer.login, name=viewer.name)
    asking = _pool.submit(_ask, viewer.platform, channel.pk, person, key)
    sweeps.let_go()
    try:
        return asking.result(PROFILE_WAIT)
    except TimeoutError:
        return NoAnswer(platform=status.platform.name)


def _ask(platform: str, connection_id: UUID, person: Person, key: str) -> Profile | Refusal:
    try:
        profile = grants.call(connection_id, lambda given: PLATFORMS[platform].profile(person, channel=given))
        cache.set(key, profile, PROFILE_KEPT)
        return profile
    except Refusal as refusal:
        return refusal
    except Exception:
        log.exception("Looking up a viewer at %s failed", platform)
        return NoAnswer(platform=PLATFORMS[platform].name)
    finally:
        database.close()
