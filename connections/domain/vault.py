"""Where app credentials and tokens turn from stored bytes into values and back. Nothing else decrypts them."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from connections.domain import quota
from connections.models import AppCredentials, Connection, DiscordBot, OAuthAttempt
from connections.platforms import PLATFORMS
from connections.platforms.base import Client, Tokens
from connections.platforms.failures import NoCredentials, SecretUnreadable
from lumio.lib import crypto
from lumio.lib.sealed import Sealed
from lumio.lib.secrets import Secret

Row = AppCredentials | Connection | OAuthAttempt | DiscordBot
#: Stands for the account where a row serves all of them.
NOBODY = UUID(int=0)


def _place(row: Row, field: str) -> crypto.Context:
    account_id = NOBODY if isinstance(row, DiscordBot) else row.account_id
    return crypto.Context(row._meta.db_table, row.pk, field, account_id)


def _platform(row: Row) -> str:
    return "Discord" if isinstance(row, DiscordBot) else PLATFORMS[row.platform].name


def seal(row: Row, field: str, value: Secret) -> bytes:
    return crypto.encrypt(value.reveal(), context=_place(row, field))


def read(row: Row, field: str) -> Secret:
    """Raises SecretUnreadable."""
    try:
        return crypto.decrypt(getattr(row, field), context=_place(row, field))
    except crypto.CannotDecrypt as error:
        raise SecretUnreadable(platform=_platform(row)) from error


def client_of(row: AppCredentials) -> Client:
    """Raises SecretUnreadable."""
    return Client(read(row, "client_id_encrypted").reveal(), read(row, "client_secret_encrypted"))


def client_for(account_id: UUID, platform: str) -> Client:
    """The account's app credentials at a platform. Raises NoCredentials or SecretUnreadable."""
    row = AppCredentials.objects.filter(account_id=account_id, platform=platform).first()
    if row is None:
        raise NoCredentials(platform=PLATFORMS[platform].name)
    return replace(client_of(row), meter=quota.meter_of(account_id, platform))


def put_tokens(connection: Connection, tokens: Tokens) -> None:
    """Seal `tokens` into the row, unsaved. Where the platform sent no refresh token the stored one stays."""
    connection.access_token_encrypted = seal(connection, "access_token_encrypted", tokens.access)
    if tokens.refresh is not None:
        connection.refresh_token_encrypted = seal(connection, "refresh_token_encrypted", tokens.refresh)


_ENTER_AGAIN = "Enter them again on the App Credentials page of each account concerned, then reconnect."
_RECONNECT = "Click Reconnect on the cards concerned."
_CONNECT = (
    "Whoever is just signing in clicks Connect again. Old ones are deleted the next time that their account does."
)

#: Every field that `seal` fills.
SEALED = (
    Sealed(AppCredentials, "client_id_encrypted", "client IDs", _ENTER_AGAIN, _place),
    Sealed(AppCredentials, "client_secret_encrypted", "client secrets", _ENTER_AGAIN, _place),
    Sealed(Connection, "access_token_encrypted", "access tokens", _RECONNECT, _place),
    Sealed(Connection, "refresh_token_encrypted", "refresh tokens", _RECONNECT, _place),
    Sealed(OAuthAttempt, "code_verifier_encrypted", "verifiers of sign-ins under way", _CONNECT, _place),
    Sealed(DiscordBot, "token_encrypted", "tokens of the Discord bot", "An operator enters it again.", _place),
)
