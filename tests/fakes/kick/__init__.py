"""A stateful Kick: id.kick.com and the public API."""

from tests.fakes.kick.platform import Kick

__all__ = ["Kick"]
