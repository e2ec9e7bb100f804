"""A small stateful StreamElements: tips over REST, over Astro and over the older socket.io gateway."""

from tests.fakes.streamelements.platform import StreamElements

__all__ = ["StreamElements"]
