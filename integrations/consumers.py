"""`/v1/ws/bridge`: the socket of the bridge page. It says who is there and whether it leads; `integrations.relay` does
the rest."""

from __future__ import annotations

import asyncio
from typing import Any

from events.page_consumer import PageConsumer
from events.sockets import Close, files_version
from events.work import in_database
from integrations.domain import bridge
from integrations.relay.attendance import Attendance
from integrations.relay.page import BridgePage, Studio
from lumio.lib.budget import Budget

#: Messages and characters that a page may bring at once, and regains in a second: OBS tells of a scene collection with
#: thousands of sources in one go.
MESSAGES, MESSAGES_PER_SECOND = 3000, 300
CHARACTERS, CHARACTERS_PER_SECOND = 16 * 1024 * 1024, 1024 * 1024


class BridgeConsumer(PageConsumer):
    """One bridge page.

    It says first who it is: `bridge` (secret, level of `window.obsstudio`, language, and version if it was told one
    before). It is told `ready` (version) and `reload`. For the rest see `relay.attendance` and `relay.page`.
    """

    def __init__(self) -> None:
        self.page: BridgePage | None = None
        self.attending: asyncio.Task[None] | None = None
        self.messages = Budget(MESSAGES, MESSAGES_PER_SECOND)
        self.characters = Budget(CHARACTERS, CHARACTERS_PER_SECOND)

    def affords(self, text: str) -> bool:
        return self.messages.spend(1) and self.characters.spend(len(text))

    async def hear(self, message: dict[str, Any]) -> None:
        if self.page is None:
            await self._enter(message)
            return
        await self.page.heard(message)
        if message["type"] == "beat" and isinstance(frames := message.get("frames"), int):
            self.socket.acknowledge(frames)

    def over(self) -> None:
        if self.attending:
            self.attending.cancel()

    # --- Who is there ---------------------------------------------------------------------------------------------

    async def _enter(self, message: dict[str, Any]) -> None:
        secret = message.get("secret")
        known = await in_database(bridge.find, secret) if isinstance(secret, str) else None
        if known is None or message["type"] != "bridge":
            await self.hub.close(self.socket, Close.NOT_AUTHENTICATED)
            return
        version = files_version()
        await self.socket.send("ready", version=version)
        if message.get("version", version) != version:
            await self.socket.send("reload")
        self.page = BridgePage(self.socket.send, studio=self._studio(message.get("level")))
        attendance = Attendance(self.page, self.socket, known, language=str(message.get("language")))
        self.attending = asyncio.create_task(attendance.until_over())

    def _studio(self, level: Any) -> Studio | None:
        if not self.obs_version or not isinstance(level, int):
            return None
        return Studio(self.socket.send, level=max(0, min(level, 5)), version=self.obs_version)
