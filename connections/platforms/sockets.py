"""A platform's socket: opening it, reading its frames, and the end of what was heard over it."""

from __future__ import annotations

import json
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from events.ingest.base import Failure

MAX_FRAME = 1024 * 1024
FRAMES_WAITING = 256
#: What ends without a code, for example by a reset.
ABNORMAL = 1006


class SessionOver(Exception):
    """The session cannot go on and another one should be tried, after `pause` seconds or else the usual back-off."""

    def __init__(self, code: str, *, pause: float | None = None, **params: Any) -> None:
        super().__init__(code)
        self.failure = Failure(code, params)
        self.pause = pause


def decoded(frame: str | bytes) -> dict[str, Any]:
    """The JSON object of a frame; an empty one for anything else."""
    try:
        message = json.loads(frame)
    except (ValueError, RecursionError):
        return {}
    return message if isinstance(message, dict) else {}


class Dial(connect):
    """Goes where it is told and nowhere else."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


async def dial(url: str) -> ClientConnection:
    """An open socket that notices nothing by itself: whoever opens it knows how long silence may last."""
    return await Dial(
        url,
        ping_interval=None,
        proxy=None,
        compression=None,
        max_size=MAX_FRAME,
        max_queue=FRAMES_WAITING,
        open_timeout=None,
        close_timeout=1,
    )
