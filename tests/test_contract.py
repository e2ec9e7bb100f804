"""What the API promises in `docs/openapi.json` and `lumio/schema.graphql`, held against what it does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from jsonschema import Draft202012Validator

from accounts.domain.notifications import KINDS
from accounts.enums import ALL
from accounts.models import Account, User
from accounts.problems import CONTENT_TYPE
from lumio import openapi, sdl
from tests import doors, factories
from tests.connections.conftest import CLIENT_ID, CLIENT_SECRET, credentials, grant, twitch  # noqa: F401  # fixtures
from tests.connections.spotify.conftest import listener, spotify  # noqa: F401  # fixtures
from tests.fakes.streamelements.state import make_jwt
from tests.integrations.conftest import streamelements  # noqa: F401  # fixture
from tests.overlays.media import picture
from tests.pages import signed_in
from tests.test_doors import House, whole

WRITE = "The API has changed. Write it down with `make schema` and look at the difference."

DOCUMENT = json.loads(openapi.FILE.read_text(encoding="utf-8"))
#: "GET /v1/tokens" → the operation.
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
}
REST = [name for name in OPERATIONS if name != "POST /v1/gql"]
CHANGES = [name for name in REST if "requestBody" in OPERATIONS[name]]

#: One that StreamElements accepts.
JWT = make_jwt("5f00aa11bb22cc33dd44ee55", None)
#: A body that each operation which takes one accepts.
BODIES: dict[str, Any] = {
    "PUT /v1/account": {"name": "Ada live", "time_zone": "Europe/Berlin"},
    "PUT /v1/me": {"name": "Ada", "language": "de", "time_zone": "Europe/Berlin", "hour_cycle": "h23"},
    "POST /v1/events/test": {"type": "cheer", "platform": "twitch", "name": "Juno", "amount": 100, "message": "gg"},
    "PATCH /v1/alerts/queue": {"paused": True, "muted": False},
    "PATCH /v1/alerts/settings": {"on_return": "newest", "guard_most": 5, "priorities": {"tip": 9}},
    "POST /v1/panic": {"on": True},
    "PATCH /v1/panic": {"scenes": []},
    "POST /v1/automations": {
        "name": "Raids",
        "trigger": "event",
        "kinds": ["raid"],
        "least": 5,
        "steps": [
            {"type": "chat", "config": {"text": "Welcome, {{name}}!"}},
            {"type": "wait", "config": {"seconds": 2}},
        ],
    },
    "PATCH /v1/automations/{automation_id}": {"version": 1, "enabled": False, "trigger": "command", "command": "!lurk"},
    "POST /v1/automations/{automation_id}/run": {"variables": {"name": "Grace"}},
    "POST /v1/overlays": {"name": "Phone", "width": 1080, "height": 1920, "preset": "full"},
    "PUT /v1/overlays/{overlay_id}": {
        "version": 1,
        "name": "Main",
        "layers": [{"type": "text", "name": "Hello", "x": 10, "config": {"text": "Hello"}}],
    },
    "PATCH /v1/overlays/{overlay_id}": {"name": "Main", "background": "#102030", "language": "de"},
    "POST /v1/overlays/timers/{timer_id}": {"act": "start"},
    "POST /v1/uploads": {"file": picture()},
    "PATCH /v1/uploads/{upload_id}": {"name": "Hello"},
    "POST /v1/se-tokens": {"platform": "twitch", "token": JWT, "label": "Main Channel"},
    "POST /v1/integrations": {"tool": "obs", "label": "Gaming PC", "port": 4455, "password": "hunter2"},
    "POST /v1/integrations/{streamerbot_id}/actions/{action_id}/run": {"arguments": {"colour": "red", "level": 3}},
    "POST /v1/obs/{obs_id}/acts": {"act": "source.visible", "scene": "Live", "item": 3, "visible": False},
    "PATCH /v1/integrations/{integration_id}": {"label": "Attic", "port": 4456, "is_enabled": False},
    "POST /v1/tokens": {"label": "Deck", "permissions": ["events:read"], "pages": ["events"]},
    "PUT /v1/tokens/{token_id}": {"label": "Deck", "permissions": ["events:read"], "pages": [], "member_id": None},
    "PUT /v1/members/{member_id}": {"role": "viewer"},
    "POST /v1/roles": {"name": "Editor", "colour": "#0ea5e9", "permissions": ["chat:read", "events:read"]},
    "PUT /v1/roles/{role_id}": {"name": "Editor", "colour": "#0ea5e9", "permissions": ["chat:read"]},
    "POST /v1/invites": {"role": "moderator", "lifetime": "30d", "max_uses": None, "note": "The night shift"},
    "POST /v1/bot-toggle": {"platform": "twitch", "enabled": True},
    "POST /v1/bot-rejoin": {"platform": "twitch"},
    "POST /v1/chat/messages": {"text": "Hello", "platforms": ["twitch"], "reply_to": None, "voice": None},
    "POST /v1/chat/viewers/{platform}/{user_id}/notes": {"text": "Sells pills"},
    "POST /v1/chat/viewers/{platform}/{user_id}/ban": {"reason": "Spam"},
    "POST /v1/chat/viewers/{platform}/{user_id}/timeout": {"seconds": 600, "reason": "Spam"},
    "POST /v1/connections/links": {"platform": "twitch", "purpose": "channel", "lifetime": "24h"},
    "POST /v1/webhooks/renew": {"platform": "kick"},
    "PUT /v1/music/volume": {"percent": 40},
    "PUT /v1/music/device": {"id": "desk"},
    "PUT /v1/connections/credentials/{platform}": {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET},
}


#: What an owner is refused, and who is not.
NOT_FOR_OWNERS: dict[str, Callable[[House], Any]] = {
    "POST /v1/members/leave": lambda house: factories.make_member(account=house.account).user,
    "POST /v1/invitations/{code}/accept": lambda house: factories.make_user(),
}
PUBLIC = [name for name in REST if OPERATIONS[name]["security"] == [{}]]
#: Open to people who are a member of no account.
FOR_PEOPLE = ["POST /v1/invitations/{code}/accept"]
#: What an operation cannot do without in its address.
QUERIES = {
    "DELETE /v1/account": "confirm_name=Ada+live",
    "GET /v1/obs/{obs_id}/screenshot": "scene=Live",
}


@pytest.fixture(scope="module")
def furnished(module_db: None) -> House:
    """Made once for all tests here."""
    owner = factories.make_user(email="ada@example.com", name="Ada", password=factories.PASSWORD)
    account = factories.make_account(owner=owner, name="Ada live")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(KINDS, factories.KIND.code, factories.KIND)
        found = House(account, factories.make_actor(account=account))
    # In place of the sign-in that is over, each test has one that works.
    account.app_credentials.all().delete()
    account.connections.filter(purpose="channel").delete()
    return found


@pytest.fixture(scope="module")
def confirmed(furnished: House) -> Client:
    """Ada's browser, who has just shown again who she is."""
    client = signed_in(furnished.owner.user)
    client.post("/account/reauthenticate/", {"password": factories.PASSWORD})
    return client


@pytest.fixture
def ada(furnished: House) -> User:
    return furnished.owner.user


@pytest.fixture
def account(furnished: House, db: None) -> Account:
    return furnished.account


@pytest.fixture
def ada_client(confirmed: Client, db: None) -> Client:
    client = Client(HTTP_HOST="localhost")
    client.cookies = deepcopy(confirmed.cookies)
    return client


#: What tools answer to the commands that reach them.
TOLD_BY_TOOLS: dict[str, dict[str, Any]] = {
    "actions": {"actions": [{"id": "4711", "name": "Lights", "group": "Room", "is_enabled": True}]},
    "do": {"name": "Lights"},
    "test": {"version": "30.1.2", "latency_ms": 12},
    "act": {},
    "screenshot": {"image": "data:image/jpg;base64,/9j/"},
}


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each tool is connected."""
    monkeypatch.setattr("integrations.domain.commands.ask", lambda _, command, data, **__: TOLD_BY_TOOLS[command])


@pytest.fixture
def house(furnished, kind, open_page, twitch, streamelements, grant, listener, spotify, tools) -> House:  # noqa: F811  # those who are asked
    spotify.play()
    spotify.queue("Next")
    streamelements.know_jwt(JWT)
    furnished.ids["connection_id"] = grant().pk
    twitch.add_user("grace", id=furnished.ids["user_id"])
    twitch.timeout("grace", 600)
    twitch.add_user("juno")
    twitch.chat("juno", "Hello", message_id=furnished.ids["message_id"])
    return furnished


def resolved(value: dict[str, Any]) -> dict[str, Any]:
    """What a reference leads to."""
    if "$ref" not in value:
        return value
    target: Any = DOCUMENT
    for step in value["$ref"].removeprefix("#/").split("/"):
        target = target[step]
    return target


def check(name: str, response: HttpResponse) -> None:
    """Fail unless the document promises this very answer: status, type, headers and every field of the body."""
    promised = OPERATIONS[name]["responses"]
    assert str(response.status_code) in promised, (name, response.status_code, response.content[:500])
    answer = resolved(promised[str(response.status_code)])
    for header in answer["headers"]:
        assert header in response.headers, (name, response.status_code, header)
    if "content" not in answer:
        assert response.content == b""
        return
    [(media, described)] = answer["content"].items()
    assert response["Content-Type"] == media
    if "json" not in media:
        return
    schema = {**strict(described["schema"]), "components": strict_components()}
    body = json.loads(response.content)
    errors = sorted(Draft202012Validator(schema).iter_errors(body), key=str)
    assert not errors, (name, response.status_code, [(error.json_path, error.message) for error in errors])
    if media == CONTENT_TYPE:
        assert body["status"] == response.status_code
        assert body["code"] in codes_of(name, response.status_code), (name, response.status_code, body)


def codes_of(name: str, status: int) -> list[str]:
    """The codes with which an operation may refuse by this status, as its description lists them."""
    return re.findall(r"`(\w+)`", resolved(OPERATIONS[name]["responses"][str(status)])["description"])


def strict(schema: Any) -> Any:
    """The same, with no field that it does not name. The document itself leaves room for later versions."""
    if isinstance(schema, list):
        return [strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: strict(value) for key, value in schema.items()}
    if result.get("type") == "object" and "properties" in result and "code" not in result["properties"]:
        result["additionalProperties"] = False
    return result


@cache
def strict_components() -> Any:
    return strict(DOCUMENT["components"])


def call(client: Client, name: str, house: House, body: Any = None, query: str = "", **headers: str) -> HttpResponse:
    method, path = name.split()
    address = re.sub(r"{(\w+)}", lambda match: str(house.ids[match[1]]), path) + query
    if needed := QUERIES.get(name.replace("HEAD", "GET")):
        address += f"{'&' if query else '?'}{needed}"
    content, kind = encoded(body)
    return whole(client.generic(method, address, content, content_type=kind, headers=headers))


def encoded(body: Any) -> tuple[bytes, str]:
    """As JSON, or as a form where there are files in it."""
    if isinstance(body, dict) and any(isinstance(value, bytes) for value in body.values()):
        form = {name: SimpleUploadedFile("Wave.png", content) for name, content in body.items()}
        return encode_multipart(BOUNDARY, form), MULTIPART_CONTENT
    return b"" if body is None else json.dumps(body).encode(), "application/json"


def has(made: Any, found: Any) -> bool:
    """Whether what was made is what was found, the secrets that are told only once aside; either may be a list."""
    if isinstance(made, list):
        return any(has(one, found) for one in made)
    if isinstance(found, list):
        return any(has(made, one) for one in found)
    return bool(found.items() <= made.items())


class TestTheCopies:
    def test_the_openapi_document_is_what_the_endpoints_say(self):
        assert openapi.document() == DOCUMENT, WRITE

    def test_the_graphql_schema_is_what_the_resolvers_say(self):
        assert sdl.text() == sdl.FILE.read_text(encoding="utf-8"), WRITE

    def test_every_endpoint_is_in_the_document(self):
        endpoints = {
            re.sub(r"<\w+:(\w+)>", r"{\1}", door.name) for door in doors.urls() if re.match("[A-Z]+ /v1/", door.name)
        }

        assert endpoints == set(REST)

    def test_the_document_is_valid(self):
        from drf_spectacular.validation import validate_schema

        validate_schema(deepcopy(DOCUMENT))

    @pytest.mark.parametrize("name", REST)
    def test_every_operation_says_all_it_should(self, name):
        operation = OPERATIONS[name]

        assert operation["summary"] and operation["summary"][0].isupper() and operation["summary"].endswith(".")
        assert operation["security"]
        of_callers = set() if name in PUBLIC else {"401", "403", "409"}
        assert of_callers | {"406", "429", "500"} <= set(operation["responses"])
        [good] = [status for status in operation["responses"] if status.startswith("2")]
        assert ("content" in operation["responses"][good]) == (good != "204")

    def test_every_operation_with_a_body_has_one_to_try(self):
        assert set(BODIES) == set(CHANGES), "BODIES needs a body that the new operation accepts."


class TestTheCheck:
    """What the tests below would miss if `check` did."""

    ANSWER = {
        "account": {"id": "7d1a4b8e-6f5c-4f5e-9d6a-0a4f0c9a5b11", "name": "Ada live"},
        "name": "Ada",
        "via": "session",
        "token_id": None,
        "pages": [],
        "permissions": ["events:read"],
    }

    def answer(self, data: Any, status: int = 200, **changes: str) -> HttpResponse:
        headers = {"RateLimit-Limit": "1", "RateLimit-Remaining": "1", "RateLimit-Reset": "1"} | changes
        body = {"data": data, "_links": {"self": "/v1/tokens/me"}}
        return HttpResponse(json.dumps(body), status=status, headers={"Content-Type": "application/json"} | headers)

    def test_lets_the_right_answer_through(self):
        check("GET /v1/tokens/me", self.answer(self.ANSWER))

    @pytest.mark.parametrize(
        "wrong",
        [
            {"more": 1},
            {"via": None},
            {"permissions": "events:read"},
            {"account": {"id": "7d1a4b8e-6f5c-4f5e-9d6a-0a4f0c9a5b11"}},
            {"account": {"id": "7d1a4b8e-6f5c-4f5e-9d6a-0a4f0c9a5b11", "name": "Ada", "plan": "free"}},
        ],
    )
    def test_finds_another_body(self, wrong):
        with pytest.raises(AssertionError):
            check("GET /v1/tokens/me", self.answer(self.ANSWER | wrong))

    def test_finds_another_status_and_type(self):
        with pytest.raises(AssertionError):
            check("GET /v1/tokens/me", self.answer(self.ANSWER, status=201))
        with pytest.raises(AssertionError):
            check("GET /v1/tokens/me", self.answer(self.ANSWER, **{"Content-Type": "text/html"}))


class TestAnswers:
    @pytest.mark.parametrize("name", REST)
    def test_an_owner_is_answered_as_promised(self, ada_client, house, name):
        client = signed_in(NOT_FOR_OWNERS[name](house)) if name in NOT_FOR_OWNERS else ada_client
        response = call(client, name, house, BODIES.get(name))

        assert 200 <= response.status_code < 300, response.content
        check(name, response)

    @pytest.mark.parametrize("name", [name for name in REST if "201" in OPERATIONS[name]["responses"]])
    def test_what_was_made_stands_where_it_says(self, ada_client, house, name):
        made = call(ada_client, name, house, BODIES.get(name))
        found = ada_client.get(made["Location"])

        assert made.json()["_links"] == {"self": made["Location"]}
        assert has(made.json()["data"], found.json()["data"])

    @pytest.mark.parametrize("name", [name for name in REST if len(OPERATIONS[name]["security"]) == 2])
    def test_a_token_is_answered_as_promised(self, client, house, name):
        response = call(client, name, house, BODIES.get(name), query=f"?token={house.token(ALL)}")

        assert 200 <= response.status_code < 300, response.content
        check(name, response)

    @pytest.mark.parametrize("name", PUBLIC)
    def test_anybody_is_answered_as_promised(self, client, house, name):
        response = call(client, name, house)

        assert response.status_code == 200
        check(name, response)
        gone = call(client, name.replace("{code}", "made-up"), house)
        assert gone.status_code == 410
        check(name, gone)

    @pytest.mark.parametrize(
        "name", [name for name in REST if len(OPERATIONS[name]["security"]) == 1 and name not in PUBLIC]
    )
    def test_what_no_token_may_is_refused_to_every_token(self, client, house, name):
        response = call(client, name, house, BODIES.get(name), query=f"?token={house.token(ALL)}")

        assert response.status_code == 403
        check(name, response)

    @pytest.mark.parametrize("name", [name for name in REST if name not in PUBLIC])
    def test_refusals_are_as_promised(self, ada, ada_client, client, cleo, cleo_actor, house, name):
        without_csrf = Client(HTTP_HOST="localhost", enforce_csrf_checks=True)
        without_csrf.force_login(ada)
        changes = not name.startswith("GET")
        body = BODIES.get(name)

        refusals = [
            (401, call(client, name, house, body)),
            (401, call(client, name, house, body, query="?token=lm_pop_made-up")),
            *([(403, call(signed_in(factories.make_user()), name, house, body))] if name not in FOR_PEOPLE else []),
            (409, call(ada_client, name, house, body, **{"Lumio-Account": str(cleo_actor.account.pk)})),
            (406, call(ada_client, name, house, body, Accept="application/xml")),
            *([(403, call(without_csrf, name, house, body))] if changes else []),
            *([(404, call(signed_in(cleo), name, house, body))] if re.search("{.*_id}", name) else []),
        ]

        for status, response in refusals:
            assert response.status_code == status, (name, status, response.content)
            check(name, response)

    @pytest.mark.parametrize("name", REST)
    def test_what_nobody_foresaw_is_as_promised(self, ada_client, furnished, name, monkeypatch):
        def fail(*args: object) -> None:
            raise RuntimeError("secret detail")

        monkeypatch.setattr("accounts.gates.HoldsPermission.has_permission", fail)
        ada_client.raise_request_exception = False

        response = call(ada_client, name, furnished, BODIES.get(name))

        assert response.status_code == 500
        check(name, response)

    @pytest.mark.trial
    @pytest.mark.parametrize("name", [name for name in REST if name.startswith("GET")])
    def test_head_answers_as_get_without_a_body(self, ada_client, house, name):
        got = call(ada_client, name, house)
        headed = call(ada_client, name.replace("GET", "HEAD"), house)

        assert (headed.status_code, headed.content) == (200, b"")
        assert headed["Content-Type"] == got["Content-Type"]

    @pytest.mark.trial
    @pytest.mark.parametrize("path", sorted({name.split()[1] for name in REST}))
    def test_options_and_other_methods_tell_what_there_is(self, ada_client, furnished, path):
        methods = {name.split()[0] for name in REST if name.split()[1] == path}
        allowed = methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())

        options = call(ada_client, f"OPTIONS {path}", furnished)
        absent = next(method for method in ("PATCH", "PUT", "POST") if method not in methods)
        other = call(ada_client, f"{absent} {path}", furnished, {})

        assert (options.status_code, set(options["Allow"].split(", "))) == (204, allowed)
        assert (other.status_code, set(other["Allow"].split(", "))) == (405, allowed)
        assert (other["Content-Type"], other.json()["code"]) == ("application/problem+json", "method_not_allowed")
