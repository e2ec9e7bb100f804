"""Why topics are not heard, in one sentence for all of them."""

from __future__ import annotations

from connections.platforms.topics import as_one
from events.ingest.base import Failure


def refused(topic: str, code: str = "subscription_refused", reason: str = "no") -> Failure:
    return Failure(code, {"platform": "Twitch", "topic": topic, "reason": reason})


def no_scope(scope: str) -> Failure:
    return Failure("scope_missing", {"platform": "Twitch", "reason": scope})


def test_without_failures_there_is_none():
    assert as_one([]) is None


def test_topics_of_one_kind_are_named_once_each_and_not_all_of_many():
    failures = [refused("follow", reason="first"), refused("follow"), *map(refused, ("raid", "cheer", "sub", "poll"))]

    assert as_one(failures[:3]) == refused("follow, raid", reason="first")
    assert as_one(failures) == refused("follow, raid, cheer, sub …", reason="first")


def test_missing_scopes_are_named_together_where_nothing_else_is_wrong():
    scopes = [no_scope("moderate"), no_scope("follow"), no_scope("moderate")]

    assert as_one(scopes) == no_scope("follow, moderate")
    assert as_one([*scopes, refused("raid")]) == refused("raid")
