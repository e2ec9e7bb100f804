"""Every answer to a subscription, first by the table, then as the stand-in gives it."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import replace

import pytest

from connections.platforms.twitch import api
from connections.platforms.twitch import subscriptions as module
from connections.platforms.twitch.subscriptions import Verdict, is_granted, verdict_of
from connections.platforms.twitch.topics import TOPICS, Topic
from events.enums import SourceState
from events.ingest.base import Failure
from lumio.lib import http
from tests.connections.twitch.conftest import FAST, listening
from tests.connections.twitch.test_ingest import subscribe_calls
from tests.waiting import until

SUBSCRIBE = "POST /helix/eventsub/subscriptions"
RAID_IN = Topic("channel.raid", "1", condition=lambda id: {"to_broadcaster_user_id": id})
RAID_OUT = Topic("channel.raid", "1", condition=lambda id: {"from_broadcaster_user_id": id})


def answer(status: int, message: str = "", **headers: str) -> http.Answer:
    body = {"error": "", "status": status, "message": message}
    return http.Answer(
        status, {name.replace("_", "-"): value for name, value in headers.items()}, json.dumps(body).encode()
    )


@pytest.mark.parametrize(
    ("status", "message", "verdict"),
    [
        (202, "", Verdict.ACTIVE),
        (409, "subscription already exists", Verdict.ACTIVE),
        (400, "invalid subscription type and version", Verdict.REFUSED),
        (400, "invalid condition", Verdict.REFUSED),
        (400, "websocket transport cannot have subscriptions created by different users", Verdict.REFUSED),
        (400, "websocket transport session does not exist or has already disconnected", Verdict.SESSION_GONE),
        (400, "number of websocket transports limit exceeded", Verdict.TOO_MANY_SOCKETS),
        (401, "Missing scope: bits:read", Verdict.NO_SCOPE),
        (403, "subscription missing proper authorization", Verdict.NO_SCOPE),
        (404, "", Verdict.REFUSED),
        (429, "number of websocket transports limit exceeded", Verdict.TOO_MANY_SOCKETS),
        (429, "number of websocket subscriptions limit exceeded", Verdict.LIMIT),
        (429, "subscription maximum cost exceeded", Verdict.LIMIT),
        (429, "You have exceeded your rate limit.", Verdict.SLOW_DOWN),
        (429, "Too Many Requests", Verdict.SLOW_DOWN),
        (500, "", Verdict.OUTAGE),
        (503, "", Verdict.OUTAGE),
    ],
)
def test_what_an_answer_means(status, message, verdict):
    assert verdict_of(answer(status, message)) is verdict


def test_an_answer_that_is_no_json_counts_by_its_status():
    assert verdict_of(http.Answer(502, {}, b"<html>")) is Verdict.OUTAGE
    assert verdict_of(http.Answer(418, {}, b"<html>")) is Verdict.REFUSED


@pytest.mark.parametrize(
    ("scope", "is_there"),
    [
        ("", True),
        ("bits:read", True),
        ("channel:read:polls", True),  # who may manage them may read them
        ("channel:read:goals", False),
    ],
)
def test_which_topics_are_asked_for(scope, is_there):
    assert is_granted(scope, ["bits:read", "channel:manage:polls"]) is is_there


async def test_what_was_not_granted_is_counted_named_and_not_asked_for(twitch, outlet, grant_of):
    async with listening(outlet, grant_of("bits:read", "moderator:read:followers")):
        await until(lambda: outlet.reports and outlet.reports[-1][1] == len(TOPICS) - 2)

    assert outlet.reports[-1] == (
        SourceState.DELIVERING,
        len(TOPICS) - 2,
        Failure("scope_missing", {"platform": "Twitch", "reason": "bits:read, moderator:read:followers"}),
    )
    assert not {"channel.cheer", "channel.follow"} & set(subscribe_calls(twitch))


@pytest.mark.parametrize("status", [401, 403])
async def test_a_scope_that_twitch_does_not_see_is_named_and_the_token_not_renewed(twitch, outlet, grant_of, status):
    grant = grant_of()
    twitch.fail(SUBSCRIBE, status=status, body={"status": status, "message": "Missing scope: bits:read"})
    async with listening(outlet, grant, topics=[topic("channel.cheer"), TOPICS[0]]):
        await until(lambda: outlet.reports and outlet.reports[-1][1] == 1)

    assert outlet.last_failure == Failure("scope_missing", {"platform": "Twitch", "reason": "bits:read"})
    assert grant.refusals == []


async def test_a_topic_that_is_refused_fails_alone_and_says_which(twitch, outlet, grant_of):
    old = Topic("channel.follow", "1", "moderator:read:followers")
    odd = Topic("channel.cheer", "1", "bits:read", lambda id: {"user_id": id})
    async with listening(outlet, grant_of(), topics=[*TOPICS[:3], old, odd]):
        await until(lambda: len(outlet.reports) == 5)

    state, active, failure = outlet.reports[-1]
    assert (state, active, failure.code) == (SourceState.DELIVERING, 3, "subscription_refused")
    assert failure.params["topic"] == "channel.follow, channel.cheer"


async def test_a_limit_has_its_own_failure_and_is_tried_again(twitch, outlet, grant_of):
    message = "subscription maximum cost exceeded"
    twitch.fail(SUBSCRIBE, status=429, body={"error": "Too Many Requests", "status": 429, "message": message}, times=2)
    async with listening(outlet, grant_of()):
        await until(outlet.is_complete)

    assert set(outlet.failures) == {"subscription_limit"}
    assert all(failure.params["reason"] == message for _, _, failure in outlet.reports if failure)


async def test_more_topics_than_a_connection_may_have_are_not_asked_for(twitch, outlet, grant_of, monkeypatch):
    monkeypatch.setattr(module, "MOST_SUBSCRIPTIONS", 3)
    async with listening(outlet, grant_of(), replace(FAST, limits=60)):
        await until(lambda: outlet.reports and outlet.reports[-1][1] == 3)

    beyond = [topic.type for topic in TOPICS[3:7]]
    assert outlet.last_failure.code == "subscription_limit"
    assert outlet.last_failure.params["topic"] == f"{', '.join(beyond)} …"
    assert set(subscribe_calls(twitch)) == {topic.type for topic in TOPICS[:3]}


async def test_outages_and_conflicts_while_subscribing_are_overcome(twitch, outlet, grant_of):
    twitch.fail(SUBSCRIBE, status=503, times=2)
    twitch.fail(
        SUBSCRIBE, status=409, body={"error": "Conflict", "status": 409, "message": "subscription already exists"}
    )
    twitch.fail(SUBSCRIBE, close=True)
    twitch.fail(SUBSCRIBE, status=500, body="<html>")
    async with listening(outlet, grant_of()):
        await until(outlet.is_complete)

    assert outlet.failures == []


async def test_too_many_sockets_wait_instead_of_opening_more(twitch, outlet, grant_of):
    message = "number of websocket transports limit exceeded"
    twitch.fail(SUBSCRIBE, status=429, body={"error": "Too Many Requests", "status": 429, "message": message})
    async with listening(outlet, grant_of()):
        await until(outlet.is_complete)

    assert outlet.failures == ["too_many_sockets"]
    assert len(twitch.calls("/eventsub/ws")) == 2


async def test_a_refused_token_is_renewed_once_for_all_subscriptions(twitch, outlet, grant_of):
    grant = grant_of()
    twitch.expire_tokens()
    async with listening(outlet, grant):
        await until(outlet.is_complete)

    assert set(grant.refusals) == {1}
    assert grant.held.version == 2


async def test_a_new_token_that_is_refused_too_is_not_tried_again_and_again(twitch, outlet, grant_of):
    grant = grant_of()
    twitch.fail(SUBSCRIBE, status=401, body={"status": 401, "message": "Invalid OAuth token"}, times=2)
    async with listening(outlet, grant):
        await until(outlet.is_complete)

    assert outlet.failures == ["token_refused"]
    assert len(grant.refusals) == 1


async def test_incoming_and_outgoing_raids_are_two_topics(twitch, outlet, grant_of):
    async with listening(outlet, grant_of(), topics=[TOPICS[0], RAID_IN, RAID_OUT]):
        await until(lambda: outlet.reports and outlet.reports[-1][1] == 3)

        # The way Twitch words it: what is not in the condition is there, and empty.
        condition = {"from_broadcaster_user_id": "31337", "to_broadcaster_user_id": ""}
        twitch.send_raw(revocation("channel.raid", condition))
        await until(lambda: outlet.reports[-1][1] == 2)
        twitch.send_raw(revocation("channel.raid", {"from_broadcaster_user_id": "1"}))
        twitch.send_raw(revocation("channel.raid", {"to_broadcaster_user_id": "31337"}))
        await until(lambda: outlet.reports[-1][1] == 1)

    assert outlet.last_failure.params["topic"] == "channel.raid"


async def test_a_moved_session_goes_on_subscribing_under_its_new_id(twitch, outlet, grant_of):
    twitch.fail(SUBSCRIBE, status=503, times=8)
    async with listening(outlet, grant_of()):
        await until(lambda: len(twitch.sessions()) == 1)
        twitch.reconnect()
        await until(outlet.is_complete)

    assert set(outlet.failures) <= {"connection_lost"}


@pytest.mark.parametrize(
    ("remaining", "reset", "pause"),
    [
        ("1", "1030", 0),
        ("0", "1030", 30),
        ("0", "999", 0),
        ("0", "999999", 60),  # somebody's clock is wrong
        ("0", "", 0),
        ("0", "soon", 0),
        ("0", "-1", 0),
        ("0", "²", 0),
        ("", "1030", 0),
    ],
)
def test_an_empty_bucket_makes_us_wait_until_it_is_full_again(monkeypatch, remaining, reset, pause):
    bucket = api.Bucket()
    monkeypatch.setattr(time, "time", lambda: 1_000.0)

    bucket.note(answer(200, Ratelimit_Remaining=remaining, Ratelimit_Reset=reset))
    bucket.note(answer(200, Ratelimit_Remaining="5", Ratelimit_Reset="1001"))  # overtaken on its way

    assert bucket.pause == pause


async def test_no_call_is_made_while_the_bucket_is_empty(twitch, outlet, grant_of):
    reset = int(time.time()) + 1
    headers = {"Ratelimit-Remaining": "0", "Ratelimit-Reset": str(reset)}
    twitch.fail(SUBSCRIBE, status=202, body={"data": []}, headers=headers)
    async with listening(outlet, grant_of(), topics=TOPICS[:2]):
        await until(lambda: len(twitch.calls(SUBSCRIBE)) == 2)

    assert time.time() >= reset


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry_After": "7"}, 7),
        ({"Ratelimit_Reset": "1007"}, 7),
        ({"Ratelimit_Reset": "900"}, 1),
    ],
)
def test_how_long_a_429_asks_us_to_wait(monkeypatch, headers, seconds):
    monkeypatch.setattr(time, "time", lambda: 1_000.0)

    assert api.asked_pause(answer(429, **headers)) == seconds


async def test_a_rate_limit_without_a_word_about_time_is_waited_out(twitch, outlet, grant_of):
    twitch.fail(SUBSCRIBE, status=429, body={"status": 429, "message": "Too Many Requests"}, times=3)
    async with listening(outlet, grant_of()):
        await asyncio.wait_for(until(outlet.is_complete), 5)

    assert outlet.failures == []


def topic(type: str) -> Topic:
    return next(topic for topic in TOPICS if topic.type == type)


def revocation(type: str, condition: dict[str, str]) -> dict:
    subscription = {"type": type, "version": "1", "status": "version_removed", "condition": condition}
    return {"metadata": {"message_type": "revocation"}, "payload": {"subscription": subscription}}
