from __future__ import annotations

from tests.chaos.count import Tally
from tests.chaos.report import MOST_WORDS, table
from tests.chaos.run import Outcome


def test_every_loss_and_double_is_said_with_where_it_was():
    tally = Tally(
        "twitch", owed=9, found=7, gaps=[(10, 14)], in_gaps=1, lost=["fan2 is missing"], doubled=["fan3 again"]
    )

    words = table(Outcome(victims=[], tallies=[tally])).splitlines()

    assert words[-3:] == ["twitch: fan2 is missing", "twitch: fan3 again", "1 lost, 1 doubled"]
    assert ["twitch", "9", "7", "1", "in", "1", "(4", "s)", "1", "1"] in [line.split() for line in words]


def test_thousands_are_counted_and_not_all_told():
    tally = Tally("kick", owed=5000, found=0, lost=[f"fan{number} is missing" for number in range(5000)])

    words = table(Outcome(victims=[], tallies=[tally])).splitlines()

    assert words[-2:] == [f"… and {5000 - MOST_WORDS} more", "5000 lost, 0 doubled"]
