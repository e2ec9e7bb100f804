"""What a new overlay can begin with. Places are fractions of its size, so that each fits every format."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from events.enums import Kind
from overlays.enums import GoalOf, LayerType

if TYPE_CHECKING:
    from django.utils.functional import Promise

EMPTY = "empty"


@dataclass(frozen=True)
class Place:
    """A layer of a preset: left, top, width and height of 1, and settings that differ from the usual ones."""

    type: LayerType
    x: float
    y: float
    width: float
    height: float
    config: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Preset:
    label: str | Promise
    help: str | Promise
    icon: str
    #: Bottom first.
    places: tuple[Place, ...] = ()


_ALERTS = Place(LayerType.ALERT_BOX, 0.25, 0.08, 0.5, 0.42)
_CHAT = Place(LayerType.CHAT_BOX, 0.72, 0.3, 0.26, 0.64)

PRESETS: dict[str, Preset] = {
    EMPTY: Preset(_("Empty"), _("Nothing on it yet."), "layers"),
    "alerts": Preset(_("Alerts only"), _("Follows, subs, tips, cheers and raids."), "bell", (_ALERTS,)),
    "chat": Preset(
        _("Chat"),
        _("The chat of all your platforms."),
        "message-square",
        (Place(LayerType.CHAT_BOX, 0.02, 0.05, 0.96, 0.9),),
    ),
    "full": Preset(
        _("Full set"),
        _("Alerts, chat, newest events, a goal and what is playing."),
        "layout-dashboard",
        (
            Place(LayerType.EVENT_LIST, 0.02, 0.3, 0.24, 0.36),
            _CHAT,
            Place(LayerType.GOAL, 0.34, 0.88, 0.32, 0.09, {"counts": GoalOf.FOLLOWS.value}),
            Place(LayerType.NOW_PLAYING, 0.02, 0.84, 0.3, 0.12),
            _ALERTS,
        ),
    ),
}

#: Formats that are offered: width, height, and what each is for.
SIZES: tuple[tuple[int, int, str | Promise], ...] = (
    (1920, 1080, _("Full HD, what most streams have")),
    (1280, 720, _("HD")),
    (2560, 1440, _("QHD")),
    (3840, 2160, _("4K")),
    (1080, 1920, _("Upright, for phones")),
    (480, 800, _("A box for chat alone")),
)


def layers(preset: str, width: int, height: int) -> list[dict[str, Any]]:
    """Of a preset, on an overlay of that size, with names and words in the language of now; as `domain.layers` takes
    them."""
    return [
        {
            "type": place.type.value,
            "x": round(place.x * width),
            "y": round(place.y * height),
            "width": max(1, round(place.width * width)),
            "height": max(1, round(place.height * height)),
            "config": _words(place.type) | place.config,
        }
        for place in PRESETS[preset].places
    ]


def _words(type: LayerType) -> dict[str, Any]:
    if type == LayerType.ALERT_BOX:
        return {"variations": variations()}
    if type == LayerType.GOAL:
        return {"title": _now("Next goal")}
    return {}


def variations() -> list[dict[str, Any]]:
    """What a new alert box shows, in the language of now."""
    return [
        _variation(_now("Follow"), _now("{{name}} just followed"), Kind.FOLLOW, seconds=5),
        _variation(
            _now("Sub"),
            _now("{{name}} just subscribed"),
            Kind.SUB,
            Kind.SUB_PRIME_UPGRADE,
            Kind.SUB_GIFT_UPGRADE,
            Kind.SUB_PAY_IT_FORWARD,
        ),
        _variation(_now("Resub"), _now("{{name}}: {{months}} months"), Kind.RESUB, Kind.MEMBERSHIP_MILESTONE),
        _variation(_now("Watch streak"), _now("{{name}} watched {{amount}} in a row"), Kind.WATCH_STREAK),
        _variation(
            _now("Gifts"), _now("{{name}} gifted {{amount}}"), Kind.SUB_GIFT, Kind.MEMBERSHIP_GIFT, sound="@bell"
        ),
        _variation(
            _now("Membership"),
            _now("{{name}} is now a member"),
            Kind.MEMBERSHIP,
            Kind.MEMBERSHIP_UPGRADE,
        ),
        _variation(
            _now("Tip"),
            _now("{{name}} gave {{amount}}"),
            Kind.TIP,
            Kind.SUPERCHAT,
            Kind.CHARITY_DONATION,
            seconds=10,
            sound="@bell",
        ),
        _variation(_now("Cheer"), _now("{{name}} cheered {{amount}}"), Kind.CHEER),
        _variation(
            _now("Raid"), _now("{{name}} is raiding with {{viewers}} viewers"), Kind.RAID, seconds=10, sound="@pop"
        ),
    ]


def _variation(name: str, template: str, *kinds: Kind, **settings: Any) -> dict[str, Any]:
    return {"name": name, "template": template, "kinds": [kind.value for kind in kinds], **settings}
