"""What browsers are told about addresses with a token, and what happens with those that tell."""

from __future__ import annotations

import pytest
from asgiref.testing import ApplicationCommunicator
from channels.db import database_sync_to_async
from django.db import OperationalError

from accounts.enums import Action
from accounts.models import AuditEntry
from lumio.asgi import application
from lumio.referers import Referers
from tests import factories
from tokens.domain import leaks
from tokens.domain.access import authenticate

pytestmark = pytest.mark.django_db(transaction=True)


async def ask(
    path: str, *, host: str = "localhost:8000", query: str = "", referer: str = ""
) -> tuple[int, dict[str, str]]:
    """Status and headers, lower case, as daphne would have them."""
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(b"host", host.encode()), *([(b"referer", referer.encode())] if referer else [])],
        "client": ("192.0.2.9", 50000),
        "server": ("127.0.0.1", 8000),
    }
    lumio = ApplicationCommunicator(application, scope)
    await lumio.send_input({"type": "http.request"})
    answer = await lumio.receive_output(timeout=10)
    headers = {name.decode().lower(): value.decode() for name, value in answer["headers"]}
    await lumio.wait()
    return answer["status"], headers


@database_sync_to_async
def new_token(actor) -> str:
    return factories.make_token(actor=actor, permissions={"events:read"})[1].reveal()


@database_sync_to_async
def works(token: str) -> bool:
    return authenticate(token, "/popout/events") is not None


async def test_a_token_in_the_referer_of_any_request_is_revoked_and_the_request_answered(ada_actor):
    for host, path, status in (
        ("localhost:8000", "/account/login/", 200),
        ("localhost:8000", "/v1/webhooks/kick/made-up", 405),
        ("localhost:8000", "/nowhere", 404),
        ("studio.lan", "/popout/events", 401),
        ("overlay.localhost:8000", "/nowhere", 404),
        ("127.0.0.1:8000", "/dashboard", 307),
        ("unknown.example", "/", 404),
    ):
        token = await new_token(ada_actor)

        answer, _ = await ask(path, host=host, referer=f"https://tools.example/popout?token={token}&x=1")

        assert (answer, await works(token)) == (status, False), (host, path)
    line = await AuditEntry.objects.filter(action=Action.TOKEN_LEAKED).alast()
    assert line.after == {"where": "Referer of a request"}


async def test_what_the_token_itself_asked_for_is_refused(ada_actor):
    token = await new_token(ada_actor)

    status, _ = await ask("/v1/events", query=f"token={token}", referer=f"https://tools.example/?token={token}")

    assert status == 401


async def test_where_it_cannot_be_revoked_the_request_is_answered(ada_actor, monkeypatch, caplog):
    def away(referer: str) -> None:
        raise OperationalError("the database is away")

    token = await new_token(ada_actor)
    monkeypatch.setattr(leaks, "in_referer", away)

    status, _ = await ask("/account/login/", referer=f"https://tools.example/?token={token}")

    assert (status, await works(token)) == (200, True)
    assert "could not be revoked: the database is away" in caplog.text


#: Pages, redirects, refusals, files and answers of the API.
ADDRESSES = (
    "/popout/events /popout/nothing /dashboard /dashboard/tokens /account/login/ /account/login /admin/ /invite/x "
    "/v1/tokens/me /v1/docs /v1/nothing /v1/webhooks/kick/x /nowhere /static/css/popout.css"
)


async def test_no_answer_to_an_address_with_a_token_has_the_browser_tell_it(ada_actor):
    token = await new_token(ada_actor)
    queries = dict.fromkeys(ADDRESSES.split(), f"types=follows&token={token}")
    queries |= {f"/popout/{token}": "", "/account/login/": f"next=/popout/events%3Ftoken%3D{token}"}
    answers = {
        (host, path): (await ask(path, host=host, query=query))[1]
        for host in ("localhost:8000", "studio.lan")
        for path, query in queries.items()
    }

    assert {told.get("referrer-policy") for told in answers.values()} == {"no-referrer"}
    assert await works(token)


async def test_whoever_has_to_sign_in_is_not_led_back_to_it(ada_actor):
    token = await new_token(ada_actor)

    for path in ("/dashboard", "/dashboard/tokens", "/account/security"):
        status, headers = await ask(path, query=f"token={token}")

        assert (status, headers["location"]) == (302, f"/account/login/?next={path}")


async def test_other_addresses_keep_their_policy():
    assert (await ask("/account/login/"))[1]["referrer-policy"] == "same-origin"


async def test_a_request_without_one_asks_nobody(monkeypatch):
    async def inner(scope, receive, send) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})

    monkeypatch.setattr(leaks, "in_referer", lambda referer: pytest.fail("asked"))
    scope = {"type": "http", "headers": [(b"referer", b"https://twitch.tv/lm-pop")], "query_string": b"types=follows"}
    call = ApplicationCommunicator(Referers(inner), scope)

    assert await call.receive_output() == {"type": "http.response.start", "status": 204, "headers": []}
