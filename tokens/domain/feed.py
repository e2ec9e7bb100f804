"""What the events popout shows: the newest events, each in the words of its kind.

Server and page draw from the same place: `SENTENCES`, `UNITS` and `WORDS` are rendered into the rows of the first
paint and into one <template> for each kind, which `static/js/popout/events.js` clones for what arrives afterwards.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.dateparse import parse_datetime
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from connections.platforms import PLATFORMS
from events.domain import status
from events.enums import Kind, Origin, Unit
from events.models import Event, LiveHead
from events.payloads import payload

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from django.utils.functional import Promise

FIRST_PAINT = 50
#: What the feed leaves out: the gift itself is one row, each of its recipients would be another.
LEFT_OUT = frozenset({Kind.SUB_RECEIVED_GIFT})

#: Combining marks kept on one letter: enough for every script, too few to climb over the neighbouring rows.
MOST_MARKS = 4
NAME_LENGTH = 80
MESSAGE_LENGTH = 1000
#: Embeddings, overrides and isolates, which could turn the words around them.
_DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Sentence:
    """How a kind of event reads. `words` has places for {actor} and {amount}."""

    icon: str
    words: str | Promise

    @property
    def pieces(self) -> list[tuple[str, str]]:
        """The sentence in pieces, in order: ("actor", ""), ("amount", "") or ("", words between them)."""
        parts = re.split(r"\{(actor|amount)\}", str(self.words))
        return [(part, "") if place % 2 else ("", part) for place, part in enumerate(parts) if part]


SENTENCES: dict[str, Sentence] = {
    Kind.FOLLOW: Sentence("heart", _("{actor} followed")),
    Kind.SUB: Sentence("star", _("{actor} subscribed")),
    Kind.RESUB: Sentence("star", _("{actor} subscribed again: {amount}")),
    Kind.SUB_GIFT: Sentence("gift", _("{actor} gifted {amount}")),
    Kind.SUB_END: Sentence("circle-stop", _("{actor} is no longer subscribed")),
    Kind.CHEER: Sentence("gem", _("{actor} cheered {amount}")),
    Kind.RAID: Sentence("swords", _("{actor} raided with {amount}")),
    Kind.STREAM_ONLINE: Sentence("radio", _("The stream started")),
    Kind.STREAM_OFFLINE: Sentence("circle-stop", _("The stream ended")),
    Kind.UNKNOWN: Sentence("sparkles", _("Something new happened")),
}

#: An amount in words: for one, and for any other number.
UNITS: dict[str, tuple[str | Promise, str | Promise]] = {
    Unit.BITS: (_("{n} bit"), _("{n} bits")),
    Unit.MONTHS: (_("{n} month"), _("{n} months")),
    Unit.SUBS: (_("{n} sub"), _("{n} subs")),
    Unit.VIEWERS: (_("{n} viewer"), _("{n} viewers")),
}

#: The other words that the page needs for what arrives while it is open.
WORDS: dict[str, str | Promise] = {
    "anonymous": _("Anonymous"),
    "tier": _("Tier {n}"),
    "hours": _("{h} h {m} min"),
    "minutes": _("{m} min"),
    "missed": _("Some events were too many to show here"),
}


@dataclass(frozen=True)
class Row:
    """One event, ready to be drawn. Everything in it is text: templates escape it."""

    kind: str
    seq: int | None = None
    platform: str = ""
    actor: str = ""
    amount: str = ""
    tier: str = ""
    message: str = ""
    at: datetime | None = None
    is_test: bool = False

    @property
    def sentence(self) -> Sentence:
        return SENTENCES.get(self.kind, SENTENCES[Kind.UNKNOWN])

    @property
    def platform_icon(self) -> bool:
        """Whether the platform is one of ours, and so has an icon."""
        return self.platform in PLATFORMS

    @property
    def platform_name(self) -> str:
        return str(PLATFORMS[self.platform].name) if self.platform in PLATFORMS else self.platform


@dataclass(frozen=True)
class Feed:
    """The first paint. `after` is the `seq` from which the page goes on listening."""

    rows: list[Row]
    after: int
    statuses: list[dict[str, Any]]

    @property
    def blanks(self) -> list[Row]:
        """An empty row of each kind, for the page to clone."""
        return [Row(kind=str(kind)) for kind in SENTENCES]

    @property
    def platforms(self) -> list[Any]:
        return list(PLATFORMS.values())

    @property
    def catalogue(self) -> dict[str, Any]:
        """Words for the page, in the reader's language."""
        return {
            "units": {str(unit): [str(one), str(many)] for unit, (one, many) in UNITS.items()},
            "left_out": sorted(kind.value for kind in LEFT_OUT),
            **{key: str(words) for key, words in WORDS.items()},
        }


def feed(account_id: UUID) -> Feed:
    """The newest events of an account, newest first, and how its channels are."""
    # The head is read first: what is stored in between is in the rows, and the page drops what it has.
    head = LiveHead.objects.filter(account_id=account_id).values_list("events_seq", flat=True).first() or 0
    events = (
        Event.objects.filter(account_id=account_id)
        .exclude(kind__in=LEFT_OUT)
        .defer("raw")
        .order_by("-seq")[:FIRST_PAINT]
    )
    rows = [row(payload(event)) for event in events]
    return Feed(
        rows=rows,
        after=max([head, *(shown.seq or 0 for shown in rows[:1])]),
        statuses=[_status(status.payload(heard)["data"]) for heard in status.of_account(account_id)],
    )


def row(message: dict[str, Any]) -> Row:
    """A row from the public form of an event (`events.payloads`)."""
    data = message["data"]
    return Row(
        kind=message["type"],
        seq=message["seq"],
        platform=data["platform"],
        actor=_actor(data["actor"]),
        amount=amount(data["amount"], data["unit"]),
        tier=str(WORDS["tier"]).format(n=data["extra"]["tier"]) if data["extra"].get("tier") else "",
        message=clean(data["message"], MESSAGE_LENGTH),
        at=parse_datetime(data["occurred_at"]),
        is_test=data["origin"] == Origin.TEST,
    )


def amount(number: int | None, unit: str) -> str:
    """An amount in words, "1,284 viewers"; the bare number for a unit without words, nothing for None."""
    if number is None:
        return ""
    shown = number_format(number, use_l10n=True, force_grouping=True)
    if unit not in UNITS:
        return shown
    one, many = UNITS[unit]
    return str(one if number == 1 else many).format(n=shown)


def clean(text: str, limit: int) -> str:
    """Text of a stranger, fit to stand beside ours: no direction controls, no towers of marks, not endless."""
    kept: list[str] = []
    marks = 0
    for letter in _DIRECTIONS.sub("", text[: limit * 4]):
        marks = marks + 1 if unicodedata.category(letter).startswith("M") else 0
        if marks <= MOST_MARKS:
            kept.append(letter)
    return "".join(kept[:limit]) + ("…" if len(kept) > limit else "")


def _actor(actor: dict[str, Any]) -> str:
    if actor["anonymous"]:
        return str(WORDS["anonymous"])
    return clean(actor["name"] or actor["login"], NAME_LENGTH) or str(WORDS["anonymous"])


def _status(data: dict[str, Any]) -> dict[str, Any]:
    """A channel's status for the header of the page."""
    return {
        "platform": data["platform"],
        "channel": clean(data["channel_name"], NAME_LENGTH),
        "live": data["live"],
        "since": data["live_since"] or "",
        "viewers": amount(data["viewers"], Unit.VIEWERS) if data["live"] else "",
    }
