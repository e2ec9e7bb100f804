"""A StreamElements token as both APIs show it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from integrations.domain.tokens import Listed


def shown(listed: Listed) -> dict[str, Any]:
    """What `rest.SeTokenOut` and `graph.SeToken` have fields for."""
    row = listed.row
    return {
        "id": row.pk,
        "platform": row.platform,
        "label": row.label,
        "hint": row.hint,
        "state": row.state,
        "failure_code": row.failure_code,
        "trouble": listed.trouble,
        "channel_id": row.channel_id,
        "channel_name": row.channel_name,
        "channel_provider": row.channel_provider,
        "mismatch": listed.mismatch,
        "delivery": listed.state.value if listed.state else None,
        "delivery_since": listed.since if listed.state else None,
        "last_tip_at": row.last_tip_at,
        "expires_at": row.expires_at,
        "days_left": row.days_left,
        "verified_at": row.verified_at,
        "created_at": row.created_at,
    }
