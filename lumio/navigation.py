"""The sidebar: which pages there are, and which of them this person may open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.enums import Permission

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.functional import Promise


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
        ],
    ),
    (
        _("Manage"),
        [
            Item(_("Connections"), "connections:index", "plug", Permission.CONNECTIONS_READ),
            Item(_("Tokens"), "tokens:index", "key-round", Permission.TOKENS_READ),
        ],
    ),
]


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `nav` and `actor` for pages behind a gate, nothing for the others."""
    actor = getattr(request, "actor", None)
    if actor is None:
        return {}
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
    return {"nav": nav, "actor": actor}
