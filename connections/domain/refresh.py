"""Refreshing: claim, look again, ask, store. However many ask for it, the platform is asked once.

Refresh tokens rotate and a spent one may end the whole grant, so a refresh begins with a conditional UPDATE that only
one process wins, with a lease longer than the call can last. No transaction is open while the platform is asked. The
answer is stored under the same claim and version: whoever lost them (Disconnect or Reconnect came first) hands the
new tokens back. A claim whose lease ran out means that its outcome is unknown: the stored token is tried once more.
"""

from __future__ import annotations

import logging
import random
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import InterfaceError, OperationalError, transaction
from django.db import connection as database
from django.db.models import F, Q
from django.utils import timezone

from accounts.actor import system_actor
from accounts.domain.audit import record
from accounts.enums import Action
from connections.domain import notices, sweeps, vault
from connections.domain.revocation import hand_back
from connections.enums import GrantState
from connections.models import Connection
from connections.platforms import PLATFORMS, oauth
from connections.platforms.failures import (
    AnswerLost,
    CredentialsRejected,
    GrantEnded,
    NothingToRefreshWith,
    PlatformFailure,
    SecretUnreadable,
    Unavailable,
)
from lumio.lib.crashpoints import crash_point
from lumio.lib.secrets import new_secret

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from connections.platforms.base import Client, Tokens

log = logging.getLogger(__name__)

#: Longer than `oauth.DEADLINE`, so that a claim outlives the call made under it.
LEASE = timedelta(seconds=30)
#: Whoever waits for another's refresh gives up after this, in seconds.
PATIENCE = 20.0
#: A token is refreshed after this part of its life, spread so that grants made together do not fall due together.
DUE = (0.75, 0.85)
#: Some platforms let an unused grant lapse, so every one is refreshed at least this often.
LONGEST_WAIT = timedelta(hours=24)
#: So many refreshes are remembered for the card.
LOGGED = 10
#: Seconds before another try after a passing failure: doubled each time, spread over the upper half.
FIRST_PAUSE, LONGEST_PAUSE = 30, 30 * 60
#: New tokens that the database does not take are offered so often, and for so long, in seconds.
STORE_AGAIN, KEEP_TRYING = 0.5, 60.0
#: One sweep takes at most so many grants of one platform.
SWEEP = 1000


def due_at(now: datetime, expires_in: int | None) -> datetime | None:
    """When tokens that live `expires_in` seconds are to be refreshed; None for tokens without end."""
    if expires_in is None:
        return None
    return now + min(timedelta(seconds=expires_in * random.uniform(*DUE)), LONGEST_WAIT)  # noqa: S311  not a secret


def fresh_fields(tokens: Tokens, *, can_refresh: bool) -> dict[str, Any]:
    """What a row says of itself when it has just received tokens, by sign-in or by refresh."""
    now = timezone.now()
    lifetime = tokens.expires_in
    return {
        "expires_at": now + timedelta(seconds=lifetime) if lifetime is not None else None,
        "updated_at": now,
        "state": GrantState.CONNECTED,
        "failure_code": "",
        "failure_params": {},
        "failed_since": None,
        "refresh_due_at": due_at(now, lifetime) if can_refresh else None,
        "refresh_attempts": 0,
        "validated_at": now,
        **_end_of_grant(tokens, now),
        **FREE,
    }


def _end_of_grant(tokens: Tokens, now: datetime) -> dict[str, Any]:
    """When refreshing ends, where the answer says so."""
    if tokens.grant_expires_in is None:
        return {}
    return {"grant_ends_at": now + timedelta(seconds=tokens.grant_expires_in)}


def logged(row: Connection, failure: PlatformFailure | None = None) -> list[dict[str, Any]]:
    """The row's log with what has just come of a refresh in front."""
    entry = {
        "at": timezone.now().isoformat(),
        "code": failure.code if failure else "",
        "params": failure.params if failure else {},
    }
    return [entry, *row.refresh_log][:LOGGED]


#: Nobody holds the claim, and nothing is under way.
FREE: dict[str, Any] = {"refresh_owner": "", "refresh_leased_until": None, "refresh_started_at": None}


def lost_fields(state: GrantState, code: str, params: dict[str, Any]) -> dict[str, Any]:
    """What a row says of itself when only a person can help."""
    return {
        "state": state,
        "failure_code": code,
        "failure_params": params,
        "failed_since": timezone.now(),
        "refresh_due_at": None,
        "validate_due_at": None,
        **FREE,
    }


def refresh_due(*, limit: int = SWEEP) -> int:
    """Refresh what is due, at each platform the longest overdue first. The number of grants it took on."""
    now = timezone.now()
    return sweeps.work_through([list(_due(slug, now)[:limit]) for slug in PLATFORMS], _sweep_one)


def renew_all_soon() -> int:
    """Have the next sweeps renew every sign-in, as after a restore: nobody knows which tokens still work. How many."""
    renewable = Connection.objects.filter(state=GrantState.CONNECTED).exclude(refresh_due_at=None)
    return renewable.update(refresh_due_at=timezone.now())


def _due(platform: str, now: datetime) -> QuerySet[Connection, tuple[UUID, int]]:
    return (
        Connection.objects.filter(platform=platform, refresh_due_at__lte=now, state=GrantState.CONNECTED)
        .filter(Q(refresh_leased_until=None) | Q(refresh_leased_until__lte=now))
        .order_by("refresh_due_at")
        .values_list("pk", "version")
    )


def _sweep_one(grant: sweeps.Grant) -> None:
    refresh(*grant, wait=False)


def refresh(connection_id: UUID, version: int, *, wait: bool = True) -> None:
    """Have a grant's tokens renewed beyond `version`, by us or by whoever is at it.

    Returns when the row has a newer version, is gone or, without `wait`, is in other hands. Raises PlatformFailure
    if there is no new token; the row then says so too.
    """
    give_up = time.monotonic() + PATIENCE
    while True:
        row = Connection.objects.filter(pk=connection_id).first()
        if row is None or row.version != version or row.state != GrantState.CONNECTED:
            return
        now = timezone.now()
        if wait and row.failure_code and row.refresh_due_at and row.refresh_due_at > now:
            # It has just failed and is waiting for its turn; asking in between would only add to the load.
            raise Unavailable(platform=PLATFORMS[row.platform].name)
        if row.refresh_leased_until is None or row.refresh_leased_until <= now:
            owner = _claim(row, now)
            if owner is not None:
                _renew(row, owner)
                return
        if not wait:
            return
        if time.monotonic() > give_up:
            raise Unavailable(platform=PLATFORMS[row.platform].name)
        sweeps.let_go()  # while the other one waits for its platform
        time.sleep(random.uniform(0.1, 0.3))  # noqa: S311  not a secret


def _claim(row: Connection, now: datetime) -> str | None:
    """Our name under the claim on exactly the tokens we have read, or None if somebody was faster."""
    owner = new_secret(16)
    claimed = (
        Connection.objects.filter(pk=row.pk, version=row.version, state=GrantState.CONNECTED)
        .filter(refresh_attempts=row.refresh_attempts)
        .filter(Q(refresh_leased_until=None) | Q(refresh_leased_until__lte=now))
        .update(refresh_owner=owner, refresh_leased_until=now + LEASE, refresh_started_at=now)
    )
    return owner if claimed else None


def _renew(row: Connection, owner: str) -> None:
    """Ask the platform and store what it says. `row` is what was read before the claim, tokens and all."""
    platform = PLATFORMS[row.platform]
    # Still set from another time: that refresh never reported back.
    outcome_unknown = row.refresh_started_at is not None
    try:
        client = vault.client_for(row.account_id, row.platform)
        if row.refresh_token_encrypted is None:
            raise NothingToRefreshWith(platform=platform.name)
        refresh_token = vault.read(row, "refresh_token_encrypted")
        sweeps.let_go()
        crash_point("refresh.before_ask")
        tokens = oauth.refresh(platform, client, refresh_token)
        crash_point("refresh.after_answer")
    except PlatformFailure as failure:
        if outcome_unknown and isinstance(failure, GrantEnded):
            failure = AnswerLost(platform=platform.name)
        _note(row, owner, failure, outcome_unknown=outcome_unknown)
        raise failure from None
    if not _keep(row, owner, tokens):
        _hand_back(row, client, tokens)
        return
    crash_point("refresh.after_store")


def _keep(row: Connection, owner: str, tokens: Tokens) -> bool:
    """`_store`, again and again while the database is locked or away: these tokens may exist nowhere else."""
    give_up = time.monotonic() + KEEP_TRYING
    while True:
        try:
            return _store(row, owner, tokens)
        except (OperationalError, InterfaceError) as error:
            if database.in_atomic_block or time.monotonic() > give_up:
                raise
            log.warning("New tokens of connection %s wait for the database: %s", row.pk, error)
            database.close()
        time.sleep(STORE_AGAIN)


def _store(row: Connection, owner: str, tokens: Tokens) -> bool:
    """Keep new tokens, under the claim and version they were asked for with. Whether we still held them."""
    vault.put_tokens(row, tokens)
    fields = fresh_fields(tokens, can_refresh=True) | {"refresh_log": logged(row)}
    if tokens.scopes:
        fields["scopes"] = tokens.scopes
    if tokens.refresh is not None:  # else the stored one stays, which may have come under another key meanwhile
        fields["refresh_token_encrypted"] = row.refresh_token_encrypted
    with transaction.atomic():
        stored = _held(row, owner).update(
            access_token_encrypted=row.access_token_encrypted,
            version=F("version") + 1,
            **fields,
        )
        if stored and row.failure_code:
            notices.connection_changed(row.account_id, row.platform)
    return bool(stored)


def _hand_back(row: Connection, client: Client, tokens: Tokens) -> None:
    """Disconnect or Reconnect came first: nobody may keep these."""
    log.info("A refresh of connection %s came too late; its tokens are handed back", row.pk)
    hand_back(PLATFORMS[row.platform], client, tokens.access, account_id=row.account_id)


def _held(row: Connection, owner: str) -> Any:
    return Connection.objects.filter(pk=row.pk, version=row.version, refresh_owner=owner)


def _note(row: Connection, owner: str, failure: PlatformFailure, *, outcome_unknown: bool) -> None:
    """Write into the row why there are no new tokens: final, or how long to wait."""
    if not failure.is_final:
        # Without an answer, the platform may or may not have spent the token: that is kept in mind.
        unknown = outcome_unknown or failure.outcome_unknown
        _held(row, owner).update(
            failure_code=failure.code,
            failure_params=failure.params,
            failed_since=row.failed_since or timezone.now(),
            refresh_attempts=F("refresh_attempts") + 1,
            refresh_log=logged(row, failure),
            refresh_due_at=timezone.now() + _pause(row.refresh_attempts, failure),
            refresh_owner="",
            refresh_leased_until=None,
            **({} if unknown else {"refresh_started_at": None}),
        )
        return
    rejected = isinstance(failure, CredentialsRejected)
    state = GrantState.CREDENTIALS_REJECTED if rejected else GrantState.NEEDS_SIGN_IN
    with transaction.atomic():
        lost = lost_fields(state, failure.code, failure.params) | {"refresh_log": logged(row, failure)}
        if not _held(row, owner).update(**lost):
            return
        actor = system_actor(row.account)
        record(
            actor,
            Action.CREDENTIALS_REJECTED if rejected else Action.CONNECTION_LOST,
            row,
            after={"code": failure.code},
        )
        notices.lost(row, failure)
        if rejected:
            # The same pair serves every grant of this account here; asking for each would only annoy the platform.
            reject_credentials(row.account_id, row.platform, failure)
        notices.connection_changed(row.account_id, row.platform)


def reject_credentials(account_id: UUID, platform: str, failure: PlatformFailure) -> None:
    """The platform does not accept the account's app credentials: nothing that depends on them is tried again."""
    rows = Connection.objects.filter(account_id=account_id, platform=platform, state=GrantState.CONNECTED)
    for row in rows.select_related("account"):
        notices.lost(row, failure)
    rows.update(**lost_fields(GrantState.CREDENTIALS_REJECTED, failure.code, failure.params))
    notices.connection_changed(account_id, platform)


def _pause(attempts: int, failure: PlatformFailure) -> timedelta:
    if failure.retry_after is not None:
        return timedelta(seconds=failure.retry_after)
    if isinstance(failure, SecretUnreadable):
        return timedelta(seconds=LONGEST_PAUSE)
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(attempts, 10))
    return timedelta(seconds=longest * random.uniform(0.5, 1))  # noqa: S311  not a secret
