"""What strangers, broken programs and mistaken people send: clear answers, no 500, nothing stored."""

from __future__ import annotations

import asyncio
import html
import json
import re
from itertools import cycle
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.apps import apps
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts.domain import setup
from accounts.models import Account, User
from connections.domain import links
from connections.enums import Purpose
from connections.models import AppCredentials
from connections.platforms import PLATFORMS
from connections.platforms.twitch.topics import TOPICS
from events import consumers
from events.ingest.supervisor import Supervisor, Timing
from events.models import ChatLine, Event, IngestSource
from lumio.asgi import application
from overlays.enums import LayerType
from tests import doors, factories
from tests.automations.made import make_automation
from tests.connections.conftest import credentials, grant, twitch
from tests.processes.fixtures import valkey
from tests.waiting import in_db, until_db
from tokens.models import PopoutToken

__all__ = ["credentials", "grant", "twitch", "valkey"]

#: What a form or an address may hold once it was decoded; half surrogate pairs cannot be sent there.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60) | st.sampled_from(
    ["\0", "\u202e\u0000", "a\u0301" * 50, "' OR 1=1; --", "../../etc/passwd", "%00", "{{ 7|add:7 }}", "9" * 400]
)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=12
)
examples = hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def everything() -> dict[str, list[dict[str, Any]]]:
    """Every row of Lumio's own tables."""
    return {
        model._meta.label: sorted(model._base_manager.values(), key=str)
        for name in ("accounts", "automations", "connections", "events", "integrations", "overlays", "tokens")
        for model in apps.get_app_config(name).get_models()
    }


# --- Foreign ids ------------------------------------------------------------------------------------------------------

ROUTES = sorted({door.name.split()[1] for door in doors.urls()})
BY_ID = [route for route in ROUTES if "<uuid:" in route]


@pytest.fixture
def ids(account: Account, ada_actor, open_page) -> dict[str, str]:
    """The ids of rows of Ada's, by the name that addresses have for them."""
    token, _ = factories.make_token(actor=ada_actor, permissions={"events:read"})
    factories.make_credentials(account=account)
    connection = factories.make_connection(account=account)
    link, _ = links.create(actor=ada_actor, platform=PLATFORMS["twitch"], purpose=Purpose.CHANNEL)
    return {
        "account_id": str(account.pk),
        "token_id": str(token.pk),
        "page_id": factories.OPEN_PAGE.id,
        "connection_id": str(connection.pk),
        "link_id": str(link.pk),
        "member_id": str(factories.make_member(account=account).pk),
        "role_id": str(factories.make_role(account=account, permissions={"events:read"}).pk),
        "invitation_id": str(factories.make_invitation(actor=ada_actor)[0].pk),
        "se_token_id": str(factories.make_se_token(account=account).pk),
        "integration_id": str(factories.make_integration(account=account, password="hunter2").pk),
        "obs_id": str(factories.make_integration(account=account, label="Laptop").pk),
        "streamerbot_id": str(factories.make_integration(account=account, tool="streamerbot").pk),
        "order_id": str(factories.make_order(account=account).pk),
        "note_id": str(factories.make_note(account=account).pk),
        "overlay_id": str((overlay := factories.make_overlay(account=account)).pk),
        "goal_id": str(factories.make_goal(overlay=overlay).pk),
        "timer_id": str(factories.make_layer(overlay=overlay, type=LayerType.TIMER).pk),
        "upload_id": str(factories.make_upload(account=account).pk),
        "automation_id": str(make_automation(account=account).pk),
        "preflight_id": str(factories.make_preflight(account=account).pk),
    }


@pytest.mark.parametrize("route", BY_ID)
def test_a_stranger_finds_and_changes_nothing_by_an_address(ids, cleo_client, route) -> None:
    before = everything()
    address = re.sub(r"<uuid:(\w+)>", lambda match: ids[match[1]], route)

    answers = {
        method: cleo_client.generic(method, address, "{}", content_type="application/json").status_code
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
    }

    # Whoever looks at what only takes a form is led to the page above it, whatever row it names.
    others = {answer for method, answer in answers.items() if (method, answer) != ("GET", 302)}
    assert others == {404, 405}
    assert everything() == before


def test_a_stranger_finds_and_changes_nothing_by_a_mutation(ids, cleo_client) -> None:
    before = everything()

    for name, id_ in (
        ("deletePopoutToken", ids["token_id"]),
        ("disconnect", ids["connection_id"]),
        ("testConnection", ids["connection_id"]),
        ("withdrawConnectLink", ids["link_id"]),
        ("deleteSeToken", ids["se_token_id"]),
        ("deleteIntegration", ids["integration_id"]),
        ("testIntegration", ids["integration_id"]),
        ("removeMember", ids["member_id"]),
        ("deleteInvite", ids["invitation_id"]),
        ("undoChatOrder", ids["order_id"]),
        ("removeViewerNote", ids["note_id"]),
        ("copyOverlay", ids["overlay_id"]),
        ("deleteOverlay", ids["overlay_id"]),
        ("renewOverlayKey", ids["overlay_id"]),
        ("reloadOverlay", ids["overlay_id"]),
        ("resetOverlayGoal", ids["goal_id"]),
        ("deleteUpload", ids["upload_id"]),
        ("deleteAutomation", ids["automation_id"]),
        ("runAutomation", ids["automation_id"]),
        ("sharePreflight", ids["preflight_id"]),
        ("unsharePreflight", ids["preflight_id"]),
    ):
        answer = ask(cleo_client, f'mutation {{ {name}(id: "{id_}") {{ __typename }} }}').json()
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["not_found"]
    for field in (
        f'updatePopoutToken(id: "{ids["token_id"]}", input: {{label: "mine"}})',
        f'runStreamerbotAction(id: "{ids["streamerbot_id"]}", action: "4711")',
        f'controlObs(input: {{integration: "{ids["obs_id"]}", act: STUDIO_TAKE}})',
        f'updateOverlay(id: "{ids["overlay_id"]}", input: {{name: "mine"}})',
        f'updateOverlayLayers(overlayId: "{ids["overlay_id"]}", version: 1, layers: [])',
        f'controlOverlayTimer(id: "{ids["timer_id"]}", act: "start")',
        f'updateAutomation(id: "{ids["automation_id"]}", input: {{name: "mine"}})',
        f'renameUpload(id: "{ids["upload_id"]}", name: "mine")',
        f'updateIntegration(id: "{ids["integration_id"]}", input: {{isEnabled: false}})',
        f'closePopoutPage(tokenId: "{ids["token_id"]}", pageId: "{ids["page_id"]}")',
    ):
        answer = ask(cleo_client, f"mutation {{ {field} {{ __typename }} }}").json()
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["not_found"]

    assert everything() == before


def ask(client: Client, query: Any, **body: Any):
    return client.post("/v1/gql", json.dumps({"query": query, **body}), content_type="application/json")


# --- Programs that send nonsense --------------------------------------------------------------------------------------

WRITES = [
    ("POST", "/v1/tokens"),
    ("POST", "/v1/se-tokens"),
    ("POST", "/v1/integrations"),
    ("PUT", "/v1/connections/credentials/twitch"),
    ("POST", "/v1/gql"),
]
MALFORMED = {
    "half": b'{"label": "x"',
    "no_utf8": b'{"label": "\xff\xfe"}',
    "nul": b'{"label": "\\u0000", "client_id": "\\u0000", "query": "\\u0000"}',
    "half_a_pair": b'{"label": "\\ud800", "client_id": "\\ud800", "query": "\\ud800"}',
    "deep": b"[" * 30_000,
    "deep_value": b'{"permissions": ' + b"[" * 15_000 + b"]" * 15_000 + b"}",
    "no_number": b'{"label": NaN}',
    "long_number": b'{"label": 1' + b"0" * 10_000 + b"}",
    "huge": b'{"label": "' + b"x" * (1024 * 1024) + b'"}',
    "empty": b" ",
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_body_is_refused_by_every_endpoint(ada_client, body) -> None:
    before = everything()

    for method, address in WRITES:
        response = ada_client.generic(method, address, body, content_type="application/json")

        assert response.status_code in {400, 413}
        assert told(response) in {"malformed", "too_large"}
    assert everything() == before


def told(response) -> str:
    """The code that a refusal carries, in REST's form or GraphQL's."""
    answer = response.json()
    return answer.get("code") or answer["errors"][0]["extensions"]["code"]


@examples
@given(
    body=st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(
            ("label", "permissions", "member_id", "client_id", "client_secret", "platform", "token"), values
        ),
    )
    | values
)
def test_json_of_any_shape_makes_nothing(ada_client, body) -> None:
    for method, address in WRITES:
        response = ada_client.generic(method, address, json.dumps(body), content_type="application/json")

        assert 400 <= response.status_code < 500, (address, body)
        assert told(response)
    assert not PopoutToken.objects.exists()
    assert not AppCredentials.objects.exists()


@examples
@given(label=values, permissions=values, member=values, platform=texts, id_=texts)
def test_graphql_takes_wrong_arguments_for_what_they_are(ada_client, label, permissions, member, platform, id_) -> None:
    mutations = {
        "mutation ($input: CreatePopoutTokenInput!) { createPopoutToken(input: $input) { __typename } }": {
            "input": {"label": label, "permissions": permissions, "memberId": member}
        },
        "mutation ($id: ID!) { deletePopoutToken(id: $id) { __typename } }": {"id": id_},
        "mutation ($input: CreateSeTokenInput!) { createSeToken(input: $input) { __typename } }": {
            "input": {"label": label, "platform": platform, "token": id_}
        },
        "mutation ($input: CreateIntegrationInput!) { createIntegration(input: $input) { __typename } }": {
            "input": {"label": label, "tool": platform, "host": id_, "port": member, "password": id_}
        },
        "mutation ($id: ID!) { deleteIntegration(id: $id) { __typename } }": {"id": id_},
        "mutation ($id: ID!) { deleteSeToken(id: $id) { __typename } }": {"id": id_},
        "mutation ($id: ID!) { disconnect(id: $id) { __typename } }": {"id": id_},
        "mutation ($platform: String!) { deleteAppCredentials(platform: $platform) { __typename } }": {
            "platform": platform
        },
    }
    for query, variables in mutations.items():
        response = ask(ada_client, query, variables=variables)

        assert response.status_code in {200, 400}
        assert told(response) not in {"", "internal_error"}
    assert not PopoutToken.objects.exists()


ADDRESSES = [address for route in ROUTES if "<" not in (address := re.sub(r"<(?:str|slug):\w+>", "twitch", route))]
queries = st.dictionaries(
    st.sampled_from(["after", "before", "limit", "token", "state", "code", "error"]), texts, min_size=2
)


@hypothesis_settings(examples, max_examples=8)
@given(some=st.lists(queries, min_size=5, max_size=5))
def test_no_address_breaks(ada_client, some) -> None:
    """Whatever stands behind the question mark, and where an address has a name in it. Each gets one of some."""
    for address, query in zip(ADDRESSES, cycle(some), strict=False):
        assert ada_client.get(address, query).status_code < 500, address


@pytest.mark.parametrize(
    "headers",
    [
        {"Cookie": 'lumio_session="\\000\\000\\000\\000\\000\\000\\000\\000\\000"; lumio_csrf=\\'},
        {"Cookie": "lumio_session=" + "x" * 5000},
        {"Cookie": "lumio_session=\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8; lumio_language=\xff"},
        {"Authorization": "Bearer \xff\x00"},
        {"Authorization": "Bearer lm_pop_" + "x" * 5000},
        {"Accept-Language": "-" * 5000},
        {"Lumio-Account": "\x00"},
        {"Content-Type": "application/json; charset=nonsense"},
    ],
    ids=lambda headers: next(iter(headers)),
)
def test_no_header_breaks(client, account, headers) -> None:
    for route in ("/dashboard", "/popout/events", "/v1/tokens", "/v1/tokens/me", "/account/login/"):
        assert client.get(route, headers=headers).status_code in {200, 302, 401}, route


# --- Forms ------------------------------------------------------------------------------------------------------------

FORMS = {
    "/dashboard/tokens/new": ("label", "permissions", "member", "account"),
    "/dashboard/connections/credentials/twitch": ("client_id", "client_secret", "account"),
    "/dashboard/connections/streamelements/add": ("platform", "token", "label", "account"),
    "/dashboard/connections/integrations/add/obs": ("label", "port", "password", "remote", "host", "account"),
    "/dashboard/connections/integrations/add/streamerbot": ("label", "reach", "host", "port", "endpoint", "password"),
    "/dashboard/overlays/new": ("name", "preset", "size", "language"),
    "/dashboard/automations/new": ("name", "trigger", "kinds", "least", "command", "who", "platforms", "step", "do"),
    "/language": ("language", "next"),
    "/account/login/": ("login", "password", "next", "remember"),
}


@examples
@given(fields=st.fixed_dictionaries({name: st.lists(texts, max_size=2) for names in FORMS.values() for name in names}))
def test_no_form_breaks(twitch, ada_client, client, fields) -> None:
    for address, names in FORMS.items():
        sent = {name: fields[name] for name in names}
        person = client if address.startswith("/account") else ada_client

        assert person.post(address, sent).status_code in {200, 302, 409, 422, 429}, address
    assert not PopoutToken.objects.exists()
    assert not AppCredentials.objects.exists()


@examples
@given(fields=st.fixed_dictionaries(dict.fromkeys(("account_name", "email", "password"), texts)))
def test_no_set_up_form_breaks_or_claims(client, db, fields) -> None:
    code = setup.new_setup_code()

    assert client.post(f"/setup/{code}", fields).status_code == 422
    assert not User.objects.exists()
    assert setup.is_open(code)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"%ff%fe=%00&label=%ED%A0%80", "application/x-www-form-urlencoded"),
        (b"&".join(b"f%d=1" % number for number in range(2000)), "application/x-www-form-urlencoded"),
        (b"label=" + b"x" * (2 * 1024 * 1024), "application/x-www-form-urlencoded"),
        (b"--x\r\nContent-Disposition: form-data\r\n\r\n", "multipart/form-data; boundary=x"),
        (b"nothing", "multipart/form-data"),
        (b"label=x", "application/x-www-form-urlencoded; charset=nonsense"),
    ],
    ids=["no_utf8", "many_fields", "huge", "half_multipart", "no_boundary", "no_charset"],
)
def test_a_form_that_is_none_is_refused(twitch, ada_client, body, kind) -> None:
    ada_client.get("/dashboard/connections")  # the first look makes the webhook URLs
    before = everything()

    for address in FORMS:
        response = ada_client.generic("POST", address, body, content_type=kind)

        assert response.status_code in {200, 302, 400, 413, 422}, address
    assert everything() == before


# --- The socket -------------------------------------------------------------------------------------------------------

COMMANDS = [
    "\0",
    "7",
    '{"type": "subscribe", "channel": "\\ud800"}',
    '{"type": "ping", "request": "\\udfff"}',
    '{"type": "ping", "request": "\\u0000"}',
    '{"type": "subscribe", "channel": null, "after": {}}',
    '{"type": "subscribe", "channel": "events:\\u0000"}',
    '{"type": "subscribe", "channel": ["events"], "after": NaN}',
    '{"type": "unsubscribe", "channel": {"a": 1}}',
    '{"type": "ack", "frames": 1e400}',
    '{"type": "ack", "frames": -0.0}',
    '{"type": "auth", "token": null}',
    '{"type": "auth", "token": "lm_pop_x"}',
    '{"type": ["ping"]}',
    '{"type": "ping", "request": ' + "[" * 20_000 + "]" * 20_000 + "}",
    '{"a": 1' + "0" * 10_000 + "}",
    '{"type": "ping", "request": "' + "x" * 70_000 + '"}',
]


@pytest.mark.django_db(transaction=True)
async def test_no_command_breaks_the_socket(account, ada_actor, valkey, settings, monkeypatch) -> None:
    """Each is answered with `error` that can be sent, and the socket goes on."""
    settings.REDIS_URL = valkey.url
    monkeypatch.setattr(consumers, "COST_OF_NONSENSE", 0)
    monkeypatch.setattr(consumers, "COSTS", dict.fromkeys(consumers.COSTS, 0))
    _, secret = await sync_to_async(factories.make_token)(actor=ada_actor, permissions={"events:read"})
    wire = await opened(secret.reveal())

    for command in COMMANDS:
        await wire.send_to(text_data=command)
        answer = json.loads((await wire.receive_from(30)).encode())
        assert answer["type"] in {"error", "pong"}, command[:100]
    await wire.send_to(text_data='{"type": "ping"}')
    assert json.loads(await wire.receive_from(30)) == {"type": "pong"}
    await wire.disconnect()


async def opened(token: str) -> WebsocketCommunicator:
    """A socket with this token, past `ready`."""
    wire = WebsocketCommunicator(application, f"/v1/ws?token={token}", headers=[(b"host", b"localhost:8000")])
    assert (await wire.connect(30))[0]
    assert json.loads(await wire.receive_from(30))["type"] == "ready"
    return wire


# --- Text from the platform -------------------------------------------------------------------------------------------

NAMES = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "\u202egnp.exe",
    "Z" + "\u0351\u0327\u0362" * 20,
    "{{ 7|add:7 }}",
]
LONG = "a<b>&amp; \u202e\U0001f49c " + "x" * 10_000


@pytest.mark.django_db(transaction=True)
async def test_hostile_text_travels_unharmed_and_is_shown_as_text(
    twitch, grant, ada_actor, client, valkey, settings
) -> None:
    """From Twitch through ingest and the database to the socket as it is, and to the popout as text."""
    settings.REDIS_URL = valkey.url
    await in_db(grant)
    _, secret = await in_db(lambda: factories.make_token(actor=ada_actor, permissions={"events:read", "chat:read"}))
    wire = await opened(secret.reveal())
    stop = asyncio.Event()
    listening = asyncio.create_task(Supervisor(timing=Timing(every=0.2)).run(stop))
    try:
        await until_db(lambda: IngestSource.objects.filter(subscriptions_active=len(TOPICS)).exists())
        for number, name in enumerate(NAMES):
            twitch.add_user(f"viewer_{number}", name=name)
            twitch.follow(f"viewer_{number}")
        twitch.chat("viewer_0", LONG)
        await until_db(lambda: Event.objects.count() == len(NAMES) and ChatLine.objects.exists())
    finally:
        stop.set()
        await listening

    assert await in_db(lambda: list(Event.objects.order_by("seq").values_list("actor_name", flat=True))) == NAMES
    assert (await in_db(ChatLine.objects.get)).message == LONG
    assert await replayed(wire, "events", ada_actor, len(NAMES)) == [(name, "") for name in NAMES]
    assert await replayed(wire, "chat", ada_actor, 1) == [(NAMES[0], LONG)]
    await wire.disconnect()

    page = (await in_db(lambda: client.get(f"/popout/events?token={secret.reveal()}"))).content.decode()
    assert html.escape(NAMES[0]) in page
    assert [spoiled for spoiled in ("<script>alert", "<img src=x", "\u202e", "\u0327" * 3) if spoiled in page] == []
    assert page.count("7|add:7") >= 1


async def replayed(wire: WebsocketCommunicator, topic: str, actor: Any, count: int) -> list[tuple[str, str]]:
    """Names and messages of the first rows of a log, as a page gets them."""
    await wire.send_to(
        text_data=json.dumps({"type": "subscribe", "channel": f"{topic}:{actor.account.pk}", "after": 0})
    )
    rows: list[dict[str, Any]] = []
    while len(rows) < count:
        message = json.loads(await wire.receive_from(30))
        rows += message.get("messages", [])
    return [(row["data"]["actor"]["name"], row["data"]["message"]) for row in rows]
