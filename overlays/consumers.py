"""`/v1/ws/overlay`: the socket of an overlay page. It says who is there; `overlays.attendance` does the rest."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from events.domain import presence
from events.hub import TooManySockets
from events.page_consumer import PageConsumer
from events.sockets import Close
from events.work import in_database
from lumio.lib.budget import Budget
from overlays.attendance import Attendance
from overlays.credentials import OverlayKey
from overlays.domain import access

#: Messages that a page may bring at once, and regains in a second.
MESSAGES, MESSAGES_PER_SECOND = 200, 20


class OverlayConsumer(PageConsumer):
    """One overlay page. It says first who it is: `overlay`, with the key and an id that it made for itself."""

    LONGEST_MESSAGE = 4 * 1024

    def __init__(self) -> None:
        self.attendance: Attendance | None = None
        self.messages = Budget(MESSAGES, MESSAGES_PER_SECOND)

    def affords(self, text: str) -> bool:
        return self.messages.spend(1)

    async def hear(self, message: dict[str, Any]) -> None:
        if self.attendance:
            await self.attendance.hear(message)
        else:
            await self._enter(message)

    def over(self) -> None:
        if self.attendance:
            self.attendance.over()

    async def _enter(self, message: dict[str, Any]) -> None:
        source, key = _uuid(message.get("source")), message.get("key")
        if message["type"] != "overlay" or source is None or not isinstance(key, str):
            await self.hub.close(self.socket, Close.NOT_AUTHENTICATED)
            return
        self.socket.page = presence.kept(page="/overlay", user_agent=self.agent, address=None)
        try:
            actor = await self.hub.enter(self.socket, OverlayKey(key))
        except TooManySockets:
            await self.hub.close(self.socket, Close.TOO_MANY)
            return
        overlay = await in_database(access.find, key) if actor else None
        if overlay is None:
            await self.hub.close(self.socket, Close.NOT_AUTHENTICATED)
            return
        self.attendance = Attendance(
            self.hub, self.socket, overlay, source, agent=self.agent, obs_version=self.obs_version
        )
        await self.attendance.begin(message)


def _uuid(text: Any) -> UUID | None:
    try:
        return UUID(text) if isinstance(text, str) else None
    except ValueError:
        return None
