"""What popouts and the dashboard show live, as they first paint it: the newest events, how the channels are, the chat.

The rows of the first paint and one <template> for each kind come of the same words (`events/words.py`); the modules in
`static/js/popout/` clone the templates for what arrives afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.dateparse import parse_datetime

from connections.platforms import PLATFORMS, name_of
from events import chat_words, words
from events.domain import status
from events.domain.samples import SAMPLES
from events.enums import THANKED_FOR, Kind, Origin, SourceState, Unit
from events.models import ChatLine, Event, LiveHead
from events.payloads import payload
from events.platforms import known
from lumio.lib.money import DECIMALS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet

FIRST_PAINT = 50
#: Rows looked through for the first paint, where many tell of one thing: few at first, more if they were such.
LOOKED_THROUGH = (FIRST_PAINT, 250)
CHAT_LINES = 150


@dataclass(frozen=True)
class Choice:
    """What a feed is to show; whatever is empty leaves everything in. `least` is by group: events of it that have an
    amount are shown from so much on, money in whole units of its own currency. `owed`: only that for which somebody
    is thanked and nobody was yet."""

    groups: frozenset[str] = frozenset()
    platforms: frozenset[str] = frozenset()
    least: Mapping[str, int] = field(default_factory=dict)
    owed: bool = False

    def among(self, events: QuerySet[Event]) -> QuerySet[Event]:
        if self.groups:
            events = events.filter(kind__in=words.kinds_of(self.groups))
        if self.platforms:
            events = events.filter(platform__in=self.platforms)
        for group, least in self.least.items():
            events = events.exclude(_below(least), kind__in=words.kinds_in(group))
        if self.owed:
            owed = Q(kind__in=THANKED_FOR, thanked_at=None)
            events = events.filter(owed | Q(kind__in=words.kinds_of(())))
        return events


def _below(least: int) -> Q:
    """Amounts of less than that. Where there is no currency it is a number of something."""
    small = Q(currency="", amount__lt=least) | Q(amount__lt=least * 100) & ~Q(currency__in=["", *DECIMALS])
    for places in sorted(set(DECIMALS.values())):
        codes = [code for code, decimals in DECIMALS.items() if decimals == places]
        small |= Q(currency__in=codes, amount__lt=least * 10**places)
    return small


EVERYTHING = Choice()


@dataclass(frozen=True)
class Row:
    """One event, ready to be drawn. `places` are the texts of its sentence and around it (`events.words.places`).

    `worth` is `events.words.worth`; `thanked` says who ticked that they were thanked, if somebody did.
    """

    kind: str
    seq: int | None = None
    platform: str = ""
    places: dict[str, str] = field(default_factory=dict)
    thread: str = ""
    at: datetime | None = None
    is_test: bool = False
    worth: str = ""
    thanked: str = ""

    @property
    def calls_for_thanks(self) -> bool:
        return self.kind in THANKED_FOR

    @property
    def sentence(self) -> words.Sentence:
        return words.sentence(self.kind)

    @property
    def pieces(self) -> list[tuple[str, str]]:
        """The sentence in order: (name of a place, what fills it) or ("", words between two)."""
        return [(place, self.places.get(place, "") if place else text) for place, text in self.sentence.pieces]

    @property
    def platform_icon(self) -> bool:
        """Whether the platform is one of ours, and so has an icon."""
        return self.platform in PLATFORMS

    @property
    def platform_name(self) -> str:
        return words.TOOLS.get(self.platform) or name_of(self.platform)


@dataclass(frozen=True)
class Feed:
    """The first paint. `after` is the `seq` from which the page goes on listening."""

    rows: list[Row]
    after: int
    choice: Choice = EVERYTHING

    @property
    def is_narrowed(self) -> bool:
        return self.choice != EVERYTHING

    @property
    def blanks(self) -> list[Row]:
        """An empty row of each kind, for the page to clone."""
        return [Row(kind=str(kind)) for kind in words.SENTENCES if kind not in words.LEFT_OUT]

    @property
    def groups(self) -> list[tuple[str, str, bool]]:
        """Name and label of each group, and whether it is shown."""
        chosen = self.choice.groups
        return [(name, str(label), not chosen or name in chosen) for name, label in words.GROUPS.items()]

    @property
    def platforms(self) -> list[tuple[str, str, bool]]:
        """The same of each platform that events come from."""
        wanted = self.choice.platforms
        return [(slug, name_of(slug), not wanted or slug in wanted) for slug in known()]

    @property
    def samples(self) -> list[tuple[str, str, str]]:
        """Kind, label and icon of each event that can be tested."""
        return [(kind, str(Kind(kind).label), words.sentence(kind).icon) for kind in SAMPLES]


@dataclass(frozen=True)
class Channel:
    """One platform's channel. `source` is how whoever listens there does, `trouble` what to say if not well.

    `is_known` False: nothing was heard of the channel itself yet.
    """

    platform: str
    source: str = SourceState.STOPPED.value
    source_since: str = ""
    trouble: str = ""
    is_known: bool = False
    name: str = ""
    live: bool = False
    since: str = ""
    viewers: str = ""
    title: str = ""
    category: str = ""

    @property
    def platform_name(self) -> str:
        return name_of(self.platform)


@dataclass(frozen=True)
class Chat:
    """The newest of the chat, oldest first, as sockets carry it: the page draws it as it draws what comes later."""

    lines: list[dict[str, Any]]
    after: int

    @property
    def words(self) -> dict[str, Any]:
        return chat_words.catalogue()


def feed(account_id: UUID, choice: Choice = EVERYTHING) -> Feed:
    """The newest of the chosen events of an account, newest first."""
    # The head is read first: what is stored in between is in the rows, and the page drops what it has.
    head = LiveHead.objects.filter(account_id=account_id).values_list("events_seq", flat=True).first() or 0
    rows = _newest(account_id, choice)
    return Feed(rows=rows, after=max([head, *(shown.seq or 0 for shown in rows[:1])]), choice=choice)


def _newest(account_id: UUID, choice: Choice) -> list[Row]:
    events = Event.objects.filter(account_id=account_id).defer("raw").order_by("-seq")
    events = choice.among(events.exclude(kind__in=words.LEFT_OUT))
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
    data = message["data"]
    return Row(
        kind=message["type"],
        seq=message["seq"],
        platform=data["platform"],
        places=words.places(message),
        thread=words.thread(message),
        at=parse_datetime(data["occurred_at"]),
        is_test=data["origin"] == Origin.TEST,
        worth=words.worth(message),
        thanked=words.thanked(data["thanked"]),
    )


def chat(account_id: UUID) -> Chat:
    """What was last said, and what moderators did about it. Two queries."""
    head = LiveHead.objects.filter(account_id=account_id).values_list("chat_seq", flat=True).first() or 0
    newest = ChatLine.objects.filter(account_id=account_id).defer("raw").order_by("-seq")[:CHAT_LINES]
    lines = [payload(line) for line in reversed(newest)]
    return Chat(lines, after=max([head, *(line["seq"] for line in lines[-1:])]))


def channels(account_id: UUID) -> list[Channel]:
    """Every channel that was heard of or is listened to; those that are live first. Two queries."""
    messages = status.messages([account_id]).get(account_id, [])
    told = {one["data"]["platform"]: one["data"] for one in messages if one["type"] == "channel.status"}
    sources = {one["data"]["platform"]: one["data"] for one in messages if one["type"] == "source.health"}
    found = [
        _channel(platform, told.get(platform), sources.get(platform))
        for platform in dict.fromkeys((*known(), *told))
        if platform in told or platform in sources
    ]
    return sorted(found, key=lambda channel: not channel.live)


def _channel(platform: str, told: dict[str, Any] | None, source: dict[str, Any] | None) -> Channel:
    """No source: nobody listens."""
    state, since = (source["state"], source["state_since"]) if source else (SourceState.STOPPED.value, None)
    heard = Channel(platform, state, since or "", words.trouble(state, words.moment(since)))
    if told is None:
        return heard
    return replace(
        heard,
        is_known=True,
        name=words.clean(told["channel_name"], words.NAME_LENGTH),
        live=told["live"],
        since=told["live_since"] or "",
        viewers=words.amount(told["viewers"], Unit.VIEWERS) if told["live"] else "",
        title=words.clean(told["title"], words.MESSAGE_LENGTH),
        category=words.clean(told["category"], words.NAME_LENGTH),
    )


def vocabulary() -> dict[str, Any]:
    """The context of `popout/_words.html`: what every page needs that draws what arrives."""
    return {"words": words.catalogue(), "platforms": list(PLATFORMS.values()), "tools": words.TOOLS.items()}
