"""Files that a passphrase opens: written and read as a stream, and refused unless they are whole.

    LUMIO-LOCKBOX-1 | cost (1) | salt (16) | check (16) | prefix (7) | pieces

The contents lie in pieces of a mebibyte, the last one shorter, each under AES-256-GCM with the head as associated
data. A piece's nonce is the prefix, its number, and whether it is the last (STREAM, https://eprint.iacr.org/2015/189):
what was changed, cut off or put in another order does not open. The key and the check, which tells a wrong passphrase
from a damaged file, are scrypt's.
"""

from __future__ import annotations

import os
from io import RawIOBase
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from lumio.lib.errors import Refusal
from lumio.lib.secrets import Secret

MAGIC = b"LUMIO-LOCKBOX-1\n"
#: scrypt's cost as a power of two: 128 MiB and a third of a second for a guess. More than the second is not tried.
COST, HIGHEST_COST = 17, 20
SALT_BYTES, CHECK_BYTES, PREFIX_BYTES, KEY_BYTES, TAG_BYTES = 16, 16, 7, 32, 16
PIECE = 1024 * 1024
SHORTEST_PASSPHRASE = 12


class NoLockbox(Refusal):
    code = "no_lockbox"
    sentence = "This is not a file of Lumio's that a passphrase opens. Choose the file that `manage.py backup` wrote."


class WrongPassphrase(Refusal):
    code = "wrong_passphrase"
    sentence = "This is not the passphrase that the file was written with."


class PassphraseTooShort(Refusal):
    code = "passphrase_too_short"
    sentence = "Take a passphrase of at least {least} characters: whoever has the file can try as many as they like."


class Damaged(Refusal):
    code = "damaged"
    sentence = "The file is damaged: it was cut off or changed after it was written. Take another copy."


class Writer(RawIOBase):
    """What is written goes into `file` locked. Nothing can be read back before `finish` has written the last piece."""

    def __init__(self, file: IO[bytes], passphrase: Secret) -> None:
        if len(passphrase.reveal()) < SHORTEST_PASSPHRASE:
            raise PassphraseTooShort(least=SHORTEST_PASSPHRASE)
        self._file = file
        salt, prefix = os.urandom(SALT_BYTES), os.urandom(PREFIX_BYTES)
        key, check = _derive(passphrase, salt, COST)
        self._pieces = _Pieces(key, MAGIC + bytes([COST]) + salt + check + prefix)
        self._rest = bytearray()
        file.write(self._pieces.head)

    def write(self, data: Any) -> int:
        self._rest += data
        while len(self._rest) > PIECE:
            self._file.write(self._pieces.lock(bytes(self._rest[:PIECE]), is_last=False))
            del self._rest[:PIECE]
        return len(data)

    def finish(self) -> None:
        self._file.write(self._pieces.lock(bytes(self._rest), is_last=True))
        self._rest.clear()


class Reader(RawIOBase):
    """What was written. Raises NoLockbox and WrongPassphrase at once, Damaged where it is met."""

    def __init__(self, file: IO[bytes], passphrase: Secret) -> None:
        self._file = file
        head = file.read(len(MAGIC) + 1 + SALT_BYTES + CHECK_BYTES + PREFIX_BYTES)
        cost, salt = head[len(MAGIC) : len(MAGIC) + 1], head[len(MAGIC) + 1 :][:SALT_BYTES]
        if not head.startswith(MAGIC) or not cost or cost[0] > HIGHEST_COST:
            raise NoLockbox
        key, check = _derive(passphrase, salt, cost[0])
        if head[len(MAGIC) + 1 + SALT_BYTES :][:CHECK_BYTES] != check:
            raise WrongPassphrase
        self._pieces = _Pieces(key, head)
        self._rest = bytearray()
        self._next = file.read(PIECE + TAG_BYTES)
        self._is_over = False

    def read(self, size: int = PIECE) -> bytes:
        """Up to `size` bytes; fewer at the end alone."""
        while len(self._rest) < size and not self._is_over:
            piece, self._next = self._next, self._file.read(PIECE + TAG_BYTES)
            self._is_over = not self._next
            self._rest += self._pieces.unlock(piece, is_last=self._is_over)
        taken = bytes(self._rest[:size])
        del self._rest[:size]
        return taken

    def finish(self) -> None:
        """Read what is left, to know that nothing was cut off."""
        while self.read(PIECE):
            pass


class _Pieces:
    def __init__(self, key: bytes, head: bytes) -> None:
        self.head = head
        self._cipher = AESGCM(key)
        self._number = 0

    def lock(self, piece: bytes, *, is_last: bool) -> bytes:
        return self._cipher.encrypt(self._nonce(is_last), piece, self.head)

    def unlock(self, piece: bytes, *, is_last: bool) -> bytes:
        try:
            return self._cipher.decrypt(self._nonce(is_last), piece, self.head)
        except (InvalidTag, ValueError) as error:
            raise Damaged from error

    def _nonce(self, is_last: bool) -> bytes:
        number, self._number = self._number, self._number + 1
        return self.head[-PREFIX_BYTES:] + number.to_bytes(4, "big") + bytes([is_last])


def _derive(passphrase: Secret, salt: bytes, cost: int) -> tuple[bytes, bytes]:
    """The key, and the check."""
    derived = Scrypt(salt=salt, length=KEY_BYTES + CHECK_BYTES, n=2**cost, r=8, p=1).derive(
        passphrase.reveal().encode()
    )
    return derived[:KEY_BYTES], derived[KEY_BYTES:]
