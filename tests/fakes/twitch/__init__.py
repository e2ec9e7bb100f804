"""A stateful Twitch: id.twitch.tv, Helix and EventSub over WebSocket."""

from tests.fakes.twitch.platform import Twitch

__all__ = ["Twitch"]
