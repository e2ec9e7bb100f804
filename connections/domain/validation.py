"""Asking platforms that want it, at the start and every so often, whether the tokens in use still work.

A row falls due at `validate_due_at`. Whoever moves that has the turn for as long as the move lasts, so that no two
processes ask about the same grant. An outage says nothing about a token: it is asked again a little later.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.actor import system_actor
from accounts.domain.audit import record
from accounts.enums import Action
from connections.domain import grants, notices, refresh, sweeps, vault
from connections.enums import GrantState
from connections.models import Connection
from connections.platforms import PLATFORMS
from connections.platforms.failures import OtherApp, OtherIdentity, PlatformFailure, TokenRefused

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from connections.platforms.base import Platform, Validated
    from lumio.lib.errors import Refusal

#: Longer than two validations and a refresh in between can take.
LEASE = timedelta(seconds=90)
#: Before it is tried again after an outage; spread, as they all fail together.
AGAIN = timedelta(minutes=2), timedelta(minutes=5)
#: One sweep takes at most so many grants of one platform.
SWEEP = 2000
#: Clocks and rounding may differ by this much before we believe the platform's date instead of ours.
SLACK = timedelta(minutes=2)


def first_due(platform: Platform) -> datetime | None:
    """When a grant that was just made is to be validated: now, where the platform asks for it at all."""
    return timezone.now() if platform.validates_every is not None else None


def validate_due(*, limit: int = SWEEP) -> int:
    """Validate what is due, at each platform the longest overdue first. The number of grants it took on."""
    now = timezone.now()
    platforms = [slug for slug, platform in PLATFORMS.items() if platform.validates_every is not None]
    return sweeps.work_through([list(_due(slug, now)[:limit]) for slug in platforms], _sweep_one)


def _due(platform: str, now: datetime) -> QuerySet[Connection, tuple[UUID, int]]:
    return (
        Connection.objects.filter(platform=platform, validate_due_at__lte=now, state=GrantState.CONNECTED)
        .order_by("validate_due_at")
        .values_list("pk", "version")
    )


def _sweep_one(grant: sweeps.Grant) -> None:
    row = _claim(grant[0])
    if row is not None:
        _validate(row)


def _claim(connection_id: UUID) -> Connection | None:
    """The row, if it is still due and we are the one who moves its date."""
    now = timezone.now()
    row = Connection.objects.select_related("account").filter(pk=connection_id, state=GrantState.CONNECTED).first()
    if row is None or row.validate_due_at is None or row.validate_due_at > now:
        return None
    known = Connection.objects.filter(pk=row.pk, state=GrantState.CONNECTED, validate_due_at=row.validate_due_at)
    row.validate_due_at = now + LEASE
    return row if known.update(validate_due_at=row.validate_due_at) else None


def _validate(row: Connection) -> None:
    platform = PLATFORMS[row.platform]
    every = platform.validates_every
    if every is None:
        return
    try:
        client = vault.client_for(row.account_id, row.platform)
        version, said = grants.call(row.pk, lambda access: (access.version, platform.validate(access.token, client)))
    except (grants.GrantUnusable, PlatformFailure) as failure:
        # What ended the grant is in the row by now, and its date is gone; anything else passes.
        _put_off(row, every, failure)
        return
    if said.client_id != client.id:
        grants.mark_lost(row.pk, OtherApp.code, {"platform": platform.name}, version=version)
    elif said.identity_id != row.channel_id:
        found = {"platform": platform.name, "channel": row.channel_name}
        grants.mark_lost(row.pk, OtherIdentity.code, found, version=version)
    else:
        _store(row, every, version, said)


def _put_off(row: Connection, every: timedelta, failure: Refusal) -> None:
    shortest, longest = AGAIN
    pause = shortest + (longest - shortest) * random.random()  # noqa: S311  not a secret
    if failure.retry_after is not None:
        pause = max(pause, timedelta(seconds=failure.retry_after))
    if isinstance(failure, TokenRefused):
        pause = every  # a new token was refused too: asking more often would only make more of them
    held = Connection.objects.filter(pk=row.pk, state=GrantState.CONNECTED, validate_due_at=row.validate_due_at)
    held.update(validate_due_at=timezone.now() + pause)


def _store(row: Connection, every: timedelta, version: int, said: Validated) -> None:
    """Write down that the token works, and what the platform knows better than we do."""
    now = timezone.now()
    fields: dict[str, Any] = {"validated_at": now, "validate_due_at": now + every}
    with transaction.atomic():
        known = Connection.objects.filter(pk=row.pk, version=version, state=GrantState.CONNECTED)
        stored = known.select_for_update().first()
        if stored is None:
            return  # a new sign-in or none at all: it has a date of its own
        if said.expires_in is not None:
            ends = now + timedelta(seconds=said.expires_in)
            if stored.expires_at is None or ends < stored.expires_at - SLACK:
                fields["expires_at"] = ends
                if stored.refresh_due_at is not None:
                    fields["refresh_due_at"] = refresh.due_at(now, said.expires_in)
        lost, gained = set(stored.scopes) - set(said.scopes), set(said.scopes) - set(stored.scopes)
        if lost or gained:
            fields["scopes"] = said.scopes
        known.update(**fields)
        if lost or gained:
            changes = {"lost": sorted(lost), "gained": sorted(gained)}
            record(system_actor(stored.account), Action.CONNECTION_SCOPES_CHANGED, stored, after=changes)
            notices.connection_changed(stored.account_id, stored.platform)
