"""A small stateful Discord: who a bot token belongs to."""

from tests.fakes.discord.platform import Discord

__all__ = ["Discord"]
