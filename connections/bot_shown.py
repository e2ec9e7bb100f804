"""Bots as both APIs show them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connections.domain import bots

if TYPE_CHECKING:
    from connections.domain.bot_cards import BotCard
    from connections.domain.bots import BotStatus
    from connections.domain.discord import DiscordCard
    from connections.models import Connection


def shown_card(card: BotCard) -> dict[str, Any]:
    """What `bot_rest.BotOut` and `bot_graph.Bot` have fields for."""
    return {
        **shown_status(card),
        "custom_bot": _custom(card.custom, card) if card.custom else None,
        "global_bot_name": card.shared.channel_name if card.shared else "",
        "is_moderator": card.moderator,
    }


def shown_discord(card: DiscordCard) -> dict[str, Any]:
    """The same of Discord, where there is one bot for everybody."""
    return {
        "platform": card.slug,
        "state": card.state.value,
        "enabled": True,
        "reason": card.reason,
        "speaks_as": None,
        "speaker_name": "",
        "custom_bot": None,
        "global_bot_name": card.bot.name if card.bot else "",
        "is_moderator": None,
    }


def shown_status(status: BotStatus) -> dict[str, Any]:
    """What `bot_rest.BotStatusOut` and `bot_graph.BotStatus` have fields for."""
    return {
        "platform": status.platform.slug,
        "state": status.state.value,
        "enabled": not status.is_paused,
        "reason": status.reason,
        "speaks_as": status.voice.value if status.voice else None,
        "speaker_name": status.speaker.channel_name if status.speaker else "",
    }


def shown_hello(said: bots.Said) -> dict[str, Any]:
    return {
        "text": said.text,
        "speaker_name": said.speaker.channel_name,
        "channel_name": said.channel.channel_name,
    }


def _custom(row: Connection, card: BotCard) -> dict[str, Any]:
    return {
        "name": row.channel_name,
        "avatar_url": row.avatar_url,
        "state": row.state,
        "failure_code": row.failure_code,
        "trouble": card.trouble,
        "missing_scopes": [scope.name for scope in card.missing],
        "expires_at": row.expires_at,
        "connected_at": row.connected_at,
        "updated_at": row.updated_at,
    }
