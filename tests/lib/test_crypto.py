from __future__ import annotations

import base64
import dataclasses
import uuid

import pytest

from lumio.lib import crypto
from lumio.lib.crypto import BadKeys, CannotDecrypt, Context, decrypt, encrypt, parse_keys

PLACE = Context("table", uuid.uuid4(), "field", uuid.uuid4())


def key(letter: str) -> str:
    return base64.b64encode(letter.encode() * 32).decode()


@pytest.fixture(autouse=True)
def _one_key(settings):
    settings.LUMIO_ENCRYPTION_KEYS = f"old:{key('o')}"


@pytest.mark.parametrize("value", ["", "secret", "ключ 🔑", "x" * 10_000])
def test_what_goes_in_comes_out(value):
    assert decrypt(encrypt(value, context=PLACE), context=PLACE).reveal() == value


def test_the_same_value_looks_different_each_time():
    assert encrypt("secret", context=PLACE) != encrypt("secret", context=PLACE)


@pytest.mark.parametrize(
    "moved", [{"table": "other"}, {"row_id": uuid.uuid4()}, {"field": "f"}, {"account_id": uuid.uuid4()}]
)
def test_a_blob_is_bound_to_its_place(moved):
    blob = encrypt("secret", context=PLACE)

    with pytest.raises(CannotDecrypt):
        decrypt(blob, context=dataclasses.replace(PLACE, **moved))


def test_contexts_do_not_run_together():
    one = dataclasses.replace(PLACE, table="ab", field="c")
    other = dataclasses.replace(PLACE, table="a", field="bc")

    assert one.associated_data(b"kkkk") != other.associated_data(b"kkkk")


def test_every_flipped_byte_is_noticed():
    blob = encrypt("secret", context=PLACE)

    for position in range(len(blob)):
        damaged = bytearray(blob)
        damaged[position] ^= 1
        with pytest.raises(CannotDecrypt):
            decrypt(bytes(damaged), context=PLACE)


@pytest.mark.parametrize("blob", [None, b"", b"\x01", b"\x01" * 20, b"plain text from another time"])
def test_what_is_no_blob_cannot_be_decrypted(blob):
    with pytest.raises(CannotDecrypt):
        decrypt(blob, context=PLACE)


def test_after_rotation_both_keys_read_and_the_first_one_writes(settings):
    before = encrypt("secret", context=PLACE)

    settings.LUMIO_ENCRYPTION_KEYS = f"new:{key('n')}, old:{key('o')}"
    after = encrypt("secret", context=PLACE)

    assert decrypt(before, context=PLACE) == decrypt(after, context=PLACE)
    settings.LUMIO_ENCRYPTION_KEYS = f"new:{key('n')}"
    assert decrypt(after, context=PLACE).reveal() == "secret"
    with pytest.raises(CannotDecrypt):
        decrypt(before, context=PLACE)


def test_another_key_under_the_same_name_does_not_fit(settings):
    blob = encrypt("secret", context=PLACE)
    settings.LUMIO_ENCRYPTION_KEYS = f"old:{key('x')}"

    with pytest.raises(CannotDecrypt):
        decrypt(blob, context=PLACE)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "holds no key."),
        ("justonekey", "is malformed: entry 1 must look like id:base64."),
        (f":{key('a')}", "is malformed: entry 1 must look like id:base64."),
        ("a:*not base64*", "is malformed: entry 1 is not base64."),
        (f"a:{key('a')},b:c2hvcnQ=", "is malformed: entry 2 holds 5 bytes; a key has 32."),
        (f"a:{key('a')},a:{key('b')}", "is malformed: entry 2 repeats an id; every key needs one of its own."),
    ],
)
def test_malformed_keys_are_named(text, problem):
    with pytest.raises(BadKeys) as raised:
        parse_keys(text)

    assert str(raised.value) == problem


def test_url_safe_base64_is_the_same_key():
    bits = bytes(range(224, 256))
    standard, url_safe = base64.b64encode(bits).decode(), base64.urlsafe_b64encode(bits).decode()
    assert standard != url_safe

    nonce = b"n" * crypto.NONCE_BYTES
    sealed = {
        parse_keys(f"a:{text}").keys[parse_keys(f"a:{text}").primary].encrypt(nonce, b"x", None)
        for text in (standard, url_safe)
    }

    assert len(sealed) == 1
