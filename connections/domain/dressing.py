"""What a message is drawn with: emotes of other providers, links, mentions, and the pictures of emotes and badges.

Parsers mark what their platform marks; the rest is the same for all of them and is done here, on the way to the log.
Nothing is waited for: what is not known yet stays text, or stays without a picture.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.db import Error as DatabaseError

from accounts.enums import Permission
from connections.domain import grants
from connections.emotes import PROVIDERS
from connections.emotes.shelf import Question, ask_again, shelf
from connections.enums import GrantState, Purpose
from connections.models import Connection
from connections.platforms import PLATFORMS
from events.enums import Kind
from lumio.lib.errors import DatabaseAway

if TYPE_CHECKING:
    from accounts.actor import Actor
    from connections.emotes.provider import Emotes
    from connections.platforms.base import Badges, Cheermotes, Platform
    from connections.platforms.listening import Access
    from events.types import StreamEvent

log = logging.getLogger(__name__)

T = TypeVar("T")
Piece = dict[str, Any]

#: A message of more pieces than this is drawn as its platform sent it.
MOST_PIECES = 300
LONGEST_LINK = 2_000
#: Channels whose questions are kept at hand.
CHANNELS = 4_096

SPACES = re.compile(r"(\s+)")
LINK = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
MENTION = re.compile(r"@\w(?:[\w.-]{0,98}\w)?")
CHEER = re.compile(r"(.*\D)([1-9]\d{0,6})", re.ASCII | re.DOTALL)
#: What ends a sentence rather than an address.
PUNCTUATION = ".,;:!?'\"*_~…"
#: A closing one belongs to an address in which it was opened.
OPENING = {")": "(", "]": "[", "}": "{"}


def dressed(event: StreamEvent) -> StreamEvent:
    """The event with all that is known of how to draw it. Takes microseconds, never raises."""
    if not event.fragments and not event.extra:
        return event
    try:
        return _dressed(event)
    except Exception:
        log.exception("A message of %s is left as it came", event.platform)
        return event


def refresh(*, actor: Actor, connection: Connection) -> None:
    """Have the emotes and badges of the channel asked for anew: the next messages have them, within half a minute."""
    actor.require(Permission.CONNECTIONS_EDIT)
    ask_again(*(question.name for question in questions(connection.platform, connection.channel_id)))


def questions(platform: str, channel_id: str) -> list[Question]:
    """Everything that is asked about a channel; nothing where no provider knows its platform."""
    asked = [*_emote_questions(platform, channel_id, settings.LUMIO_EMOTES)]
    if PLATFORMS[platform].has_badges:
        asked += [*_badge_questions(platform, channel_id, channel_id), _cheermote_question(platform, channel_id)]
    return asked


def _dressed(event: StreamEvent) -> StreamEvent:
    platform = PLATFORMS.get(event.platform)
    if platform is None:
        return event
    fragments, extra = event.fragments, event.extra
    if fragments:
        found = list(_pieces(event, platform))
        is_new = len(found) != len(fragments) or any(new is not old for new, old in zip(found, fragments, strict=True))
        if is_new and len(found) <= MOST_PIECES:
            fragments = tuple(found)
    if platform.has_badges and (extra.get("badges") or extra.get("source")):
        extra = _with_badges(event)
    if fragments is event.fragments and extra is event.extra:
        return event
    return replace(event, fragments=fragments, extra=extra)


# Pieces


def _pieces(event: StreamEvent, platform: Platform) -> Iterator[Piece]:
    for piece in event.fragments:
        match piece["type"]:
            case "text":
                yield from _cut(piece, event, platform)
            case "emote" if "url" not in piece and piece["id"] and (url := platform.emote_url(piece["id"])):
                yield {**piece, "url": url}
            case "cheermote" if platform.has_badges:
                cheermotes = shelf.get(_cheermote_question(event.platform, event.channel_id)) or {}
                yield _cheermote(piece, cheermotes)
            case _:
                yield piece


def _cut(piece: Piece, event: StreamEvent, platform: Platform) -> Iterable[Piece]:
    """A piece of text, cut at what is more than text. Most are nothing else, which is found out first."""
    text = piece["text"]
    words = text.split()
    sets = _emote_sets(event)
    cheermotes: Cheermotes = {}
    if event.kind is Kind.CHEER and platform.has_badges:
        cheermotes = shelf.get(_cheermote_question(event.platform, event.channel_id)) or {}
    plain = not cheermotes and "@" not in text and "://" not in text
    if plain and all(emotes.keys().isdisjoint(words) for emotes in sets):
        return (piece,)
    return _joined(found for word in SPACES.split(text) if word for found in _read(word, sets, cheermotes))


def _read(word: str, sets: Sequence[Emotes], cheermotes: Cheermotes) -> Iterable[Piece]:
    """The pieces of one word, or of the space between two."""
    for emotes in sets:
        if emote := emotes.get(word):
            return ({"type": "emote", "text": word, **emote._asdict()},)
    if "://" in word and (link := LINK.search(word)) and (address := _address(link[0])):
        return _apart(word, link.start(), {"type": "link", "text": address, "url": address})
    if word.startswith("@") and (mention := MENTION.match(word)):
        return _apart(word, 0, {"type": "mention", "text": mention[0], "name": mention[0][1:]})
    if cheermotes and (cheer := CHEER.fullmatch(word)) and cheer[1].lower() in cheermotes:
        cheermote = {"type": "cheermote", "text": word, "prefix": cheer[1], "bits": int(cheer[2])}
        return (_cheermote(cheermote, cheermotes),)
    return ({"type": "text", "text": word},)


def _apart(word: str, begin: int, piece: Piece) -> Iterable[Piece]:
    end = begin + len(piece["text"])
    return ({"type": "text", "text": word[:begin]}, piece, {"type": "text", "text": word[end:]})


def _joined(pieces: Iterable[Piece]) -> list[Piece]:
    """Text beside text as one piece, and none that is empty."""
    joined: list[Piece] = []
    for piece in pieces:
        if piece["type"] != "text" or not joined or joined[-1]["type"] != "text":
            if piece["text"]:
                joined.append(piece)
        else:
            joined[-1]["text"] += piece["text"]
    return joined


def _address(found: str) -> str:
    """An address of the web without what only stands behind it; empty for one that leads nowhere or deceives."""
    address = found[:LONGEST_LINK].rstrip(PUNCTUATION)
    while (opening := OPENING.get(address[-1])) and address.count(opening) < address.count(address[-1]):
        address = address[:-1].rstrip(PUNCTUATION)
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    # `https://known.example@elsewhere.example` leads elsewhere.
    return address if parts.hostname and "@" not in parts.netloc and len(found) <= LONGEST_LINK else ""


def _cheermote(piece: Piece, cheermotes: Cheermotes) -> Piece:
    """With the picture of the largest tier that its bits reach."""
    bits = piece.get("bits") or 0
    reached = [tier for tier in cheermotes.get(piece["prefix"].lower(), ()) if tier[0] <= bits]
    if not reached:
        return piece
    least, url, colour = reached[-1]
    return {"tier": least, **piece, "url": url, "colour": colour}


# Badges


def _with_badges(event: StreamEvent) -> dict[str, Any]:
    """`extra` with the pictures of its badges; in shared chat also those of the other channel, which are shown."""
    extra = {**event.extra}
    if extra.get("badges"):
        extra["badges"] = _pictured(extra["badges"], event, event.channel_id)
    source = extra.get("source")
    if source and source.get("badges"):
        extra["source"] = {**source, "badges": _pictured(source["badges"], event, source["id"])}
    return extra


def _pictured(badges: list[Piece], event: StreamEvent, channel_id: str) -> list[Piece]:
    sets = [shelf.get(one) or {} for one in _badge_questions(event.platform, channel_id, event.channel_id)]
    return [_pictured_one(badge, sets) for badge in badges]


def _pictured_one(badge: Piece, sets: list[Badges]) -> Piece:
    for known in sets:
        if found := known.get((badge["set"], badge["id"])):
            url, title = found
            return {**badge, "url": url, "title": title}
    return badge


# Who knows


def _emote_sets(event: StreamEvent) -> list[Emotes]:
    """Those that are known by now; a channel's own come first."""
    questions = _emote_questions(event.platform, event.channel_id, settings.LUMIO_EMOTES)
    return [emotes for question in questions if (emotes := shelf.get(question))]


@lru_cache(CHANNELS)
def _emote_questions(platform: str, channel_id: str, wanted: tuple[str, ...]) -> tuple[Question, ...]:
    known = [PROVIDERS[slug] for slug in wanted if slug in PLATFORMS[platform].emote_providers]
    return (
        *(
            Question(f"{one.slug}:{platform}:{channel_id}", one.slug, partial(one.of_channel, platform, channel_id))
            for one in known
        ),
        *(Question(f"{one.slug}:everywhere", one.slug, one.everywhere) for one in known),
    )


@lru_cache(CHANNELS)
def _badge_questions(platform: str, of_channel: str, listener: str) -> tuple[Question, ...]:
    """A channel's own badges, then everybody's; asked with the sign-in of the channel that is listened to."""
    return (
        _asked_with_grant(f"badges:{platform}:{of_channel}", platform, listener, _badges_of, of_channel),
        _asked_with_grant(f"badges:{platform}", platform, listener, _badges_of, ""),
    )


@lru_cache(CHANNELS)
def _cheermote_question(platform: str, channel_id: str) -> Question:
    return _asked_with_grant(f"cheermotes:{platform}:{channel_id}", platform, channel_id, _cheermotes_of, channel_id)


def _badges_of(platform: Platform, of_channel: str, access: Access) -> Badges:
    return platform.badges(access, of_channel)


def _cheermotes_of(platform: Platform, of_channel: str, access: Access) -> Cheermotes:
    return platform.cheermotes(access, of_channel)


def _asked_with_grant(
    name: str, platform: str, listener: str, ask: Callable[[Platform, str, Access], Any], of_channel: str
) -> Question:
    fetch = partial(_with_grant, platform, listener, partial(ask, PLATFORMS[platform], of_channel))
    return Question(name, f"{platform}:{listener}", fetch)


def _with_grant(platform: str, listener: str, ask: Callable[[Access], T]) -> T:
    """Raises GrantUnusable, DatabaseAway, or what `ask` raises."""
    try:
        connection = Connection.objects.filter(
            platform=platform, channel_id=listener, purpose=Purpose.CHANNEL, state=GrantState.CONNECTED
        ).first()
        if connection is None:
            raise grants.NotConnected
        return grants.call(connection.pk, ask)
    except DatabaseError as error:
        raise DatabaseAway from error
