"""What the page header says of a channel: by event at once, by asking once a minute while it is live."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connections.platforms.twitch.api import Helix
from connections.platforms.twitch.status import LAG, ChannelWatch
from tests.connections.conftest import STREAMER
from tests.connections.twitch.conftest import FAST, listening
from tests.waiting import until

STREAMS, CHANNELS = "GET /helix/streams", "GET /helix/channels"


class Platform:
    """Stands for Helix: `streams` is what Get Streams says."""

    def __init__(self) -> None:
        self.streams: list[dict[str, object]] = []

    async def rows(self, path, **params):
        return self.streams if path == "/streams" else []


def known(outlet) -> dict:
    """All that was said so far, the newest last."""
    return {name: value for said in outlet.statuses for name, value in said.items()}


def live_since(at: datetime) -> dict[str, object]:
    return {"started_at": at.isoformat(), "viewer_count": 5, "title": "Hi", "game_name": "Chess", "user_name": "Mira"}


async def test_a_live_channel_is_asked_about_again_and_again(twitch, outlet, grant_of):
    twitch.update_channel(title="Speedrun", category_name="Celeste")
    twitch.go_live(viewers=12)
    async with listening(outlet, grant_of()):
        await until(lambda: known(outlet).get("viewers") == 12)
        twitch.set_viewers(34)
        await until(lambda: known(outlet).get("viewers") == 34)

    first = outlet.statuses[0]
    assert (first["platform"], first["channel_id"], first["live"]) == ("twitch", STREAMER, True)
    assert (first["title"], first["category"], first["name"]) == ("Speedrun", "Celeste", "Mira_Plays")
    assert first["since"] is not None


async def test_a_channel_that_is_not_live_is_asked_about_once(twitch, outlet, grant_of):
    twitch.update_channel(title="Back on Friday", category_name="Chess")
    async with listening(outlet, grant_of()):
        await until(outlet.is_complete)
        await until(lambda: "title" in known(outlet))
        twitch.follow("juno")
        await until(lambda: outlet.names == ["juno"])

    assert known(outlet) | {"title": "Back on Friday", "category": "Chess", "live": False} == known(outlet)
    assert len(twitch.calls(STREAMS)) == len(twitch.calls(CHANNELS)) == 1


async def test_going_live_and_offline_are_said_at_once(twitch, outlet, grant_of):
    async with listening(outlet, grant_of()):
        await until(outlet.is_complete)
        await until(lambda: known(outlet).get("live") is False)

        twitch.go_live(viewers=3)
        await until(lambda: known(outlet)["live"])
        since = known(outlet)["since"]
        await until(lambda: known(outlet).get("viewers") == 3)
        twitch.go_offline()
        await until(lambda: not known(outlet)["live"])

    assert since is not None
    assert "viewers" not in outlet.statuses[-1]


async def test_a_new_title_is_said_at_once_and_leaves_the_rest(outlet):
    watch = ChannelWatch(STREAMER, outlet, Platform(), FAST)

    await watch.heard("channel.update", {"title": "New", "category_name": "Go", "broadcaster_user_name": "Mira"})

    assert outlet.statuses == [
        {"platform": "twitch", "channel_id": STREAMER, "title": "New", "category": "Go", "name": "Mira"}
    ]


async def test_asking_that_fails_concerns_nobody_else(twitch, outlet, grant_of):
    for path in (STREAMS, CHANNELS):
        twitch.fail(path, status=500, times=3)
        twitch.fail(path, status=429, body={"message": "Too Many Requests"}, times=2)
        twitch.fail(path, status=401, body={"message": "Missing scope: x"})
        twitch.fail(path, body="<html>")
        twitch.fail(path, body=[1])
        twitch.fail(path, close=True)
        twitch.fail(path, redirect="http://127.0.0.1:9/")
    async with listening(outlet, grant_of()):
        await until(outlet.is_complete)
        await until(lambda: "title" in known(outlet), seconds=15)

    assert outlet.failures == []


async def test_an_outage_of_one_call_is_not_even_noticed(twitch, outlet, grant_of):
    twitch.go_live(viewers=12)
    twitch.fail(STREAMS, status=503)

    assert [row["viewer_count"] for row in await Helix(grant_of()).rows("/streams", user_id=STREAMER)] == [12]
    assert len(twitch.calls(STREAMS)) == 2


@pytest.mark.parametrize(
    ("topic", "minutes_ago", "streams", "live"),
    [
        # Get Streams has not heard yet.
        ("stream.online", 1, [], True),
        ("stream.offline", 1, [live_since(datetime(2026, 1, 1, tzinfo=UTC))], False),
        # It should have by now, so we have missed something.
        ("stream.online", 4, [], False),
        ("stream.offline", 4, [live_since(datetime(2026, 1, 1, tzinfo=UTC))], True),
        # The next stream began while nobody listened.
        ("stream.offline", 1, [live_since(datetime.now(UTC) + timedelta(days=1))], True),
    ],
)
async def test_get_streams_lags_behind_events(outlet, topic, minutes_ago, streams, live):
    platform = Platform()
    watch = ChannelWatch(STREAMER, outlet, platform, FAST)
    await watch.heard(topic, {})
    watch.told_at -= timedelta(minutes=minutes_ago)
    watch._told.clear()
    platform.streams = streams

    await watch._look()

    assert timedelta(minutes=1) < LAG < timedelta(minutes=4)
    assert watch.live is known(outlet)["live"] is live


@pytest.mark.parametrize(
    "row",
    [
        None,
        7,
        {},
        {"started_at": "soon", "viewer_count": "many", "title": None, "game_name": [], "user_name": {}},
        {"started_at": None, "viewer_count": 2**80, "title": "\x00\ud800", "user_name": "x" * 10_000},
    ],
)
async def test_garbage_from_get_streams_is_as_good_as_nothing(outlet, row):
    platform = Platform()
    platform.streams = [row]
    watch = ChannelWatch(STREAMER, outlet, platform, FAST)

    await watch._look()

    [said] = outlet.statuses
    assert (said["live"], said["since"], said["viewers"], said["title"]) == (True, None, None, "")


async def test_an_event_that_comes_while_we_ask_is_newer_than_the_answer(outlet):
    platform = Platform()
    watch = ChannelWatch(STREAMER, outlet, platform, FAST)

    async def rows(path, **params):
        await watch.heard("stream.offline", {})
        return [live_since(datetime.now(UTC))]

    platform.rows = rows
    await watch._look()

    assert known(outlet)["live"] is False
