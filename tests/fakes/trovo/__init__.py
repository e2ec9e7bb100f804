"""A stateful Trovo, as it was before its service ended on 30 June 2026."""

from tests.fakes.trovo.platform import Trovo

__all__ = ["Trovo"]
