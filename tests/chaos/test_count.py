"""The count itself: whatever may go wrong is found, or five minutes of chaos would show nothing."""

from __future__ import annotations

from collections import Counter

from tests.chaos import count
from tests.chaos.count import AT_ONCE, Feed

HAPPENED = {"fan1": 100.0, "fan2": 110.0, "fan3": 120.0}
ROWS = [(1, "a"), (2, "b"), (3, "c")]


def feed(*stored: str, repeats: bool = False, gaps: tuple[tuple[float, float], ...] = ()) -> count.Tally:
    return count.of_feed(Feed("twitch", repeats, HAPPENED, Counter(stored), gaps))


# --- What happened at a platform --------------------------------------------------------------------------------------


def test_what_is_stored_once_is_neither_lost_nor_doubled():
    tally = feed("fan1", "fan2", "fan3")

    assert (tally.owed, tally.found, tally.in_gaps, tally.lost, tally.doubled) == (3, 3, 0, [], [])


def test_what_is_missing_without_a_word_is_lost():
    assert feed("fan1", "fan3").lost == ["fan2 did something at 110.000 that nobody knows of"]


def test_what_is_missing_in_a_gap_is_said():
    tally = feed("fan1", "fan3", gaps=((105, 115),))

    assert (tally.in_gaps, tally.lost) == (1, [])


def test_a_gap_of_another_time_excuses_nothing():
    assert len(feed("fan1", "fan3", gaps=((112, 125), (90, 108))).lost) == 1


def test_where_the_platform_repeats_a_gap_excuses_nothing():
    tally = feed("fan1", "fan3", repeats=True, gaps=((105, 115),))

    assert (tally.in_gaps, len(tally.lost)) == (0, 1)


def test_what_is_stored_twice_is_doubled_also_in_a_gap():
    assert feed("fan1", "fan2", "fan2", "fan3", gaps=((105, 115),)).doubled == ["fan2 is stored 2 times"]


def test_what_never_happened_is_no_event():
    assert feed("fan1", "fan2", "fan3", "fan9").doubled == ["fan9 is stored 1 times"]


# --- Logs and pages ---------------------------------------------------------------------------------------------------


def test_a_hole_in_a_log_is_a_loss_and_a_repeated_id_a_double():
    assert count.of_log("events", [(1, "a"), (3, "b")]).lost == ["seq 2 is missing from the store"]
    assert count.of_log("events", [(1, "a"), (2, "a")]).doubled == ["external id a is stored 2 times"]


def test_a_page_that_has_all_in_order_is_right():
    tally = count.of_page("page", ROWS, ROWS)

    assert (tally.owed, tally.found, tally.lost, tally.doubled) == (3, 3, [], [])


def test_what_a_page_was_never_shown_is_lost():
    assert count.of_page("page", ROWS, [ROWS[0], ROWS[2]]).lost == ["event 2 (b) was never shown"]


def test_what_a_page_was_shown_again_or_too_late_is_found():
    assert count.of_page("page", ROWS, [*ROWS, ROWS[2]]).doubled == ["event 3 (c) was shown 2 times"]
    assert count.of_page("page", ROWS, [ROWS[1], ROWS[0], ROWS[2]]).doubled == [
        "event 2 (b) was shown before 1 (a)",
    ]


# --- Alerts -----------------------------------------------------------------------------------------------------------


def alerts(alerts: dict[int, tuple[int, str]], *shown: int) -> count.Tally:
    return count.of_alerts("alerts", [7, 8], alerts, Counter(shown))


def test_alerts_that_were_each_shown_once_are_right():
    tally = alerts({1: (7, "played"), 2: (8, "played")}, 1, 2)

    assert (tally.owed, tally.found, tally.lost, tally.doubled) == (2, 2, [], [])


def test_an_event_without_an_alert_is_a_loss():
    assert alerts({1: (7, "played")}, 1).lost == ["event 8 has no alert"]


def test_an_alert_that_nobody_showed_or_noted_is_a_loss():
    assert alerts({1: (7, "played"), 2: (8, "played")}, 1).lost == ["alert 2 was shown 0 times and is played"]
    assert alerts({1: (7, "played"), 2: (8, "waiting")}, 1, 2).lost == ["alert 2 was shown 1 times and is waiting"]


def test_an_alert_that_is_shown_or_made_twice_is_a_double():
    assert alerts({1: (7, "played"), 2: (8, "played")}, 1, 2, 2).doubled == ["alert 2 was shown 2 times"]
    assert alerts({1: (7, "played"), 2: (8, "played"), 3: (8, "played")}, 1, 2, 3).doubled == ["event 8 has 2 alerts"]


# --- Sign-ins ---------------------------------------------------------------------------------------------------------


def grants(*sent: tuple[str, float], state: str = "connected", token: str = "new") -> count.Tally:
    return count.of_grants("sign-ins", {"one": (state, token)}, {"new"}, sent)


def test_a_sign_in_that_holds_the_token_in_force_is_right():
    tally = grants(("first", 10), ("second", 30))

    assert (tally.owed, tally.found, tally.lost, tally.doubled) == (1, 1, [], [])


def test_a_sign_in_that_ended_or_holds_a_spent_token_is_lost():
    assert grants(state="needs_sign_in").lost == ["sign-in one is needs_sign_in"]
    assert grants(token="spent").lost == ["sign-in one is connected"]


def test_a_token_that_two_spend_at_once_is_a_double_and_one_that_a_dead_process_had_is_not():
    assert grants(("first", 10), ("first", 11)).doubled == ["a refresh token was sent twice within 1.0 seconds"]
    assert grants(("first", 10), ("first", 10 + AT_ONCE)).doubled == []
