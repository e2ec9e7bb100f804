"""A cache that counts per process, rather than failing, while Valkey is away."""

from __future__ import annotations

import logging
from time import monotonic
from typing import Any

from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

#: Seconds before Valkey is asked again: one that hangs must not cost its time-out at every call of a sign-in.
PATIENCE = 2.0


class CountingRedis(RedisCache):
    def hit(self, key: str, seconds: int) -> int:
        """One more under `key`, which is forgotten `seconds` later; how many that makes. One round trip."""
        name = self.make_and_validate_key(key)
        with self._cache.get_client(None, write=True).pipeline() as both:
            both.incr(name)
            both.expire(name, seconds)
            count: int = both.execute()[0]
        return count


class CountingMemory(LocMemCache):
    def hit(self, key: str, seconds: int) -> int:
        self.add(key, 0, seconds)
        try:
            return self.incr(key)
        except ValueError:  # thrown out in between, to make room
            return 1


class ForgivingRedisCache(BaseCache):
    """Django's Redis cache, standing in for itself with one in memory when Valkey cannot be reached.

    Nothing in the cache is the truth: a page without it is slower, never wrong. allauth's sign-in limits live here
    and must go on counting, so they count in this process until Valkey is back.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        params = {**params, "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 2, **params.get("OPTIONS", {})}}
        self._valkey = CountingRedis(server, params)
        self._memory = CountingMemory("valkey-away", params | {"OPTIONS": {"MAX_ENTRIES": 10_000}})
        self._is_away = False
        self._away_until = 0.0

    def _call(self, method: str, *args: Any, **kwargs: Any) -> Any:
        if monotonic() >= self._away_until:
            try:
                result = getattr(self._valkey, method)(*args, **kwargs)
            except RedisError as error:  # also what it refuses, as while its disk is full
                self._note(error)
            else:
                self._note(None)
                return result
        return getattr(self._memory, method)(*args, **kwargs)

    def _note(self, error: RedisError | None) -> None:
        if error is not None:
            self._away_until = monotonic() + PATIENCE
        if (error is not None) != self._is_away:
            self._is_away = error is not None
            if error is not None:
                log.warning("Valkey is away, cache and limits are per process: %s", error)
            else:
                log.warning("Valkey is back")

    def add(self, *args: Any, **kwargs: Any) -> Any:
        return self._call("add", *args, **kwargs)

    def get(self, *args: Any, **kwargs: Any) -> Any:
        return self._call("get", *args, **kwargs)

    def set(self, *args: Any, **kwargs: Any) -> Any:
        return self._call("set", *args, **kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> Any:
        return self._call("touch", *args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        return self._call("delete", *args, **kwargs)

    def incr(self, *args: Any, **kwargs: Any) -> Any:
        return self._call("incr", *args, **kwargs)

    def hit(self, key: str, seconds: int, most: int) -> int:
        """Count one more under `key`, which is forgotten `seconds` after the last; how many that makes.

        One round trip. Once there are more than `most`, this process answers by itself, so that whoever does not
        stop costs no more of them.
        """
        known = self._memory.get(key, 0)
        if known > most:
            return known
        count = self._call("hit", key, seconds)
        if count > most:
            self._memory.set(key, count, seconds)
        return count

    def has_key(self, *args: Any, **kwargs: Any) -> Any:
        return self._call("has_key", *args, **kwargs)

    def clear(self) -> None:
        """Also what is counted here for the next time that Valkey is away."""
        self._memory.clear()
        self._call("clear")
