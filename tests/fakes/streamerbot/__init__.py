"""A simulated Streamer.bot: its WebSocket server, as https://docs.streamer.bot/api/websocket describes it."""

from __future__ import annotations

from tests.fakes.streamerbot.tool import StreamerBot

__all__ = ["StreamerBot"]
