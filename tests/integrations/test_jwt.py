from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.streamelements import jwt
from tests.fakes.streamelements.state import make_jwt

ENDS = datetime(2027, 1, 1, tzinfo=UTC)


def with_payload(value: object) -> str:
    return f"eyJhIjoxfQ.{base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip('=')}.signature"


def test_reads_the_end_that_it_names():
    assert jwt.expires_at(make_jwt("5f00", ENDS)) == ENDS
    assert jwt.expires_at(make_jwt("5f00", None)) is None


@pytest.mark.parametrize("exp", ["2027", None, True, [], 1e300, -1e300, float("inf")])
def test_an_end_that_is_no_time_is_none(exp):
    assert jwt.expires_at(with_payload({"exp": exp})) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "a.b.c",
        "eyJhIjoxfQ.eyJhIjoxfQ",
        "eyJhIjoxfQ.eyJhIjoxfQ.sig nature",
        "eyJhIjoxfQ..signature",
        "notjsonatall.eyJhIjoxfQ.signature",
        "eyJhIjoxfQ.eyJhIjoxfQ.signature.more",
        "Bearer eyJhIjoxfQ.eyJhIjoxfQ.signature",
        with_payload([1]),
    ],
)
def test_what_is_none_does_not_look_like_one(text):
    assert not jwt.looks_like_one(text)


def test_what_is_one_does():
    assert jwt.looks_like_one(make_jwt("5f00", ENDS))


@given(text=st.text() | st.from_regex(r"\A[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\Z"))
def test_nothing_breaks_it(text):
    jwt.looks_like_one(text)
    jwt.expires_at(text)
