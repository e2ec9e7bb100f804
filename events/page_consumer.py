"""The socket of a page that OBS opens by a secret in its address. It says first who it is; an upper app knows it."""

from __future__ import annotations

import json
from typing import Any

from events.socket_consumer import SocketConsumer
from events.sockets import Close


class PageConsumer(SocketConsumer):
    """One page, on the overlays' host alone."""

    #: Characters of one message; daphne takes 64 KiB.
    LONGEST_MESSAGE = 64 * 1024

    has_spoken = False

    # --- What is different about each kind of page ------------------------------------------------------------------

    def affords(self, text: str) -> bool:
        """Whether the page may still bring this; it counts."""
        raise NotImplementedError

    async def hear(self, message: dict[str, Any]) -> None:
        """What it says: an object with a "type". Until it is known who it is, that is what it has to say."""
        raise NotImplementedError

    # --- Inside -----------------------------------------------------------------------------------------------------

    @property
    def is_nobody(self) -> bool:
        return not self.has_spoken

    async def opened(self) -> None:
        if self.scope["serves"] != "overlay":
            await self.hub.close(self.socket, Close.FORBIDDEN)

    async def receive(self, text: str | None) -> None:
        text = text or ""
        if not self.affords(text):
            await self.hub.close(self.socket, Close.TOO_MANY)
            return
        message = self._understood(text)
        if message is not None:
            self.has_spoken = True
            await self.hear(message)

    def _understood(self, text: str) -> dict[str, Any] | None:
        """What the page says; None for nonsense."""
        if len(text) > self.LONGEST_MESSAGE:
            return None
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            return None
        return message if isinstance(message, dict) and isinstance(message.get("type"), str) else None
