"""App credentials: an account's own application at a platform. Write-only: nothing ever gives a value back."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.domain.audit import record
from accounts.enums import Action, Permission
from connections.domain import access, notices, quota, removal, sweeps, validation, vault
from connections.domain.refresh import lost_fields
from connections.enums import GrantState
from connections.models import AppCredentials, Connection
from connections.platforms import PLATFORMS, oauth
from connections.platforms.base import Client, Platform
from connections.platforms.failures import CredentialsChanged, PlatformFailure, SecretUnreadable
from lumio.lib.errors import Refusal
from lumio.lib.secrets import Secret

if TYPE_CHECKING:
    from accounts.actor import Actor

LONGEST = 500


class PasteMistake(Refusal):
    """What was entered cannot be it. `field` is where: "client_id" or "client_secret"."""

    code = "paste_mistake"
    status = 422

    def __init__(self, field: str) -> None:
        super().__init__()
        self.field = field


class Empty(PasteMistake):
    code = "empty"
    sentence = _("Paste the value from the platform's developer console.")


class HoldsSpaces(PasteMistake):
    code = "holds_spaces"
    sentence = _("There is a space or a line break in it. Copy the value alone, without the words around it.")


class StartsWithBearer(PasteMistake):
    code = "is_a_header"
    sentence = _("This is an access token with “Bearer” or “OAuth” in front. Paste the app's own value instead.")


class NotPlainText(PasteMistake):
    code = "not_plain_text"
    sentence = _("There are characters in it that no such value has, or it is far too long. Copy it once more.")


class Same(PasteMistake):
    code = "id_equals_secret"
    sentence = _("Client ID and Client Secret are the same. The secret is the value shown after “New Secret”.")


class IdInSecretBox(PasteMistake):
    code = "id_in_secret_box"
    sentence = _("This is the Client ID you saved earlier. The secret is another value.")


@dataclass(frozen=True)
class Saved:
    """`checked` is False where the platform could not be asked whether it accepts the pair."""

    row: AppCredentials
    checked: bool

    @property
    def text(self) -> str:
        name = PLATFORMS[self.row.platform].name
        if self.checked:
            return gettext("Saved. {platform} accepts these app credentials.").format(platform=name)
        return gettext("Saved. {platform} did not say whether it accepts them: connecting will show.").format(
            platform=name
        )


def listing(actor: Actor) -> list[AppCredentials]:
    """What is set up, for showing hints only."""
    actor.require(Permission.CONNECTIONS_EDIT)
    return list(AppCredentials.objects.filter(account=actor.account).order_by("platform"))


def signed_in_through(actor: Actor) -> dict[str, list[Connection]]:
    """Whom each platform's pair speaks for: who would be signed out without it."""
    actor.require(Permission.CONNECTIONS_EDIT)
    found = defaultdict(list)
    for connection in Connection.objects.filter(account=actor.account).order_by("-purpose"):
        found[connection.platform].append(connection)
    return found


def save(*, actor: Actor, platform: Platform, client_id: str, client_secret: str) -> Saved:
    """Store a pair, asking the platform first whether it accepts it; an outage does not stand in the way.

    A blank `client_id` keeps the one that is saved. Raises PasteMistake, or CredentialsRejected from the platform;
    nothing has changed then.
    """
    actor.require(Permission.CONNECTIONS_EDIT)
    existing = AppCredentials.objects.filter(account=actor.account, platform=platform.slug).first()
    old_id = _old_id(existing)
    client_id = _cleaned("client_id", client_id if client_id.strip() or old_id is None else old_id)
    client_secret = _cleaned("client_secret", client_secret)
    if client_id == client_secret:
        raise Same("client_secret")
    if client_secret == old_id:
        raise IdInSecretBox("client_secret")
    client = Client(client_id, Secret(client_secret))
    sweeps.let_go()
    checked = _check(platform, client)

    with transaction.atomic():
        row, __ = AppCredentials.objects.select_for_update().get_or_create(
            account=actor.account, platform=platform.slug, defaults=_defaults(platform)
        )
        hint_before = row.client_id_hint
        row.client_id_encrypted = vault.seal(row, "client_id_encrypted", Secret(client.id))
        row.client_secret_encrypted = vault.seal(row, "client_secret_encrypted", client.secret)
        row.client_id_hint = Secret(client.id).hint
        row.redirect_uri = platform.redirect_uri
        if old_id != client.id:
            row.paused_until = None  # it was another app that was to pause
        row.save()
        record(
            actor,
            Action.CREDENTIALS_SAVED,
            row,
            before={"client_id_hint": hint_before} if existing else None,
            after={"client_id_hint": row.client_id_hint, "checked": checked},
        )
        _revive(row, platform, same_app=old_id == client.id)
        notices.connection_changed(row.account_id, row.platform)
    return Saved(row, checked)


def delete(*, actor: Actor, row: AppCredentials) -> None:
    """Forget the pair and every sign-in made with it, in one transaction; hand the tokens back afterwards."""
    actor.require(Permission.CONNECTIONS_EDIT)
    with transaction.atomic():
        connections = Connection.objects.select_for_update().filter(account=actor.account, platform=row.platform)
        for connection in connections:
            removal.remove(actor, connection)
        record(actor, Action.CREDENTIALS_DELETED, row, before={"client_id_hint": row.client_id_hint})
        row.delete()


def get(actor: Actor, platform: str) -> AppCredentials:
    return access.get_credentials(actor, access.get_platform(platform))


def _cleaned(field: str, value: str) -> str:
    value = value.strip()
    if not value:
        raise Empty(field)
    if re.match(r"(?i)(bearer|oauth|basic)\s", value):
        raise StartsWithBearer(field)
    if re.search(r"\s", value):
        raise HoldsSpaces(field)
    if len(value) > LONGEST or not value.isascii() or not value.isprintable():
        raise NotPlainText(field)
    return value


def _check(platform: Platform, client: Client) -> bool:
    """Whether the platform said yes. Raises what it said if that was a clear no; an outage is no answer."""
    if not platform.oauth.client_credentials:
        return False
    try:
        oauth.check(platform, client)
    except PlatformFailure as failure:
        if failure.is_final:
            raise
        return False
    return True


def _old_id(existing: AppCredentials | None) -> str | None:
    if existing is None:
        return None
    try:
        return vault.read(existing, "client_id_encrypted").reveal()
    except SecretUnreadable:
        return None


def _defaults(platform: Platform) -> dict[str, object]:
    return {
        "client_id_encrypted": b"",
        "client_secret_encrypted": b"",
        "client_id_hint": "",
        "redirect_uri": platform.redirect_uri,
    }


def _revive(row: AppCredentials, platform: Platform, *, same_app: bool) -> None:
    """What becomes of sign-ins made before: with a new secret they are tried again, with another app they are over."""
    connections = Connection.objects.filter(account_id=row.account_id, platform=row.platform)
    if same_app:
        # A refresh shows at once whether the new secret is right, also where the platform cannot be asked on Save.
        connections.filter(state=GrantState.CONNECTED).exclude(refresh_due_at=None).update(
            refresh_due_at=timezone.now()
        )
        rejected = connections.filter(state=GrantState.CREDENTIALS_REJECTED)
        for connection in rejected.select_related("account"):
            notices.well(connection)
        rejected.update(
            state=GrantState.CONNECTED,
            failure_code="",
            failure_params={},
            failed_since=None,
            refresh_attempts=0,
            refresh_due_at=timezone.now(),
            validate_due_at=validation.first_due(platform),
        )
        return
    quota.forget(row.account_id, platform)
    failure = CredentialsChanged(platform=platform.name)
    signed_in = connections.exclude(state=GrantState.NEEDS_SIGN_IN)
    for connection in signed_in.select_related("account"):
        notices.lost(connection, failure)
    signed_in.update(**lost_fields(GrantState.NEEDS_SIGN_IN, failure.code, failure.params))
