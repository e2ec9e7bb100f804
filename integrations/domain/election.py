"""Which of an account's open bridge pages works while there are several: the newest inside OBS, else the newest.

Every page says again and again that it is there, and reads which others are: a sorted set in Valkey, whose members are
named so that the last of them in order leads. All pages see the same set, so they agree without asking each other. For
a moment two may lead, which does no harm: a command is taken once (`integrations.domain.commands`). Who falls silent is
forgotten, and the next in order takes over. Times are Valkey's, as several machines have several clocks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.conf import settings
from redis.exceptions import RedisError

from events import bus
from integrations.domain.bridge import topic

if TYPE_CHECKING:
    from uuid import UUID

#: Seconds between two times that a page says that it is there, and until one that says nothing is forgotten.
AGAIN = 2.0
FORGOTTEN = 6.0


@dataclass(frozen=True, slots=True)
class Standing:
    """What a page knows after it has said that it is there. `rank` counts from 0, which leads."""

    rank: int
    pages: int

    @property
    def leads(self) -> bool:
        return self.rank == 0


def pages(account_id: UUID) -> int | None:
    """How many pages of an account are open now; None while Valkey is away."""
    client = bus.client(settings.REDIS_URL)
    try:
        seconds: Any = client.time()
        number: Any = client.zcount(_key(account_id), seconds[0] - FORGOTTEN, "+inf")
    except (RedisError, OSError):
        return None
    return int(number)


class Candidate:
    """One open page."""

    def __init__(self, account_id: UUID, *, is_in_obs: bool) -> None:
        self._account_id = account_id
        self._is_in_obs = is_in_obs
        self._name = ""

    async def stand(self) -> Standing | None:
        """Say that the page is there. None while Valkey is away: then everything stays as it was."""
        try:
            async with bus.async_client(decode_responses=True) as client:
                seconds, microseconds = await client.time()
                is_new = not self._name
                self._name = self._name or f"{self._is_in_obs:d}:{seconds:012}.{microseconds:06}:{uuid4().hex}"
                async with client.pipeline() as commands:
                    commands.zadd(self._key, {self._name: seconds})
                    commands.zremrangebyscore(self._key, "-inf", seconds - FORGOTTEN)
                    commands.zrange(self._key, 0, -1)
                    commands.expire(self._key, int(FORGOTTEN))
                    if is_new:
                        commands.publish(topic(self._account_id), "{}")
                    names = (await commands.execute())[2]
        except (RedisError, OSError):
            return None
        best_first = sorted(names, reverse=True)
        return Standing(best_first.index(self._name), len(best_first))

    async def leave(self) -> None:
        """The page is closed: the next one is told, and takes over at once."""
        try:
            async with bus.async_client() as client, client.pipeline() as commands:
                commands.zrem(self._key, self._name)
                commands.publish(topic(self._account_id), "{}")
                await commands.execute()
        except (RedisError, OSError):
            pass

    @property
    def _key(self) -> str:
        return _key(self._account_id)


def _key(account_id: UUID) -> str:
    return f"lumio:bridge:pages:{account_id}"
