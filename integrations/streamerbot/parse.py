"""What Streamer.bot says, as values. No network, no database, and nothing that comes in makes these raise."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from events.enums import Kind
from events.types import StreamEvent
from integrations.streamerbot import SLUG
from lumio.lib.labels import one_line
from lumio.lib.payload import external_id, items, mapping, moment, one_piece, raw, text

if TYPE_CHECKING:
    from datetime import datetime

    from lumio.lib.payload import Payload

NAME_LENGTH = 200
MESSAGE_LENGTH = 5_000
CHALLENGE_LENGTH = 200
MOST_ACTIONS = 5_000
MOST_EVENTS = 200
#: What Streamer.bot calls the group of an action without one.
NO_GROUP = "None"
#: The first version that greets, and may ask for a password.
GREETS_SINCE = (0, 2, 5)

#: What tells that the list of actions should be read again.
CHANGES = "Application"
#: What else is subscribed to: what the streamer broadcasts, and services that Lumio does not ask itself. Not the
#: platforms and StreamElements, whose events Lumio has from there: each would be two.
SOURCES = ("Custom", "Fourthwall", "General", "Kofi", "Patreon", "Streamlabs", "TipeeeStream")


@dataclass(frozen=True, slots=True)
class Info:
    """`name` is what the streamer called it."""

    version: str
    name: str

    @property
    def greets(self) -> bool:
        """Whether this version says Hello by itself; one whose number cannot be read counts as new."""
        numbers = re.match(r"v?(\d{1,6})\.(\d{1,6})\.(\d{1,6})", self.version)
        return numbers is None or tuple(map(int, numbers.groups())) >= GREETS_SINCE


@dataclass(frozen=True, slots=True)
class Action:
    """`group` is empty for one without a group. One that is not enabled does not run."""

    id: str
    name: str
    group: str
    is_enabled: bool


def info(frame: Payload) -> Info | None:
    """Of Hello and of the answer to GetInfo; None for a frame that names no version."""
    found = mapping(frame.get("info"))
    version = words(found.get("version"), 40)
    return Info(version, words(found.get("name"), NAME_LENGTH)) if version else None


def challenge(hello: Payload) -> tuple[str, str] | None:
    """Salt and challenge; None for a Streamer.bot that asks for no password."""
    asked = mapping(hello.get("authentication"))
    if not asked:
        return None
    return text(asked.get("salt"), CHALLENGE_LENGTH), text(asked.get("challenge"), CHALLENGE_LENGTH)


def actions(answer: Payload) -> list[Action]:
    """In its order, without those that have no id."""
    found = [mapping(one) for one in items(answer.get("actions"), MOST_ACTIONS)]
    return [
        Action(
            id=text(one.get("id"), 100),
            name=words(one.get("name"), NAME_LENGTH),
            group="" if one.get("group") == NO_GROUP else words(one.get("group"), NAME_LENGTH),
            is_enabled=one.get("enabled") is not False,
        )
        for one in found
        if text(one.get("id"), 100)
    ]


def wanted(answer: Payload, *, takes_events: bool) -> dict[str, list[str]]:
    """What to subscribe to of what GetEvents lists.

    The names of the sources are ours, as an old example in the documentation begins them and their types with small
    letters, while events come, and are subscribed to, with capitals.
    """
    spelled = {source.lower(): source for source in (CHANGES, *(SOURCES if takes_events else ()))}
    found: dict[str, list[str]] = {}
    for name, types in mapping(answer.get("events")).items():
        source = spelled.get(str(name).lower())
        kinds = [words(one, NAME_LENGTH) for one in items(types, MOST_EVENTS)]
        if source and any(kinds):
            found[source] = [kind[0].upper() + kind[1:] for kind in kinds if kind]
    return found


def source_of(frame: Payload) -> str:
    """Where an event comes from; empty for a frame that is none."""
    return words(mapping(frame.get("event")).get("source"), NAME_LENGTH)


def event(frame: Payload, *, integration_id: str, label: str, at: datetime) -> StreamEvent | None:
    """The event of a frame, None for one that names no source and type. `at` is when it came.

    What a streamer broadcasts is not for everybody to read, as it may hold anything: of the data only a text, or the
    `message` in it, is told. Events have no id, so the frame is one; a frame without a time is never a repeat.
    """
    told = mapping(frame.get("event"))
    source, kind = source_of(frame), words(told.get("type"), NAME_LENGTH)
    if not source or not kind:
        return None
    data = frame.get("data")
    message = text(data if isinstance(data, str) else mapping(data).get("message"), MESSAGE_LENGTH)
    happened = moment(frame.get("timeStamp"))
    return StreamEvent(
        kind=Kind.TOOL_EVENT,
        platform=SLUG,
        channel_id=integration_id,
        external_id=external_id(None, frame if happened else {**frame, "came": at.isoformat()}),
        occurred_at=happened or at,
        message=message,
        fragments=one_piece(message),
        extra={
            "title": words(mapping(data).get("eventName"), NAME_LENGTH) or f"{source}.{kind}",
            "source": source,
            "type": kind,
            "integration": label,
        },
        raw=raw(frame),
    )


def reason(answer: Payload) -> str:
    """Why it says no, in its own words."""
    return words(answer.get("error"), NAME_LENGTH) or words(answer.get("status"), NAME_LENGTH) or "error"


def words(value: Any, length: int) -> str:
    """A text of one line without what cannot be seen, which names over there may hold."""
    return one_line(text(value, length))
