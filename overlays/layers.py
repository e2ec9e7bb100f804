"""What each type of layer can be set to. Said once, here: the editor's forms, the check of what is saved and the
defaults of a new layer all follow from it, and `static/js/overlay/layers/` draws it.

A config holds exactly the settings of its type; one that is missing when it is read has its default, so that a new
setting needs no migration.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from events.enums import THANKED_FOR, Kind
from events.platforms import known
from overlays.enums import GoalOf, LayerType

if TYPE_CHECKING:
    Label = str | Promise

#: What an alert can be made of: what somebody is thanked for, and rewards.
ALERTS: tuple[Kind, ...] = tuple(kind for kind in Kind if kind in THANKED_FOR or kind is Kind.REDEMPTION)
#: Colour without alpha, and with it.
OPAQUE = r"#[0-9a-f]{6}"
COLOUR = r"#[0-9a-f]{6}([0-9a-f]{2})?"


@dataclass(frozen=True)
class Setting:
    """One thing that can be set. `kind` is how it is asked for and checked:

    text, lines (text of several lines), code: at most `limit` characters
    number: `least` to `most`, whole unless `step` is a fraction
    switch
    colour: "#rrggbb" or "#rrggbbaa"
    choice: one of `choices`
    kinds: some of ALERTS
    platforms: slugs; none for all
    moment: ISO 8601 with its offset, or ""
    currency: three capital letters
    upload: the id of an upload whose kind is in `of`, or ""; a sound may also be one of SOUNDS
    rows: at most `limit` objects with the settings in `of_rows`, and an "id"

    `within` names the part of the properties panel that it belongs to.
    """

    name: str
    kind: str
    label: Label
    default: Any
    help: Label = ""
    within: str = "content"
    limit: int = 200
    least: float = 0
    most: float = 0
    step: float = 1
    choices: tuple[tuple[str, Label], ...] = ()
    of: tuple[str, ...] = ()
    of_rows: tuple[Setting, ...] = ()


@dataclass(frozen=True)
class LayerForm:
    """A type of layer: its icon in templates/icons, the size of a new one, and its settings."""

    icon: str
    width: int
    height: int
    settings: tuple[Setting, ...] = field(default=())


#: Headings of the properties panel, in order.
PARTS: dict[str, Label] = {
    "content": _("Content"),
    "when": _("When"),
    "sound": _("Sound"),
    "motion": _("Motion"),
    "words": _("Lettering"),
    "look": _("Look"),
}

#: Sounds that come with Lumio, in static/sounds/.
SOUNDS: tuple[tuple[str, Label], ...] = (("@chime", _("Chime")), ("@pop", _("Pop")), ("@bell", _("Bell")))

FONTS: tuple[tuple[str, Label], ...] = (
    ("sans", _("Sans serif")),
    ("rounded", _("Rounded")),
    ("condensed", _("Condensed")),
    ("serif", _("Serif")),
    ("mono", _("Typewriter")),
)
MOTIONS: tuple[tuple[str, Label], ...] = (
    ("none", _("None")),
    ("fade", _("Fade")),
    ("up", _("From below")),
    ("down", _("From above")),
    ("left", _("From the right")),
    ("right", _("From the left")),
    ("zoom", _("Zoom")),
    ("bounce", _("Bounce")),
)
#: The same on the way out: what came from below goes back there.
MOTIONS_OUT: tuple[tuple[str, Label], ...] = (
    ("none", _("None")),
    ("fade", _("Fade")),
    ("up", _("Downwards")),
    ("down", _("Upwards")),
    ("left", _("To the right")),
    ("right", _("To the left")),
    ("zoom", _("Zoom")),
    ("bounce", _("Shrink")),
)


def _lettering(*, size: int, align: str = "left", weight: int = 600) -> tuple[Setting, ...]:
    return (
        Setting("font", "choice", _("Font"), "sans", within="words", choices=FONTS),
        Setting("font_size", "number", _("Size in pixels"), size, within="words", least=8, most=400),
        Setting("font_weight", "number", _("Weight"), weight, within="words", least=300, most=900, step=100),
        Setting("colour", "colour", _("Colour"), "#ffffff", within="words"),
        Setting("outline", "number", _("Outline in pixels"), 0, within="words", most=20),
        Setting("outline_colour", "colour", _("Colour of the outline"), "#000000", within="words"),
        Setting("shadow", "switch", _("Shadow"), True, within="words"),
        Setting(
            "align",
            "choice",
            _("Aligned"),
            align,
            within="words",
            choices=(("left", _("left")), ("center", _("in the middle")), ("right", _("right"))),
        ),
    )


def _ground(colour: str = "#00000000", *, corner: int = 12, padding: int = 16) -> tuple[Setting, ...]:
    return (
        Setting("ground", "colour", _("Background"), colour, within="look"),
        Setting("corner", "number", _("Rounded corners in pixels"), corner, within="look", most=200),
        Setting("padding", "number", _("Space around in pixels"), padding, within="look", most=200),
    )


_PLATFORMS = Setting("platforms", "platforms", _("Platforms"), [], within="when", help=_("None chosen means all."))

VARIATION: tuple[Setting, ...] = (
    Setting("name", "text", _("Name"), "", limit=80),
    Setting("enabled", "switch", _("In use"), True),
    Setting("kinds", "kinds", _("Events"), [Kind.FOLLOW.value], within="when"),
    _PLATFORMS,
    Setting(
        "least",
        "number",
        _("From this amount"),
        0,
        within="when",
        most=1_000_000_000,
        step=0.01,
        help=_("Money in whole units, as 5 for 5.00; else bits, months, subs or viewers."),
    ),
    Setting(
        "most", "number", _("Up to this amount"), 0, within="when", most=1_000_000_000, step=0.01, help=_("0: any.")
    ),
    Setting(
        "tier",
        "choice",
        _("Tier"),
        "",
        within="when",
        choices=(("", _("any")), ("1", "1"), ("2", "2"), ("3", "3")),
    ),
    Setting(
        "template",
        "lines",
        _("Words"),
        "{{name}}",
        limit=500,
        help=_(
            "{{name}}, {{amount}}, {{message}}, {{count}}, {{months}}, {{tier}}, {{viewers}}, {{recipient}}, "
            "{{platform}}, {{title}}"
        ),
    ),
    Setting("show_message", "switch", _("Show the viewer's message"), True),
    Setting("picture", "upload", _("Picture or video"), "", of=("image", "video")),
    Setting(
        "picture_place",
        "choice",
        _("Picture"),
        "above",
        choices=(("above", _("above the words")), ("left", _("left of the words")), ("behind", _("behind the words"))),
    ),
    Setting("sound", "upload", _("Sound"), "@chime", within="sound", of=("sound",)),
    Setting("volume", "number", _("Volume in percent"), 60, within="sound", most=100),
    Setting("seconds", "number", _("Seconds on screen"), 7, within="motion", least=1, most=120, step=0.5),
    Setting("motion_in", "choice", _("Appears"), "zoom", within="motion", choices=MOTIONS),
    Setting("motion_out", "choice", _("Disappears"), "fade", within="motion", choices=MOTIONS_OUT),
    Setting("accent", "colour", _("Colour of the name"), "#a970ff", within="words"),
)

LAYERS: dict[LayerType, LayerForm] = {
    LayerType.ALERT_BOX: LayerForm(
        "bell",
        800,
        480,
        (
            Setting("variations", "rows", _("Variations"), [], limit=50, of_rows=VARIATION),
            Setting(
                "calm",
                "switch",
                _("Calm"),
                False,
                within="motion",
                help=_("Fades only: no flashes, no bouncing, no quick movement."),
            ),
            *_lettering(size=48, align="center", weight=700),
            *_ground(),
        ),
    ),
    LayerType.CHAT_BOX: LayerForm(
        "message-square",
        480,
        720,
        (
            _PLATFORMS,
            Setting("most", "number", _("Lines at most"), 30, least=1, most=100),
            Setting(
                "hide_after", "number", _("Hide after seconds"), 0, within="when", most=600, help=_("0: they stay.")
            ),
            Setting(
                "hold_back",
                "number",
                _("Hold back for seconds"),
                0,
                within="when",
                most=10,
                help=_("Time for moderators to delete a message before anybody sees it."),
            ),
            Setting("hide_commands", "switch", _("Hide !commands"), True, within="when"),
            Setting(
                "hide_names",
                "lines",
                _("Hide these names"),
                "",
                limit=1000,
                within="when",
                help=_("One on each line, such as your bots."),
            ),
            Setting("show_badges", "switch", _("Badges"), True),
            Setting("show_platform", "switch", _("Platform"), True),
            Setting("show_time", "switch", _("Time"), False),
            Setting("motion_in", "choice", _("Appears"), "fade", within="motion", choices=MOTIONS),
            *_lettering(size=22),
            *_ground("#0e0e1299", padding=12),
        ),
    ),
    LayerType.EVENT_LIST: LayerForm(
        "list",
        480,
        400,
        (
            Setting("kinds", "kinds", _("Events"), [kind.value for kind in ALERTS], within="when"),
            _PLATFORMS,
            Setting("most", "number", _("Lines at most"), 6, least=1, most=50),
            Setting("show_platform", "switch", _("Platform"), True),
            Setting("show_message", "switch", _("Show the viewer's message"), False),
            Setting("motion_in", "choice", _("Appears"), "left", within="motion", choices=MOTIONS),
            Setting("accent", "colour", _("Colour of the name"), "#a970ff", within="words"),
            *_lettering(size=24),
            *_ground("#0e0e1299", padding=12),
        ),
    ),
    LayerType.NOW_PLAYING: LayerForm(
        "music",
        600,
        140,
        (
            Setting("show_cover", "switch", _("Cover"), True),
            Setting("show_progress", "switch", _("Progress"), True),
            Setting("hide_paused", "number", _("Hide so many seconds after a pause"), 5, within="when", most=600),
            Setting("scroll", "switch", _("Let long titles run"), True, within="motion"),
            Setting("accent", "colour", _("Colour of the progress"), "#1ed760", within="look"),
            *_lettering(size=26),
            *_ground("#0e0e12cc", padding=12),
        ),
    ),
    LayerType.GOAL: LayerForm(
        "target",
        640,
        120,
        (
            Setting("counts", "choice", _("Counts"), GoalOf.FOLLOWS.value, choices=tuple(GoalOf.choices)),
            Setting("title", "text", _("Title"), "", limit=120),
            Setting("start", "number", _("Begins at"), 0, most=1_000_000_000, step=0.01),
            Setting("target", "number", _("Goal"), 100, least=0.01, most=1_000_000_000, step=0.01),
            Setting(
                "currency",
                "currency",
                _("Currency"),
                "USD",
                help=_("For tips: those in another currency are not counted."),
            ),
            _PLATFORMS,
            Setting("show_numbers", "switch", _("Numbers"), True),
            Setting("bar", "colour", _("Bar"), "#a970ff", within="look"),
            Setting("bar_ground", "colour", _("Bar's background"), "#ffffff33", within="look"),
            *_lettering(size=26),
            *_ground("#0e0e1299", padding=14),
        ),
    ),
    LayerType.TEXT: LayerForm(
        "type",
        640,
        80,
        (
            Setting(
                "text",
                "lines",
                _("Text"),
                "",
                limit=2000,
                help=_(
                    "{{last_follower}}, {{last_sub}}, {{last_tip}}, {{last_tip_amount}}, {{last_cheer}}, "
                    "{{last_cheer_amount}}, {{last_raid}}, {{last_raid_viewers}}, {{viewers}}, {{title}}, {{category}}"
                ),
            ),
            Setting("scroll", "switch", _("Let long lines run"), False, within="motion"),
            *_lettering(size=36),
            *_ground(),
        ),
    ),
    LayerType.IMAGE: LayerForm(
        "image",
        400,
        400,
        (
            Setting("picture", "upload", _("Picture or video"), "", of=("image", "video")),
            Setting(
                "fit",
                "choice",
                _("Fitted"),
                "contain",
                choices=(("contain", _("whole")), ("cover", _("filling")), ("fill", _("stretched"))),
            ),
            Setting("corner", "number", _("Rounded corners in pixels"), 0, within="look", most=1000),
        ),
    ),
    LayerType.TIMER: LayerForm(
        "timer",
        400,
        110,
        (
            Setting(
                "mode",
                "choice",
                _("Shows"),
                "countdown",
                choices=(
                    ("countdown", _("a countdown that is started by hand")),
                    ("stopwatch", _("a stopwatch that is started by hand")),
                    ("until", _("the time until a moment")),
                    ("live", _("how long the stream has been live")),
                    ("clock", _("the time of day")),
                ),
            ),
            Setting(
                "seconds",
                "number",
                _("Seconds of the countdown"),
                300,
                least=1,
                most=360_000,
                help=_("For a countdown that is started by hand."),
            ),
            Setting("moment", "moment", _("Moment"), "", help=_("For the time until a moment.")),
            Setting("before", "text", _("Words before it"), "", limit=80),
            Setting("over", "text", _("Words when it is over"), "", limit=80),
            *_lettering(size=64, align="center", weight=700),
            *_ground(),
        ),
    ),
    LayerType.CUSTOM: LayerForm(
        "code",
        640,
        360,
        (
            Setting("html", "code", "HTML", "", limit=50_000),
            Setting("css", "code", "CSS", "", limit=50_000),
            Setting("js", "code", "JavaScript", "", limit=50_000),
            Setting("events", "switch", _("Receives events"), True, within="when"),
            Setting("chat", "switch", _("Receives chat messages"), False, within="when"),
        ),
    ),
}


def defaults(settings: tuple[Setting, ...]) -> dict[str, Any]:
    """What a new layer or variation is set to."""
    return {one.name: list(one.default) if isinstance(one.default, list) else one.default for one in settings}


def form_spec() -> dict[str, Any]:
    """What the editor builds its properties panel from, as JSON in the language of now:

    {"types": {type: {"label", "icon", "width", "height", "settings": [the fields of Setting], "defaults"}},
     "parts": [[slug, label]], "kinds": [[slug, label]], "platforms": [slug], "sounds": [[id, label]]}
    """
    return {
        "types": {
            type.value: {
                "label": str(type.label),
                "icon": form.icon,
                "width": form.width,
                "height": form.height,
                "settings": [_spelled(asdict(one)) for one in form.settings],
                "defaults": defaults(form.settings),
            }
            for type, form in LAYERS.items()
        },
        "parts": [[slug, str(label)] for slug, label in PARTS.items()],
        "kinds": [[kind.value, str(kind.label)] for kind in ALERTS],
        "platforms": list(known()),
        "sounds": [[sound, str(label)] for sound, label in SOUNDS],
    }


def _spelled(value: Any) -> Any:
    """With every label in words."""
    if isinstance(value, dict):
        return {name: _spelled(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_spelled(one) for one in value]
    return str(value) if isinstance(value, Promise) else value
