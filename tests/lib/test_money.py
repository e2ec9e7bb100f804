from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumio.lib.money import LARGEST_EXPONENT, decimals, from_major, minor_units


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("4.2", "USD", 420),
        ("100", "EUR", 10_000),
        ("0.005", "EUR", 1),
        ("0.0049999999999999999999999999999999999", "EUR", 0),
        ("500", "JPY", 500),
        ("0.5", "JPY", 1),
        ("1.2345", "KWD", 1235),
        ("1e-99999", "USD", 0),
        ("-4.205", "USD", -421),
        ("999999999999999.999", "USD", 100_000_000_000_000_000),
        ("1e15", "USD", None),
        ("1e999999", "USD", None),
        ("Infinity", "USD", None),
        ("NaN", "USD", None),
    ],
)
def test_major_units_become_minor_ones_rounded_half_up(amount, currency, expected):
    assert from_major(Decimal(amount), currency) == expected


@given(value=st.integers(0, 10**12), currency=st.sampled_from(["USD", "JPY", "KWD"]))
def test_what_has_no_smaller_parts_is_exact(value, currency):
    assert from_major(Decimal(value).scaleb(-decimals(currency)), currency) == value


@given(amount=st.decimals())
def test_no_number_breaks_it_or_leaves_its_column(amount):
    found = from_major(amount, "KWD")

    assert found is None or abs(found) <= 10 ** (LARGEST_EXPONENT + 4) < 2**63


def test_other_places_are_shifted_and_rounded_down():
    assert [minor_units(1234, 2, "EUR"), minor_units(1299, 2, "JPY"), minor_units(5, 0, "KWD")] == [1234, 12, 5000]
