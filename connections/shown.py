"""A connected channel as both APIs show it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from connections.domain.channels import Card


def shown(card: Card) -> dict[str, Any]:
    """What `rest.ConnectionOut` and `graph.ChannelConnection` have fields for; the card must have a connection."""
    row = card.connection
    assert row is not None  # noqa: S101  for the type checker
    return {
        "id": row.pk,
        "platform": row.platform,
        "channel_id": row.channel_id,
        "channel_name": row.channel_name,
        "avatar_url": row.avatar_url,
        "state": card.state.value,
        "failure_code": row.failure_code,
        "trouble": card.trouble,
        "scopes": row.scopes,
        "missing_scopes": [scope.name for scope in card.missing],
        "expires_at": row.expires_at,
        "grant_ends_at": row.grant_ends_at,
        "validated_at": row.validated_at,
        "connected_at": row.connected_at,
        "updated_at": row.updated_at,
        "life": card.life,
        "quota": card.quota,
        "webhook": card.webhook,
    }
