"""What `test_pacing` has daphne serve: an answer of MEGABYTES, and how much of it is on its way."""

from __future__ import annotations

from typing import Any

from lumio.pacing import Paced

MEGABYTES = 64
PIECE = b"x" * 64 * 1024

sent = 0


async def answers(scope: Any, receive: Any, send: Any) -> None:
    global sent
    await send({"type": "http.response.start", "status": 200, "headers": []})
    if scope["path"] == "/sent":
        await send({"type": "http.response.body", "body": str(sent).encode()})
        return
    for _ in range(MEGABYTES * 16):
        await send({"type": "http.response.body", "body": PIECE, "more_body": True})
        sent += len(PIECE)
    await send({"type": "http.response.body"})


application = Paced(answers)
