"""`docs/api.md` held against the API: its tables have everything there is, and both columns of a row tell the same."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

import graphql
import pytest
import time_machine
from django.test import Client

from accounts import throttle
from connections.domain import oauth
from lumio.env import ROOT
from lumio.schema import schema
from tests import doors
from tests.test_contract import (  # noqa: F401  # fixtures
    REST,
    account,
    ada,
    ada_client,
    call,
    confirmed,
    credentials,
    furnished,
    grant,
    house,
    listener,
    spotify,
    streamelements,
    tools,
    twitch,
)
from tests.test_doors import OWN_IDS, House, made_up

GUIDE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
ROOTS = {"query": schema.graphql_schema.query_type, "mutation": schema.graphql_schema.mutation_type}
FIELDS = {name: field for root in ROOTS.values() for name, field in root.fields.items()}


@dataclass(frozen=True)
class Row:
    """A row of the tables: operations of REST ("GET /v1/tokens/{}"), fields at the top of GraphQL, permissions."""

    operations: tuple[str, ...]
    fields: tuple[str, ...]
    permissions: tuple[str, ...]


def anonymous(operation: str) -> str:
    """Without the names of what stands in the address, and what follows it."""
    return re.sub(r"{\w+}", "{}", operation).partition("?")[0]


def rows() -> list[Row]:
    cells = re.findall(r"^\| (`[A-Z]+ /v1/.*?) \| (.*?) \| (.*?) \|", GUIDE, re.MULTILINE)
    return [
        Row(
            tuple(anonymous(operation) for operation in re.findall(r"`([^`]+)`", operations)),
            # `notes` of a viewer is a field further down.
            () if " of " in fields else tuple(re.findall(r"`(\w+)`", fields)),
            tuple(re.findall(r"`([\w-]+:\w+)`", permission)),
        )
        for operations, fields, permission in cells
    ]


ROWS = rows()
GATES = {
    anonymous(re.sub(r"<\w+:(\w+)>", r"{\1}", door.name)): door.gate
    for door in doors.urls()
    if re.match("[A-Z]+ /v1/", door.name)
} | {door.name.split()[1]: door.gate for door in doors.fields(schema)}


def test_every_operation_of_rest_has_a_place():
    told = Counter(operation for row in ROWS for operation in row.operations)

    assert told == Counter(anonymous(name) for name in REST)


def test_every_field_of_graphql_has_a_row():
    assert {name for row in ROWS for name in row.fields} == set(FIELDS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: " ".join(row.operations))
def test_both_ask_for_the_permission_that_the_row_names(row):
    asked = {door: GATES[door].permissions for door in (*row.operations, *row.fields)}

    assert asked == dict.fromkeys(asked, row.permissions)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: " ".join(row.operations))
def test_what_asks_and_what_changes_is_the_same_on_both(row):
    asks = {operation.startswith("GET") for operation in row.operations}

    assert {name in ROOTS["query"].fields for name in row.fields} <= asks


def test_the_limits_are_those_that_count():
    seconds = {"half a minute": 30, "a minute": 60, "five minutes": 300}
    told = re.findall(r"^\| .* \| (\d+) \| (\D+) \|$", GUIDE, re.MULTILINE)

    limits = [limit for limit in vars(throttle).values() if isinstance(limit, throttle.Limit)]
    counted = [(limit.most, limit.seconds) for limit in limits] + [(oauth.STARTS, oauth.STARTS_WITHIN.seconds)]
    assert sorted((int(most), seconds[window]) for most, window in told) == sorted(counted)


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_of_graphql_says_what_it_is_and_may_be_refused_alone(name):
    field = FIELDS[name]

    assert field.description
    # What may not be null takes everything else with it, secrets that were told once included.
    assert not graphql.is_non_null_type(field.type)


#: Told over REST at an address of its own, or as a picture alone; `obs` has every OBS.
ONLY_THERE, PICTURE, EVERY = "openPages", "obsScreenshot", "obs"
#: What is read over both: a row with one GET and one field.
READ = [
    row
    for row in ROWS
    if len(row.operations) == len(row.fields) == 1
    and row.operations[0].startswith("GET")
    and row.fields[0] not in {PICTURE, EVERY}
]


@time_machine.travel("2026-11-21T14:02:11Z", tick=False)
@pytest.mark.parametrize("row", READ, ids=lambda row: row.operations[0])
def test_both_tell_the_same(ada_client, house, row):  # noqa: F811  # the fixtures
    [name] = row.fields
    [path] = [operation for operation in REST if anonymous(operation) == row.operations[0]]

    told = call(ada_client, path, house)
    answered = graph(ada_client, name, house)

    assert told.status_code == 200, told.content
    assert answered == as_graphql(told.json()["data"], FIELDS[name].type)


def graph(client: Client, name: str, house: House) -> Any:  # noqa: F811  # the fixture
    """All that a field tells."""
    needed = {key: one for key, one in FIELDS[name].args.items() if graphql.is_required_argument(one)}
    given = {key: made_up(one.type, house.ids[OWN_IDS.get(name, "token_id")]) for key, one in needed.items()}
    given |= {"code": json.dumps(house.ids["code"])} if "code" in given else {}
    arguments = ", ".join(f"{key}: {value}" for key, value in given.items())
    query = f"{{ {name}{f'({arguments})' if arguments else ''} {everything(FIELDS[name].type)} }}"
    answer = client.post("/v1/gql", {"query": query}, content_type="application/json").json()
    assert "errors" not in answer, answer["errors"]
    return answer["data"][name]


def everything(kind: Any) -> str:
    """Every field of an output type, and of what is below."""
    kind = graphql.get_named_type(kind)
    if graphql.is_leaf_type(kind):
        return ""
    fields = {name: field.type for name, field in kind.fields.items() if name != ONLY_THERE}
    return "{ " + " ".join(f"{name} {everything(kind)}" for name, kind in fields.items()) + " }"


def as_named(name: str) -> str:
    """A name of REST as GraphQL has it."""
    return re.sub("_(.)", lambda match: match[1].upper(), name)


def as_graphql(told: Any, kind: Any) -> Any:
    """What REST tells, in the names of GraphQL."""
    kind = graphql.get_nullable_type(kind)
    if isinstance(told, list):
        return [as_graphql(one, kind.of_type) for one in told]
    if graphql.is_enum_type(kind) and told is not None:
        return told.upper().replace(".", "_")
    if not isinstance(told, dict) or graphql.is_leaf_type(kind):
        return told
    if set(told) == {"seq", "type", "data"}:  # a row of a log
        told = {"removed": None, "thanked": None, **told.pop("data"), **told}
    named = {as_named(key): one for key, one in told.items() if key != "_links"}
    return {key: as_graphql(one, kind.fields[key].type) if key in kind.fields else one for key, one in named.items()}


#: What an operation of REST and a field of GraphQL refuse alike: the same values, and as GraphQL writes them.
LONG = "x" * 2000
WRONG = [
    ("POST /v1/events/test", {"type": "tip", "platform": "twitch", "amount": 0}, "emitEvent"),
    ("POST /v1/events/test", {"type": "tip", "platform": "twitch", "name": LONG}, "emitEvent"),
    ("POST /v1/events/test", {"type": "made up", "platform": "twitch"}, "emitEvent"),
    ("PATCH /v1/alerts/settings", {"guard_most": -1}, "updateAlertSettings"),
    ("PATCH /v1/alerts/settings", {"priorities": {"tip": 10}}, "updateAlertSettings"),
    ("PATCH /v1/alerts/settings", {"priorities": {"made_up": 1}}, "updateAlertSettings"),
    ("PUT /v1/music/volume", {"percent": 101}, "setMusicVolume"),
    ("POST /v1/overlays", {"name": LONG}, "createOverlay"),
    ("POST /v1/overlays", {"width": 1}, "createOverlay"),
    ("PATCH /v1/overlays/{overlay_id}", {"name": LONG}, "updateOverlay"),
    ("POST /v1/overlays/timers/{timer_id}", {"act": LONG}, "controlOverlayTimer"),
    ("PATCH /v1/uploads/{upload_id}", {"name": LONG}, "renameUpload"),
    ("POST /v1/se-tokens", {"platform": "twitch", "token": ""}, "createSeToken"),
    ("POST /v1/se-tokens", {"platform": "spotify", "token": "x"}, "createSeToken"),
    ("POST /v1/integrations", {"tool": "obs", "label": LONG}, "createIntegration"),
    ("POST /v1/integrations", {"tool": "obs", "port": 0}, "createIntegration"),
    ("PATCH /v1/integrations/{integration_id}", {"label": ""}, "updateIntegration"),
    ("POST /v1/automations", {"name": LONG}, "createAutomation"),
    ("POST /v1/automations", {"name": "A", "steps": [{"type": "made up"}]}, "createAutomation"),
    ("PATCH /v1/automations/{automation_id}", {"command": LONG}, "updateAutomation"),
    ("POST /v1/roles", {"name": "", "permissions": []}, "createRole"),
    ("POST /v1/tokens", {"permissions": []}, "createPopoutToken"),
    ("POST /v1/invites", {"role": "made-up"}, "createInvite"),
    ("POST /v1/chat/messages", {"text": LONG, "voice": "made up"}, "sendChatMessage"),
    ("POST /v1/connections/links", {"platform": "made up"}, "createConnectLink"),
]


@pytest.mark.parametrize(("path", "body", "name"), WRONG, ids=lambda value: value if isinstance(value, str) else "")
def test_both_refuse_the_same_with_the_same_code(ada_client, house, path, body, name):  # noqa: F811  # the fixtures
    told = call(ada_client, path, house, body)
    given = {as_named(key): value for key, value in body.items()}
    own = {"id": str(house.ids[OWN_IDS[name]])} if "id" in FIELDS[name].args else {}
    arguments = own | ({"input": given} if "input" in FIELDS[name].args else given)
    query = f"mutation {{ {name}({as_literal(arguments)[1:-1]}) {{ __typename }} }}"
    answered = ada_client.post("/v1/gql", {"query": query}, content_type="application/json").json()

    assert 400 <= told.status_code < 500
    [error] = answered["errors"]
    assert error["extensions"]["code"] == told.json()["code"]
    assert error["extensions"].get("errors") == told.json().get("errors")
    assert answered["data"] == {name: None}


def as_literal(value: Any) -> str:
    """A value as a query has it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {as_literal(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(as_literal(one) for one in value) + "]"
    return json.dumps(value)
