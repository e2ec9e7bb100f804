"""Opening a WebSocket to an outside system: no redirect, no proxy, frames of a bounded size."""

from __future__ import annotations

from websockets.asyncio.client import ClientConnection, connect

MAX_FRAME = 1024 * 1024
FRAMES_WAITING = 256


class Dial(connect):
    """Goes where it is told and nowhere else."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


async def dial(url: str, *, ping: float | None = None) -> ClientConnection:
    """An open socket. It pings every `ping` seconds and ends when one goes unanswered for as long.

    Without that it notices nothing by itself: whoever opens it knows how long silence may last. Raises what
    `websockets` raises, and waits without an end.
    """
    return await Dial(
        url,
        ping_interval=ping,
        ping_timeout=ping,
        proxy=None,
        compression=None,
        max_size=MAX_FRAME,
        max_queue=FRAMES_WAITING,
        open_timeout=None,
        close_timeout=1,
    )
