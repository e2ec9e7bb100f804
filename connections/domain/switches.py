"""The operator's switches: one use of a platform off, for everybody or for one account, and on again.

What is switched off keeps its sign-ins, which go on being refreshed, so that it comes back by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.domain.audit import record
from accounts.enums import Action
from accounts.models import Account
from connections.domain import notices
from connections.enums import Use
from connections.models import PlatformSwitch
from connections.platforms import PLATFORMS, discord
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from accounts.actor import Actor


class NoSuchUse(Refusal):
    code = "no_such_use"
    status = 422
    sentence = _("There is nothing to switch off: {platform} is not used for {use}.")


class LoginIsForEverybody(Refusal):
    code = "login_is_for_everybody"
    status = 422
    sentence = _("Signing in can only be switched off for everybody: before it, nobody knows whose account it is for.")


class AlreadyOff(Refusal):
    code = "already_off"
    status = 422
    sentence = _("This is switched off already. Change that switch instead of adding another.")


def names() -> dict[str, str]:
    """Slug and name of everything that can be switched off in some way."""
    return {slug: platform.name for slug, platform in PLATFORMS.items()} | settings.SOCIAL_NAMES


def uses_of(slug: str) -> set[Use]:
    """What a platform is used for here."""
    platform = PLATFORMS.get(slug)
    uses = set()
    if platform is not None:
        uses.add(Use.CHANNEL)
    if (platform is not None and platform.has_bots) or slug == discord.SLUG:
        uses.add(Use.BOT)
    if slug in settings.SOCIAL_NAMES:
        uses.add(Use.LOGIN)
    return uses


def check(switch: PlatformSwitch) -> None:
    """Raises a Refusal for a switch that switches nothing."""
    use = Use(switch.use)
    if use not in uses_of(switch.platform):
        raise NoSuchUse(platform=names().get(switch.platform, switch.platform), use=use.label)
    if use == Use.LOGIN and switch.account_id is not None:
        raise LoginIsForEverybody
    same = PlatformSwitch.objects.filter(platform=switch.platform, use=use, account=switch.account_id)
    if same.exclude(pk=switch.pk).exists():
        raise AlreadyOff


@transaction.atomic
def save(*, actor: Actor, switch: PlatformSwitch) -> None:
    """Switch off, or change what is said about it and whom it is for. Raises a Refusal."""
    check(switch)
    before = PlatformSwitch.objects.filter(pk=switch.pk).first()
    switch.save()
    record(
        actor,
        Action.PLATFORM_SWITCHED_OFF,
        switch,
        before=_told(before) if before else None,
        after=_told(switch),
    )
    for changed in filter(None, (before, switch)):
        _announce(changed)


@transaction.atomic
def delete(*, actor: Actor, switch: PlatformSwitch) -> None:
    """Switch on again."""
    record(actor, Action.PLATFORM_SWITCHED_ON, switch, before=_told(switch))
    _announce(switch)
    switch.delete()


def logins_off() -> Mapping[str, str]:
    """Providers of identities that nobody may sign in with now, each with the reason (or "")."""
    return dict(PlatformSwitch.objects.filter(use=Use.LOGIN, account=None).values_list("platform", "reason"))


def _told(switch: PlatformSwitch) -> dict[str, str]:
    account = str(switch.account) if switch.account else "everybody"
    return {"platform": switch.platform, "use": switch.use, "account": account, "reason": switch.reason}


def _announce(switch: PlatformSwitch) -> None:
    """To the pages and the ingest processes of whoever is affected."""
    for account_id in _affected(switch):
        notices.connection_changed(account_id, switch.platform)


def _affected(switch: PlatformSwitch) -> list[UUID]:
    if switch.account_id:
        return [switch.account_id]
    connected = Account.objects.filter(connections__platform=switch.platform)
    return list(connected.values_list("pk", flat=True).distinct())
