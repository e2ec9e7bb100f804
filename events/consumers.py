"""`/v1/ws`: the door of the live bus. It says who is there and passes commands on; `events.hub` does the rest."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from typing import Any
from urllib.parse import parse_qs

from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.db import Error as DatabaseError
from django.http import parse_cookie
from django.utils import timezone

from events import channels
from events.credentials import Credential, SessionCookie, TokenText
from events.domain import presence
from events.hub import Hub, TooManySockets
from events.sockets import Close, Socket

logger = logging.getLogger(__name__)

#: Seconds to say who one is.
AUTHENTICATE_WITHIN = 5.0
#: Characters of one command.
LONGEST_COMMAND = 64 * 1024

#: What a socket may ask of the server: points at most, points regained a second, and what commands cost.
POINTS = 100.0
POINTS_PER_SECOND = 25.0
COSTS = {"ack": 1, "ping": 1, "unsubscribe": 2, "subscribe": 4, "auth": 20}
COST_OF_NONSENSE = 20
#: A socket that goes on without points is closed when it owes so many.
MOST_DEBT = 100.0


class Refused(Exception):
    """A command that is answered with `error`: a code for the program, a sentence for its developer."""

    def __init__(self, code: str, detail: str = "", **fields: Any) -> None:
        super().__init__(code)
        self.fields = {"code": code, "detail": detail, **fields}


class Budget:
    """How much one socket may still ask."""

    def __init__(self) -> None:
        self._points = POINTS
        self._at = time.monotonic()

    def spend(self, cost: float) -> bool:
        """False if there was nothing left."""
        now = time.monotonic()
        self._points = min(POINTS, self._points + (now - self._at) * POINTS_PER_SECOND) - cost
        self._at = now
        return self._points >= 0

    @property
    def is_overdrawn(self) -> bool:
        return self._points < -MOST_DEBT


class LiveConsumer(AsyncConsumer):
    """One socket.

    The first message decides who it is: `auth` with a token, else the session cookie, which counts only on the
    dashboard's host and from its own pages. `?token=` decides before that. With a token the cookie is not read.
    """

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        self.hub = Hub.current()
        self.socket = Socket(send)
        self.budget = Budget()
        self.is_entering = False
        deadline = asyncio.get_running_loop().call_later(
            AUTHENTICATE_WITHIN, lambda: self.hub.spawn(self._close_if_nobody())
        )
        try:
            await super().__call__(scope, receive, send)
        finally:
            deadline.cancel()
            self.socket.is_open = False
            self.hub.leave(self.socket)

    async def dispatch(self, message: dict[str, Any]) -> None:
        # The base class closes old database connections before each message, in the one thread that Django's sync
        # code shares: every command would wait there behind a slow page. A socket has no connection to close.
        try:
            match message["type"]:
                case "websocket.connect":
                    await self.send({"type": "websocket.accept"})  # before any close, or its code is lost
                    await self.hub.greet(self.socket)
                    query = parse_qs(self.scope["query_string"].decode("latin-1"), keep_blank_values=True)
                    if "token" in query and self.socket.is_open:
                        await self._enter_by_token(query["token"][0])
                case "websocket.receive":
                    if self.socket.is_open:
                        await self._receive(message.get("text"))
                case "websocket.disconnect":
                    raise StopConsumer
        except DatabaseError as error:
            # Not an answer that a page could wait behind: it is to come back and ask for everything again.
            logger.warning("A socket is sent away, the database cannot be read: %s", error)
            await self.hub.close(self.socket, Close.RESTARTING)

    async def _receive(self, text: str | None) -> None:
        try:
            await self._obey(self._understand(text))
        except Refused as refused:
            if self.budget.is_overdrawn:
                await self.hub.close(self.socket, Close.TOO_MANY)
            await self.socket.send("error", **refused.fields)

    def _understand(self, text: str | None) -> dict[str, Any]:
        """The command, if there are points for it."""
        command = _command(text)
        if not self.budget.spend(COSTS[command["type"]] if command else COST_OF_NONSENSE):
            raise Refused("RATE_LIMITED", "Too many commands. Wait a second.", **_echo(command))
        if command is None:
            raise Refused("BAD_REQUEST", f"Send JSON objects whose type is one of {', '.join(sorted(COSTS))}.")
        return command

    async def _obey(self, command: dict[str, Any]) -> None:
        if command["type"] == "auth":
            await self._authenticate(command)
            return
        if self.socket.actor is None and not await self._enter_by_cookie(command):
            return
        match command["type"]:
            case "subscribe":
                await self._subscribe(command)
            case "unsubscribe":
                await self._unsubscribe(command)
            case "ack":
                frames = _whole_number(command, "frames")
                if frames is None or not self.hub.acknowledge(self.socket, frames):
                    raise Refused("BAD_REQUEST", "frames is the number of frames received on this socket.")
            case "ping":
                await self.socket.send("pong", **_echo(command))

    # --- Who is there ---------------------------------------------------------------------------------------------

    async def _authenticate(self, command: dict[str, Any]) -> None:
        if self.socket.actor is not None:
            raise Refused("BAD_REQUEST", "This socket has said who it is.")
        if not isinstance(command.get("token"), str):
            raise Refused("BAD_REQUEST", "auth takes a token.")
        if await self._enter_by_token(command["token"], presence.path_of(command.get("page"))):
            await self._have_reloaded(command)

    async def _enter_by_token(self, token: str, page: str | None = None) -> bool:
        page = page or self.scope["path"]
        user_agent = dict(self.scope["headers"]).get(b"user-agent", b"").decode("latin-1")
        self.socket.page = presence.kept(page=page, user_agent=user_agent, address=self._address)
        return await self._enter(TokenText(token, page))

    async def _enter_by_cookie(self, command: dict[str, Any]) -> bool:
        """Let the session in. On other hosts there is none: only a token opens their sockets."""
        if self.scope["serves"] == "overlay" and command["type"] == "subscribe":
            raise self._unknown(command)
        if self.scope["serves"] != "dashboard":
            await self.hub.close(self.socket, Close.NOT_AUTHENTICATED)
            return False
        headers = dict(self.scope["headers"])
        if headers.get(b"origin", b"").decode("latin-1") != settings.LUMIO_URL:
            await self.hub.close(self.socket, Close.FORBIDDEN)  # another site's page, with this browser's cookie
            return False
        cookies = parse_cookie(headers.get(b"cookie", b"").decode("latin-1"))
        if not await self._enter(SessionCookie(cookies.get(settings.SESSION_COOKIE_NAME, ""), self._address)):
            return False
        await self._have_reloaded(command)
        return True

    @property
    def _address(self) -> str | None:
        return self.scope["client"][0] if self.scope.get("client") else None

    async def _enter(self, credential: Credential) -> bool:
        self.is_entering = True
        try:
            actor = await self.hub.enter(self.socket, credential)
        except TooManySockets:
            await self.hub.close(self.socket, Close.TOO_MANY)
            return False
        finally:
            self.is_entering = False
        if actor is None:
            await self.hub.close(self.socket, Close.NOT_AUTHENTICATED)
            return False
        await self.socket.send(
            "ready",
            account={"id": str(actor.account.pk), "name": actor.account.name},
            permissions=sorted(actor.permissions),
            server_time=timezone.now().isoformat(),
            version=_page_version(),
        )
        return True

    async def _have_reloaded(self, command: dict[str, Any]) -> None:
        """A page that was told another version when it first came runs files that are no longer ours."""
        if command.get("version", _page_version()) != _page_version():
            await self.socket.send("reload")

    async def _close_if_nobody(self) -> None:
        # Whoever has said it and waits for a busy database is not nobody: 4401 would be for good.
        if self.socket.actor is None and not self.is_entering:
            await self.hub.close(self.socket, Close.NOT_AUTHENTICATED)

    # --- What they listen to --------------------------------------------------------------------------------------

    async def _subscribe(self, command: dict[str, Any]) -> None:
        channel = self._channel(command)
        await self.hub.ask_if_changed(self.socket)
        if not self.socket.is_open:
            return
        if self.socket.actor is None or not channel.open_to(self.socket.actor):
            raise Refused("UNAUTHORIZED", "This channel needs a permission that you do not have.", **_echo(command))
        after = _whole_number(command, "after")
        if after is None and command.get("after") is not None:
            raise Refused("BAD_REQUEST", "after is a seq or null.", **_echo(command))
        request = _echo(command).get("request")
        await self.hub.subscribe(self.socket, channel, after if channel.is_log else None, request)

    async def _unsubscribe(self, command: dict[str, Any]) -> None:
        channel = self._channel(command)
        self.hub.unsubscribe(self.socket, channel)
        await self.socket.send("unsubscribed", **_echo(command))

    def _channel(self, command: dict[str, Any]) -> channels.Channel:
        name = command.get("channel")
        channel = channels.parse(name) if isinstance(name, str) else None
        if channel is None or self.scope["serves"] == "overlay":  # overlays listen to their own channels only
            raise self._unknown(command)
        return channel

    @staticmethod
    def _unknown(command: dict[str, Any]) -> Refused:
        return Refused("UNKNOWN_CHANNEL", "There is no such channel here.", **_echo(command))


def _page_version() -> str:
    """The same until a page's files change."""
    return getattr(staticfiles_storage, "manifest_hash", "")


def _command(text: str | None) -> dict[str, Any] | None:
    """The command that a client sent, None for anything else."""
    if text is None or len(text) > LONGEST_COMMAND:
        return None
    try:
        command = json.loads(text)
    except (ValueError, RecursionError):
        return None
    known = isinstance(command, dict) and isinstance(command.get("type"), str) and command["type"] in COSTS
    return command if known else None


def _echo(command: dict[str, Any] | None) -> dict[str, Any]:
    """What an answer repeats, so that the client knows what it answers. Only short text: it comes from outside."""
    return {
        name: value
        for name in ("channel", "request")
        if command and isinstance(value := command.get(name), str) and len(value) <= 100
    }


def _whole_number(command: dict[str, Any], name: str) -> int | None:
    value = command.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63 else None
