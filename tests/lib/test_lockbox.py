"""Files under a passphrase: what went in comes out, and whatever was done to the file is noticed."""

from __future__ import annotations

from io import BytesIO

import pytest

from lumio.lib import lockbox
from lumio.lib.secrets import Secret

PASSPHRASE = Secret("correct horse battery staple")
PIECE = 64
#: Bytes in front of the first piece, and of a whole one.
HEAD, LOCKED = len(lockbox.MAGIC) + 40, PIECE + lockbox.TAG_BYTES


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(lockbox, "COST", 4)
    monkeypatch.setattr(lockbox, "PIECE", PIECE)


def locked(content: bytes) -> bytes:
    file = BytesIO()
    box = lockbox.Writer(file, PASSPHRASE)
    for start in range(0, len(content), 50):
        box.write(content[start : start + 50])
    box.finish()
    return file.getvalue()


def unlocked(data: bytes, passphrase: Secret = PASSPHRASE) -> bytes:
    box = lockbox.Reader(BytesIO(data), passphrase)
    read = b""
    while piece := box.read(30):
        read += piece
    return read


@pytest.mark.parametrize("length", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 7])
def test_what_went_in_comes_out(length):
    content = bytes(number % 251 for number in range(length))

    assert unlocked(locked(content)) == content


def test_nothing_of_it_can_be_read_in_the_file():
    assert b"refresh token" not in locked(b"refresh token" * 20)


CONTENT = bytes(range(3 * PIECE + 7))
BROKEN = {
    "cut between two pieces": lambda data: data[: HEAD + 2 * LOCKED],
    "cut in a piece": lambda data: data[:-1],
    "cut behind the head": lambda data: data[:HEAD],
    "longer": lambda data: data + b"x",
    "a bit of a piece": lambda data: data[:-20] + bytes([data[-20] ^ 1]) + data[-19:],
    "a bit of the prefix": lambda data: data[: HEAD - 1] + bytes([data[HEAD - 1] ^ 1]) + data[HEAD:],
    "two pieces exchanged": lambda data: (
        data[:HEAD] + data[HEAD + LOCKED : HEAD + 2 * LOCKED] + data[HEAD : HEAD + LOCKED] + data[HEAD + 2 * LOCKED :]
    ),
}


@pytest.mark.parametrize("change", BROKEN.values(), ids=list(BROKEN))
def test_a_file_that_is_not_as_it_was_written_is_refused(change):
    broken = change(locked(CONTENT))

    with pytest.raises(lockbox.Damaged):
        unlocked(broken)


def test_a_wrong_passphrase_is_told_from_a_damaged_file():
    with pytest.raises(lockbox.WrongPassphrase):
        unlocked(locked(CONTENT), Secret("correct horse battery stable"))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", lockbox.MAGIC, lockbox.MAGIC + bytes([63]) + bytes(100)])
def test_another_file_and_one_that_asks_for_endless_work_are_no_lockbox(data):
    with pytest.raises(lockbox.NoLockbox):
        unlocked(data)


def test_a_passphrase_that_can_be_guessed_is_refused_before_anything_is_written():
    file = BytesIO()

    with pytest.raises(lockbox.PassphraseTooShort) as refused:
        lockbox.Writer(file, Secret("12345678901"))

    assert "at least 12 characters" in refused.value.text
    assert file.getvalue() == b""
