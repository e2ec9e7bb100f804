"""Every source at once, while something that all of them need breaks; for longer in `tests/long/test_sources.py`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.system.sources import Sources
from tests.system.troubles import TROUBLES

#: A short storm: seconds before the trouble and after it, and how often something happens at each source.
BEFORE, AFTER, RATE = 1.0, 2.0, 10.0


@pytest.fixture(scope="module")
def sources() -> Iterator[Sources]:
    with Sources() as everything:
        yield everything


@pytest.mark.parametrize("trouble", TROUBLES)
def test_nothing_is_lost_without_a_word_and_nothing_doubled(sources: Sources, trouble: str) -> None:
    with sources.storm(names=sources.all, rate=RATE):
        TROUBLES[trouble](sources, list(sources.all.values()), BEFORE, AFTER, 1.0)
