"""What a web process does for `events.domain.echo`: passes the silent test event on, and tells which pages answered."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from redis.exceptions import RedisError

from events import bus
from events.domain import echo
from events.payloads import encoded

if TYPE_CHECKING:
    from collections.abc import Collection

    from events.sockets import Socket


async def pass_on(id: str, sockets: Collection[Socket]) -> None:
    """Send it to these pages. Said before, so that no answer comes from a page that nobody knows of."""
    named = {uuid4().hex: socket for socket in sockets}
    await _tell(id, {"pages": {name: _shown(socket) for name, socket in named.items()}})
    for name, socket in named.items():
        socket.echo = (id, name)
        await socket.send("echo", id=id)


async def came_back(socket: Socket, id: Any) -> bool:
    """A page has answered. False, and nothing done, unless this is what it was sent last and has not answered yet."""
    if socket.echo is None or socket.echo[0] != id:
        return False
    sent, name = socket.echo
    socket.echo = None
    await _tell(sent, {"page": name})
    return True


async def _tell(id: str, answer: dict[str, Any]) -> None:
    with suppress(RedisError, OSError):
        async with bus.async_client() as client, client.pipeline() as commands:
            commands.rpush(echo.key(id), encoded(answer))
            commands.expire(echo.key(id), echo.KEPT_FOR)
            await commands.execute()


def _shown(socket: Socket) -> dict[str, Any]:
    actor = socket.actor
    return {
        **{name: socket.page.get(name, "") for name in ("page", "browser", "system")},
        "overlay": str(actor.overlay_id) if actor and actor.overlay_id else "",
        "is_popout": socket.token_id is not None,
    }
