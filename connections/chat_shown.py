"""Chat orders and viewers as both APIs show them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connections.domain import orders
from connections.enums import Act, OrderState

if TYPE_CHECKING:
    from connections.domain.viewer_card import Card, PastAction
    from connections.models import ChatOrder, ViewerNote
    from connections.platforms.chatting import Profile
    from events.models import Viewer
    from lumio.lib.errors import Refusal


def shown_order(order: ChatOrder) -> dict[str, Any]:
    """What `chat_rest.OrderOut` and `chat_graph.ChatOrder` have fields for."""
    is_waiting = order.state == OrderState.WAITING and order.begun_at is None
    is_undone = order.is_undone
    target = {"id": order.target_id, "login": order.target_login, "name": order.target_name}
    return {
        "id": order.pk,
        "act": order.act,
        "platform": order.platform,
        "state": order.state,
        "created_at": order.created_at,
        "waits_until": order.due_at if is_waiting else None,
        "message_id": order.message_id,
        "seconds": order.seconds,
        "target": None if order.act == Act.SEND else target,
        "by": {"name": order.asked_name},
        "voice": order.voice,
        "speaker": order.speaker_name,
        "text": order.text,
        "problem": _problem(orders.problem(order), orders.retry_after(order)),
        "can_undo": order.can_undo and not is_undone,
        "undone": is_undone,
    }


def shown_card(card: Card) -> dict[str, Any]:
    """What `chat_rest.CardOut` and `chat_graph.ViewerCard` have fields for."""
    return {
        "viewer": _viewer(card.viewer),
        "profile": _profile(card.profile) if card.profile else None,
        "profile_problem": _problem(card.profile_problem),
        "messages": card.messages,
        "messages_total": card.total,
        "actions": [_action(action) for action in card.actions],
        "notes": None if card.notes is None else [shown_note(note) for note in card.notes],
        "acts": card.acts,
    }


def shown_note(note: ViewerNote) -> dict[str, Any]:
    return {"id": note.pk, "text": note.text, "by": {"name": note.author_name}, "at": note.created_at}


def _viewer(viewer: Viewer) -> dict[str, Any]:
    return {
        "platform": viewer.platform,
        "id": viewer.user_id,
        "login": viewer.login,
        "name": viewer.name,
        "avatar": viewer.avatar,
        "first_seen_at": viewer.first_seen_at,
        "last_seen_at": viewer.last_seen_at,
        "first_message_at": viewer.first_message_at,
    }


def _profile(profile: Profile) -> dict[str, Any]:
    return {
        "created_at": profile.created_at,
        "followed_at": profile.followed_at,
        "avatar_url": profile.avatar_url,
        "page_url": profile.page_url,
    }


def _action(action: PastAction) -> dict[str, Any]:
    return {
        "act": action.act.value,
        "at": action.at,
        "by": {"name": action.by},
        "seconds": action.seconds,
        "reason": action.reason,
        "via": action.via,
    }


def _problem(refusal: Refusal | None, retry_after: int | None = None) -> dict[str, Any] | None:
    return {"code": refusal.code, "detail": refusal.text, "retry_after": retry_after} if refusal else None
