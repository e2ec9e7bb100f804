"""The audit log as people read it: what a line changed, piece by piece, and what of it streamer mode hides."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.domain.audit_log import GROUPS, name_of, of_group
from accounts.enums import Via

if TYPE_CHECKING:
    from collections.abc import Iterator

    from accounts.models import AuditEntry

GROUP_NAMES = {
    "account": _("Account"),
    "members": _("Members and invitations"),
    "roles": _("Roles"),
    "connections": _("Connections"),
    "bots": _("Bots"),
    "chat": _("Chat"),
    "music": _("Music"),
    "tips": _("Tips"),
    "tools": _("OBS and Streamer.bot"),
    "overlays": _("Overlays and alerts"),
    "automations": _("Automations"),
    "tokens": _("Popout tokens"),
    "tests": _("Test events"),
    "people": _("Signing in"),
    "operator": _("Whoever runs this Lumio"),
}

#: What changed, as the log names it; what is not here is shown as it is written.
FIELD_NAMES = {
    "account": _("account"),
    "act": _("act"),
    "actions": _("actions"),
    "background": _("background"),
    "channel": _("channel"),
    "channel_id": _("channel id"),
    "channel_name": _("channel"),
    "checked": _("accepted by the platform"),
    "cleared": _("cleared"),
    "client_id_hint": _("end of the Client ID"),
    "code": _("reason"),
    "colour": _("colour"),
    "command": _("command"),
    "copy_of": _("copy of"),
    "counted": _("counted"),
    "device": _("device"),
    "failure": _("reason"),
    "guard_most": _("alerts of one kind at most"),
    "guard_seconds": _("within so many seconds"),
    "hint": _("end of the token"),
    "key": _("key"),
    "kind": _("kind"),
    "label": _("label"),
    "language": _("language"),
    "layers": _("layers"),
    "lifetime": _("valid for"),
    "max_uses": _("uses at most"),
    "member": _("assigned to"),
    "muted": _("muted"),
    "name": _("name"),
    "note": _("note"),
    "on_return": _("when seen again"),
    "page": _("page"),
    "paused": _("paused"),
    "permissions": _("permissions"),
    "platform": _("platform"),
    "popouts": _("popouts"),
    "priorities": _("order"),
    "reason": _("reason"),
    "role": _("role"),
    "scenes": _("scenes"),
    "scopes": _("scopes"),
    "seconds": _("seconds"),
    "since": _("from"),
    "size": _("size"),
    "skipped": _("skipped"),
    "speaker": _("sent as"),
    "state": _("state"),
    "text": _("words"),
    "time_zone": _("time zone"),
    "type": _("type"),
    "until": _("until"),
    "use": _("use"),
    "values": _("values"),
    "via": _("via"),
    "volume": _("volume"),
    "where": _("seen in"),
    "who": _("who"),
}
#: Of these nobody on stream may read the value.
PRIVATE_FIELDS = {"bot_id", "channel_id", "client_id_hint", "email", "hint", "who"}
#: Ends of secrets and addresses of people, wherever they stand in a text, with the brackets and commas around them.
_PRIVATE = re.compile(r"(\(?…[\w-]{1,8}[),]*|[^\s()]+@[^\s()]+)")


@dataclass(frozen=True)
class Part:
    text: str
    is_private: bool = False


@dataclass(frozen=True)
class Change:
    """One field of a line. Lists have what came and what went, everything else the old and the new value.

    `old` or `new` is None where there was none; a value that did not change is only in `new`.
    """

    label: str
    is_private: bool = False
    old: str | None = None
    new: str | None = None
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Line:
    """One line of the page."""

    entry: AuditEntry
    what: str
    who: list[Part]
    via: list[Part]
    target: list[Part]
    changes: list[Change]


def line(entry: AuditEntry) -> Line:
    return Line(
        entry=entry,
        what=name_of(entry.action),
        who=parts(entry.actor_name),
        via=parts(_door(entry)),
        target=parts(entry.target_name),
        changes=list(changes(entry.before or {}, entry.after or {})),
    )


def grouped_actions() -> list[tuple[Any, Any]]:
    """Choices of the filter: for each group all of it, then each action of it."""
    return [
        (
            GROUP_NAMES[group],
            [(group, _("{group}: all").format(group=GROUP_NAMES[group])), *((one.value, one.label) for one in found)],
        )
        for group in GROUPS
        if (found := of_group(group))
    ]


def parts(text: str) -> list[Part]:
    """A text in pieces, so that streamer mode can hide some."""
    return [Part(piece, bool(place % 2)) for place, piece in enumerate(_PRIVATE.split(text)) if piece]


def changes(before: dict[str, Any], after: dict[str, Any]) -> Iterator[Change]:
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name), after.get(name)
        label = str(FIELD_NAMES.get(name) or name.replace("_", " "))
        is_private = name in PRIVATE_FIELDS
        if isinstance(old, list) or isinstance(new, list):
            had, has = _names(old), _names(new)
            added, removed = [one for one in has if one not in had], [one for one in had if one not in has]
            if added or removed:
                yield Change(label, is_private, added=added, removed=removed)
        elif old != new or name not in before or name not in after:
            yield Change(
                label,
                is_private,
                old=_value(old) if name in before and old != new else None,
                new=_value(new) if name in after else None,
            )


def _door(entry: AuditEntry) -> str:
    """How the actor came in: what the line says itself, where the kind of door is not all of it."""
    if not entry.via_detail or entry.via == Via.SYSTEM:
        return str(Via(entry.via).label) if entry.via in Via.values else entry.via
    detail = entry.via_detail.removeprefix("popout token ")
    if entry.via == Via.POPOUT_TOKEN:
        ending, is_assigned = detail.removesuffix(", assigned to a member"), detail.endswith(", assigned to a member")
        sentence = _("popout token {ending}, assigned to a member") if is_assigned else _("popout token {ending}")
        return sentence.format(ending=ending)
    return entry.via_detail


def _names(value: Any) -> list[str]:
    return [_value(one) for one in value] if isinstance(value, list) else []


def _value(value: Any) -> str:
    match value:
        case True:
            return gettext("yes")
        case False:
            return gettext("no")
        case None | "":
            return gettext("none")
        case dict():
            return ", ".join(f"{name}: {_value(one)}" for name, one in value.items())
        case list():
            return ", ".join(_names(value))
    return str(value)
