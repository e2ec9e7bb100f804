"""Each source under 200 events a second for twenty seconds, in the middle of which something breaks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.system.sources import Sources
from tests.system.troubles import TROUBLES

BEFORE, DURING, AFTER = 7.5, 5.0, 7.5
RATE = 200.0


@pytest.fixture(scope="module")
def sources() -> Iterator[Sources]:
    with Sources() as everything:
        yield everything


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("name", ["twitch", "youtube", "kick", "trovo", "streamelements"])
def test_nothing_is_lost_without_a_word_and_nothing_doubled(sources: Sources, name: str, trouble: str) -> None:
    with sources.storm(names=[name], rate=RATE):
        TROUBLES[trouble](sources, [sources.all[name]], BEFORE, AFTER, DURING)
