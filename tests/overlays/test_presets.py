from __future__ import annotations

import re

import pytest

from overlays import presets, samples
from overlays.layers import ALERTS

VARIATIONS = presets.variations()


@pytest.mark.parametrize("row", VARIATIONS, ids=[row["name"] for row in VARIATIONS])
def test_words_of_a_new_alert_box_name_only_what_their_events_have(row):
    named = re.findall(r"{{(\w+)}}", row["template"])
    plays = samples.plays("en")

    assert [(kind, name) for kind in row["kinds"] for name in named if not plays[kind]["variables"][name]] == []


def test_a_new_alert_box_shows_each_kind_of_event_once_at_most():
    kinds = [kind for row in VARIATIONS for kind in row["kinds"]]

    assert len(kinds) == len(set(kinds))
    assert {kind.value for kind in ALERTS} - set(kinds) == {"bits_badge", "shoutout.received", "redemption"}
