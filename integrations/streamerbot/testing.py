"""Reaching a Streamer.bot once, for whoever presses “Test”."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from integrations.enums import Tool
from integrations.streamerbot.client import signer, talking
from integrations.streamerbot.timing import Timing
from integrations.tools import dial

if TYPE_CHECKING:
    from integrations.tools.link import Found
    from lumio.lib.secrets import Secret


async def test(host: str, port: int, endpoint: str, password: Secret | None, *, timing: Timing | None = None) -> Found:
    """Everything together within five seconds. Raises the ToolFailure that names why not."""
    timing = timing or Timing()
    began = time.monotonic()
    transport = await dial.open(host, port, endpoint, Tool.STREAMERBOT)
    left = replace(timing, greeting=max(0.0, timing.greeting - (time.monotonic() - began)))
    async with talking(transport, dial.address_of(host, port), left) as client:
        return await client.greet(signer(password) if password else None)
