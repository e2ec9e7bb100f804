"""Where a JWT, a tool's password and the bridge's secret turn from stored bytes into values and back. Nothing else
decrypts one."""

from __future__ import annotations

from integrations.models import Bridge, Integration, StreamElementsToken
from integrations.streamelements.failures import JwtUnreadable
from integrations.tools.failures import PasswordUnreadable
from lumio.lib import crypto
from lumio.lib.sealed import Sealed
from lumio.lib.secrets import Secret

FIELD = "jwt_encrypted"
PASSWORD = "password_encrypted"  # noqa: S105  the name of a field
BRIDGE = "secret_encrypted"


def _place(row: StreamElementsToken | Integration | Bridge, field: str) -> crypto.Context:
    return crypto.Context(row._meta.db_table, row.pk, field, row.account_id)


def seal(row: StreamElementsToken, jwt: Secret) -> bytes:
    return crypto.encrypt(jwt.reveal(), context=_place(row, FIELD))


def read(row: StreamElementsToken) -> Secret:
    """Raises JwtUnreadable."""
    try:
        return crypto.decrypt(row.jwt_encrypted, context=_place(row, FIELD))
    except crypto.CannotDecrypt as error:
        raise JwtUnreadable from error


def seal_password(row: Integration, password: Secret) -> bytes:
    return crypto.encrypt(password.reveal(), context=_place(row, PASSWORD))


def password_of(row: Integration) -> Secret | None:
    """None for a tool without a password. Raises PasswordUnreadable."""
    if row.password_encrypted is None:
        return None
    try:
        return crypto.decrypt(row.password_encrypted, context=_place(row, PASSWORD))
    except crypto.CannotDecrypt as error:
        raise PasswordUnreadable from error


def seal_bridge(row: Bridge, secret: Secret) -> bytes:
    return crypto.encrypt(secret.reveal(), context=_place(row, BRIDGE))


def bridge_secret(row: Bridge) -> Secret:
    """Raises `crypto.CannotDecrypt`."""
    return crypto.decrypt(row.secret_encrypted, context=_place(row, BRIDGE))


SEALED = (
    Sealed(
        StreamElementsToken,
        FIELD,
        "StreamElements tokens",
        "Remove them on the Connections page of each account concerned and add them again.",
        _place,
    ),
    Sealed(
        Integration,
        PASSWORD,
        "passwords of OBS and Streamer.bot",
        "Enter them again on the Connections page of each account concerned.",
        _place,
    ),
    Sealed(
        Bridge,
        BRIDGE,
        "addresses of bridge pages",
        "Make a new address on the Connections page of each account concerned, and put it into OBS.",
        _place,
    ),
)
