"""What a connection to a tool is, whoever opened it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Closed(Exception):
    """The other end closed, or broke off (1006). `code` is that of the WebSocket."""

    def __init__(self, code: int = 1006, reason: str = "") -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


class Transport(Protocol):
    """JSON frames to a tool's WebSocket and back: opened by us, or by the bridge page on the streamer's machine."""

    async def send(self, frame: dict[str, Any]) -> None:
        """Raises Closed."""

    async def receive(self) -> dict[str, Any]:
        """The next frame. Raises Closed, and Misunderstood for what is no JSON object."""

    async def close(self) -> None:
        """Never raises."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a tool says of itself. `latency_ms`: of one question and answer. `actions`: how many Streamer.bot has."""

    version: str
    latency_ms: int
    #: Its name for itself, where it has one.
    name: str = ""
    actions: int | None = None
    #: False for a tool that asks for no password: anybody near can control it.
    is_protected: bool = True


class ObsLink(Protocol):
    """An identified connection to OBS: obsws-python to a remote one, frames over the bridge, or `window.obsstudio`."""

    found: Found
    #: `GetVersion.availableRequests`: what this OBS knows.
    requests: frozenset[str]

    async def ask(self, request: str, data: dict[str, Any] | None = None) -> dict[str, Any]:
        """Its `responseData`. Raises Refused, Busy, LinkLost, OutcomeUnknown (no answer in time; the link is over)."""

    def events(self) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """(eventType, eventData), in order, until the link is over. Raises Closed."""

    async def close(self) -> None:
        """Never raises."""
