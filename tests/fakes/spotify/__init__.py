"""A stateful Spotify: accounts.spotify.com and the Web API's profile."""

from tests.fakes.spotify.platform import Spotify

__all__ = ["Spotify"]
