"""What is kept of what others tell: at hand at once, fetched beside, never taken away by a failure."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from django.core.cache import cache

from connections.emotes.shelf import Question, Shelf, Timing, ask_again
from connections.platforms.failures import RateLimited, Unavailable

FAST = Timing(fresh=60, look=0.01, keep=60, turn=5, backoff_first=0.05, backoff_longest=0.05)


@pytest.fixture(autouse=True)
def _own_cache(settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "shelf"}}
    cache.clear()


@dataclass
class Provider:
    """Answers with `value`, or raises it."""

    value: Any
    calls: int = 0
    delay: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def question(self, name: str = "emotes", asked: str = "7tv") -> Question:
        return Question(name, asked, self.fetch)

    def fetch(self) -> Any:
        with self.lock:
            self.calls += 1
        time.sleep(self.delay)
        if isinstance(self.value, Exception):
            raise self.value
        return self.value


def until(condition: Callable[[], Any], seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)


def asked_for(shelf: Shelf, question: Question, seconds: float = 0.2) -> Any:
    """What it says in the end, asked again and again for a while."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        value = shelf.get(question)
        time.sleep(0.005)
    return value


def test_nobody_waits_for_the_first_answer():
    provider = Provider({"x": 1}, delay=0.3)
    shelf = Shelf(FAST)

    began = time.perf_counter()
    assert shelf.get(provider.question()) is None
    assert time.perf_counter() - began < 0.2

    until(lambda: shelf.get(provider.question()) == {"x": 1})


def test_what_is_fresh_is_not_asked_for_again():
    provider = Provider({"x": 1})
    shelf = Shelf(FAST)

    assert asked_for(shelf, provider.question()) == {"x": 1}
    assert provider.calls == 1


def test_what_is_old_is_asked_for_again():
    provider = Provider({"x": 1})
    shelf = Shelf(replace(FAST, fresh=1))
    until(lambda: shelf.get(provider.question()) == {"x": 1})

    provider.value = {"x": 2}

    until(lambda: shelf.get(provider.question()) == {"x": 2})
    assert provider.calls == 2


@pytest.mark.parametrize("failure", [Unavailable(platform="7TV"), RuntimeError("a bug")])
def test_a_provider_that_fails_takes_nothing_away(failure):
    provider = Provider({"x": 1})
    shelf = Shelf(FAST)
    until(lambda: shelf.get(provider.question()) == {"x": 1})

    provider.value = failure
    ask_again("emotes")
    until(lambda: [shelf.get(provider.question()), provider.calls][1] > 1)

    assert asked_for(shelf, provider.question()) == {"x": 1}


def test_a_new_process_finds_the_last_good_answer_while_nobody_answers():
    before, provider = Shelf(FAST), Provider({"x": 1})
    until(lambda: before.get(provider.question()) == {"x": 1})
    ask_again("emotes")

    away = Provider(Unavailable(platform="7TV"))
    restarted = Shelf(FAST)

    until(lambda: restarted.get(away.question()) == {"x": 1})
    until(lambda: away.calls)


def test_a_provider_that_is_down_is_asked_less_and_less_for_all_of_its_channels_together():
    down = Provider(Unavailable(platform="7TV"))
    shelf = Shelf(replace(FAST, backoff_first=10, backoff_longest=10))

    asked_for(shelf, down.question())
    for number in range(5):
        asked_for(shelf, down.question(f"channel:{number}"), 0.05)

    assert down.calls == 1


def test_another_provider_is_asked_meanwhile():
    down, up = Provider(Unavailable(platform="7TV")), Provider({"x": 1})
    shelf = Shelf(replace(FAST, backoff_first=10, backoff_longest=10))
    until(lambda: [shelf.get(down.question()), down.calls][1])

    until(lambda: shelf.get(up.question("others", "bttv")) == {"x": 1})


def test_one_that_is_back_is_believed_again():
    provider = Provider(Unavailable(platform="7TV"))
    shelf = Shelf(FAST)
    until(lambda: [shelf.get(provider.question()), provider.calls][1])

    provider.value = {"x": 1}

    until(lambda: shelf.get(provider.question()) == {"x": 1})


def test_a_pause_that_is_asked_for_is_kept():
    limited = Provider(RateLimited(platform="7TV", seconds=60, retry_after=60))
    shelf = Shelf(FAST)

    asked_for(shelf, limited.question())

    assert limited.calls == 1


def test_one_process_asks_for_all():
    provider = Provider({"x": 1}, delay=0.1)
    shelves = [Shelf(FAST) for _ in range(5)]

    until(lambda: all(shelf.get(provider.question()) == {"x": 1} for shelf in shelves))

    assert provider.calls == 1


def test_asking_anew_reaches_every_process():
    provider = Provider({"x": 1})
    shelves = [Shelf(FAST) for _ in range(2)]
    until(lambda: all(shelf.get(provider.question()) == {"x": 1} for shelf in shelves))

    provider.value = {"x": 2}
    ask_again("emotes")

    until(lambda: all(shelf.get(provider.question()) == {"x": 2} for shelf in shelves))
    assert provider.calls == 2


def test_with_the_cache_away_a_process_fetches_and_keeps_for_itself(settings, tmp_path):
    settings.CACHES = {
        "default": {"BACKEND": "lumio.cache.ForgivingRedisCache", "LOCATION": f"unix://{tmp_path}/no-such.sock"}
    }
    provider = Provider({"x": 1})
    shelf = Shelf(FAST)
    until(lambda: shelf.get(provider.question()) == {"x": 1})

    provider.value = Unavailable(platform="7TV")

    assert asked_for(shelf, provider.question()) == {"x": 1}


def test_a_cache_that_breaks_takes_nothing_away(monkeypatch):
    provider = Provider({"x": 1})
    shelf = Shelf(FAST)
    until(lambda: shelf.get(provider.question()) == {"x": 1})

    monkeypatch.setattr("connections.emotes.shelf.cache", None)

    assert asked_for(shelf, provider.question(), 0.05) == {"x": 1}


def test_no_more_is_kept_in_memory_than_there_is_room_for(monkeypatch):
    monkeypatch.setattr("connections.emotes.shelf.MOST_KEPT", 3)
    shelf, provider = Shelf(FAST), Provider({})

    for number in range(5):
        shelf.get(provider.question(f"channel:{number}"))

    assert list(shelf._kept) == ["channel:2", "channel:3", "channel:4"]
