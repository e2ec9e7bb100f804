"""What a provider of emotes is, and how all of them are asked and believed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from connections.platforms.answers import ask
from connections.platforms.base import pause_of
from connections.platforms.failures import RateLimited, Unavailable

#: A large channel has a thousand emotes, of which 7TV writes two kilobytes each.
MAX_BYTES = 8 * 1024 * 1024
DEADLINE = 15.0
MOST_EMOTES = 5_000
LONGEST_WORD = 100

#: How a provider says that it does not know a channel, or the platform that it is of.
NOT_KNOWN = (400, 404)
#: What may stand in the address of a picture.
ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Emote(NamedTuple):
    """A picture for a word. One of zero width is drawn over the emote before it."""

    provider: str
    id: str
    url: str
    animated: bool = False
    zero_width: bool = False


#: By the word that viewers write.
Emotes = dict[str, Emote]


@dataclass(frozen=True, slots=True)
class Provider:
    """Whose emotes they are: those for everybody, and those of a channel, by its platform's slug and its id.

    Both functions raise a PlatformFailure. A channel that the provider does not know has no emotes. Which platforms it
    knows says each platform (`Platform.emote_providers`).
    """

    slug: str
    everywhere: Callable[[], Emotes]
    of_channel: Callable[[str, str], Emotes]


def fetch(name: str, url: str) -> Any:
    """The JSON at an address; None for a channel that the provider does not know. Raises PlatformFailure."""
    answer = ask(name, "GET", url, deadline=DEADLINE, max_bytes=MAX_BYTES)
    if answer.status in NOT_KNOWN:
        return None
    if answer.status == 429:
        pause = pause_of(answer)
        raise RateLimited(platform=name, seconds=pause, retry_after=pause)
    if not answer.ok:
        raise Unavailable(platform=name)
    try:
        body = answer.json()
    except ValueError as error:
        raise Unavailable(platform=name) from error
    if body is None:
        raise Unavailable(platform=name)
    return body


def collected(found: Iterable[tuple[Any, Emote | None]]) -> Emotes:
    """Emotes by their words. What no viewer could write, and what could not be read, is left out."""
    emotes: Emotes = {}
    for word, emote in found:
        if emote is not None and is_word(word) and len(emotes) < MOST_EMOTES:
            emotes.setdefault(word, emote)
    return emotes


def is_word(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_WORD and value.isprintable() and " " not in value


def is_id(value: Any) -> bool:
    return isinstance(value, str) and ID.fullmatch(value) is not None
