from __future__ import annotations

import pytest

from lumio.lib.jsonbody import BodyTooLarge, MalformedJson, parse


def test_json_is_read_as_it_is():
    body = '{"a": [1, 2.5, null, true, "ä \\u00e4 \\ud83d\\ude00"]}'.encode()

    assert parse(body, limit=100) == {"a": [1, 2.5, None, True, "ä ä 😀"]}


def test_the_limit_is_the_last_byte_that_passes():
    assert parse(b'"1234"', limit=6) == "1234"
    with pytest.raises(BodyTooLarge) as refused:
        parse(b'"12345"', limit=6)

    assert refused.value.text == "The body is larger than 6 bytes."


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{'a': 1}",
        b"\xff",
        b"NaN",
        b"[-Infinity]",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"1" * 5000,
        b'"\\u0000"',
        b'{"a": [{"\\u0000": 1}]}',
        b'["\\ud800"]',
        b'["\\udfff\\ud800"]',
    ],
)
def test_what_is_no_json_or_cannot_be_stored_is_malformed(body):
    with pytest.raises(MalformedJson):
        parse(body, limit=10**7)
