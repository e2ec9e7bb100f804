"""Chat orders and viewers as both APIs show them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connections.domain import orders
from connections.enums import Act, OrderState

if TYPE_CHECKING:
    from connections.models import ChatOrder


def shown_order(order: ChatOrder) -> dict[str, Any]:
    """What `chat_rest.OrderOut` and `chat_graph.ChatOrder` have fields for."""
    is_waiting = order.state == OrderState.WAITING and order.begun_at is None
    problem = orders.problem(order)
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
        "problem": {"code": problem.code, "detail": problem.text} if problem else None,
        "can_undo": order.can_undo and not is_undone,
        "undone": is_undone,
    }
