"""What the address of a popout says about how the page looks, so that two docks of one token can differ.

What an address says and nobody understands is left out: on air, a page with a typing error in its address is better
than none. `docs/users/popouts.md` lists the parameters.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from django.conf import settings

from accounts.models import HourCycle, RowTimes
from connections.platforms import PLATFORMS
from events import words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from django.http import HttpRequest

THEMES: Final = ("dark", "light", "system")
#: What can be hidden.
PARTS: Final = (
    "header", "filter", "time", "platform", "badges", "avatars", "input", "cover", "progress", "volume", "devices",
    "outputs", "scenes", "sources", "audio", "stats",
)  # fmt: skip
#: How `time` is spelled in an address: the clock, and how exact it is.
TIMES: Final = {
    "auto": (HourCycle.AUTO, RowTimes.MINUTES),
    "12": (HourCycle.H12, RowTimes.MINUTES),
    "12s": (HourCycle.H12, RowTimes.SECONDS),
    "24": (HourCycle.H23, RowTimes.MINUTES),
    "24s": (HourCycle.H23, RowTimes.SECONDS),
    "off": (HourCycle.AUTO, RowTimes.NONE),
}
#: How much of a group of events is little, as an address spells it.
LEAST: Final = {"min": "tips", "minbits": "bits"}
#: Percent, and rows.
SMALLEST, LARGEST = 50, 300
FEWEST, MOST = 5, 600
LONGEST_LABEL: Final = 80
MOST_WORTH: Final = 999_999_999


@dataclass(frozen=True)
class Options:
    """`size` is in percent, `text` that of the chat's lines (None: as the browser remembers it), `rows` how many the
    page keeps at most (None: as many as it likes); nothing in `platforms` or `groups` is all of them. Events of a group
    in `least` are shown from so much on, with `owed` only those for which nobody was thanked yet. Without
    `has_controls` the page only shows. `obs` is the label or the id of the OBS to begin with."""

    theme: str = "dark"
    size: int = 100
    language: str = ""
    platforms: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    least: Mapping[str, int] = field(default_factory=dict)
    owed: bool = False
    rows: int | None = None
    text: int | None = None
    has_controls: bool = True
    hidden: frozenset[str] = frozenset()
    hour_cycle: str = HourCycle.AUTO
    row_times: str = RowTimes.MINUTES
    obs: str = ""


def options(request: HttpRequest) -> Options:
    """What the address asks for; where it does not say how times are written, the signed-in person does."""
    asked = request.GET
    person = request.user if "token" not in asked and request.user.is_authenticated else None
    own_times = (person.hour_cycle, person.row_times) if person else TIMES["auto"]
    hour_cycle, row_times = TIMES.get(asked.get("time", ""), own_times)
    return Options(
        theme=_one_of(THEMES, asked.get("theme", "")) or Options.theme,
        size=_number(asked.get("size", ""), SMALLEST, LARGEST) or Options.size,
        language=language(request),
        platforms=_some_of(PLATFORMS, asked.get("platforms", "")),
        groups=_some_of(words.GROUPS, asked.get("types", "")),
        least={
            group: least
            for parameter, group in LEAST.items()
            if (least := _number(asked.get(parameter, ""), 0, MOST_WORTH))
        },
        owed=asked.get("thanks") == "owed",
        rows=_number(asked.get("max", ""), FEWEST, MOST),
        text=_number(asked.get("text", ""), SMALLEST, LARGEST),
        has_controls=asked.get("controls") != "0",
        hidden=_some_of(PARTS, asked.get("hide", "")),
        hour_cycle=hour_cycle,
        row_times=row_times,
        obs=asked.get("obs", "")[:LONGEST_LABEL],
    )


def language(request: HttpRequest) -> str:
    """The language of ours that the address names, else ""."""
    return _one_of(dict(settings.LANGUAGES), request.GET.get("lang", ""))


def _one_of(known: Collection[str], name: str) -> str:
    return name if name in known else ""


def _some_of(known: Iterable[str], names: str) -> frozenset[str]:
    return frozenset(names.split(",")).intersection(known)


def _number(text: str, least: int, most: int) -> int | None:
    """The number, at most and at least so much; None for what is none."""
    return max(least, min(int(text), most)) if text.isascii() and text.isdigit() and len(text) < 10 else None
