"""Encryption of stored secrets: AES-256-GCM, each blob bound to the one field of the one row it was made for.

A blob is `format version | key id | nonce | ciphertext and tag` (1 + 4 + 12 + n + 16 bytes). The key id is the start
of the SHA-256 of the key's name, so that keys can be exchanged: the first one encrypts, all of them decrypt.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from lumio.lib.secrets import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT = b"\x01"
KEY_BYTES = 32
KEY_ID_BYTES = 4
NONCE_BYTES = 12


class CannotDecrypt(Exception):
    """The blob was made with a key that is not there, belongs elsewhere, or is damaged."""


class BadKeys(ValueError):
    """LUMIO_ENCRYPTION_KEYS is malformed. The message, a sentence after that name, never holds a key."""


@dataclass(frozen=True)
class Context:
    """The place a blob belongs to. Moved to another row, field or account it does not decrypt."""

    table: str
    row_id: UUID
    field: str
    account_id: UUID

    def associated_data(self, key_id: bytes) -> bytes:
        parts = (FORMAT, key_id, self.table.encode(), self.row_id.bytes, self.field.encode(), self.account_id.bytes)
        # With lengths in front, no two contexts can run together to the same bytes.
        return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


@dataclass(frozen=True)
class KeyRing:
    """`primary` is the id of the key that encrypts; `keys` and `names` hold every key and its name by its id."""

    primary: bytes
    keys: Mapping[bytes, AESGCM]
    names: Mapping[bytes, str]


def encrypt(plain: str, *, context: Context) -> bytes:
    """A blob that only `context` can read."""
    ring = key_ring()
    nonce = os.urandom(NONCE_BYTES)
    sealed = ring.keys[ring.primary].encrypt(nonce, plain.encode(), context.associated_data(ring.primary))
    return FORMAT + ring.primary + nonce + sealed


def decrypt(blob: bytes | memoryview | None, *, context: Context) -> Secret:
    """What `encrypt` was given. Raises CannotDecrypt."""
    version, key_id, rest = _parts(blob)
    nonce, sealed = rest[:NONCE_BYTES], rest[NONCE_BYTES:]
    key = key_ring().keys.get(key_id)
    if version != FORMAT:
        raise CannotDecrypt("This value is damaged.")
    if key is None:
        raise CannotDecrypt("The key of this value is not in LUMIO_ENCRYPTION_KEYS.")
    try:
        return Secret(key.decrypt(nonce, sealed, context.associated_data(key_id)).decode())
    except (InvalidTag, ValueError) as error:
        raise CannotDecrypt("This value is damaged or belongs elsewhere.") from error


def renew(blob: bytes | memoryview, *, context: Context) -> bytes:
    """The same value under the key that encrypts; `blob` itself where it is under that. Raises CannotDecrypt."""
    value = decrypt(blob, context=context)
    return bytes(blob) if name_of_key(blob) == primary_name() else encrypt(value.reveal(), context=context)


def name_of_key(blob: bytes | memoryview | None) -> str | None:
    """The key that a blob says it is under; None where none of this name is at hand, and for what is no blob."""
    version, key_id, __ = _parts(blob)
    return key_ring().names.get(key_id) if version == FORMAT else None


def primary_name() -> str:
    """The name of the key that encrypts."""
    ring = key_ring()
    return ring.names[ring.primary]


def _parts(blob: bytes | memoryview | None) -> tuple[bytes, bytes, bytes]:
    """Format version, key id, and the rest."""
    data = bytes(blob or b"")
    return data[:1], data[1 : 1 + KEY_ID_BYTES], data[1 + KEY_ID_BYTES :]


def parse_keys(text: str) -> KeyRing:
    """The ring of `id:base64,id:base64`. Raises BadKeys with a sentence for the operator."""
    keys: dict[bytes, AESGCM] = {}
    names: dict[bytes, str] = {}
    for position, entry in enumerate(filter(None, map(str.strip, text.split(","))), start=1):
        name, separator, encoded = entry.partition(":")
        where = f"is malformed: entry {position}"
        if not separator or not name.strip():
            raise BadKeys(f"{where} must look like id:base64.")
        try:
            key = base64.b64decode(encoded.strip(), altchars=b"-_" if set("-_") & set(encoded) else None, validate=True)
        except (binascii.Error, ValueError) as error:
            raise BadKeys(f"{where} is not base64.") from error
        if len(key) != KEY_BYTES:
            raise BadKeys(f"{where} holds {len(key)} bytes; a key has {KEY_BYTES}.")
        key_id = hashlib.sha256(name.strip().encode()).digest()[:KEY_ID_BYTES]
        if key_id in keys:
            raise BadKeys(f"{where} repeats an id; every key needs one of its own.")
        keys[key_id], names[key_id] = AESGCM(key), name.strip()
    if not keys:
        raise BadKeys("holds no key.")
    return KeyRing(next(iter(keys)), keys, names)


def key_ring() -> KeyRing:
    """The keys of this process."""
    return _parsed(settings.LUMIO_ENCRYPTION_KEYS)


_parsed = cache(parse_keys)
