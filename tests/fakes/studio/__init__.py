"""The demo studio: a page with buttons that make things happen at the simulated platforms."""

from tests.fakes.studio.studio import Studio

__all__ = ["Studio"]
