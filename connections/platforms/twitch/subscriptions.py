"""Subscribing a session to everything it should hear: each topic has its own answer and its own failure."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from django.conf import settings

from connections.platforms.base import said
from connections.platforms.sockets import SessionOver
from connections.platforms.topics import as_one
from connections.platforms.twitch import api
from connections.platforms.twitch.timing import Timing
from events.enums import SourceState
from events.ingest.base import Failure
from lumio.lib import http
from lumio.lib.payload import Payload, mapping

if TYPE_CHECKING:
    from connections.platforms.twitch.api import Helix
    from connections.platforms.twitch.topics import Topic
    from events.ingest.base import Outlet

PATH = "/eventsub/subscriptions"
#: Calls under way at the same time.
SUBSCRIBERS = 4
#: What one connection may have. (All our topics cost nothing, because the channel's owner let the app in; others
#: would cost one of ten points each.)
MOST_SUBSCRIPTIONS = 300


class Verdict(Enum):
    """What an answer means for a topic, or for the whole session."""

    ACTIVE = auto()
    REFUSED = auto()
    NO_SCOPE = auto()
    LIMIT = auto()
    SLOW_DOWN = auto()
    SESSION_GONE = auto()
    TOO_MANY_SOCKETS = auto()
    OUTAGE = auto()


@dataclass(frozen=True, slots=True)
class Rule:
    """`words` is looked for in what the body says, in lower case; the first rule that fits counts."""

    verdict: Verdict
    statuses: Collection[int]
    words: str = ""

    def fits(self, status: int, words: str) -> bool:
        return status in self.statuses and self.words in words


RULES = (
    Rule(Verdict.ACTIVE, range(200, 300)),
    Rule(Verdict.ACTIVE, (409,)),  # it is there already
    Rule(Verdict.TOO_MANY_SOCKETS, (400, 429), "transports limit"),
    Rule(Verdict.SESSION_GONE, (400,), "session"),
    Rule(Verdict.LIMIT, (429,), "subscription"),
    Rule(Verdict.LIMIT, (429,), "cost"),
    Rule(Verdict.SLOW_DOWN, (429,)),
    Rule(Verdict.NO_SCOPE, (401, 403)),
    Rule(Verdict.OUTAGE, range(500, 600)),
)


def verdict_of(answer: http.Answer) -> Verdict:
    words = " ".join(said(answer)).lower()
    return next((rule.verdict for rule in RULES if rule.fits(answer.status, words)), Verdict.REFUSED)


class NothingToHear(Exception):
    """Every topic is refused: there is no use in a socket."""


class Subscriptions:
    """The topics of one session: which are active, and why the others are not."""

    def __init__(
        self,
        channel_id: str,
        topics: Sequence[Topic],
        *,
        scopes: Collection[str],
        helix: Helix,
        outlet: Outlet,
        timing: Timing,
    ) -> None:
        self.channel_id = channel_id
        self.topics = topics
        self.helix = helix
        self.outlet = outlet
        self.timing = timing
        self.active: set[Topic] = set()
        # What was not granted would be refused: no need to ask.
        self.failures = {topic: no_scope(topic) for topic in topics if not is_granted(topic.scope, scopes)}

    @property
    def waiting(self) -> list[Topic]:
        """What is still to be asked for, in order."""
        return [topic for topic in self.topics if topic not in self.active and topic not in self.failures]

    def check(self) -> None:
        """Raises NothingToHear."""
        if not self.active and not self.waiting:
            raise NothingToHear

    async def restore(self, session_id: Callable[[], str]) -> None:
        """Ask for every topic that waits, the first one alone: a session without any is soon closed.

        `session_id` says which session to subscribe now; it changes when the session moves. Raises SessionOver when
        the session cannot go on, NothingToHear, and what the calls raise.
        """
        room = MOST_SUBSCRIPTIONS - len(self.active)
        waiting, beyond = self.waiting[:room], self.waiting[room:]
        for topic in beyond:
            self.failures[topic] = failure_of("subscription_limit", topic, f"{MOST_SUBSCRIPTIONS}")
        if waiting:
            await self._subscribe(waiting.pop(0), session_id)
        try:
            async with asyncio.TaskGroup() as tasks:
                for _ in range(SUBSCRIBERS):
                    tasks.create_task(self._subscribe_each(waiting, session_id))
        except ExceptionGroup as group:
            raise group.exceptions[0] from None
        self.check()

    async def keep(self, session_id: Callable[[], str]) -> None:
        """Now and then ask again for what was beyond a limit."""
        while True:
            await asyncio.sleep(self.timing.limits)
            beyond = [topic for topic, failure in self.failures.items() if failure.code == "subscription_limit"]
            for topic in beyond:
                del self.failures[topic]
            if beyond:
                await self.restore(session_id)

    async def ended(self, subscription: Payload, reason: str) -> None:
        """Twitch ended a subscription, and says so once. Raises NothingToHear if it was the last one."""
        condition = stated(subscription.get("condition"))
        for topic in self.topics:
            if topic.type == subscription.get("type") and condition in ({}, topic.condition(self.channel_id)):
                self.active.discard(topic)
                self.failures[topic] = failure_of("subscription_ended", topic, reason)
        await self.report()
        self.check()

    async def report(self) -> None:
        """Say how many subscriptions are active, and why the others are not."""
        state = SourceState.DELIVERING if self.active else SourceState.STARTING
        await self.outlet.health(state, active=len(self.active), wanted=len(self.topics), failure=self.failure)

    @property
    def failure(self) -> Failure | None:
        return as_one([self.failures[topic] for topic in self.topics if topic in self.failures])

    # Asking

    async def _subscribe_each(self, waiting: list[Topic], session_id: Callable[[], str]) -> None:
        """Take topics from the shared list until it is empty."""
        while waiting:
            await self._subscribe(waiting.pop(0), session_id)

    async def _subscribe(self, topic: Topic, session_id: Callable[[], str]) -> None:
        """Ask for one topic until there is a definite answer."""
        pauses = self.timing.pauses()
        while True:
            asked = session_id()
            try:
                answer = await self._ask(topic, asked)
            except http.Unreachable:
                await asyncio.sleep(next(pauses))
                continue
            match verdict_of(answer):
                case Verdict.ACTIVE:
                    self.active.add(topic)
                    break
                case Verdict.OUTAGE:
                    await asyncio.sleep(next(pauses))
                case Verdict.SLOW_DOWN:
                    await asyncio.sleep(api.asked_pause(answer) or next(pauses))
                case Verdict.TOO_MANY_SOCKETS:
                    raise SessionOver("too_many_sockets", platform=api.NAME, pause=self.timing.transports)
                case Verdict.SESSION_GONE:
                    if asked == session_id():  # else it has moved meanwhile
                        raise SessionOver("connection_lost", platform=api.NAME, cause="session gone")
                case verdict:
                    self.failures[topic] = self._failure(verdict, topic, answer)
                    break
        await self.report()

    async def _ask(self, topic: Topic, session_id: str) -> http.Answer:
        wish = {
            "type": topic.type,
            "version": topic.version,
            "condition": topic.condition(self.channel_id),
            "transport": {"method": "websocket", "session_id": session_id},
        }
        return await self.helix.call("POST", settings.TWITCH_EVENTSUB_API_URL + PATH, json=wish)

    def _failure(self, verdict: Verdict, topic: Topic, answer: http.Answer) -> Failure:
        words = said(answer)
        reason = words[0] if words else str(answer.status)
        if verdict is Verdict.LIMIT:
            return failure_of("subscription_limit", topic, reason)
        if verdict is Verdict.NO_SCOPE and topic.scope:
            return no_scope(topic)
        return failure_of("subscription_refused", topic, reason)


def is_granted(scope: str, granted: Collection[str]) -> bool:
    """Whether a topic can be had. The right to manage something comes with the right to read it."""
    return not scope or scope in granted or scope.replace(":read:", ":manage:") in granted


def stated(condition: Any) -> dict[str, Any]:
    """The parts of a condition that say something: Twitch fills in the others as empty strings."""
    return {name: value for name, value in mapping(condition).items() if value}


def no_scope(topic: Topic) -> Failure:
    return Failure("scope_missing", {"platform": api.NAME, "reason": topic.scope})


def failure_of(code: str, topic: Topic, reason: str) -> Failure:
    return Failure(code, {"platform": api.NAME, "topic": topic.type, "reason": reason})
