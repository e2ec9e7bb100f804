"""What `test_bodies` has daphne serve: it takes bodies up to LARGEST bytes, and says how long those were that came."""

from __future__ import annotations

import json
from typing import Any

from lumio import bodies, draining

LARGEST = 256 * 1024

if draining.is_served():  # the test itself only wants to know how much that is
    bodies.limit(LARGEST)

lengths: list[int] = []


async def application(scope: Any, receive: Any, send: Any) -> None:
    length, has_more = 0, True
    while has_more:
        message = await receive()
        length += len(message.get("body", b""))
        has_more = message.get("more_body", False)
    if scope["path"] != "/taken":
        lengths.append(length)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(lengths).encode()})
