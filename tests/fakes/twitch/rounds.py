"""What begins, goes on and ends: hype trains, polls, predictions and goals. One of each at a time on a channel."""

from __future__ import annotations

import uuid
from typing import Any

from tests.fakes.server import verb
from tests.fakes.twitch import payloads
from tests.fakes.twitch.alerts import Alerts
from tests.fakes.twitch.payloads import Event, timestamp

STEPS = {
    "hype_train": ("begin", "progress", "end"),
    "poll": ("begin", "progress", "end"),
    "prediction": ("begin", "progress", "lock", "end"),
    "goal": ("begin", "progress", "end"),
}


class Rounds(Alerts):
    """Each verb takes a step and answers with the number of subscriptions that heard of it.

    What a step does not say stays as it was. A step before `begin` is a LookupError.
    """

    def __init__(self) -> None:
        super().__init__()
        self._rounds: dict[tuple[str, str], Event] = {}

    @verb
    def hype_train(
        self,
        step: str = "begin",
        *,
        level: int | None = None,
        total: int | None = None,
        goal: int | None = None,
        contributors: dict[str, int] | None = None,
        type: str | None = None,
        channel: str | None = None,
    ) -> int:
        """`contributors` are people and the bits they gave."""
        train = self._begun("hype_train", step, channel, level=1, total=100, goal=1600, type="regular")
        _change(train, level=level, total=total, goal=goal, type=type)
        if contributors is not None:
            train["top_contributions"] = [
                {**payloads.person("user", self.state.user(who)), "type": "bits", "total": bits}
                for who, bits in contributors.items()
            ]
        event = {
            **train,
            "top_contributions": train.get("top_contributions", []),
            "is_shared_train": False,
            "shared_train_participants": None,
        }
        if step == "end":
            del event["goal"]
            event |= {"ended_at": timestamp(), "cooldown_ends_at": timestamp(-3600)}
        else:
            event |= {"progress": train["total"] % train["goal"], "expires_at": timestamp(-300)}
        if step == "begin":
            event |= {"all_time_high_level": 4, "all_time_high_total": 2845}
        return self.emit(f"channel.hype_train.{step}", event)

    @verb
    def poll(
        self,
        step: str = "begin",
        *,
        title: str | None = None,
        choices: list[str] | None = None,
        votes: list[int] | None = None,
        status: str = "completed",
        channel: str | None = None,
    ) -> int:
        """`votes` are counted choice by choice."""
        poll = self._begun("poll", step, channel, title="Which roof?", choices=["Thatch", "Slate"], votes=[])
        _change(poll, title=title, choices=choices, votes=votes)
        event: Event = {
            **poll,
            "choices": [_choice(place, name, poll["votes"], step) for place, name in enumerate(poll["choices"])],
            "bits_voting": {"is_enabled": False, "amount_per_vote": 0},
            "channel_points_voting": {"is_enabled": True, "amount_per_vote": 10},
        }
        del event["votes"]
        event |= {"status": status, "ended_at": timestamp()} if step == "end" else {"ends_at": timestamp(-120)}
        return self.emit(f"channel.poll.{step}", event)

    @verb
    def prediction(
        self,
        step: str = "begin",
        *,
        title: str | None = None,
        outcomes: list[str] | None = None,
        points: list[int] | None = None,
        winner: str | None = None,
        channel: str | None = None,
    ) -> int:
        """`points` are those bet, outcome by outcome. An end without a `winner` is a refund."""
        bet = self._begun("prediction", step, channel, title="Finished tonight?", outcomes=["Yes", "Never"], points=[])
        _change(bet, title=title, outcomes=outcomes, points=points)
        listed = [_outcome(place, name, bet["points"], step) for place, name in enumerate(bet["outcomes"])]
        event: Event = {**bet, "outcomes": listed}
        del event["points"]
        if step == "end":
            won = next((one["id"] for one in listed if one["title"] == winner), None)
            event |= {"status": "resolved" if won else "canceled", "winning_outcome_id": won, "ended_at": timestamp()}
        else:
            event |= {"locked_at": timestamp()} if step == "lock" else {"locks_at": timestamp(-120)}
        return self.emit(f"channel.prediction.{step}", event)

    @verb
    def goal(
        self,
        step: str = "begin",
        *,
        current: int | None = None,
        target: int | None = None,
        description: str | None = None,
        type: str | None = None,
        channel: str | None = None,
    ) -> int:
        goal = self._begun(
            "goal", step, channel, current_amount=0, target_amount=100, description="A second screen", type="follower"
        )
        _change(goal, current_amount=current, target_amount=target, description=description, type=type)
        event = dict(goal)
        if step == "end":
            achieved = goal["current_amount"] >= goal["target_amount"]
            event |= {"is_achieved": achieved, "ended_at": timestamp()}
        return self.emit(f"channel.goal.{step}", event)

    def _begun(self, kind: str, step: str, channel: str | None, **defaults: Any) -> Event:
        """What is going on, which `begin` starts anew."""
        if step not in STEPS[kind]:
            raise ValueError(f"a {kind} has no step {step}")
        streamer = self._channel(channel)
        if step == "begin":
            begun = {"id": str(uuid.uuid4()), **payloads.about(streamer), **defaults, "started_at": timestamp()}
            self._rounds[kind, streamer.id] = begun
        if (kind, streamer.id) not in self._rounds:
            raise LookupError(f"no {kind} has begun")
        return self._rounds[kind, streamer.id]


def _change(round: Event, **changes: Any) -> None:
    round.update({name: value for name, value in changes.items() if value is not None})


def _choice(place: int, title: str, votes: list[int], step: str) -> Event:
    """Counts are absent before anybody could vote."""
    choice: Event = {"id": f"choice-{place}", "title": title}
    if step == "begin":
        return choice
    count = votes[place] if place < len(votes) else 0
    return choice | {"bits_votes": 0, "channel_points_votes": count // 2, "votes": count}


def _outcome(place: int, title: str, points: list[int], step: str) -> Event:
    outcome: Event = {"id": f"outcome-{place}", "title": title, "color": ("blue", "pink")[place % 2]}
    if step == "begin":
        return outcome
    bet = points[place] if place < len(points) else 0
    return outcome | {"users": (bet + 99) // 100, "channel_points": bet, "top_predictors": []}
