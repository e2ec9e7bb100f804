"""Rows of one account, fetched and checked in one breath: a missing permission is a 403, somebody else's row a 404."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.enums import Permission
from connections.enums import ASKS, Purpose, Use
from connections.models import AppCredentials, ChatOrder, Connection, ConnectLink, PlatformSwitch, ViewerNote
from connections.platforms import PLATFORMS
from lumio.lib.ids import key

if TYPE_CHECKING:
    from accounts.actor import Actor
    from accounts.models import Account
    from connections.platforms.base import Platform


def get_platform(slug: str) -> Platform:
    """Raises Http404 for a platform that there is not."""
    try:
        return PLATFORMS[slug]
    except KeyError:
        raise Http404 from None


def get_bot_platform(slug: str) -> Platform:
    """Raises Http404 for a platform where nobody has bots."""
    platform = get_platform(slug)
    if not platform.has_bots:
        raise Http404
    return platform


def get_delivering_platform(slug: str) -> Platform:
    """Raises Http404 for a platform that calls no address of ours."""
    platform = get_platform(slug)
    if not platform.calls_us:
        raise Http404
    return platform


def get_connection(
    actor: Actor, connection_id: UUID | str, permission: Permission, purpose: Purpose = Purpose.CHANNEL
) -> Connection:
    actor.require(permission)
    return get_object_or_404(Connection, account=actor.account, purpose=purpose, pk=key(connection_id))


def get_bot(actor: Actor, platform: Platform, permission: Permission) -> Connection:
    """The account's own bot."""
    actor.require(permission)
    return get_object_or_404(Connection, account=actor.account, purpose=Purpose.BOT, platform=platform.slug)


def get_credentials(actor: Actor, platform: Platform) -> AppCredentials:
    actor.require(Permission.CONNECTIONS_EDIT)
    return get_object_or_404(AppCredentials, account=actor.account, platform=platform.slug)


def get_link(actor: Actor, link_id: UUID | str) -> ConnectLink:
    """A one-time link that is still open, for whoever may make such a one."""
    links = ConnectLink.objects.open().with_rights()
    link = get_object_or_404(links, account=actor.account, pk=key(link_id))
    actor.require(ASKS[Purpose(link.purpose)])
    return link


def get_order(actor: Actor, order_id: UUID | str, *permissions: Permission) -> ChatOrder:
    """What was asked of a chat, for whoever has one of the permissions."""
    actor.require_any(*permissions)
    return get_object_or_404(ChatOrder, account=actor.account, pk=key(order_id))


def get_note(actor: Actor, note_id: UUID | str) -> ViewerNote:
    actor.require(Permission.CHAT_NOTES)
    return get_object_or_404(ViewerNote, account=actor.account, pk=key(note_id))


def switched_off(account: Account, use: Use = Use.CHANNEL) -> dict[str, str]:
    """Platforms whose `use` the operator has switched off, for everybody or for this account, each with the reason
    (or "")."""
    return all_switched_off(account)[use]


def all_switched_off(account: Account) -> dict[Use, dict[str, str]]:
    """The same for every use. One query."""
    off: dict[Use, dict[str, str]] = {use: {} for use in Use}
    switches = PlatformSwitch.objects.filter(Q(account=None) | Q(account=account))
    # What is said about this account alone is more telling than what is said to everybody.
    for switch in sorted(switches, key=lambda switch: switch.account_id is not None):
        off[Use(switch.use)][switch.platform] = switch.reason
    return off
