"""The way out to a platform and back.

An attempt is a row: its state is random, single use, ten minutes old at most, and bound to session, person, account,
platform and purpose, and to the one-time link where somebody came by one. It is taken out before anything else is
looked at. PKCE does not stop somebody who sends their own sign-in link to another person; the binding to the session
does (RFC 9700, section 4.7).
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.domain.audit import record
from accounts.enums import Action
from connections.domain import access, notices, refresh, sweeps, validation, vault
from connections.domain.revocation import hand_back
from connections.enums import ASKS, Purpose, Use
from connections.models import AppCredentials, Connection, ConnectLink, OAuthAttempt
from connections.platforms import oauth as server
from connections.platforms.base import Client, Identity, Platform, Tokens, plain
from connections.platforms.failures import (
    CredentialsRejected,
    NoCredentials,
    RateLimited,
    RedirectMismatch,
    ScopeRejected,
)
from lumio.lib.errors import Refusal
from lumio.lib.secrets import Secret, digest, new_secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet

    from accounts.actor import Actor

#: What the audit log calls a new sign-in of that purpose, and one that renews another.
LINKED = {
    Purpose.CHANNEL: (Action.CONNECTION_CREATED, Action.CONNECTION_RENEWED),
    Purpose.BOT: (Action.BOT_CONNECTED, Action.BOT_RECONNECTED),
}
LIFETIME = timedelta(minutes=10)
#: Sign-ins an account may start at one platform within `STARTS_WITHIN`.
STARTS, STARTS_WITHIN = 10, timedelta(minutes=5)
KEPT = timedelta(days=1)


class SwitchedOff(Refusal):
    code = "platform_unavailable_here"
    status = 409
    sentence = _("{platform} has been switched off by whoever runs this Lumio.")


class TooManyStarts(Refusal):
    code = "too_many_sign_ins"
    status = 429
    sentence = _("Those were many sign-ins within a few minutes. Wait {minutes} minutes, then try again.")


class StillPaused(Refusal):
    code = "platform_rate_limited"
    status = 429
    sentence = _("{platform} asked for a pause. Wait {seconds} seconds, then try again.")


class UnknownState(Refusal):
    code = "state_unknown"
    status = 409
    sentence = _(
        "Lumio does not know this answer from {platform}: the sign-in was not started here, or its address was "
        "changed on the way. Nothing was linked. Click Connect to start again."
    )


class StateUsed(Refusal):
    code = "state_used"
    status = 409
    sentence = _(
        "This sign-in at {platform} has already been finished; the page was opened twice. Nothing was changed the "
        "second time."
    )


class StateExpired(Refusal):
    code = "state_expired"
    status = 409
    sentence = _(
        "The sign-in at {platform} took longer than ten minutes and has run out. Click Connect to start again."
    )


class StateForeign(Refusal):
    code = "state_foreign"
    status = 409
    sentence = _(
        "This sign-in at {platform} was started in another browser, by another person or for another account. Nothing "
        "was linked. Click Connect to start it here."
    )


class LinkGone(Refusal):
    """Said to a stranger, so it tells nothing about the link, not even whether there ever was one."""

    code = "link_gone"
    status = 410
    sentence = _(
        "This link does not work. It has been used, has run out, was withdrawn, or whoever made it may no longer do "
        "this. Ask the person you have it from for a new one."
    )


class Denied(Refusal):
    code = "access_denied"
    status = 409
    sentence = _(
        "{platform} says that access was refused. Nothing was linked. Click Connect and allow what Lumio asks for."
    )


class PlatformSaidNo(Refusal):
    code = "platform_said_no"
    status = 409
    sentence = _("{platform} ended the sign-in. It said: “{reason}”. Nothing was linked.")


class BotIsChannel(Refusal):
    code = "bot_is_channel"
    status = 409
    sentence = _(
        "{name} is the channel itself, and a custom bot needs a {platform} account of its own. Sign out at {platform} "
        "or use a private window, then connect the bot and sign in there as the bot."
    )


class ChannelIsBot(Refusal):
    code = "channel_is_bot"
    status = 409
    sentence = _(
        "{name} is connected as your custom bot. Sign in at {platform} as the channel, or disconnect the bot first."
    )


class OtherChannel(Refusal):
    code = "other_channel"
    status = 409
    sentence = _(
        "This is connected to {expected}, but you signed in as {actual} at {platform}. Reconnecting never changes the "
        "channel: sign in there as {expected}, or disconnect first to link {actual}."
    )


def ready(actor: Actor, platform: Platform, purpose: Purpose) -> Client:
    """The app credentials of a sign-in that could start now. Raises Refusal, Http404 for a bot where there are none."""
    actor.require(ASKS[purpose])
    if not platform.oauth.scopes_for(purpose):
        raise Http404
    _check_switch(actor, platform, purpose)
    return vault.client_for(actor.account.pk, platform.slug)


def begin(
    *,
    actor: Actor,
    platform: Platform,
    session_key: str,
    purpose: Purpose = Purpose.CHANNEL,
    link: ConnectLink | None = None,
) -> str:
    """Start a sign-in; the address the browser goes to. Raises Refusal, Http404 for a bot where there are none.

    `link` is the one-time link somebody came by, read `with_rights`; `actor` is then its maker.
    """
    _check_link(link)
    client = ready(actor, platform, purpose)
    if actor.user is None:
        raise ValueError("Only a person can sign in somewhere.")
    now = timezone.now()
    is_linked = Connection.objects.filter(account=actor.account, platform=platform.slug, purpose=purpose).exists()
    state = new_secret()
    verifier = new_secret(48) if platform.oauth.pkce else None
    with transaction.atomic():
        attempts = OAuthAttempt.objects.filter(account=actor.account)
        attempts.filter(created_at__lt=now - KEPT).delete()
        _check_pace(attempts, platform)
        attempt = OAuthAttempt(
            id=uuid.uuid4(),
            state_digest=digest(state),
            session_digest=digest(session_key),
            account=actor.account,
            user=actor.user,
            link=link,
            platform=platform.slug,
            purpose=purpose,
            redirect_uri=platform.redirect_uri,
            created_at=now,
        )
        if verifier is not None:
            attempt.code_verifier_encrypted = vault.seal(attempt, "code_verifier_encrypted", Secret(verifier))
        attempt.save(force_insert=True)
    return server.authorization_url(
        platform,
        client.id,
        purpose=purpose,
        state=state,
        redirect_uri=attempt.redirect_uri,
        verifier=verifier,
        again=is_linked or purpose == Purpose.BOT,
    )


def answer_of(query: Mapping[str, str]) -> dict[str, str]:
    """What `finish` reads of the callback's query, cut to a sensible length."""
    return {name: query[name][:2000] for name in ("state", "code", "error", "error_description") if name in query}


def attempted(answer: Mapping[str, str]) -> OAuthAttempt | None:
    """The sign-in that an answer belongs to, whoever it comes from; nothing is used up."""
    state = answer.get("state", "")
    return OAuthAttempt.objects.select_related("account").filter(state_digest=digest(state)).first() if state else None


def finish(
    *,
    actor: Actor,
    platform: Platform,
    session_key: str,
    answer: Mapping[str, str],
    link: ConnectLink | None = None,
) -> Connection:
    """Take the platform's answer and link the channel. A Refusal means that nothing was.

    `link` and `actor` are as in `begin`. The link is used up by being finished, not by being refused.
    """
    attempt = _take(actor, platform, session_key, answer, link)
    try:
        _check_link(link)
        actor.require(ASKS[Purpose(attempt.purpose)])
        _check_switch(actor, platform, Purpose(attempt.purpose))
        if error := answer.get("error"):
            raise _what_the_platform_said(platform, error, answer.get("error_description", ""), attempt.redirect_uri)
        return _link(actor, platform, attempt, answer.get("code", ""))
    except Refusal as refusal:
        _note_refusal(actor, platform, attempt, refusal)
        raise


def _take(
    actor: Actor, platform: Platform, session_key: str, answer: Mapping[str, str], link: ConnectLink | None
) -> OAuthAttempt:
    """The attempt this answer belongs to, used up from now on, whatever else is wrong with it."""
    attempt = attempted(answer)
    if attempt is None:
        if answer.get("error") == "redirect_mismatch":
            # Twitch leaves the state out where it does not trust the redirect URI.
            raise RedirectMismatch(platform=platform.name, redirect_uri=platform.redirect_uri)
        # Anybody can make up such a link: none of its words are repeated.
        raise UnknownState(platform=platform.name)
    now = timezone.now()
    if not OAuthAttempt.objects.filter(pk=attempt.pk, used_at=None).update(used_at=now):
        raise StateUsed(platform=platform.name)
    is_ours = (
        attempt.session_digest == digest(session_key)
        and actor.user is not None
        and attempt.user_id == actor.user.pk
        and attempt.account_id == actor.account.pk
        and attempt.link_id == (link.pk if link else None)
        and attempt.platform == platform.slug
    )
    if not is_ours:
        raise StateForeign(platform=platform.name)
    if attempt.created_at < now - LIFETIME:
        raise StateExpired(platform=platform.name)
    return attempt


def _what_the_platform_said(platform: Platform, error: str, description: str, redirect_uri: str) -> Refusal:
    if error == "access_denied":
        return Denied(platform=platform.name)
    if error == "redirect_mismatch":
        return RedirectMismatch(platform=platform.name, redirect_uri=redirect_uri)
    if error == "invalid_scope":
        return ScopeRejected(platform=platform.name, reason=plain(description) or error)
    return PlatformSaidNo(platform=platform.name, reason=plain(description) or plain(error))


def _link(actor: Actor, platform: Platform, attempt: OAuthAttempt, code: str) -> Connection:
    client = vault.client_for(actor.account.pk, platform.slug)
    verifier = None
    if attempt.code_verifier_encrypted is not None:
        verifier = vault.read(attempt, "code_verifier_encrypted").reveal()
    sweeps.let_go()
    tokens = server.exchange(platform, client, code=code, redirect_uri=attempt.redirect_uri, verifier=verifier)
    try:
        identity = platform.identity(tokens.access, client)
        if tokens.scopes is None:
            tokens = replace(tokens, scopes=platform.granted_scopes(tokens.access, client, Purpose(attempt.purpose)))
        return _store(actor, platform, attempt, tokens, identity)
    except Refusal:
        hand_back(platform, client, tokens.access, account_id=actor.account.pk)
        raise


@transaction.atomic
def _store(actor: Actor, platform: Platform, attempt: OAuthAttempt, tokens: Tokens, identity: Identity) -> Connection:
    """The connection with its new tokens. Raises OtherChannel, BotIsChannel, ChannelIsBot or, for a one-time link that
    somebody was faster with, LinkGone, and leaves all as it is."""
    credentials = AppCredentials.objects.select_for_update().filter(account=actor.account, platform=platform.slug)
    if not credentials.exists():
        raise NoCredentials(platform=platform.name)  # deleted while the platform was asked
    if attempt.link_id and not ConnectLink.objects.open().filter(pk=attempt.link_id).update(used_at=timezone.now()):
        raise LinkGone
    rows = Connection.objects.select_for_update().filter(account=actor.account, platform=platform.slug)
    by_purpose = {row.purpose: row for row in rows}
    existing = by_purpose.pop(attempt.purpose, None)
    if existing is not None and existing.channel_id != identity.id:
        raise OtherChannel(platform=platform.name, expected=existing.channel_name, actual=identity.name)
    if any(row.channel_id == identity.id for row in by_purpose.values()):
        same = BotIsChannel if attempt.purpose == Purpose.BOT else ChannelIsBot
        raise same(platform=platform.name, name=identity.name)
    connection = existing or Connection(
        account=actor.account,
        platform=platform.slug,
        purpose=attempt.purpose,
        channel_id=identity.id,
        connected_at=timezone.now(),
        version=0,
    )
    connection.channel_login = identity.login
    connection.channel_name = identity.name
    connection.avatar_url = identity.avatar_url
    connection.scopes = tokens.scopes or []
    connection.connected_by = actor.user
    connection.refresh_token_encrypted = None
    connection.grant_ends_at = timezone.now() + platform.grant_lasts if platform.grant_lasts else None
    connection.warned_at = None
    vault.put_tokens(connection, tokens)
    for field, value in refresh.fresh_fields(tokens, can_refresh=tokens.refresh is not None).items():
        setattr(connection, field, value)
    connection.validate_due_at = validation.first_due(platform)
    connection.version += 1
    connection.save()
    created, renewed = LINKED[Purpose(attempt.purpose)]
    record(
        actor,
        renewed if existing else created,
        connection,
        after={"channel_id": connection.channel_id, "scopes": len(connection.scopes)},
    )
    notices.well(connection)
    notices.connection_changed(connection.account_id, connection.platform)
    return connection


def _note_refusal(actor: Actor, platform: Platform, attempt: OAuthAttempt, refusal: Refusal) -> None:
    with transaction.atomic():
        record(actor, Action.CONNECTION_REFUSED, attempt, after={"code": refusal.code})
        if isinstance(refusal, RateLimited):
            pause = timedelta(seconds=refusal.retry_after or 0)
            OAuthAttempt.objects.filter(pk=attempt.pk).update(pause_until=timezone.now() + pause)
        if isinstance(refusal, CredentialsRejected):
            refresh.reject_credentials(actor.account.pk, platform.slug, refusal)


def _check_link(link: ConnectLink | None) -> None:
    if link is not None and not link.works:
        raise LinkGone


def _check_switch(actor: Actor, platform: Platform, purpose: Purpose) -> None:
    if platform.slug in access.switched_off(actor.account, Use(purpose)):
        raise SwitchedOff(platform=platform.name)


def _check_pace(attempts: QuerySet[OAuthAttempt], platform: Platform) -> None:
    now = timezone.now()
    there = attempts.filter(platform=platform.slug)
    paused = there.filter(pause_until__gt=now).aggregate(until=Max("pause_until"))["until"]
    if paused is not None:
        raise StillPaused(platform=platform.name, seconds=int((paused - now).total_seconds()) + 1)
    if there.filter(created_at__gt=now - STARTS_WITHIN).count() >= STARTS:
        raise TooManyStarts(minutes=STARTS_WITHIN // timedelta(minutes=1))
