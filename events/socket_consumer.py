"""What all sockets of ours have in common, whoever opens them."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import Any

from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer
from django.db import Error as DatabaseError

from events.hub import Hub
from events.sockets import Close, Socket

logger = logging.getLogger(__name__)

#: Seconds to say who one is.
AUTHENTICATE_WITHIN = 5.0

#: As obs-browser writes it into the user agent.
_OBS = re.compile(r"\bOBS/(\d[\w.-]{0,38})")


class SocketConsumer(AsyncConsumer):
    """One socket: known to the hub while it is open, closed if nobody says who it is, and sent away when the database
    cannot be used. Then it is to come back and say everything again."""

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        self.hub = Hub.current()
        self.socket = Socket(send)
        deadline = asyncio.get_running_loop().call_later(
            AUTHENTICATE_WITHIN, lambda: self.hub.work.spawn(self._close_if_nobody())
        )
        try:
            await super().__call__(scope, receive, send)
        finally:
            deadline.cancel()
            self.socket.is_open = False
            self.hub.leave(self.socket)
            self.over()

    async def dispatch(self, message: dict[str, Any]) -> None:
        # The base class closes old database connections before each message, in the one thread that Django's sync
        # code shares: every command would wait there behind a slow page. A socket has no connection to close.
        try:
            match message["type"]:
                case "websocket.connect":
                    await self.send({"type": "websocket.accept"})  # before any close, or its code is lost
                    await self.hub.greet(self.socket)
                    await self.opened()
                case "websocket.receive":
                    if self.socket.is_open:
                        await self.receive(message.get("text"))
                case "websocket.disconnect":
                    raise StopConsumer
        except DatabaseError as error:
            logger.warning("A socket is sent away, the database cannot be used: %s", error)
            await self.hub.close(self.socket, Close.RESTARTING)

    # --- What is different about each kind of socket --------------------------------------------------------------

    async def opened(self) -> None:
        """It can be spoken to, unless the hub has closed it."""

    async def receive(self, text: str | None) -> None:
        """One message; None for bytes."""
        raise NotImplementedError

    @property
    def is_nobody(self) -> bool:
        """Whether it has not said who it is. Whoever has, and waits for a busy database, is not nobody: the code that
        this one is closed with is for good."""
        raise NotImplementedError

    def over(self) -> None:
        """It has gone, or is to."""

    # --- Who opened it --------------------------------------------------------------------------------------------

    @property
    def agent(self) -> str:
        """What its browser calls itself."""
        return dict(self.scope["headers"]).get(b"user-agent", b"").decode("latin-1")

    @property
    def obs_version(self) -> str:
        """Of the OBS that it is in; empty in an ordinary browser."""
        found = _OBS.search(self.agent)
        return found[1] if found else ""

    async def _close_if_nobody(self) -> None:
        if self.is_nobody:
            await self.hub.close(self.socket, Close.NOT_AUTHENTICATED)
