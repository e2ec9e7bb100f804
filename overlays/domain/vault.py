"""Where an overlay's key turns from stored bytes into a value and back. Nothing else decrypts one."""

from __future__ import annotations

from lumio.lib import crypto
from lumio.lib.sealed import Sealed
from lumio.lib.secrets import Secret
from overlays.models import Overlay

FIELD = "key_encrypted"


def _place(row: Overlay, field: str) -> crypto.Context:
    return crypto.Context(row._meta.db_table, row.pk, field, row.account_id)


def seal(row: Overlay, key: Secret) -> bytes:
    return crypto.encrypt(key.reveal(), context=_place(row, FIELD))


def key_of(row: Overlay) -> Secret:
    """Raises `crypto.CannotDecrypt`."""
    return crypto.decrypt(row.key_encrypted, context=_place(row, FIELD))


SEALED = (
    Sealed(
        Overlay,
        FIELD,
        "keys of overlays",
        "Make a new key on the Overlays page of each account concerned, and put the new address into OBS.",
        _place,
    ),
)
