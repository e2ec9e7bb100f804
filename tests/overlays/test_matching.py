from __future__ import annotations

from typing import Any

import pytest

from events.enums import Kind, Unit
from events.on_air import on_air
from events.payloads import payload
from overlays.domain import matching
from tests.factories import make_event, make_layer, make_overlay, make_variation


def on_air_of(account, **fields: Any) -> dict[str, Any]:
    return on_air(payload(make_event(account=account, **fields)))


def played(account, event: dict[str, Any], *variations: dict[str, Any]) -> list[str]:
    """The ids of the variations with which a box that has these shows the event."""
    box = make_layer(overlay=make_overlay(account=account), type="alert_box", config={"variations": list(variations)})
    return [match.variation for match in matching.matches(event, [box])]


TIP = {"kind": Kind.TIP, "amount": 500, "unit": Unit.MONEY, "currency": "EUR"}


@pytest.mark.parametrize(
    ("settings", "is_taken"),
    [
        ({}, True),
        ({"kinds": [Kind.FOLLOW]}, False),
        ({"enabled": False}, False),
        ({"platforms": ["twitch", "kick"]}, True),
        ({"platforms": ["youtube"]}, False),
        ({"least": 5}, True),
        ({"least": 5.01}, False),
        ({"most": 5}, True),
        ({"most": 4.99}, False),
        ({"least": 5, "most": 5}, True),
        ({"tier": "1"}, False),
    ],
)
def test_a_variation_takes_what_lies_within_its_bounds(account, settings, is_taken):
    variation = make_variation(id="only", **{"kinds": [Kind.TIP]} | settings)

    assert played(account, on_air_of(account, **TIP), variation) == (["only"] if is_taken else [])


@pytest.mark.parametrize(
    ("event", "least", "is_taken"),
    [
        ({**TIP, "currency": "JPY"}, 500, True),
        ({**TIP, "currency": "JPY"}, 501, False),
        ({"kind": Kind.TIP, "amount": 100, "unit": Unit.BITS}, 100, True),
        ({"kind": Kind.TIP}, 0, True),
        ({"kind": Kind.TIP}, 0.01, False),
    ],
)
def test_amounts_are_whole_units_of_whatever_is_counted(account, event, least, is_taken):
    variation = make_variation(id="only", kinds=[Kind.TIP], least=least)

    assert played(account, on_air_of(account, **event), variation) == (["only"] if is_taken else [])


def test_tiers_are_told_apart(account):
    event = on_air_of(account, kind=Kind.SUB, extra={"tier": 3})
    tiers = [make_variation(id=f"tier {tier}", kinds=[Kind.SUB], tier=tier) for tier in ("1", "2", "3")]

    assert played(account, event, *tiers) == ["tier 3"]


def test_the_first_that_fits_is_played(account):
    variations = [make_variation(id=name, kinds=[Kind.TIP], least=least) for name, least in (("big", 100), ("any", 0))]

    assert played(account, on_air_of(account, **TIP), *variations) == ["any"]
    assert played(account, on_air_of(account, **TIP | {"amount": 10_000}), *variations) == ["big"]
    assert played(account, on_air_of(account, **TIP | {"amount": 10_000}), *variations[::-1]) == ["any"]


def test_a_setting_that_came_with_a_new_version_has_its_default(account):
    event = on_air_of(account)

    assert played(account, event, {"id": "old", "kinds": ["follow"]}) == ["old"]


def test_every_box_plays_for_itself_and_hidden_ones_not_at_all(account, django_assert_num_queries):
    overlay = make_overlay(account=account)
    boxes = [
        make_layer(
            overlay=overlay,
            type="alert_box",
            visible=is_visible,
            config={"variations": [make_variation(id=name, seconds=seconds)]},
        )
        for name, seconds, is_visible in (("short", 2, True), ("long", 9.5, True), ("hidden", 5, False))
    ]
    make_layer(overlay=overlay, type="text")

    found = matching.matches(on_air_of(account), matching.boxes_on(overlay.pk))

    assert found == [
        matching.Match(str(boxes[0].pk), "short", 2.0),
        matching.Match(str(boxes[1].pk), "long", 9.5),
    ]
    with django_assert_num_queries(1):
        assert [box.pk for box in matching.boxes_of([account.pk])[account.pk]] == [box.pk for box in boxes[:2]]
