"""Streamer.bot, over its WebSocket server: https://docs.streamer.bot/api/websocket. It runs beside the stream."""

from __future__ import annotations

NAME = "Streamer.bot"
#: What events of it have for a platform.
SLUG = "streamerbot"
