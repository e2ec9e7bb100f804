from __future__ import annotations

import json

import pytest
from asgiref.testing import ApplicationCommunicator

from lumio.bare import Bare, ByPath


async def ask(application, path: str, body: bytes = b"{}", method: str = "POST") -> tuple[int, bytes]:
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"localhost"), (b"content-type", b"application/json")],
    }
    call = ApplicationCommunicator(application, scope)
    await call.send_input({"type": "http.request", "body": body})
    start = await call.receive_output(30)
    return start["status"], (await call.receive_output(30))["body"]


def answering(words: bytes):
    async def application(scope, receive, send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": words})

    return application


@pytest.mark.parametrize(
    ("path", "whose"),
    [
        ("/v1/webhooks/kick/code", b"bare"),
        ("/v1/webhooks", b"pages"),
        ("/v1/webhooks/renew", b"pages"),
        ("/v1/webhooks/kick/code/more", b"pages"),
        ("/v1/connections", b"pages"),
        ("/dashboard", b"pages"),
    ],
)
async def test_deliveries_alone_go_without_middleware(path, whose):
    site = ByPath(answering(b"pages"))
    site.bare = answering(b"bare")

    assert await ask(site, path) == (200, whose)


@pytest.mark.django_db(transaction=True)
async def test_without_middleware_a_refusal_is_a_problem_all_the_same():
    status, body = await ask(Bare(), "/v1/webhooks/kick/made-up")

    assert (status, json.loads(body)["code"]) == (404, "not_found")


@pytest.mark.django_db(transaction=True)
async def test_so_is_what_is_too_large():
    status, body = await ask(Bare(), "/v1/webhooks/kick/made-up", b"x" * (1024 * 1024 + 1))

    assert (status, json.loads(body)["code"]) == (413, "too_large")


async def test_looking_is_not_bringing():
    assert (await ask(Bare(), "/v1/webhooks/kick/made-up", method="GET"))[0] == 405
