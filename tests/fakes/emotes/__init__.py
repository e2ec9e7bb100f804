"""7TV, BetterTTV and FrankerFaceZ on one server: their APIs and the pictures of their emotes."""

from tests.fakes.emotes.providers import Emotes

__all__ = ["Emotes"]
