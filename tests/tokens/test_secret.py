from __future__ import annotations

import re

import pytest

from lumio.lib.secrets import digest
from tokens.domain import secret


def test_a_token_has_the_promised_shape() -> None:
    value = secret.make().reveal()

    assert re.fullmatch(r"lm_pop_[0-9A-Za-z]{42}", value)
    assert secret.checksum(value[:-6]) == value[-6:]


def test_what_people_are_shown_leaves_160_bits_that_nobody_sees() -> None:
    value = secret.make().reveal()

    assert secret.hint(value) == f"{value[:11]}…{value[-4:]}"
    # The last four are of the checksum, which tells as much of the rest.
    assert 62 ** (secret.RANDOM_LENGTH - 4 - 4) >= 2**160


def test_a_text_is_left_with_hints_alone() -> None:
    value = secret.make().reveal()

    assert secret.without(f"is it {value}?") == f"is it {secret.hint(value)}?"
    assert secret.without("lm_pop_Ab12…x9Qf, or 10,5 ± 2") == "lm_pop_Ab12…x9Qf, or 10,5 ± 2"


def test_two_tokens_share_nothing_but_their_prefix() -> None:
    assert len({secret.make().reveal() for _ in range(200)}) == 200


def test_a_checksum_is_crc32_in_six_base62_digits() -> None:
    digits = secret.checksum("123456789")

    assert digits == "3jZRME"
    # CRC32's own check value.
    assert sum(secret.ALPHABET.index(digit) * 62**place for place, digit in enumerate(reversed(digits))) == 0xCBF43926


def test_a_good_token_parses_to_its_digest() -> None:
    value = secret.make().reveal()

    assert secret.parse(value) == digest(value)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda value: value[:-1],
        lambda value: value + "0",
        lambda value: value.replace("lm_pop_", "lm_usr_"),
        lambda value: value[:10] + ("A" if value[10] != "A" else "B") + value[11:],
        lambda value: value[:-1] + ("A" if value[-1] != "A" else "B"),
        lambda value: f" {value}",
        lambda value: f"{value}\n",
        lambda value: value[:-3] + "é" + value[-2:],
        lambda value: value[:12] + "٣" + value[13:],  # a digit, but none of ours
        lambda value: "",
        lambda value: "hidden",
        lambda value: "\x00",
        lambda value: value * 1000,
    ],
)
def test_what_cannot_be_a_token_is_none(spoil) -> None:
    assert secret.parse(spoil(secret.make().reveal())) is None
