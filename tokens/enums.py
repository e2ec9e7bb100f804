"""The popouts there are, and what no token may be used for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from accounts.enums import ALL, Permission

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.utils.functional import Promise

#: Through a token nobody creates, edits or deletes tokens, credentials, connections, integrations, members or roles,
#: nor the account that holds them all, whatever the token lists: a URL leaks sooner or later.
NEVER_BY_TOKEN = frozenset(
    {
        Permission.ACCOUNT_EDIT,
        Permission.ACCOUNT_DELETE,
        Permission.BOT_CONNECTIONS_CREATE,
        Permission.BOT_CONNECTIONS_DELETE,
        Permission.CONNECTIONS_CREATE,
        Permission.CONNECTIONS_EDIT,
        Permission.CONNECTIONS_DELETE,
        Permission.MEMBERS_CREATE,
        Permission.MEMBERS_EDIT,
        Permission.MEMBERS_DELETE,
        Permission.ROLES_CREATE,
        Permission.ROLES_EDIT,
        Permission.ROLES_DELETE,
        Permission.TOKENS_CREATE,
        Permission.TOKENS_EDIT,
        Permission.TOKENS_DELETE,
    }
)


class Revocation(TextChoices):
    """Why a token was revoked."""

    BY_HAND = "by_hand", _("revoked by somebody")
    LEAKED_IN_CHAT = "leaked_in_chat", _("seen in a chat or an event")
    LEAKED_IN_REFERER = "leaked_in_referer", _("passed on by a browser")


@dataclass(frozen=True)
class Popout:
    """An unattended page: the permission that opens it, those it can make use of, and its size in OBS in pixels.

    Each is a preset of the Tokens page. `url_name` is empty while this version does not have the page.
    """

    slug: str
    label: str | Promise
    opens: Permission
    also: tuple[Permission, ...] = ()
    url_name: str = ""
    size: tuple[int, int] | None = None

    @property
    def permissions(self) -> tuple[Permission, ...]:
        return (self.opens, *self.also)


POPOUTS = (
    Popout(
        "events",
        _("Events"),
        Permission.EVENTS_READ,
        (Permission.EVENTS_CREATE, Permission.EVENTS_USERINFO, Permission.CHAT_USERINFO),
        url_name="popouts:events",
        size=(500, 400),
    ),
    Popout(
        "chat",
        _("Chat"),
        Permission.CHAT_READ,
        (
            Permission.CHAT_WRITE,
            Permission.CHAT_USERINFO,
            Permission.CHAT_DELETE,
            Permission.CHAT_BAN,
            Permission.CHAT_TIMEOUT,
            Permission.CHAT_NOTES,
        ),
        url_name="popouts:chat",
        size=(400, 600),
    ),
    Popout(
        "music",
        _("Music"),
        Permission.SPOTIFY_READ,
        (Permission.SPOTIFY_PLAYBACK,),
        url_name="popouts:music",
        size=(600, 120),
    ),
    Popout("obs", _("OBS"), Permission.SETTINGS_READ, (Permission.OBS_EDIT,), url_name="popouts:obs"),
)
#: By slug.
BY_SLUG = {popout.slug: popout for popout in POPOUTS}


def bound_to(pages: Iterable[str]) -> list[Popout]:
    """The popouts of these slugs, in the order of POPOUTS; every popout for none at all."""
    wanted = set(pages)
    return [popout for popout in POPOUTS if popout.slug in wanted or not wanted]


def usable(pages: Iterable[str]) -> frozenset[Permission]:
    """What a token that is bound to these popouts can be used for; everything for one that is not bound."""
    wanted = set(pages)
    if not wanted:
        return ALL
    return frozenset(code for popout in bound_to(wanted) for code in popout.permissions)
