"""Amounts of money as whole numbers of minor units."""

from __future__ import annotations

import re

_DECIMALS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
}
#: Decimal places of the currencies that have not two (ISO 4217).
DECIMALS: dict[str, int] = {currency: places for places, codes in _DECIMALS.items() for currency in codes.split()}


def is_currency(code: object) -> bool:
    """Whether this looks like a code of ISO 4217."""
    return isinstance(code, str) and re.fullmatch(r"[A-Z]{3}", code) is not None


def decimals(currency: str) -> int:
    return DECIMALS.get(currency, 2)


def minor_units(value: int, places: int, currency: str) -> int:
    """`value` has `places` decimal places; how many minor units of `currency` that is, rounded down."""
    shift = decimals(currency) - places
    return value * 10**shift if shift >= 0 else value // 10**-shift
