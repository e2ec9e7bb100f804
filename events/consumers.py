"""`/v1/ws`: the door of the live bus. It says who is there and passes commands on; `events.hub` does the rest."""

from __future__ import annotations

import json
import logging
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.http import parse_cookie
from django.utils import timezone

from events import channels, echoes
from events.credentials import Credential, SessionCookie, TokenText
from events.domain import presence
from events.hub import TooManySockets
from events.socket_consumer import SocketConsumer
from events.sockets import Close, files_version
from lumio.lib.budget import Budget

logger = logging.getLogger(__name__)

#: Characters of one command.
LONGEST_COMMAND = 64 * 1024

#: What a socket may ask of the server: points at most, points regained a second, and what commands cost.
POINTS = 100.0
POINTS_PER_SECOND = 25.0
COSTS = {"ack": 1, "ping": 1, "echo": 1, "unsubscribe": 2, "subscribe": 4, "auth": 20}
COST_OF_NONSENSE = 20
#: A socket that goes on without points is closed when it owes so many.
MOST_DEBT = 100.0


class Refused(Exception):
    """A command that is answered with `error`: a code for the program, a sentence for its developer."""

    def __init__(self, code: str, detail: str = "", **fields: Any) -> None:
        super().__init__(code)
        self.fields = {"code": code, "detail": detail, **fields}


class LiveConsumer(SocketConsumer):
    """One socket.

    The first message decides who it is: `auth` with a token, else the session cookie, which counts only on the
    dashboard's host and from its own pages. `?token=` decides before that. With a token the cookie is not read.
    """

    def __init__(self) -> None:
        self.budget = Budget(POINTS, POINTS_PER_SECOND)
        self.is_entering = False

    async def opened(self) -> None:
        query = parse_qs(self.scope["query_string"].decode("latin-1"), keep_blank_values=True)
        if "token" in query and self.socket.is_open:
            await self._enter_by_token(query["token"][0])

    async def receive(self, text: str | None) -> None:
        try:
            await self._obey(self._understand(text))
        except Refused as refused:
            if self.budget.debt > MOST_DEBT:
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
                if frames is None or not self.hub.fanout.acknowledge(self.socket, frames):
                    raise Refused("BAD_REQUEST", "frames is the number of frames received on this socket.")
            case "ping":
                await self.socket.send("pong", **_echo(command))
            case "echo":
                if not await echoes.came_back(self.socket, command.get("id")):
                    raise Refused("BAD_REQUEST", "id is that of the echo which was sent on this socket.")

    # --- Who is there ---------------------------------------------------------------------------------------------

    async def _authenticate(self, command: dict[str, Any]) -> None:
        if self.socket.actor is not None:
            raise Refused("BAD_REQUEST", "This socket has said who it is.")
        if not isinstance(command.get("token"), str):
            raise Refused("BAD_REQUEST", "auth takes a token.")
        if await self._enter_by_token(command["token"], presence.path_of(command.get("page"))):
            await self._have_reloaded(command)

    async def _enter_by_token(self, token: str, page: str | None = None) -> bool:
        return await self._enter(TokenText(token, self._noted(page)))

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
        self._noted(presence.path_of(command.get("page")))
        cookies = parse_cookie(headers.get(b"cookie", b"").decode("latin-1"))
        if not await self._enter(SessionCookie(cookies.get(settings.SESSION_COOKIE_NAME, ""), self._address)):
            return False
        await self._have_reloaded(command)
        return True

    def _noted(self, page: str | None) -> str:
        """The path of the page that opened the socket, once it is noted that this page did."""
        page = page or self.scope["path"]
        self.socket.page = presence.kept(page=page, user_agent=self.agent, address=self._address)
        return page

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
            version=files_version(),
        )
        return True

    async def _have_reloaded(self, command: dict[str, Any]) -> None:
        """A page that was told another version when it first came runs files that are no longer ours."""
        if command.get("version", files_version()) != files_version():
            await self.socket.send("reload")

    @property
    def is_nobody(self) -> bool:
        return self.socket.actor is None and not self.is_entering

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
        await self.hub.fanout.subscribe(self.socket, channel, after if channel.is_log else None, request)

    async def _unsubscribe(self, command: dict[str, Any]) -> None:
        channel = self._channel(command)
        self.hub.fanout.unsubscribe(self.socket, channel)
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
