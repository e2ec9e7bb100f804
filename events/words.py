"""How an event reads: its sentence, its amount and what else there is to say, for every page that shows events.

Server and pages draw from the same place. The rules are written twice, here and in `static/js/popout/words.js`; the
words are written once, here, and travel in the page as `catalogue()`. All functions give text, which templates escape.
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

from events.enums import Kind, SourceState, Unit
from lumio.lib.money import DECIMALS, decimals

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.utils.functional import Promise

#: What a feed leaves out: the gift itself is one row, each of its recipients would be another; and who was thanked is
#: told on the row that they are thanked for.
LEFT_OUT = frozenset({Kind.SUB_RECEIVED_GIFT, Kind.MEMBERSHIP_RECEIVED_GIFT, Kind.EVENT_THANKED})
#: Of what a list of everything would be full: what happens between a beginning and an end, and who was thanked.
STEPS = frozenset(
    {
        Kind.HYPETRAIN_PROGRESS,
        Kind.GOAL_PROGRESS,
        Kind.POLL_PROGRESS,
        Kind.PREDICTION_PROGRESS,
        Kind.EVENT_THANKED,
    }
)

#: Combining marks kept on one letter: enough for every script, too few to climb over the neighbouring rows.
MOST_MARKS = 4
NAME_LENGTH = 80
MESSAGE_LENGTH = 1000
#: Embeddings, overrides and isolates, which could turn the words around them.
_DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_PLACE = re.compile(r"\{(actor|amount|title|message|since|until)\}")


#: What a reader may show or hide, each with its label. Their names stand in addresses (`?types=subs,raids`).
GROUPS: dict[str, str | Promise] = {
    "follows": _("Follows"),
    "subs": _("Subs, memberships and gifts"),
    "tips": _("Tips, Super Chats and donations"),
    "bits": _("Cheers"),
    "raids": _("Raids and shoutouts"),
    "points": _("Channel points"),
    "hype": _("Hype trains and goals"),
    "polls": _("Polls and predictions"),
    "stream": _("Stream and ads"),
    "mod": _("Moderation"),
    "tools": "Streamer.bot",
    "other": _("Everything else"),
}


@dataclass(frozen=True)
class Sentence:
    """How a kind of event reads.

    `words` has places for {actor}, {amount}, {title}, {message}, {since} and {until}; a message without a place stands
    below. Of all events with the same `thread` and `extra["id"]` only the newest is shown. Without a `group` it is
    always shown.
    """

    icon: str
    words: str | Promise
    group: str = ""
    thread: str = ""

    @property
    def pieces(self) -> list[tuple[str, str]]:
        """The sentence in pieces, in order: (name of a place, "") or ("", words between them)."""
        parts = _PLACE.split(str(self.words))
        return [(part, "") if place % 2 else ("", part) for place, part in enumerate(parts) if part]

    @property
    def says_message(self) -> bool:
        return "{message}" in str(self.words)


GIFTED = _("{actor} gifted {amount}")
REDEEMED = _("{actor} redeemed {title} for {amount}")

SENTENCES: dict[str, Sentence] = {
    Kind.FOLLOW: Sentence("heart", _("{actor} followed"), "follows"),
    Kind.SUB: Sentence("star", _("{actor} subscribed"), "subs"),
    Kind.RESUB: Sentence("star", _("{actor} subscribed again: {amount}"), "subs"),
    Kind.SUB_GIFT: Sentence("gift", GIFTED, "subs"),
    Kind.SUB_RECEIVED_GIFT: Sentence("gift", _("{actor} was given a subscription"), "subs"),
    Kind.SUB_END: Sentence("circle-stop", _("{actor} is no longer subscribed"), "subs"),
    Kind.SUB_GIFT_UPGRADE: Sentence("star", _("{actor} keeps a gifted subscription"), "subs"),
    Kind.SUB_PRIME_UPGRADE: Sentence("star", _("{actor} turned a Prime subscription into a paid one"), "subs"),
    Kind.SUB_PAY_IT_FORWARD: Sentence("gift", _("{actor} passed a gifted subscription on"), "subs"),
    Kind.MEMBERSHIP: Sentence("crown", _("{actor} became a member"), "subs"),
    Kind.MEMBERSHIP_UPGRADE: Sentence("crown", _("{actor} upgraded their membership"), "subs"),
    Kind.MEMBERSHIP_MILESTONE: Sentence("crown", _("{actor} has been a member for {amount}"), "subs"),
    Kind.MEMBERSHIP_GIFT: Sentence("gift", GIFTED, "subs"),
    Kind.MEMBERSHIP_RECEIVED_GIFT: Sentence("gift", _("{actor} was given a membership"), "subs"),
    Kind.TIP: Sentence("hand-coins", _("{actor} tipped {amount}"), "tips"),
    Kind.SUPERCHAT: Sentence("message-circle-heart", _("{actor} sent {amount}"), "tips"),
    Kind.CHEER: Sentence("gem", _("{actor} cheered {amount}"), "bits"),
    Kind.BITS_BADGE: Sentence("gem", _("{actor} earned the badge for {amount}"), "bits"),
    Kind.CHARITY_DONATION: Sentence("hand-heart", _("{actor} donated {amount} to charity: {title}"), "tips"),
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
    Kind.EVENT_THANKED: Sentence("check", _("Somebody was thanked"), "other"),
    Kind.MOD_BAN: Sentence("ban", _("{actor} was banned"), "mod"),
    Kind.MOD_TIMEOUT: Sentence("clock", _("{actor} was timed out for {amount}"), "mod"),
    Kind.MOD_UNBAN: Sentence("undo-2", _("{actor} may chat again"), "mod"),
    Kind.AD_BEGIN: Sentence("tv", _("An ad break began: {amount}"), "stream"),
    Kind.STREAM_ONLINE: Sentence("radio", _("The stream started"), "stream"),
    Kind.STREAM_OFFLINE: Sentence("circle-stop", _("The stream ended"), "stream"),
    Kind.STREAM_UPDATE: Sentence("pencil", _("The stream is now called {message}"), "stream"),
    Kind.TOOL_EVENT: Sentence("bot", "{title}", "tools"),
    Kind.SOURCE_GAP: Sentence("unplug", _("Nothing was heard from {since} to {until}; events may be missing")),
    Kind.UNKNOWN: Sentence("sparkles", _("Something new happened"), "other"),
}

#: An amount in words: for one, and for any other number.
UNITS: dict[str, tuple[str | Promise, str | Promise]] = {
    Unit.BITS: (_("{n} bit"), _("{n} bits")),
    Unit.KICKS: (_("{n} KICK"), _("{n} KICKs")),
    Unit.JEWELS: (_("{n} jewel"), _("{n} jewels")),
    Unit.MANA: (_("{n} mana"), _("{n} mana")),
    Unit.ELIXIR: (_("{n} elixir"), _("{n} elixir")),
    Unit.MONTHS: (_("{n} month"), _("{n} months")),
    Unit.SUBS: (_("{n} sub"), _("{n} subs")),
    Unit.MEMBERSHIPS: (_("{n} membership"), _("{n} memberships")),
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
STATUSES: dict[str, str | Promise] = {
    "fulfilled": _("fulfilled"),
    "canceled": _("refunded"),
    "accepted": _("accepted"),
    "rejected": _("rejected"),
}
#: Of these a tier says how it is drawn over there, which the amount says better here.
UNTIERED = frozenset({Kind.SUPERCHAT, Kind.CHEER})

#: Who else than the platform delivered a tip, as they write themselves.
PROVIDERS = {"streamelements": "StreamElements"}

#: What stands in an event's place for its platform if it is a tool beside the stream, as they write themselves.
TOOLS = {"streamerbot": "Streamer.bot"}

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
    "no_network": _("Lumio cannot be reached right now. Nothing was changed; try again in a moment."),
    "no_answer": _("Lumio did not answer as it should. Try again in a moment."),
    "mistake": _("Something went wrong on this page. Reload it and try again."),
    "missed": _("Some events were too many to show here"),
    "to": _("to {names}"),
    "to_more": _("to {names} and {n} more"),
    "from": _("from {name}"),
    "by": _("by {name}"),
    "most": _("most by {name}"),
    "winner": _("“{name}” won"),
    "of": _("{n} of {goal}"),
    "superchat": _("Super Chat"),
    "supersticker": _("Super Sticker"),
    "new_line": _("{n} new message"),
    "new_lines": _("{n} new messages"),
    "new_event": _("{n} new event"),
    "new_events": _("{n} new events"),
    "away": _("Not connected from {since} to {until}"),
    "test_sent": _("Sent, marked TEST"),
    "alert_plays": _("The alert plays next"),
    "thanked": _("thanked"),
    "thanked_by": _("thanked by {name}"),
    "hidden_row": _("Show {n} hidden row again"),
    "hidden_rows": _("Show {n} hidden rows again"),
    "removed": _("removed"),
    "removed_by": _("removed by {name}"),
    "answers": _("answers {name}"),
    "stopped_since": _("Not delivering since {time}"),
}
#: Recipients that are named; the others are counted.
MOST_NAMES = 3


def sentence(kind: str) -> Sentence:
    return SENTENCES.get(kind, SENTENCES[Kind.UNKNOWN])


def kinds_of(groups: Collection[str]) -> list[str]:
    """The kinds of these groups, and those that are always shown."""
    return [str(kind) for kind, one in SENTENCES.items() if one.group in {"", *groups}]


def kinds_in(group: str) -> list[str]:
    """The kinds of one group."""
    return [str(kind) for kind, one in SENTENCES.items() if one.group == group]


def catalogue() -> dict[str, Any]:
    """The words for a page, in the reader's language."""
    return {
        "units": {str(unit): [str(one), str(many)] for unit, (one, many) in UNITS.items()},
        "durations": DURATIONS,
        "decimals": DECIMALS,
        "statuses": {status: str(words) for status, words in STATUSES.items()},
        "providers": PROVIDERS,
        "troubles": {str(state): str(words) for state, words in TROUBLES.items()},
        "untiered": sorted(kind.value for kind in UNTIERED),
        "left_out": sorted(kind.value for kind in LEFT_OUT),
        "threads": {str(kind): one.thread for kind, one in SENTENCES.items() if one.thread},
        **{key: str(words) for key, words in WORDS.items()},
    }


def places(message: dict[str, Any]) -> dict[str, str]:
    """Every place of a row as text, from the public form of an event (`events.payloads`)."""
    data = message["data"]
    extra = data["extra"]
    return {
        "actor": actor(data["actor"]),
        "amount": amount(data["amount"], data["unit"], data["currency"]),
        "title": clean(extra.get("title") or "", NAME_LENGTH),
        "detail": detail(message),
        "aside": aside(message),
        "message": clean(data["message"], MESSAGE_LENGTH),
        "since": moment(extra.get("since")),
        "until": moment(extra.get("until")),
    }


def thanked(tick: dict[str, Any] | None) -> str:
    """By whom a row was ticked as thanked for; nothing of one that was not."""
    return (_filled("thanked_by", name=_name(tick["by"])) or str(WORDS["thanked"])) if tick else ""


def worth(message: dict[str, Any]) -> str:
    """How much an event is, in whole units of its own currency or whatever it counts: "12.5"; nothing without one."""
    data = message["data"]
    if data["amount"] is None:
        return ""
    places = decimals(data["currency"]) if data["unit"] == Unit.MONEY else 0
    return f"{Decimal(data['amount']).scaleb(-places).normalize():f}"


def thread(message: dict[str, Any]) -> str:
    """What an event is about, where several are about one thing (the steps of a poll); nothing for any other."""
    about, data = sentence(message["type"]).thread, message["data"]
    return f"{about} {data['platform']} {data['extra']['id']}" if about and data["extra"].get("id") else ""


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


def detail(message: dict[str, Any]) -> str:
    """What else there is to say: gift or spell, recipients, state, votes, progress, category, who did it."""
    data = message["data"]
    extra = data["extra"]
    parts = [
        str(WORDS.get(extra.get("type") or "superchat", "")) if message["type"] == Kind.SUPERCHAT else "",
        clean(extra.get("gift") or "", NAME_LENGTH),
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


def aside(message: dict[str, Any]) -> str:
    """What stands beside the platform: tier, membership level, tip service."""
    extra = message["data"]["extra"]
    has_tier = extra.get("tier") and message["type"] not in UNTIERED
    parts = [
        str(WORDS["tier"]).format(n=extra["tier"]) if has_tier else "",
        clean(extra.get("level") or "", NAME_LENGTH),
        PROVIDERS.get(extra.get("provider") or "", ""),
    ]
    return " · ".join(filter(None, parts))


def _recipients(people: list[dict[str, Any]] | None, total: int | None) -> str:
    names = _names(people)
    if not names:
        return ""
    more = max(total or 0, len(names)) - len(names[:MOST_NAMES])
    return _filled("to_more" if more else "to", names=recipients(people), n=amount(more, ""))


def recipients(people: list[dict[str, Any]] | None) -> str:
    """Who was given a gift, as many as are named."""
    return ", ".join(_names(people)[:MOST_NAMES])


def tier(extra: dict[str, Any]) -> str:
    """The tier of a subscription, or the level of a membership."""
    return str(extra.get("tier") or clean(extra.get("level") or "", NAME_LENGTH))


def _progress(count: int | None, goal: int | None) -> str:
    return _filled("of", n=amount(count, ""), goal=amount(goal, ""))


def _counted(choice: dict[str, Any], count: str) -> str:
    title = clean(choice["title"], NAME_LENGTH)
    return f"{title}: {count}" if count else title


def _name(person: dict[str, Any] | None) -> str:
    return clean(person["name"] or person.get("login", ""), NAME_LENGTH) if person else ""


def _names(people: list[dict[str, Any]] | None) -> list[str]:
    return [name for one in people or () if (name := _name(one))]


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


def actor(person: dict[str, Any]) -> str:
    """Who did it."""
    if person["anonymous"]:
        return str(WORDS["anonymous"])
    return clean(person["name"] or person.get("login", ""), NAME_LENGTH) or str(WORDS["anonymous"])


def trouble(state: str, time: str) -> str:
    """What is said in place of a channel's status: nothing while its source delivers. `time`: since when, if known."""
    if state == SourceState.DELIVERING:
        return ""
    if state == SourceState.STOPPED and time:
        return str(WORDS["stopped_since"]).format(time=time)
    return str(TROUBLES[state])


def moment(iso: str | None) -> str:
    """A moment of today as its time, any other with its date; nothing for None."""
    at = parse_datetime(iso) if iso else None
    if at is None:
        return ""
    local = timezone.localtime(at)
    return date_format(local, "TIME_FORMAT" if local.date() == timezone.localdate() else "DATETIME_FORMAT")
