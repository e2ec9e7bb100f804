from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest

from integrations.enums import Tool
from integrations.obs import handshake, remote
from integrations.obs.relayed import RelayedLink
from integrations.tools import dial
from integrations.tools.link import ObsLink
from lumio.lib.secrets import Secret
from tests.fakes.obs import Obs
from tests.fakes.server import HOST

PASSWORD = "harbour4Lights2x"

Open = Callable[..., Awaitable[ObsLink]]


@pytest.fixture
def obs(settings) -> Iterator[Obs]:
    """One that Lumio may connect to. It asks for a password, and a transition takes no time to speak of."""
    settings.LUMIO_ALLOW_PRIVATE_HOSTS = True
    with Obs(PASSWORD) as stand_in:
        stand_in.set_transition("Fade", 50)
        yield stand_in


async def relayed(port: int, password: Secret | None) -> RelayedLink:
    transport = await dial.open(HOST, port, "/", Tool.OBS)
    return await RelayedLink.identified(transport, handshake.signing(password), address=f"{HOST}:{port}")


async def direct(port: int, password: Secret | None) -> remote.RemoteLink:
    return await remote.connect(HOST, port, password)


WAYS: dict[str, Any] = {"direct": direct, "relayed": relayed}


@pytest.fixture(params=list(WAYS))
async def connect(request: pytest.FixtureRequest, obs: Obs) -> AsyncIterator[Open]:
    """Opens links to it, each way there is."""
    links: list[ObsLink] = []

    async def open_one(password: str | None = PASSWORD) -> ObsLink:
        links.append(await WAYS[request.param](obs.port, Secret(password) if password else None))
        return links[-1]

    yield open_one
    for link in links:
        await link.close()


@pytest.fixture
async def link(connect: Open) -> ObsLink:
    return await connect()
