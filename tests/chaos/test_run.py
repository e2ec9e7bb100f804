"""Chaos in short, in the long runs; for five minutes it is `make chaos`."""

from __future__ import annotations

import pytest

from tests.chaos.report import table
from tests.chaos.run import run


@pytest.mark.trial
def test_nothing_is_lost_without_a_word_and_nothing_doubled_while_everything_dies():
    outcome = run(seed=1, seconds=15)

    assert [*outcome.losses, *outcome.doubles] == [], table(outcome)
    assert all(victim.suffered for victim in outcome.victims)
