from __future__ import annotations

import pytest
from redis.exceptions import ResponseError, TimeoutError

from lumio.cache import PATIENCE, ForgivingRedisCache


@pytest.fixture
def cache(tmp_path):
    """A cache whose Valkey is away."""
    cache = ForgivingRedisCache(f"unix://{tmp_path / 'nobody.sock'}", {})
    yield cache
    cache.clear()


def test_without_valkey_values_are_kept_in_this_process(cache):
    cache.set("a", {"b": 1}, 60)
    cache.set_many({"c": 2, "d": 3})

    assert cache.get("a") == {"b": 1}
    assert cache.get_many(["c", "d", "e"]) == {"c": 2, "d": 3}
    assert cache.get("e", "default") == "default"
    assert cache.has_key("a") and "e" not in cache
    assert cache.touch("a", 60)
    assert cache.delete("a")
    assert cache.get("a") is None


def test_without_valkey_limits_go_on_counting(cache):
    assert cache.add("n", 1, 60)
    assert not cache.add("n", 1, 60)
    assert cache.incr("n") == 2
    assert cache.decr("n") == 1
    assert cache.get_or_set("m", lambda: 5, 60) == 5


def test_hits_are_counted_here_and_there(cache):
    assert [cache.hit("h", 60, most=2) for _ in range(3)] == [1, 2, 3]


def test_hits_over_the_limit_ask_nobody(cache, monkeypatch):
    asked = []

    def hit(key: str, seconds: int) -> int:
        asked.append(key)
        return 3

    monkeypatch.setattr(cache._valkey, "hit", hit)

    assert [cache.hit("h", 60, most=2) for _ in range(3)] == [3, 3, 3]
    assert asked == ["h"]


def test_hits_are_counted_in_valkey():
    from django.core.cache import cache

    assert [cache.hit("h", 60, most=5) for _ in range(3)] == [1, 2, 3]
    assert cache._valkey.get("h") == 3


def test_it_is_said_once_that_valkey_is_away(cache, caplog):
    for _ in range(3):
        cache.get("a")

    [record] = caplog.records
    assert record.getMessage().startswith("Valkey is away, cache and limits are per process: Error 2 connecting to ")


def test_valkey_is_asked_again_after_a_while(cache, caplog, monkeypatch):
    now = 1000.0
    monkeypatch.setattr("lumio.cache.monotonic", lambda: now)
    cache.get("a")
    monkeypatch.setattr(cache._valkey, "get", lambda key, **options: "from Valkey")

    assert cache.get("a") is None
    now += PATIENCE
    assert cache.get("a") == "from Valkey"
    assert caplog.records[-1].getMessage() == "Valkey is back"


def test_one_that_hangs_is_waited_for_once(cache, monkeypatch):
    asked = []

    def hang(key: str, **options: object) -> None:
        asked.append(key)
        raise TimeoutError

    monkeypatch.setattr(cache._valkey, "get", hang)

    for _ in range(10):
        cache.get("a")

    assert asked == ["a"]


def test_one_that_takes_nothing_is_not_waited_for(cache, monkeypatch):
    """As while the disk is full that it writes to."""

    def refuse(*args: object, **options: object) -> None:
        raise ResponseError("MISCONF Errors writing to the AOF file: No space left on device")

    monkeypatch.setattr(cache._valkey, "hit", refuse)

    assert [cache.hit("h", 60, most=2) for _ in range(3)] == [1, 2, 3]


def test_a_mistake_of_ours_is_not_taken_for_an_outage(cache, monkeypatch):
    def fail(*args: object, **options: object) -> None:
        raise TypeError("not a key")

    monkeypatch.setattr(cache._valkey, "get", fail)

    with pytest.raises(TypeError):
        cache.get("a")
