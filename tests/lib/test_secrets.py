from __future__ import annotations

import json
import pickle

import pytest

from lumio.lib.secrets import Secret, digest, new_secret


def test_printing_shows_the_last_four_characters_only():
    secret = Secret("abcdefghijklx9Qf")

    assert f"{secret} {secret!r} {[secret]}" == "…x9Qf Secret(…x9Qf) [Secret(…x9Qf)]"


def test_a_short_value_gives_nothing_away():
    assert Secret("elevenchars").hint == ""
    assert str(Secret("elevenchars")) == "…"


def test_it_stays_in_the_process():
    with pytest.raises(TypeError):
        pickle.dumps(Secret("value"))
    with pytest.raises(TypeError):
        json.dumps({"token": Secret("value")})


def test_equal_by_value():
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"


def test_new_secrets_are_long_and_different():
    values = {new_secret() for _ in range(100)}

    assert len(values) == 100
    assert {len(value) for value in values} == {43}


def test_digest_is_sha256():
    assert digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
