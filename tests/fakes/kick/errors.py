"""How the public API answers, and how it says no."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from tests.fakes.server import Refused


class ApiError(Refused):
    """`{"data", "message"}`; the detail, where there is one, is a string in `data`."""

    def __init__(self, status: int, message: str, detail: str = "") -> None:
        super().__init__(status, message)
        self.detail = detail

    def body(self) -> dict[str, Any]:
        return {"data": self.detail or {}, "message": self.message}


async def json_body(request: web.Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise ApiError(400, "Bad request")
    return body


def data_answer(data: Any) -> web.Response:
    return web.json_response({"data": data, "message": "OK"})
