"""Counts what was lost and what was doubled: of what happened, on pages, among alerts and among sign-ins.

Nothing here looks at Lumio; it compares what the stand-ins and the pages know with what the database holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.processes.history import Seen, Stored, page_violations, store_violations

#: Seconds that a gap may miss what it covers by: how long something was on its way before Lumio had it.
ON_THE_WAY = 1.0
#: A refresh token that is sent again within so many seconds was sent by two at once. Whoever finds the claim of a dead
#: process waits 30 seconds for its end, and one who got no answer 15.
AT_ONCE = 12.0


@dataclass(frozen=True)
class Feed:
    """What came of one account's source. `happened` is who did something and when, `gaps` which times Lumio said it
    may have missed; where it `repeats`, the platform tells again what nobody heard, and no gap is an excuse."""

    name: str
    repeats: bool
    happened: Mapping[str, float]
    stored: Counter[str]
    gaps: Sequence[tuple[float, float]] = ()

    @property
    def missing(self) -> list[str]:
        return [who for who in self.happened if not self.stored[who]]

    @property
    def said(self) -> list[str]:
        """Of what is missing, what lies in a gap that every page shows."""
        return [] if self.repeats else [who for who in self.missing if self._is_in_a_gap(self.happened[who])]

    @property
    def lost(self) -> list[str]:
        said = set(self.said)
        return [who for who in self.missing if who not in said]

    @property
    def doubled(self) -> list[str]:
        """Also what never happened, as it does when one thing is stored under two names."""
        return [who for who, times in self.stored.items() if times > 1 or who not in self.happened]

    def _is_in_a_gap(self, at: float) -> bool:
        return any(since - ON_THE_WAY <= at <= until + ON_THE_WAY for since, until in self.gaps)


@dataclass
class Tally:
    """One line of the count: how many there should be, how many there are, which gaps were told of and how much is
    missing in them, and a sentence for each that is wrong."""

    name: str
    owed: int
    found: int
    gaps: Sequence[tuple[float, float]] = ()
    in_gaps: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)


def of_feed(feed: Feed) -> Tally:
    return Tally(
        feed.name,
        owed=len(feed.happened),
        found=sum(feed.stored.values()),
        gaps=feed.gaps,
        in_gaps=len(feed.said),
        lost=[f"{who} did something at {feed.happened[who]:.3f} that nobody knows of" for who in feed.lost],
        doubled=[f"{who} is stored {feed.stored[who]} times" for who in feed.doubled],
    )


def of_log(name: str, stored: Stored) -> Tally:
    """A log itself: rows numbered without a hole, each id once."""
    return _judged(name, len(stored), len(stored), store_violations(stored))


def of_page(name: str, owed: Stored, seen: Seen) -> Tally:
    """A page: each stored row once, in order."""
    return _judged(name, len(owed), len(seen), page_violations(sorted(owed), seen))


def _judged(name: str, owed: int, found: int, problems: Iterable[str]) -> Tally:
    tally = Tally(name, owed, found)
    for problem in problems:
        is_loss = "never shown" in problem or "missing" in problem
        (tally.lost if is_loss else tally.doubled).append(problem)
    return tally


def of_alerts(name: str, owed: Collection[int], alerts: Mapping[int, tuple[int, str]], shown: Counter[int]) -> Tally:
    """The alerts of an account: `owed` are the events that are worth one, `alerts` the event and the state of each by
    its id, `shown` how often the only page began with it."""
    of_events = Counter(event for event, _ in alerts.values())
    return Tally(
        name,
        owed=len(owed),
        found=sum(shown.values()),
        lost=[
            *(f"event {event} has no alert" for event in sorted(set(owed) - of_events.keys())),
            *(
                f"alert {one} was shown {shown[one]} times and is {state}"
                for one, (_, state) in alerts.items()
                if not shown[one] or state != "played"
            ),
        ],
        doubled=[
            *(f"event {event} has {number} alerts" for event, number in of_events.items() if number > 1),
            *(f"alert {one} was shown {times} times" for one, times in shown.items() if times > 1),
            *(f"alert {one} was shown and is none" for one in shown if one not in alerts),
        ],
    )


def of_grants(
    name: str, states: Mapping[str, tuple[str, str]], kept: Collection[str], sent: Sequence[tuple[str, float]]
) -> Tally:
    """Sign-ins whose refresh tokens rotate: `states` has each one's state and the refresh token that Lumio holds,
    `kept` those in force at the platform, `sent` every one that was spent there and when."""
    doubled, before = [], dict[str, float]()
    for token, at in sent:
        if token in before and at - before[token] < AT_ONCE:
            doubled.append(f"a refresh token was sent twice within {at - before[token]:.1f} seconds")
        before[token] = at
    sound = {grant for grant, (state, token) in states.items() if state == "connected" and token in kept}
    return Tally(
        name,
        owed=len(states),
        found=len(sound),
        lost=[f"sign-in {grant} is {state}" for grant, (state, _) in states.items() if grant not in sound],
        doubled=doubled,
    )
