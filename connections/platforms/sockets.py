"""A platform's socket: reading its frames, and the end of what was heard over it. `lumio.lib.sockets` opens it."""

from __future__ import annotations

import json
from typing import Any

from events.ingest.base import Failure

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
