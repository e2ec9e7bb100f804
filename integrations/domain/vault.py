"""Where a JWT turns from stored bytes into its value and back. Nothing else decrypts one."""

from __future__ import annotations

from integrations.models import StreamElementsToken
from integrations.streamelements.failures import JwtUnreadable
from lumio.lib import crypto
from lumio.lib.sealed import Sealed
from lumio.lib.secrets import Secret

FIELD = "jwt_encrypted"


def _place(row: StreamElementsToken, field: str) -> crypto.Context:
    return crypto.Context(row._meta.db_table, row.pk, field, row.account_id)


def seal(row: StreamElementsToken, jwt: Secret) -> bytes:
    return crypto.encrypt(jwt.reveal(), context=_place(row, FIELD))


def read(row: StreamElementsToken) -> Secret:
    """Raises JwtUnreadable."""
    try:
        return crypto.decrypt(row.jwt_encrypted, context=_place(row, FIELD))
    except crypto.CannotDecrypt as error:
        raise JwtUnreadable from error


SEALED = (
    Sealed(
        StreamElementsToken,
        FIELD,
        "StreamElements tokens",
        "Remove them on the Connections page of each account concerned and add them again.",
        _place,
    ),
)
