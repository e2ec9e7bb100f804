"""Astro, the newer gateway: https://docs.streamelements.com/websockets.

It repeats nothing: what was missed is fetched by REST. Its pings are control frames, which the library answers.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urlencode

from django.conf import settings

from integrations.streamelements.failures import NoAnswer, TokenRefused
from integrations.streamelements.gateways import (
    AsksWrongly,
    GatewayOver,
    Line,
    TokenDoubted,
    decoded,
    opened,
    received,
    send,
)
from lumio.lib.payload import Payload, mapping

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

log = logging.getLogger(__name__)

TIPS, MODERATION = "channel.tips", "channel.tips.moderation"
UNAUTHORIZED = "err_unauthorized"
#: Either our fault or a limit; asking once more changes nothing.
FINAL = frozenset({"err_bad_request", "invalid_message_type"})


class Astro:
    """One channel's tips, over as many sockets as Astro moves them to."""

    def __init__(self, line: Line) -> None:
        self.line = line
        #: The answer to a subscription names the room as messages have it.
        self.rooms = {line.channel_id}
        #: Subscriptions that are not answered yet, by nonce.
        self.asked: dict[str, str] = {}

    async def run(self) -> NoReturn:
        """Ends by raising GatewayOver."""
        socket = await self._open()
        try:
            await self._subscribe(socket)
            await self.line.subscribed()
            while True:
                token = await self._read(socket)
                socket = await self._move(socket, token)
        finally:
            await socket.close()

    async def _open(self, **query: str) -> ClientConnection:
        """A socket that Astro has greeted."""
        timing = self.line.timing
        url = f"{settings.STREAMELEMENTS_ASTRO_URL}/" + (f"?{urlencode(query)}" if query else "")
        socket = await opened(url, within=timing.open, ping=timing.ping)
        try:
            greeting = mapping(decoded(await received(socket, within=timing.open)))
            if greeting.get("type") != "welcome":
                raise GatewayOver(NoAnswer())
        except BaseException:
            socket.transport.abort()
            raise
        return socket

    async def _subscribe(self, socket: ClientConnection) -> None:
        for number, topic in enumerate((TIPS, MODERATION), start=1):
            self.asked[f"n-{number}"] = topic
            data = {
                "topic": topic,
                "room": self.line.channel_id,
                "token": self.line.jwt.reveal(),
                "token_type": "jwt",
            }
            await send(socket, json.dumps({"type": "subscribe", "nonce": f"n-{number}", "data": data}))
        try:
            async with asyncio.timeout(self.line.timing.open):
                while self.asked:
                    await self._handle(await received(socket))
        except TimeoutError as error:
            raise GatewayOver(NoAnswer()) from error

    async def _read(self, socket: ClientConnection) -> str:
        """Handle messages until Astro asks us to move: the token to do so with."""
        while True:
            token = await self._handle(await received(socket))
            if token:
                return token

    async def _move(self, old: ClientConnection, token: str) -> ClientConnection:
        """Open another socket, to which the subscriptions come along, and hear the old one out meanwhile.

        Where the token is not taken the new socket ends at once, and with it the session.
        """
        leaving = asyncio.create_task(self._hear_out(old))
        try:
            new = await self._open(reconnect_token=token)
            try:
                await asyncio.wait({leaving}, timeout=self.line.timing.linger)
            except BaseException:
                new.transport.abort()
                raise
            return new
        finally:
            leaving.cancel()
            await asyncio.wait({leaving})
            await old.close()

    async def _hear_out(self, old: ClientConnection) -> None:
        with contextlib.suppress(GatewayOver):
            while True:
                await self._handle(await received(old))

    async def _handle(self, frame: str | bytes) -> str:
        """Act on one message; the token to move with, if that is what it says."""
        self.line.alive()
        message = mapping(decoded(frame))
        data = mapping(message.get("data"))
        match message.get("type"):
            case "message" if message.get("topic") in (TIPS, MODERATION):
                if message.get("room") in (None, "", *self.rooms):
                    await self.line.tip(data)
            case "response":
                self._answered(message, data)
            case "reconnect":
                token = data.get("reconnect_token")
                return token if isinstance(token, str) else ""
        return ""

    def _answered(self, message: Payload, data: Payload) -> None:
        topic, error = self.asked.pop(str(message.get("nonce")), ""), message.get("error")
        if not topic:
            return
        if not error:
            if isinstance(room := data.get("room"), str):
                self.rooms.add(room)
        elif topic == MODERATION and (error == UNAUTHORIZED or error in FINAL):
            # Tips that need nobody's approval come all the same.
            log.info("Astro does not tell about the moderation of tips: %s", error)
        elif error == UNAUTHORIZED:
            raise TokenDoubted(TokenRefused())
        elif error in FINAL:
            log.error("Astro refused to subscribe to %s with %s: please report this", topic, error)
            raise AsksWrongly(NoAnswer())
        else:
            raise GatewayOver(NoAnswer())
