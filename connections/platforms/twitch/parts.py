"""The parts that many events of EventSub share: people, message pieces, badges, tiers."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from connections.platforms.notices import Notice
from events.types import Person, StreamEvent
from lumio.lib.payload import (
    EXTERNAL_ID_LENGTH,
    ID_LENGTH,
    LOGIN_LENGTH,
    NAME_LENGTH,
    Payload,
    Unreadable,
    items,
    mapping,
    moment,
    number,
    one_piece,
    text,
)

PLATFORM = "twitch"

#: Characters that are kept. A chat message has at most 500; the rest is room for surprises.
MESSAGE_LENGTH = 16_384
MOST_FRAGMENTS = 512
MOST_BADGES = 32

Parser = Callable[[Notice], StreamEvent | None]


def unknown(notice: Notice) -> StreamEvent:
    raise Unreadable


# Parts of a message


def fragments(value: Any, words: str) -> tuple[dict[str, Any], ...]:
    """The message in pieces. One piece of text where the pieces are missing or more than fit."""
    pieces = [fragment(mapping(piece)) for piece in items(value, MOST_FRAGMENTS + 1)]
    fits = len(pieces) <= MOST_FRAGMENTS and sum(len(piece["text"]) for piece in pieces) <= MESSAGE_LENGTH
    return tuple(pieces) if pieces and fits else one_piece(words)


def fragment(piece: Payload) -> dict[str, Any]:
    """Emotes, mentions and cheermotes with what drawing them needs; everything else is its text."""
    words, kind = text(piece.get("text"), MESSAGE_LENGTH), piece.get("type")
    emote, mention, mote = mapping(piece.get("emote")), mapping(piece.get("mention")), mapping(piece.get("cheermote"))
    if kind == "emote" and emote:
        is_animated = "animated" in items(emote.get("format"), 4)
        return {"type": "emote", "text": words, "id": text(emote.get("id"), ID_LENGTH), "animated": is_animated}
    if kind == "mention" and mention:
        who = person(mention)
        return {"type": "mention", "text": words, **who.named}
    if kind == "cheermote" and mote:
        return {
            "type": "cheermote",
            "text": words,
            "prefix": text(mote.get("prefix"), ID_LENGTH),
            "bits": number(mote.get("bits")),
            "tier": number(mote.get("tier")),
        }
    return {"type": "text", "text": words}


def cut_at_emotes(words: str, value: Any) -> tuple[dict[str, Any], ...]:
    """Pieces of a message whose emotes are given by position, the last character included."""
    places: list[tuple[int, int, str]] = []
    for emote in map(mapping, items(value, MOST_FRAGMENTS)):
        begin, end = number(emote.get("begin")), number(emote.get("end"))
        if begin is not None and end is not None and begin <= end < len(words):
            places.append((begin, end + 1, text(emote.get("id"), ID_LENGTH)))
    pieces: list[dict[str, Any]] = []
    at = 0
    for begin, end, emote_id in sorted(places):
        if begin >= at:  # places that overlap make no sense: the first one counts
            pieces.extend(one_piece(words[at:begin]))
            pieces.append({"type": "emote", "text": words[begin:end], "id": emote_id, "animated": False})
            at = end
    return (*pieces, *one_piece(words[at:]))


def badges(value: Any) -> list[dict[str, str]]:
    return [
        {
            "set": text(badge.get("set_id"), ID_LENGTH),
            "id": text(badge.get("id"), ID_LENGTH),
            "info": text(badge.get("info"), ID_LENGTH),
        }
        for badge in map(mapping, items(value, MOST_BADGES))
    ]


def reply(value: Any) -> dict[str, str] | None:
    """What a reply answers; None for a message that is no reply."""
    parent = mapping(value)
    message_id = text(parent.get("parent_message_id"), EXTERNAL_ID_LENGTH)
    if not message_id:
        return None
    who = person(parent, "parent_user")
    return {
        "message_id": message_id,
        "text": text(parent.get("parent_message_body"), MESSAGE_LENGTH),
        "user_id": who.id,
        "login": who.login,
        "name": who.name,
    }


def source_channel(event: Payload) -> dict[str, Any] | None:
    """In shared chat: the channel where the message was typed, if it is another one, and its chatter's badges there."""
    source = person(event, "source_broadcaster_user")
    if not source.id or source.id == event.get("broadcaster_user_id"):
        return None
    return {**source.named, "badges": badges(event.get("source_badges"))}


# People, tiers, times


def person(event: Payload, prefix: str = "user") -> Person:
    login = text(event.get(f"{prefix}_login"), LOGIN_LENGTH)
    return Person(
        id=text(event.get(f"{prefix}_id"), ID_LENGTH),
        login=login,
        name=text(event.get(f"{prefix}_name"), NAME_LENGTH) or login,
    )


def person_or_anonymous(event: Payload, prefix: str = "user", flag: str = "is_anonymous") -> Person:
    """The flag decides: beside it come nulls, empty strings or an account called "ananonymousgifter"."""
    who = person(event, prefix)
    return Person(anonymous=True) if event.get(flag) is True or not who.id else who


def chatter(event: Payload) -> Person:
    return person_or_anonymous(event, "chatter_user", "chatter_is_anonymous")


def broadcaster(event: Payload) -> Person:
    return person(event, "broadcaster_user")


def gifter(details: Payload) -> dict[str, Any]:
    """Who gave, for `extra`: nobody's names if that is not to be known."""
    return person_or_anonymous(details, "gifter_user", "gifter_is_anonymous").named


def tier_of(event: Payload, key: str = "tier") -> int | None:
    """1, 2 or 3 for "1000", "2000" or "3000"."""
    value = event.get(key)
    return int(value) // 1000 if isinstance(value, str) and re.fullmatch(r"[0-9]{4}", value) else None


def times(event: Payload, *names: str) -> dict[str, str]:
    """Those times that the event has, as ISO 8601 in UTC."""
    found = {name: moment(event.get(name)) for name in names}
    return {name: at.isoformat() for name, at in found.items() if at}
