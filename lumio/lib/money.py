"""Amounts of money as whole numbers of minor units."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

_DECIMALS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
}
#: Decimal places of the currencies that have not two (ISO 4217).
DECIMALS: dict[str, int] = {currency: places for places, codes in _DECIMALS.items() for currency in codes.split()}

#: Powers of ten of an amount that is still one: a number of 18 digits fits into every column.
LARGEST_EXPONENT = 14


def is_currency(code: object) -> bool:
    """Whether this looks like a code of ISO 4217."""
    return isinstance(code, str) and re.fullmatch(r"[A-Z]{3}", code) is not None


def decimals(currency: str) -> int:
    return DECIMALS.get(currency, 2)


def minor_units(value: int, places: int, currency: str) -> int:
    """`value` has `places` decimal places; how many minor units of `currency` that is, rounded down."""
    shift = decimals(currency) - places
    return value * 10**shift if shift >= 0 else value // 10**-shift


def from_major(amount: Decimal, currency: str) -> int | None:
    """`amount` in major units ("4.2" dollars) as minor units of `currency`, rounded half up; None beyond all sense."""
    if not amount.is_finite() or amount.adjusted() > LARGEST_EXPONENT:
        return None
    places = decimals(currency)
    return int(amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP).scaleb(places))
