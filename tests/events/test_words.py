"""How events read. Rows and troubles are read by tests/js/feed.test.mjs from the same file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from events import words
from events.enums import Kind, Unit

CASES = json.loads((Path(__file__).parents[1] / "js" / "rows.json").read_text())


def test_every_kind_of_event_has_a_sentence() -> None:
    assert set(words.SENTENCES) == {kind for kind in Kind if kind.log == "events"}


def test_every_unit_but_money_has_words() -> None:
    assert set(Unit) - set(words.UNITS) == {Unit.NONE, Unit.MONEY}


def test_every_kind_but_the_gap_can_be_hidden() -> None:
    assert {one.group for one in words.SENTENCES.values()} == {*words.GROUPS, ""}
    assert words.kinds_of(()) == [Kind.SOURCE_GAP]


def test_a_group_is_its_kinds_and_what_is_always_shown() -> None:
    assert words.kinds_of({"bits"}) == [Kind.CHEER, Kind.BITS_BADGE, Kind.SOURCE_GAP]


def test_the_page_is_given_the_words_it_is_tested_with() -> None:
    assert json.loads(json.dumps(words.catalogue())) == CASES["words"]


@pytest.mark.parametrize("case", CASES["rows"], ids=lambda case: case["name"])
def test_a_row_reads_as_the_page_writes_it(case) -> None:
    message = case["message"]

    assert words.places(message) | {"thread": words.thread(message)} == case["row"]


@pytest.mark.parametrize("case", CASES["troubles"], ids=lambda case: case["words"])
def test_a_channels_trouble_reads_as_the_page_writes_it(case) -> None:
    assert words.trouble(case["state"], case["time"]) == case["words"]


@pytest.mark.parametrize("case", CASES["thanks"], ids=lambda case: case["words"])
def test_a_tick_reads_as_the_page_writes_it(case) -> None:
    assert words.thanked(case["thanked"]) == case["words"]


@pytest.mark.parametrize("case", CASES["worth"], ids=lambda case: f"{case['amount']} {case['currency']}")
def test_an_event_is_worth_what_the_page_says(case) -> None:
    assert words.worth({"data": case}) == case["worth"]


def test_clean_keeps_every_script() -> None:
    for text in ("क्षत्रिय", "مرحبا بالعالم", "สวัสดีครับ", "👩‍👩‍👧‍👦 ok", "Zoë"):
        assert words.clean(text, 80) == text
    assert words.clean("", 5) == ""
    assert words.clean("abcdef", 5) == "abcde…"


def test_an_amount_is_in_words() -> None:
    amounts = [(1, "bits"), (2, "bits"), (0, "viewers"), (7, "likes"), (None, "bits")]

    assert [words.amount(*one) for one in amounts] == ["1 bit", "2 bits", "0 viewers", "7", ""]
