"""Tokens for whoever needs one, for one operation at a time. Nobody keeps them in memory across operations."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actor import system_actor
from accounts.domain.audit import record
from accounts.enums import Action
from connections.domain import notices, refresh, sweeps, vault
from connections.enums import GrantState
from connections.models import Connection
from connections.platforms.failures import PlatformFailure, TokenRefused, stored
from connections.platforms.metering import UNMETERED, Meter
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.utils.functional import Promise

    from lumio.lib.secrets import Secret

T = TypeVar("T")

#: An access token that ends sooner than this, in seconds, is refreshed before it is used.
MIN_TTL = 60


class GrantUnusable(Refusal):
    """There is no working token now. `failure` says why; `is_final` whether a person has to do something."""

    code: ClassVar[str] = "grant_unusable"
    status: ClassVar[int] = 409
    sentence: ClassVar[str | Promise] = "{why}"

    def __init__(self, failure: Refusal) -> None:
        super().__init__(why=failure)
        self.failure = failure
        self.is_final = not isinstance(failure, PlatformFailure) or failure.is_final

    @property
    def text(self) -> str:
        return self.failure.text


class NotConnected(Refusal):
    code = "not_connected"
    status = 409
    sentence = _("This connection is no longer there.")


@dataclass(frozen=True)
class Access:
    """What one call to the platform needs. `version` tells `refresh_if_version` which token was refused, `meter` counts
    what is spent."""

    token: Secret
    client_id: str
    channel_id: str
    version: int
    meter: Meter = field(default=UNMETERED, compare=False, repr=False)


def access(connection_id: UUID, *, min_ttl: int = MIN_TTL) -> Access:
    """A token that works for `min_ttl` seconds more, refreshed first if need be. Raises GrantUnusable.

    While the platform cannot be asked for a new one, the old token is given as long as it lives.
    """
    connection = _usable(connection_id)
    now = timezone.now()
    ends = connection.expires_at
    if ends is not None and ends <= now + timedelta(seconds=min_ttl):
        try:
            connection = _refreshed(connection)
        except GrantUnusable as error:
            if error.is_final or ends <= now:
                raise
    return _access(connection)


def client_id(connection_id: UUID) -> str:
    """The id of the app, whatever became of the tokens. Raises GrantUnusable."""
    connection = _existing(connection_id)
    try:
        return vault.client_for(connection.account_id, connection.platform).id
    except PlatformFailure as failure:
        raise GrantUnusable(failure) from failure


def refresh_if_version(connection_id: UUID, version: int) -> Access:
    """After a 401: a token newer than `version`, asked for at most once however many ask. Raises GrantUnusable."""
    connection = _usable(connection_id)
    return _access(_refreshed(connection) if connection.version == version else connection)


def call(connection_id: UUID, ask: Callable[[Access], T]) -> T:
    """What `ask` answers, given a working token. If it raises TokenRefused, it is asked once more with a newer token.

    No database connection is held while it asks. Raises GrantUnusable, and what `ask` raises.
    """
    given = access(connection_id)
    sweeps.let_go()
    try:
        return ask(given)
    except TokenRefused:
        given = refresh_if_version(connection_id, given.version)
    sweeps.let_go()
    return ask(given)


def mark_lost(
    connection_id: UUID, code: str, params: dict[str, Any] | None = None, *, version: int | None = None
) -> None:
    """The platform took the grant back: ask for a new sign-in. `code` is a failure of `platforms.failures`.

    With a `version` only if its tokens are still those: a new sign-in may have come in between.
    """
    with transaction.atomic():
        connection = Connection.objects.select_related("account").filter(pk=connection_id).first()
        if connection is None or version not in (None, connection.version):
            return
        changed = Connection.objects.filter(
            pk=connection.pk, version=connection.version, state=GrantState.CONNECTED
        ).update(**refresh.lost_fields(GrantState.NEEDS_SIGN_IN, code, params or {}))
        if changed:
            record(system_actor(connection.account), Action.CONNECTION_LOST, connection, after={"code": code})
            notices.lost(connection, stored(code, params or {}))
            notices.connection_changed(connection.account_id, connection.platform)


def _existing(connection_id: UUID) -> Connection:
    connection = Connection.objects.filter(pk=connection_id).first()
    if connection is None:
        raise GrantUnusable(NotConnected())
    return connection


def _usable(connection_id: UUID) -> Connection:
    connection = _existing(connection_id)
    if connection.state != GrantState.CONNECTED:
        raise GrantUnusable(stored(connection.failure_code, connection.failure_params))
    return connection


def _refreshed(connection: Connection) -> Connection:
    try:
        refresh.refresh(connection.pk, connection.version)
    except PlatformFailure as failure:
        raise GrantUnusable(failure) from failure
    return _usable(connection.pk)


def _access(connection: Connection) -> Access:
    try:
        client = vault.client_for(connection.account_id, connection.platform)
        token = vault.read(connection, "access_token_encrypted")
    except PlatformFailure as failure:
        raise GrantUnusable(failure) from failure
    return Access(
        token=token,
        client_id=client.id,
        channel_id=connection.channel_id,
        version=connection.version,
        meter=client.meter,
    )
