from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.domain.publish import publish_local
from events.enums import Kind, Origin, Unit
from events.models import Event
from events.types import Person
from integrations.streamelements import gateways, parse
from integrations.streamelements.parse import Stream
from lumio.lib.payload import text

FIXTURES = sorted((Path(__file__).parent / "fixtures").glob("*.json"))
STREAM = Stream("twitch", "5f00aa11bb22cc33dd44ee55")
AT = datetime(2026, 10, 2, 19, tzinfo=UTC)
READERS = {function.__name__: function for function in (parse.tip, parse.activity, parse.from_test_button)}


def load(name: str) -> Any:
    path = Path(__file__).parent / "fixtures" / f"{name}.json"
    return json.loads(path.read_text(), parse_float=Decimal)["payload"]


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_every_sample_becomes_its_event(path):
    sample = json.loads(path.read_text(), parse_float=Decimal)

    event = READERS[sample["read_by"]](sample["payload"], STREAM, at=AT)

    assert sample["event"] == (
        event
        and {
            "external_id": event.external_id,
            "kind": event.kind,
            "actor": event.actor.name,
            "amount": event.amount,
            "unit": event.unit,
            "currency": event.currency,
            "message": event.message,
            "occurred_at": event.occurred_at.isoformat(),
        }
    )


def test_a_tip_is_the_same_by_every_way():
    astro, rest, realtime = (
        parse.tip(load("astro.channel.tips"), STREAM, at=AT),
        parse.tip(load("rest.tip"), STREAM, at=AT),
        parse.activity(load("realtime.event.tip"), STREAM, at=AT),
    )

    assert astro.external_id == rest.external_id == realtime.external_id
    assert replace(astro, raw=None) == replace(rest, raw=None)


def test_belongs_to_the_platform_that_was_chosen_and_says_where_it_came_from():
    event = parse.tip(load("astro.channel.tips"), Stream("kick", "5f00aa11bb22cc33dd44ee55"), at=AT)

    assert (event.platform, event.channel_id) == ("kick", "5f00aa11bb22cc33dd44ee55")
    assert event.extra == {"provider": "streamelements"}
    assert event.fragments == ({"type": "text", "text": "great stream"},)


def test_keeps_the_payload_without_what_is_personal():
    event = parse.tip(load("astro.channel.tips"), STREAM, at=AT)

    kept = json.dumps(event.raw)
    assert event.raw["donation"]["amount"] == "4.2"
    assert event.raw["donation"]["user"] == {"username": "Harlan", "channel": "5f00aa11bb22cc33dd44ee55"}
    assert "example.test" not in kept


def test_who_types_no_name_is_anonymous():
    payload = load("astro.channel.tips")
    payload["donation"]["user"]["username"] = " "

    assert parse.tip(payload, STREAM, at=AT).actor == Person(anonymous=True)


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        (None, "USD"),
        ("4.2", "USD"),
        (True, "USD"),
        (Decimal("-1"), "USD"),
        (Decimal("1e999999"), "USD"),
        (10**30, "USD"),
        (4, ""),
        (4, None),
        (4, "EURO"),
        (4, "€"),
        (4, 7),
    ],
)
def test_a_tip_without_a_readable_amount_is_unknown_and_no_money(amount, currency):
    payload = load("astro.channel.tips")
    payload["donation"] |= {"amount": amount, "currency": currency}

    event = parse.tip(payload, STREAM, at=AT)

    assert (event.kind, event.amount, event.unit, event.currency) == (Kind.UNKNOWN, None, Unit.NONE, "")
    assert event.extra == {"provider": "streamelements", "type": "tip"}
    # It may come readable by another way.
    assert event.external_id == "unreadable 680000000000000000000001"


def test_without_a_time_it_is_now():
    payload = load("astro.channel.tips")
    del payload["createdAt"]

    assert parse.tip(payload, STREAM, at=AT).occurred_at == AT


def test_without_an_id_a_repeat_is_the_same_and_another_is_not():
    payload = load("astro.channel.tips")
    del payload["_id"]
    other = payload | {"createdAt": "2026-10-02T18:31:00.000Z"}

    ids = [parse.tip(one, STREAM, at=AT).external_id for one in (payload, dict(payload), other)]

    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize(
    ("changes", "waits"),
    [
        ({"approved": "pending"}, True),
        ({"status": "pending"}, True),
        ({"approved": "rejected"}, False),
        ({}, False),
    ],
)
def test_what_waits(changes, waits):
    assert parse.waits(load("astro.channel.tips") | changes) is waits


# --- Whatever comes ---------------------------------------------------------------------------------------------------

WORDS = ["allowed", "success", "tip", "pending", "USD", "JPY", "IMPORTED", "\x00", "\ud800", AT.isoformat()]
KEYS = ["_id", "approved", "status", "deleted", "createdAt", "transactionId", "type", "event", "data", "donation"]
KEYS_OF_A_DONATION = ["user", "username", "displayName", "amount", "currency", "message", "tipId", "name", "type"]
scalars = st.none() | st.booleans() | st.integers() | st.decimals() | st.text(max_size=20) | st.sampled_from(WORDS)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)
donations = st.fixed_dictionaries({}, optional=dict.fromkeys(KEYS_OF_A_DONATION, anything))
payloads = st.fixed_dictionaries({}, optional=dict.fromkeys(KEYS, anything | donations))
likely = st.fixed_dictionaries(
    {"approved": st.just("allowed"), "status": st.just("success"), "type": st.just("tip")},
    optional={"_id": anything, "createdAt": anything, "donation": donations, "data": donations, "event": donations},
)


@pytest.mark.parametrize("text", ["", "{", "[" * 200_000, '{"amount": 1e99999999999999999999}', "NaN,"])
def test_a_frame_that_is_no_json_is_nothing(text):
    assert gateways.decoded(text) is None


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(payload=anything | payloads | likely)
def test_nothing_that_comes_breaks_a_parser(payload):
    for read in READERS.values():
        event = read(payload, STREAM, at=AT)
        if event is not None:
            assert event.kind in (Kind.TIP, Kind.UNKNOWN)
            assert (event.unit == Unit.MONEY) == (event.amount is not None) == bool(event.currency)
            json.dumps(event.raw, allow_nan=False)
    parse.waits(payload)


@pytest.mark.django_db
def test_what_comes_out_can_be_stored(account):
    payload = load("astro.channel.tips")
    payload["donation"] |= {"message": "nul \x00 and half \ud800", "user": {"username": "x" * 999}}
    events = [parse.tip(payload, STREAM, at=AT), parse.tip(payload | {"donation": {}}, STREAM, at=AT)]

    publish_local(account.pk, events, Origin.LIVE)

    stored = list(Event.objects.order_by("seq"))
    assert [row.kind for row in stored] == [Kind.TIP, Kind.UNKNOWN]
    assert stored[0].message == text("nul  and half ", 99)
