"""Having Kick deliver everything that we want to hear, and seeing to it that it goes on.

Facts: https://docs.kick.com/events/subscribe-to-events. Subscriptions belong to the app and stay until somebody ends
them: we on Disconnect, and Kick without a word when deliveries fail for a day or webhooks are switched off.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from connections.platforms.base import plain
from connections.platforms.kick.api import NAME, SUBSCRIPTIONS, Calls, subscriptions_of
from connections.platforms.kick.parse import PLATFORM
from connections.platforms.kick.topics import SCOPE, TOPICS, wish
from connections.platforms.topics import as_one
from connections.platforms.webhooks import DEAF_SINCE
from connections.platforms.webhooks import SUBSCRIPTIONS as IDS
from events.enums import SourceState
from events.ingest.base import Failure
from events.ingest.gaps import gap
from lumio.lib.payload import ID_LENGTH, items, mapping, moment, text

if TYPE_CHECKING:
    from events.ingest.base import Outlet

#: What is kept beside those two.
WHOLE_AT = "whole_at"


class Verdict(Enum):
    """What the `error` of one entry means."""

    ACTIVE = auto()
    THERE_ALREADY = auto()
    NO_SCOPE = auto()
    BUSY = auto()
    REFUSED = auto()


#: Words looked for in an `error`, in lower case; the first that fit count. The call as a whole is answered with 200.
WORDS = {
    "already": Verdict.THERE_ALREADY,
    "rate limit": Verdict.BUSY,
    "quota": Verdict.BUSY,
    "not authorized": Verdict.NO_SCOPE,
    "unauthorized": Verdict.NO_SCOPE,
    "scope": Verdict.NO_SCOPE,
}


def verdict_of(error: str) -> Verdict:
    if not error:
        return Verdict.ACTIVE
    return next((verdict for words, verdict in WORDS.items() if words in error.lower()), Verdict.REFUSED)


class Subscriptions:
    """Those of one channel: `active` names each that there is with Kick's id, `failures` why others are not.

    What is kept across restarts: the ids, by which deliveries are told from those of another app; when all that we
    ever had was last seen to be there; and since when something of it was not.
    """

    def __init__(self, channel_id: str, outlet: Outlet, calls: Calls) -> None:
        self.channel_id = channel_id
        self.outlet = outlet
        self.calls = calls
        self.active: dict[str, str] = {}
        self.failures: dict[str, Failure] = {}
        self.busy = False
        self.had: set[str] = set(mapping(outlet.memory.get(IDS)))
        self.whole_at = moment(outlet.memory.get(WHOLE_AT))
        self.deaf_since = moment(outlet.memory.get(DEAF_SINCE))

    async def check(self) -> None:
        """See what there is, have Kick make what is missing, and say how it stands. Raises what the calls raise."""
        self.active = await self._listed()
        self.failures, self.busy = {}, False
        if self.had - self.active.keys() and self.deaf_since is None:
            self.deaf_since = self.whole_at
        missing = [topic for topic in TOPICS if topic not in self.active]
        if missing:
            await self._create(missing)
        self.had |= self.active.keys()
        await self._take_stock()
        await self.report()

    async def _listed(self) -> dict[str, str]:
        params = {"broadcaster_user_id": self.channel_id}
        told = await self.calls.call("GET", SUBSCRIPTIONS, needs=SCOPE, params=params)
        found = subscriptions_of(self.channel_id, told)
        return {row["event"]: row["id"] for row in found if row["event"] in TOPICS}

    async def _create(self, topics: Sequence[str]) -> None:
        body = {
            "method": "webhook",
            "events": [wish(topic) for topic in topics],
            "broadcaster_user_id": int(self.channel_id),
        }
        told = await self.calls.call("POST", SUBSCRIPTIONS, needs=SCOPE, json=body)
        entries = {entry.get("name"): entry for entry in map(mapping, items(told, 2 * len(TOPICS)))}
        for topic in topics:
            self._judge(topic, mapping(entries.get(topic)))
        if Verdict.THERE_ALREADY in {verdict_of(plain(entry.get("error"))) for entry in entries.values()}:
            self.active = self.active | await self._listed()  # their ids

    def _judge(self, topic: str, entry: Any) -> None:
        error, its_id = plain(entry.get("error")), text(entry.get("subscription_id"), ID_LENGTH)
        match verdict_of(error):
            case Verdict.ACTIVE if its_id:
                self.active[topic] = its_id
            case Verdict.THERE_ALREADY:
                self.active[topic] = its_id
            case Verdict.BUSY:
                self.busy = True
                self.failures[topic] = failure_of("subscription_limit", topic, error)
            case Verdict.NO_SCOPE:
                self.failures[topic] = no_scope()
            case _:
                self.failures[topic] = failure_of("subscription_refused", topic, error or "?")

    async def _take_stock(self) -> None:
        """Keep what there is. Where something was missing for a while and is back, say so: nothing is repeated."""
        now = datetime.now(UTC)
        if self.had <= self.active.keys():
            if self.deaf_since is not None:
                missed = gap(platform=PLATFORM, channel_id=self.channel_id, since=self.deaf_since, until=now)
                await self.outlet.emit([missed])
            self.whole_at, self.deaf_since = now, None
        await self.outlet.remember(
            **{
                IDS: {topic: self.active.get(topic, "") for topic in sorted(self.had)},
                WHOLE_AT: self.whole_at.isoformat() if self.whole_at else None,
                DEAF_SINCE: self.deaf_since.isoformat() if self.deaf_since else None,
            }
        )

    async def report(self, failure: Failure | None = None) -> None:
        """Say how many there are, and what is wrong: `failure`, else why others are not there."""
        idle = SourceState.STARTING if self.busy else SourceState.STOPPED
        state = SourceState.DELIVERING if self.active else idle
        failure = failure or as_one(list(self.failures.values()))
        await self.outlet.health(state, active=len(self.active), wanted=len(TOPICS), failure=failure)


def no_scope() -> Failure:
    return Failure("scope_missing", {"platform": NAME, "reason": SCOPE})


def failure_of(code: str, topic: str, reason: str) -> Failure:
    return Failure(code, {"platform": NAME, "topic": topic, "reason": reason})
