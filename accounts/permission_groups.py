"""The permissions as forms offer them: grouped by what they are about."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from django.utils.functional import Promise

    from accounts.enums import Permission

RESOURCES: dict[str, str | Promise] = {
    "account": _("Account"),
    "audit": _("Audit log"),
    "automations": _("Automations"),
    "bot-connections": _("Bot connections"),
    "chat": _("Chat"),
    "connections": _("Connections"),
    "events": _("Events"),
    "members": _("Members"),
    "obs": _("OBS"),
    "overlays": _("Overlays"),
    "roles": _("Roles"),
    "settings": _("Tool settings"),
    "spotify": _("Spotify"),
    "tokens": _("Popout tokens"),
}


@dataclass(frozen=True)
class Choice:
    """`is_locked`: it is shown as it is, and not to be changed."""

    code: Permission
    ticked: bool
    is_locked: bool


@dataclass(frozen=True)
class Group:
    """The permissions on one resource."""

    label: str | Promise
    choices: list[Choice]


def groups(codes: Iterable[Permission], ticked: Collection[str] = (), *, locked: Collection[str] = ()) -> list[Group]:
    """`codes`, which are in the catalogue's order, grouped by resource; `<c-permissions>` draws them."""
    return [
        Group(RESOURCES[resource], [Choice(code, code.value in ticked, code.value in locked) for code in found])
        for resource, found in groupby(codes, key=lambda code: code.value.partition(":")[0])
    ]
