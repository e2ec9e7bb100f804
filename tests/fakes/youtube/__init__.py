"""A stateful Google and YouTube: consent, tokens and the YouTube Data API."""

from tests.fakes.youtube.platform import YouTube

__all__ = ["YouTube"]
