"""What the events popout shows: the newest events, each in the words of its kind.

Server and page draw from the same place: `SENTENCES`, `UNITS` and `WORDS` are rendered into the rows of the first
paint and into one <template> for each kind, which `static/js/popout/events.js` clones for what arrives afterwards.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext_lazy as _

from connections.platforms import PLATFORMS
from events.domain import status
from events.enums import Kind, Origin, SourceState, Unit
from events.models import Event, LiveHead
from events.payloads import payload
from lumio.lib.money import DECIMALS, decimals

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from django.utils.functional import Promise

FIRST_PAINT = 50
#: Rows looked through for the first paint, where many tell of one thing: few at first, more if they were such.
LOOKED_THROUGH = (FIRST_PAINT, 250)
#: What the feed leaves out: the gift itself is one row, each of its recipients would be another.
LEFT_OUT = frozenset({Kind.SUB_RECEIVED_GIFT})

#: Combining marks kept on one letter: enough for every script, too few to climb over the neighbouring rows.
MOST_MARKS = 4
NAME_LENGTH = 80
MESSAGE_LENGTH = 1000
#: Embeddings, overrides and isolates, which could turn the words around them.
_DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")


#: What a reader may show or hide, each with its label. Their names stand in addresses (`?types=subs,raids`).
GROUPS: dict[str, str | Promise] = {
    "follows": _("Follows"),
    "subs": _("Subs and gifts"),
    "bits": _("Cheers and donations"),
    "raids": _("Raids and shoutouts"),
    "points": _("Channel points"),
    "hype": _("Hype trains and goals"),
    "polls": _("Polls and predictions"),
    "stream": _("Stream and ads"),
    "mod": _("Moderation"),
    "other": _("Everything else"),
}


@dataclass(frozen=True)
class Sentence:
    """How a kind of event reads.

    `words` has places for {actor}, {amount}, {title} and {message}; a message without a place stands below. Of all
    events with the same `thread` and `extra["id"]` only the newest is shown. Without a `group` it is always shown.
    """

    icon: str
    words: str | Promise
    group: str = ""
    thread: str = ""

    @property
    def pieces(self) -> list[tuple[str, str]]:
        """The sentence in pieces, in order: (name of a place, "") or ("", words between them)."""
        parts = re.split(r"\{(actor|amount|title|message)\}", str(self.words))
        return [(part, "") if place % 2 else ("", part) for place, part in enumerate(parts) if part]

    @property
    def says_message(self) -> bool:
        return "{message}" in str(self.words)


REDEEMED = _("{actor} redeemed {title} for {amount}")

SENTENCES: dict[str, Sentence] = {
    Kind.FOLLOW: Sentence("heart", _("{actor} followed"), "follows"),
    Kind.SUB: Sentence("star", _("{actor} subscribed"), "subs"),
    Kind.RESUB: Sentence("star", _("{actor} subscribed again: {amount}"), "subs"),
    Kind.SUB_GIFT: Sentence("gift", _("{actor} gifted {amount}"), "subs"),
    Kind.SUB_END: Sentence("circle-stop", _("{actor} is no longer subscribed"), "subs"),
    Kind.SUB_GIFT_UPGRADE: Sentence("star", _("{actor} keeps a gifted subscription"), "subs"),
    Kind.SUB_PRIME_UPGRADE: Sentence("star", _("{actor} turned a Prime subscription into a paid one"), "subs"),
    Kind.SUB_PAY_IT_FORWARD: Sentence("gift", _("{actor} passed a gifted subscription on"), "subs"),
    Kind.CHEER: Sentence("gem", _("{actor} cheered {amount}"), "bits"),
    Kind.BITS_BADGE: Sentence("gem", _("{actor} earned the badge for {amount}"), "bits"),
    Kind.CHARITY_DONATION: Sentence("hand-heart", _("{actor} donated {amount} to charity: {title}"), "bits"),
    Kind.RAID: Sentence("swords", _("{actor} raided with {amount}"), "raids"),
    Kind.RAID_OUT: Sentence("swords", _("You raided {actor} with {amount}"), "raids"),
    Kind.SHOUTOUT_SENT: Sentence("megaphone", _("You gave {actor} a shoutout, seen by {amount}"), "raids"),
    Kind.SHOUTOUT_RECEIVED: Sentence("megaphone", _("{actor} gave you a shoutout, seen by {amount}"), "raids"),
    Kind.REDEMPTION: Sentence("ticket", REDEEMED, "points", "redemption"),
    Kind.REDEMPTION_UPDATE: Sentence("ticket", REDEEMED, "points", "redemption"),
    Kind.WATCH_STREAK: Sentence("flame", _("{actor} watched {amount} in a row"), "points"),
    Kind.HYPETRAIN_BEGIN: Sentence("train-front", _("A hype train started: {amount}"), "hype", "hypetrain"),
    Kind.HYPETRAIN_PROGRESS: Sentence("train-front", _("The hype train is running: {amount}"), "hype", "hypetrain"),
    Kind.HYPETRAIN_END: Sentence("train-front", _("The hype train ended: {amount}"), "hype", "hypetrain"),
    Kind.GOAL_BEGIN: Sentence("target", _("A goal was set"), "hype", "goal"),
    Kind.GOAL_PROGRESS: Sentence("target", _("A goal came closer"), "hype", "goal"),
    Kind.GOAL_END: Sentence("target", _("A goal ended"), "hype", "goal"),
    Kind.POLL_BEGIN: Sentence("chart-no-axes-column", _("{actor} started a poll: {message}"), "polls", "poll"),
    Kind.POLL_PROGRESS: Sentence("chart-no-axes-column", _("The poll is running: {message}"), "polls", "poll"),
    Kind.POLL_END: Sentence("chart-no-axes-column", _("The poll ended: {message}"), "polls", "poll"),
    Kind.PREDICTION_BEGIN: Sentence("dices", _("{actor} started a prediction: {message}"), "polls", "prediction"),
    Kind.PREDICTION_PROGRESS: Sentence("dices", _("The prediction is running: {message}"), "polls", "prediction"),
    Kind.PREDICTION_LOCK: Sentence("dices", _("The prediction is locked: {message}"), "polls", "prediction"),
    Kind.PREDICTION_END: Sentence("dices", _("The prediction ended: {message}"), "polls", "prediction"),
    Kind.MOD_BAN: Sentence("ban", _("{actor} was banned"), "mod"),
    Kind.MOD_TIMEOUT: Sentence("clock", _("{actor} was timed out for {amount}"), "mod"),
    Kind.MOD_UNBAN: Sentence("undo-2", _("{actor} may chat again"), "mod"),
    Kind.AD_BEGIN: Sentence("tv", _("An ad break began: {amount}"), "stream"),
    Kind.STREAM_ONLINE: Sentence("radio", _("The stream started"), "stream"),
    Kind.STREAM_OFFLINE: Sentence("circle-stop", _("The stream ended"), "stream"),
    Kind.STREAM_UPDATE: Sentence("pencil", _("The stream is now called {message}"), "stream"),
    Kind.SOURCE_GAP: Sentence("unplug", _("Events may be missing here")),
    Kind.UNKNOWN: Sentence("sparkles", _("Something new happened"), "other"),
}

#: An amount in words: for one, and for any other number.
UNITS: dict[str, tuple[str | Promise, str | Promise]] = {
    Unit.BITS: (_("{n} bit"), _("{n} bits")),
    Unit.MONTHS: (_("{n} month"), _("{n} months")),
    Unit.SUBS: (_("{n} sub"), _("{n} subs")),
    Unit.VIEWERS: (_("{n} viewer"), _("{n} viewers")),
    Unit.POINTS: (_("{n} point"), _("{n} points")),
    Unit.STREAMS: (_("{n} stream"), _("{n} streams")),
    Unit.LEVEL: (_("level {n}"), _("level {n}")),
    Unit.SECONDS: (_("{n} second"), _("{n} seconds")),
    "minutes": (_("{n} minute"), _("{n} minutes")),
    "hours": (_("{n} hour"), _("{n} hours")),
    "days": (_("{n} day"), _("{n} days")),
}
#: Seconds that are a whole number of these are told in them, the largest first.
DURATIONS = (("days", 86_400), ("hours", 3_600), ("minutes", 60))

#: How something ended, in words; other states go without saying.
STATUSES: dict[str, str | Promise] = {"fulfilled": _("fulfilled"), "canceled": _("refunded")}

#: What stands beside a channel whose source does not deliver, in place of what was last heard of the channel.
TROUBLES: dict[str, str | Promise] = {
    SourceState.STARTING: _("Starting…"),
    SourceState.RECONNECTING: _("Reconnecting…"),
    SourceState.STOPPED: _("Not delivering"),
}

#: The other words that the page needs for what arrives while it is open.
WORDS: dict[str, str | Promise] = {
    "anonymous": _("Anonymous"),
    "tier": _("Tier {n}"),
    "hours": _("{h} h {m} min"),
    "minutes": _("{m} min"),
    "missed": _("Some events were too many to show here"),
    "to": _("to {names}"),
    "to_more": _("to {names} and {n} more"),
    "from": _("from {name}"),
    "by": _("by {name}"),
    "most": _("most by {name}"),
    "winner": _("“{name}” won"),
    "of": _("{n} of {goal}"),
    "stopped_since": _("Not delivering since {time}"),
}
#: Recipients that are named; the others are counted.
MOST_NAMES = 3


@dataclass(frozen=True)
class Row:
    """One event, ready to be drawn. Everything in it is text: templates escape it."""

    kind: str
    seq: int | None = None
    platform: str = ""
    actor: str = ""
    amount: str = ""
    title: str = ""
    detail: str = ""
    tier: str = ""
    message: str = ""
    thread: str = ""
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
    chosen: frozenset[str] = frozenset()

    @property
    def blanks(self) -> list[Row]:
        """An empty row of each kind, for the page to clone."""
        return [Row(kind=str(kind)) for kind in SENTENCES]

    @property
    def groups(self) -> list[tuple[str, str, bool]]:
        """Name and label of each group, and whether it is shown."""
        return [(name, str(label), not self.chosen or name in self.chosen) for name, label in GROUPS.items()]

    @property
    def platforms(self) -> list[Any]:
        return list(PLATFORMS.values())

    @property
    def catalogue(self) -> dict[str, Any]:
        """Words for the page, in the reader's language."""
        return {
            "units": {str(unit): [str(one), str(many)] for unit, (one, many) in UNITS.items()},
            "durations": DURATIONS,
            "decimals": DECIMALS,
            "statuses": {status: str(words) for status, words in STATUSES.items()},
            "troubles": {str(state): str(words) for state, words in TROUBLES.items()},
            "left_out": sorted(kind.value for kind in LEFT_OUT),
            "threads": {str(kind): one.thread for kind, one in SENTENCES.items() if one.thread},
            **{key: str(words) for key, words in WORDS.items()},
        }


def chosen_groups(names: str) -> frozenset[str]:
    """The groups that an address asks for, separated by commas; none for all of them."""
    return frozenset(names.split(",")) & GROUPS.keys()


def feed(account_id: UUID, chosen: frozenset[str] = frozenset()) -> Feed:
    """The newest events of an account (of the chosen groups, if any), newest first, and how its channels are."""
    # The head is read first: what is stored in between is in the rows, and the page drops what it has.
    head = LiveHead.objects.filter(account_id=account_id).values_list("events_seq", flat=True).first() or 0
    rows = _newest(account_id, chosen)
    return Feed(
        rows=rows,
        after=max([head, *(shown.seq or 0 for shown in rows[:1])]),
        statuses=_statuses(status.messages([account_id]).get(account_id, [])),
        chosen=chosen,
    )


def _newest(account_id: UUID, chosen: frozenset[str]) -> list[Row]:
    events = Event.objects.filter(account_id=account_id).defer("raw").order_by("-seq")
    if chosen:
        events = events.filter(kind__in=[kind for kind, one in SENTENCES.items() if one.group in {"", *chosen}])
    else:
        events = events.exclude(kind__in=LEFT_OUT)
    rows: list[Row] = []
    threads: set[str] = set()
    for most in LOOKED_THROUGH:
        found = list(events[:most])
        for event in found:
            shown = row(payload(event))
            if shown.thread not in threads:
                rows.append(shown)
            if shown.thread:
                threads.add(shown.thread)
        if len(rows) >= FIRST_PAINT or len(found) < most:
            break
        events = events.filter(seq__lt=found[-1].seq)
    return rows[:FIRST_PAINT]


def row(message: dict[str, Any]) -> Row:
    """A row from the public form of an event (`events.payloads`)."""
    data, kind = message["data"], message["type"]
    extra = data["extra"]
    sentence = SENTENCES.get(kind, SENTENCES[Kind.UNKNOWN])
    is_one_of_many = sentence.thread and extra.get("id")
    return Row(
        kind=kind,
        seq=message["seq"],
        platform=data["platform"],
        actor=_actor(data["actor"]),
        amount=amount(data["amount"], data["unit"], data["currency"]),
        title=clean(extra.get("title") or "", NAME_LENGTH),
        detail=detail(data),
        tier=str(WORDS["tier"]).format(n=extra["tier"]) if extra.get("tier") else "",
        message=clean(data["message"], MESSAGE_LENGTH),
        thread=f"{sentence.thread} {data['platform']} {extra['id']}" if is_one_of_many else "",
        at=parse_datetime(data["occurred_at"]),
        is_test=data["origin"] == Origin.TEST,
    )


def amount(number: int | None, unit: str, currency: str = "") -> str:
    """An amount in words, "1,284 viewers"; the bare number for a unit without words, nothing for None."""
    if number is None:
        return ""
    if unit == Unit.MONEY:
        places = decimals(currency)
        shown = number_format(Decimal(number).scaleb(-places), places, use_l10n=True, force_grouping=True)
        return f"{shown} {currency}"
    if unit == Unit.SECONDS and number:
        unit, size = next((one for one in DURATIONS if number % one[1] == 0), (unit, 1))
        number //= size
    shown = number_format(number, use_l10n=True, force_grouping=True)
    if unit not in UNITS:
        return shown
    one, many = UNITS[unit]
    return str(one if number == 1 else many).format(n=shown)


def detail(data: dict[str, Any]) -> str:
    """What else there is to say: recipients, state, votes, progress, category, who did it."""
    extra = data["extra"]
    parts = [
        _recipients(extra.get("recipients"), data["amount"]),
        _filled("from", name=_name(extra.get("gifter"))),
        str(STATUSES.get(extra.get("status") or "", "")),
        _filled("winner", name=clean(extra.get("winner") or "", NAME_LENGTH)),
        " / ".join(_counted(one, amount(one["votes"], "")) for one in extra.get("choices") or ()),
        " / ".join(_counted(one, amount(one["points"], Unit.POINTS)) for one in extra.get("outcomes") or ()),
        _progress(extra.get("progress"), extra.get("goal")),
        _progress(data["amount"], extra.get("target")),
        _filled("most", name=_name(data["actor"])) if extra.get("contributions") else "",
        clean(extra.get("category") or "", NAME_LENGTH),
        _filled("by", name=_name(extra.get("moderator"))),
    ]
    return " · ".join(filter(None, parts))


def _recipients(recipients: list[dict[str, Any]] | None, total: int | None) -> str:
    names = [name for one in recipients or () if (name := _name(one))]
    if not names:
        return ""
    more = max(total or 0, len(names)) - len(names[:MOST_NAMES])
    return _filled("to_more" if more else "to", names=", ".join(names[:MOST_NAMES]), n=amount(more, ""))


def _progress(count: int | None, goal: int | None) -> str:
    return _filled("of", n=amount(count, ""), goal=amount(goal, ""))


def _counted(choice: dict[str, Any], count: str) -> str:
    title = clean(choice["title"], NAME_LENGTH)
    return f"{title}: {count}" if count else title


def _name(person: dict[str, Any] | None) -> str:
    return clean(person["name"] or person["login"], NAME_LENGTH) if person else ""


def _filled(words: str, **values: str) -> str:
    """Words with their places filled; nothing if there is nothing to fill one of them with."""
    return str(WORDS[words]).format(**values) if all(values.values()) else ""


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


def trouble(state: str, time: str) -> str:
    """What is said in place of a channel's status: nothing while its source delivers. `time`: since when, if known."""
    if state == SourceState.DELIVERING:
        return ""
    if state == SourceState.STOPPED and time:
        return str(WORDS["stopped_since"]).format(time=time)
    return str(TROUBLES[state])


def _statuses(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The channels of the header, from the messages of the `status` channel. No source: nobody listens."""
    sources = {one["data"]["platform"]: one["data"] for one in messages if one["type"] == "source.health"}
    nobody = {"state": SourceState.STOPPED.value, "state_since": None}
    return [
        _status(one["data"], sources.get(one["data"]["platform"], nobody))
        for one in messages
        if one["type"] == "channel.status"
    ]


def _status(data: dict[str, Any], source: dict[str, Any]) -> dict[str, Any]:
    """A channel's status for the header of the page."""
    return {
        "source": source["state"],
        "source_since": source["state_since"] or "",
        "trouble": trouble(source["state"], _time(source["state_since"])),
        "platform": data["platform"],
        "channel": clean(data["channel_name"], NAME_LENGTH),
        "live": data["live"],
        "since": data["live_since"] or "",
        "viewers": amount(data["viewers"], Unit.VIEWERS) if data["live"] else "",
    }


def _time(moment: str | None) -> str:
    """A moment of today as its time, any other with its date."""
    at = parse_datetime(moment) if moment else None
    if at is None:
        return ""
    local = timezone.localtime(at)
    return date_format(local, "TIME_FORMAT" if local.date() == timezone.localdate() else "DATETIME_FORMAT")
