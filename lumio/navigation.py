"""The sidebar: which pages there are, and which of them this person may open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _
from django_guid import get_guid

from accounts import social
from accounts.authentication import actor_from, carries_token, memberships_of
from accounts.domain import notifications, streamer_mode
from accounts.enums import Permission
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.functional import Promise

    from accounts.actor import Actor


@dataclass(frozen=True)
class Item:
    label: str | Promise
    url_name: str
    icon: str
    permission: Permission | None = None


GROUPS: list[tuple[str | Promise, list[Item]]] = [
    (
        _("Live"),
        [
            Item(_("Dashboard"), "dashboard", "layout-dashboard"),
            Item(_("Chat"), "chat", "messages-square", Permission.CHAT_READ),
            Item(_("Events"), "events", "activity", Permission.EVENTS_READ),
            Item(_("Alerts"), "alerts:index", "zap", Permission.EVENTS_READ),
            Item(_("Music"), "music", "music", Permission.SPOTIFY_READ),
            Item("OBS", "obs", "clapperboard", Permission.SETTINGS_READ),
            Item(_("Pre-flight check"), "preflight", "shield-check", Permission.CONNECTIONS_READ),
        ],
    ),
    (
        _("Manage"),
        [
            Item(_("Connections"), "connections:index", "plug", Permission.CONNECTIONS_READ),
            Item(_("Bot Control"), "connections:bot_control", "bot", Permission.BOT_CONNECTIONS_READ),
            Item(_("Tokens"), "tokens:index", "key-round", Permission.TOKENS_READ),
            Item(_("Overlays"), "overlays:index", "layers", Permission.OVERLAYS_READ),
            Item(_("Uploads"), "uploads:index", "image", Permission.OVERLAYS_READ),
            Item(_("Automations"), "automations:index", "workflow", Permission.AUTOMATIONS_READ),
            Item(_("Members"), "members", "users", Permission.MEMBERS_READ),
            Item(_("Roles"), "roles", "shield", Permission.ROLES_READ),
            Item(_("Audit log"), "audit", "scroll-text", Permission.AUDIT_READ),
            Item(_("Account"), "account", "settings", Permission.ACCOUNT_READ),
            Item(_("Help"), "help", "life-buoy"),
        ],
    ),
]


#: Accounts that the menu in the sidebar offers at once; the others are on a page of their own.
MENU_ACCOUNTS = 6


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: whether streamer mode `hides`, the `social` sign-ins, and for pages about errors the
    `request_id`; for pages behind a gate also `nav`, `actor`, the person's `menu` of accounts and the `bell` of
    notifications."""
    # Asked only where a template says it: strangers cost no query.
    context: dict[str, Any] = {
        "request_id": get_guid(),
        "hides": SimpleLazyObject(lambda: _hides(request)),
        "social": SimpleLazyObject(social.offered),
    }
    actor = getattr(request, "actor", None)
    if actor is None:
        return context
    nav = []
    for label, items in GROUPS:
        shown = [
            {
                "label": item.label,
                "url": (url := reverse(item.url_name)),
                "icon": item.icon,
                "current": request.path == url or (url != reverse("dashboard") and request.path.startswith(url + "/")),
            }
            for item in items
            if item.permission is None or actor.can(item.permission)
        ]
        if shown:
            nav.append({"label": label, "items": shown})
    return context | {
        "nav": nav,
        "actor": actor,
        "menu": SimpleLazyObject(lambda: _menu(request, actor)),
        "bell": SimpleLazyObject(lambda: notifications.bell(actor)),
    }


def _menu(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    """The accounts one can change to from the sidebar, and how many there are in all."""
    members = memberships_of(request) if request.user.is_authenticated else []
    others = [member for member in members if member.account_id != actor.account.pk]
    return {"others": others[:MENU_ACCOUNTS], "count": len(members), "has_more": len(others) > MENU_ACCOUNTS}


def _hides(request: HttpRequest) -> bool:
    """Streamer mode hides what is private from a person's own pages; what a token opens has nothing to hide."""
    if carries_token(request) or not request.user.is_authenticated:
        return False
    try:
        actor = actor_from(request)
    except Refusal:
        actor = None
    return streamer_mode.hides(request.user, actor.account.pk if actor else None)
