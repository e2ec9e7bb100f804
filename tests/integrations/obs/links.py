"""Both ways to an OBS, whether it is the stand-in or a real one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from integrations.enums import Tool
from integrations.obs import handshake, remote
from integrations.obs.relayed import RelayedLink
from integrations.tools import dial
from integrations.tools.link import ObsLink
from lumio.lib.secrets import Secret
from tests.fakes.server import HOST

Open = Callable[..., Awaitable[ObsLink]]


async def relayed(port: int, password: Secret | None) -> RelayedLink:
    transport = await dial.open(HOST, port, "/", Tool.OBS)
    return await RelayedLink.identified(transport, handshake.signing(password), address=f"{HOST}:{port}")


async def direct(port: int, password: Secret | None) -> remote.RemoteLink:
    return await remote.connect(HOST, port, password)


WAYS: dict[str, Any] = {"direct": direct, "relayed": relayed}


@asynccontextmanager
async def opener(way: str, port: int, usual: str) -> AsyncIterator[Open]:
    """A function that opens links to what listens at `port`, with the `usual` password unless it gets another one, or
    None for none. At the end they are closed."""
    async with AsyncExitStack() as links:

        async def open_one(password: str | None = usual) -> ObsLink:
            link: ObsLink = await WAYS[way](port, Secret(password) if password else None)
            links.push_async_callback(link.close)
            return link

        yield open_one
