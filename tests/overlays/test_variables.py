from __future__ import annotations

from typing import Any

import pytest

from events.enums import Kind, Unit
from events.on_air import on_air
from events.payloads import payload
from events.types import Person
from overlays.domain import variables
from tests.factories import make_event

NAMES = {"name", "amount", "message", "count", "months", "tier", "platform", "title", "recipient", "viewers"}


def of(account, language: str = "en", **fields: Any) -> dict[str, str]:
    """The variables that are not empty."""
    found = variables.of_event(on_air(payload(make_event(account=account, **fields))), language)
    assert found.keys() == NAMES
    return {name: text for name, text in found.items() if text}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, {}),
        (
            {"amount": 500, "unit": Unit.MONEY, "currency": "EUR", "message": "Hi"},
            {"amount": "5.00 EUR", "message": "Hi"},
        ),
        ({"amount": 1200, "unit": Unit.BITS}, {"amount": "1,200 bits"}),
        ({"amount": 1284, "unit": Unit.VIEWERS}, {"amount": "1,284 viewers", "count": "1,284", "viewers": "1,284"}),
        (
            {"amount": 12, "unit": Unit.MONTHS, "extra": {"tier": 2}},
            {"amount": "12 months", "months": "12", "tier": "2"},
        ),
        ({"extra": {"level": "Gold"}}, {"tier": "Gold"}),
        (
            {"amount": 500, "unit": Unit.POINTS, "extra": {"title": "Hydrate"}},
            {"amount": "500 points", "title": "Hydrate"},
        ),
        (
            {"amount": 2, "unit": Unit.SUBS, "extra": {"recipients": [{"id": "1", "login": "a", "name": "Ann"}]}},
            {"amount": "2 subs", "count": "2", "recipient": "Ann"},
        ),
    ],
)
def test_what_an_event_has_to_say(account, fields, expected):
    assert of(account, kind=Kind.TIP, **fields) == {"name": "Grace", "platform": "Twitch"} | expected


def test_it_is_said_in_the_language_of_the_overlay(account):
    money = {"kind": Kind.TIP, "amount": 123_456, "unit": Unit.MONEY, "currency": "EUR"}

    assert of(account, "de", **money)["amount"] == "1.234,56 EUR"
    assert of(account, "de", kind=Kind.FOLLOW, actor=Person(anonymous=True))["name"] == "Anonym"


def test_a_stranger_writes_no_tower_and_turns_nothing_around(account):
    person = Person(id="7", login="z", name="Z" + "\u0301" * 40 + "\u202eevil")

    assert of(account, actor=person)["name"] == "Z" + "\u0301" * 4 + "evil"
