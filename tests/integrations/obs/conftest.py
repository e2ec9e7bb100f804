from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from integrations.tools.link import ObsLink
from tests.fakes.obs import Obs
from tests.integrations.obs.links import WAYS, Open, opener

PASSWORD = "harbour4Lights2x"


@pytest.fixture
def obs(settings) -> Iterator[Obs]:
    """One that Lumio may connect to. It asks for a password, and a transition takes no time to speak of."""
    settings.LUMIO_ALLOW_PRIVATE_HOSTS = True
    with Obs(PASSWORD) as stand_in:
        stand_in.set_transition("Fade", 50)
        yield stand_in


@pytest.fixture(params=list(WAYS))
async def connect(request: pytest.FixtureRequest, obs: Obs) -> AsyncIterator[Open]:
    """Opens links to it, each way there is."""
    async with opener(request.param, obs.port, PASSWORD) as connect:
        yield connect


@pytest.fixture
async def link(connect: Open) -> ObsLink:
    return await connect()
