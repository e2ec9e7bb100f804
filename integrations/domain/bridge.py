"""The address of an account's bridge page. Whoever has it can reach the OBS beside the page, so it is a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.domain.audit import record
from accounts.enums import Action, Permission
from accounts.models import Account
from events import bus
from integrations.domain import vault
from integrations.models import Bridge
from lumio.lib import crypto
from lumio.lib.errors import Refusal
from lumio.lib.secrets import Secret, digest, new_secret

if TYPE_CHECKING:
    from accounts.actor import Actor


class AddressUnreadable(Refusal):
    code = "bridge_address_unreadable"
    status = 409
    sentence = _(
        "The address of the bridge page cannot be read with this Lumio's encryption keys. Put the missing key back, or "
        "make a new address and put it into OBS."
    )


def topic(account_id: UUID) -> str:
    """Where web processes with an open bridge page are told to look again: another address, other integrations,
    another page."""
    return f"lumio:bridge:{account_id}"


def changed_on_commit(account_id: UUID) -> None:
    """Have the bridge pages of an account compare what they connect to with what the database wants, now."""
    transaction.on_commit(lambda: bus.send(topic(account_id), "{}"), robust=True)


@transaction.atomic
def address(account: Account) -> Secret:
    """Where the account's bridge page is; made when it is first asked for. Raises AddressUnreadable."""
    row = Bridge.objects.filter(account=account).first()
    if row is None:
        # Two who ask first at the same time get the same one.
        account.take_turns()
        row = Bridge.objects.filter(account=account).first()
    if row is None:
        row, secret = _with_new_secret(Bridge(account=account))
        row.save(force_insert=True)
        return _url(secret)
    try:
        return _url(vault.bridge_secret(row))
    except crypto.CannotDecrypt as error:
        raise AddressUnreadable from error


@transaction.atomic
def renew(actor: Actor) -> Secret:
    """A new address; pages that were opened with the old one are over at once."""
    actor.require(Permission.CONNECTIONS_EDIT)
    actor.account.take_turns()
    row, secret = _with_new_secret(Bridge(account=actor.account, created_at=timezone.now()))
    Bridge.objects.update_or_create(
        account=actor.account,
        defaults={name: getattr(row, name) for name in ("secret_encrypted", "digest", "created_at")},
    )
    record(actor, Action.BRIDGE_RENEWED)
    changed_on_commit(actor.account.pk)
    return _url(secret)


def find(secret: str) -> Bridge | None:
    """The bridge of an address that works, its account loaded."""
    rows = Bridge.objects.select_related("account").filter(account__closed_at=None)
    return rows.filter(digest=digest(secret)).first()


def still_opens(account_id: UUID, secret_digest: str) -> bool:
    """Whether a page that came in with that secret may stay."""
    return Bridge.objects.filter(account=account_id, account__closed_at=None, digest=secret_digest).exists()


def _with_new_secret(row: Bridge) -> tuple[Bridge, Secret]:
    secret = Secret(new_secret())
    row.secret_encrypted, row.digest = vault.seal_bridge(row, secret), digest(secret.reveal())
    return row, secret


def _url(secret: Secret) -> Secret:
    return Secret(f"{settings.LUMIO_OVERLAY_URL}/bridge/{secret.reveal()}")
