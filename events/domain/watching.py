"""States that nobody stores: what they are now lives in Valkey alone, and is found out only while somebody looks.

Whoever finds one out keeps it here for KEPT_FOR and says it again before that is over, so that what a killed process
knew is soon forgotten. Web processes say which channels they have open (`events.hub`), and have to say so again before
WATCHED_FOR is over. Each time they also tell TOPIC, which wakes whoever finds out. Nothing here raises, and while
Valkey is away nobody watches and nothing is known.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from django.conf import settings
from redis.exceptions import RedisError

from events import bus, channels
from events.payloads import encoded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from events.channels import Channel

#: Seconds.
KEPT_FOR = 45
WATCHED_FOR = 30
#: Where channels are named that somebody looks at, or does something to.
TOPIC = "lumio:watched"

_away_until = 0.0


def keep(channel: Channel, message: dict[str, Any], *, part: str = "") -> None:
    """`message` (`{"id", "type", "data"}`) is what the channel's state is now; tells whoever listens.

    A channel that says several things at once has a `part` for each; each is forgotten by itself.
    """
    text = encoded(message)

    def ask(client: Any) -> None:
        client.set(_state(channel, part), text, ex=KEPT_FOR)

    asked(ask, None)
    bus.send(bus.topic(channel), text)


def kept(some: Sequence[Channel]) -> dict[Channel, dict[str, Any]]:
    """The states that are known. One round trip."""
    return {channel: message for (channel, _), message in kept_parts([(channel, "") for channel in some]).items()}


def kept_parts(some: Sequence[tuple[Channel, str]]) -> dict[tuple[Channel, str], dict[str, Any]]:
    """The parts of states that are known. One round trip."""
    texts = asked(lambda client: client.mget([_state(*place) for place in some]), None) if some else None
    return {place: json.loads(text) for place, text in zip(some, texts or (), strict=False) if text}


def forget(channel: Channel, *, part: str = "") -> None:
    """Nobody can tell any more."""
    asked(lambda client: client.delete(_state(channel, part)), None)


def watch(channel: Channel, *, acted: bool = False) -> None:
    """Somebody looks at the channel now. `acted`: and has just done something that will show there in a moment."""

    def ask(client: Any) -> None:
        client.set(watched_key(channel), "1", ex=WATCHED_FOR)

    asked(ask, None)
    bus.send(TOPIC, nudge(channel, acted=acted))


def is_watched(channel: Channel) -> bool:
    """Whether somebody looks, in any process, or did so a moment ago."""
    return bool(asked(lambda client: client.exists(watched_key(channel)), 0))


def watched_key(channel: Channel) -> str:
    return f"lumio:watched:{channel}"


def nudge(channel: Channel, *, acted: bool = False) -> str:
    """The message of TOPIC."""
    return encoded({"channel": str(channel), "acted": acted})


def nudged(text: str) -> tuple[Channel | None, bool]:
    """The channel that a message of TOPIC names, and whether somebody did something."""
    message = json.loads(text)
    return channels.parse(message["channel"]), message["acted"] is True


def asked(question: Callable[[Any], Any], otherwise: Any) -> Any:
    """What Valkey answers. After a failure it is left alone for a second: nobody waits for it twice."""
    global _away_until
    if time.monotonic() < _away_until:
        return otherwise
    try:
        return question(bus.client(settings.REDIS_URL))
    except (RedisError, OSError):
        _away_until = time.monotonic() + bus.PAUSE
        return otherwise


def _state(channel: Channel, part: str) -> str:
    return f"lumio:state:{channel}:{part}" if part else f"lumio:state:{channel}"
