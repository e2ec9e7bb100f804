from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest

from integrations.enums import Tool
from integrations.streamerbot.client import Client, talking
from integrations.streamerbot.timing import Timing
from integrations.tools import dial
from tests.fakes.server import HOST
from tests.fakes.streamerbot import StreamerBot

QUICK = Timing(
    greeting=1.0,
    probe=0.3,
    late_hello=0.2,
    answer=0.5,
    health=0.1,
    backoff_first=0.05,
    backoff_longest=0.1,
    gap=0,
)
PASSWORD = "sunlit-harbour-42"


@pytest.fixture
def streamerbot(settings) -> Iterator[StreamerBot]:
    """One that Lumio may connect to."""
    settings.LUMIO_ALLOW_PRIVATE_HOSTS = True
    with StreamerBot() as stand_in:
        yield stand_in


@pytest.fixture
def connected(streamerbot: StreamerBot) -> Callable[..., AbstractAsyncContextManager[Client]]:
    """Opens a conversation with it."""

    @asynccontextmanager
    async def connect(**timing: Any) -> AsyncIterator[Client]:
        transport = await dial.open(HOST, streamerbot.port, "/", Tool.STREAMERBOT)
        async with talking(transport, streamerbot.host, QUICK if not timing else Timing(**timing)) as client:
            yield client

    return connect
