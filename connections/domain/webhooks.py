"""The addresses at which platforms deliver: one for each account and platform, unguessable, shown to who may edit."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.domain.audit import record
from accounts.enums import Action, Permission
from connections.domain import notices
from connections.models import Webhook
from connections.platforms import PLATFORMS
from connections.platforms.webhooks import REFUSALS
from events.models import IngestSource
from lumio.lib.errors import Refusal
from lumio.lib.secrets import new_secret

if TYPE_CHECKING:
    from accounts.actor import Actor
    from connections.platforms.base import Platform

#: What came last is written down this often at most: a chat message is not worth a write of its own.
NOTED_EVERY = timedelta(seconds=5)


class NoWebhook(Refusal):
    code = "no_webhook"
    status = 409
    sentence = _("{platform} does not call Lumio, so there is no webhook URL to make anew.")


@dataclass(frozen=True)
class Address:
    """Where a platform delivers an account's events, and what came there last.

    `url` is empty for who may not edit connections. `refusal` says why the last delivery was refused; empty where one
    that came later was taken.
    """

    platform: Platform = field(repr=False)
    url: str = field(repr=False)
    delivered_at: datetime | None
    refused_at: datetime | None
    refusal_code: str
    refusal: str

    @property
    def is_reachable(self) -> bool:
        """Whether the platform can come here at all, as far as it shows."""
        return self.platform.reaches_us

    @property
    def base(self) -> str:
        return settings.LUMIO_WEBHOOK_URL


def of_account(actor: Actor) -> dict[str, Address]:
    """The account's address for each platform that delivers, by slug. One query; each is made when first looked at."""
    if not actor.can(Permission.CONNECTIONS_EDIT):
        actor.require(Permission.CONNECTIONS_READ)
    rows = Webhook.objects.filter(account=actor.account)
    found = {row.platform: row for row in rows}
    missing = [slug for slug, platform in PLATFORMS.items() if platform.calls_us and slug not in found]
    if missing:
        Webhook.objects.bulk_create(
            [Webhook(account=actor.account, platform=slug, code=new_secret()) for slug in missing],
            ignore_conflicts=True,
        )
        found = {row.platform: row for row in rows.all()}
    return {slug: _address(row, actor) for slug, row in found.items() if slug in PLATFORMS}


@transaction.atomic
def renew(*, actor: Actor, platform: Platform) -> Address:
    """Make a new address. The old one is dead at once, so the new one has to be entered at the platform.

    Raises NoWebhook.
    """
    actor.require(Permission.CONNECTIONS_EDIT)
    if not platform.calls_us:
        raise NoWebhook(platform=platform.name)
    row, __ = Webhook.objects.select_for_update().get_or_create(
        account=actor.account, platform=platform.slug, defaults={"code": new_secret()}
    )
    row.code = new_secret()
    row.delivered_at = row.refused_at = None
    row.refusal_code = ""
    row.save()
    record(actor, Action.WEBHOOK_RENEWED, row)
    notices.connection_changed(actor.account.pk, platform.slug)
    return _address(row, actor)


def _address(row: Webhook, actor: Actor) -> Address:
    platform = PLATFORMS[row.platform]
    was_refused = row.refused_at is not None and (row.delivered_at is None or row.refused_at > row.delivered_at)
    refusal = REFUSALS.get(row.refusal_code) if was_refused else None
    path = reverse("webhook", args=[row.platform, row.code])
    return Address(
        platform,
        url=settings.LUMIO_WEBHOOK_URL + path if actor.can(Permission.CONNECTIONS_EDIT) else "",
        delivered_at=row.delivered_at,
        refused_at=row.refused_at,
        refusal_code=refusal.code if refusal else "",
        refusal=refusal(platform=platform.name).text if refusal else "",
    )


def delivered(hook: Webhook) -> None:
    """Note that something was taken from there, which is its source's proof of life. For a row `with_listener`."""
    now = timezone.now()
    if _noted_lately(hook.delivered_at, now):
        return
    hook.delivered_at = now
    fresh = Q(delivered_at=None) | Q(delivered_at__lte=now - NOTED_EVERY)
    if Webhook.objects.filter(fresh, pk=hook.pk).update(delivered_at=now):
        IngestSource.objects.filter(key=hook.source_key).update(last_event_at=now)


def refused(hook: Webhook, code: str) -> None:
    """Note that something was refused, and why."""
    now = timezone.now()
    if hook.refusal_code == code and _noted_lately(hook.refused_at, now):
        return
    Webhook.objects.filter(pk=hook.pk).update(refused_at=now, refusal_code=code)


def _noted_lately(at: datetime | None, now: datetime) -> bool:
    return at is not None and at > now - NOTED_EVERY
