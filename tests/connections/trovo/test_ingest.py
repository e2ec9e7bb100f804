"""The listener against the stand-in, over the wire."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from connections.platforms.failures import NoCredentials
from connections.platforms.trovo import ingest
from connections.platforms.trovo.timing import Timing
from events.enums import Kind, Origin, SourceState
from events.ingest.base import Failure
from events.types import StreamEvent
from tests.connections.listening import OutletRecorder, at_work
from tests.connections.trovo.conftest import STREAMER
from tests.fakes.proxy import FaultProxy
from tests.fakes.trovo import Trovo
from tests.fakes.wire import environment
from tests.waiting import until

FAST = Timing(open=2, ping=0.1, backoff_first=0.05, backoff_longest=0.2, idle=0.2, poll=0.1, gap=60)
TOKEN = f"/openplatform/chat/channel-token/{STREAMER}"
CHANNEL = "/openplatform/channels/id"


class Recorder(OutletRecorder):
    @property
    def live(self) -> list[StreamEvent]:
        return [event for event, origin in self.stored if origin is Origin.LIVE]

    @property
    def replayed(self) -> list[StreamEvent]:
        return [event for event, origin in self.stored if origin is Origin.REPLAY]

    @property
    def failures(self) -> list[Failure]:
        return [failure for _, _, failure in self.reports if failure]

    def is_delivering(self) -> bool:
        return bool(self.reports) and self.reports[-1] == (SourceState.DELIVERING, 1, None)


@dataclass
class Grant:
    """Nothing but a client id: all that reading takes."""

    id: str
    failure: Exception | None = None

    async def client_id(self) -> str:
        if self.failure:
            raise self.failure
        return self.id


@pytest.fixture
def outlet() -> Recorder:
    return Recorder()


@pytest.fixture
def grant(trovo: Trovo) -> Grant:
    return Grant(trovo.client_id)


@asynccontextmanager
async def listening(outlet: Recorder, grant: Grant, timing: Timing = FAST):
    async with at_work(ingest.listen(STREAMER, outlet, grant, timing=timing)):
        await until(outlet.is_delivering)
        yield


def kinds(events: list[StreamEvent]) -> list[Kind]:
    return [event.kind for event in events]


async def test_everything_arrives_in_order(trovo, outlet, grant):
    async with listening(outlet, grant):
        trovo.chat("juno", "hello")
        trovo.spell("juno", num=2, value=50)
        trovo.subscribe("juno")
        trovo.follow("otto")
        trovo.raid("otto", viewers=7)
        await until(lambda: len(outlet.live) == 5)

    assert kinds(outlet.live) == [Kind.CHAT_MESSAGE, Kind.CHEER, Kind.SUB, Kind.FOLLOW, Kind.RAID]
    assert outlet.replayed == []


async def test_a_gift_bomb_is_one_event_with_its_recipients(trovo, outlet, grant):
    async with listening(outlet, grant):
        trovo.gift("juno", ["Otto", "Paula"])
        await until(lambda: outlet.live)

    [gift] = outlet.live
    assert (gift.kind, gift.amount, gift.actor.login) == (Kind.SUB_GIFT, 2, "juno")
    assert [who["name"] for who in gift.extra["recipients"]] == ["Otto", "Paula"]


async def test_what_was_said_before_is_history(trovo, outlet, grant):
    trovo.chat("juno", "before")
    trovo.gift("juno", ["Otto", "Paula"])

    async with listening(outlet, grant):
        trovo.chat("juno", "now")
        await until(lambda: outlet.live and len(outlet.replayed) == 2)

    assert [event.message for event in outlet.live] == ["now"]
    assert kinds(outlet.replayed) == [Kind.CHAT_MESSAGE, Kind.SUB_GIFT]


@pytest.mark.parametrize("seconds", [-600, 600])
async def test_history_is_told_by_trovos_clock_however_wrong_ours_is(trovo, outlet, grant, seconds):
    trovo.configure(clock_ahead=seconds)

    async with listening(outlet, grant):
        trovo.chat("juno", "before", send_time=int(time.time()) + seconds - 60)
        trovo.chat("juno", "now")
        await until(lambda: len(outlet.stored) == 2)

    assert [event.message for event in outlet.replayed] == ["before"]
    assert [event.message for event in outlet.live] == ["now"]


async def test_a_gift_that_still_waits_for_recipients_survives_the_end(trovo, outlet, grant):
    async with listening(outlet, grant):
        trovo.chat("juno", "3", type=5005)
        trovo.chat("juno", "hello")
        await until(lambda: outlet.live)

    assert kinds(outlet.live) == [Kind.CHAT_MESSAGE, Kind.SUB_GIFT]


@pytest.mark.parametrize("code", [None, 1000, 4000])
async def test_a_socket_that_ends_is_opened_again_with_another_token(trovo, outlet, grant, code):
    async with listening(outlet, grant):
        trovo.drop_socket(code=code)
        await until(lambda: outlet.failures)
        await until(outlet.is_delivering)
        trovo.chat("juno", "after")
        await until(lambda: outlet.live)

    cause = f"closed with {code or 1006}"
    assert outlet.failures == [Failure("connection_lost", {"platform": "Trovo", "cause": cause})]
    assert len(trovo.calls(TOKEN)) == 2


async def test_what_comes_again_is_the_same_event(trovo, outlet, grant):
    async with listening(outlet, grant):
        trovo.chat("juno", "hello")
        trovo.duplicate_last()
        trovo.drop_socket(code=1000)
        await until(lambda: len(outlet.live) == 2 and outlet.replayed)

    assert len({event.external_id for event, _ in outlet.stored}) == 1


async def test_silence_is_noticed(trovo, outlet, grant):
    trovo.configure(ping_gap=1)
    async with listening(outlet, grant):
        trovo.fall_silent()
        await until(lambda: outlet.failures)
        await until(outlet.is_delivering)

    assert outlet.failures == [Failure("connection_lost", {"platform": "Trovo", "cause": "silence"})]


async def test_pongs_keep_a_quiet_chat_and_set_the_pace(trovo, outlet, grant):
    trovo.configure(ping_gap=1)

    async with listening(outlet, grant):
        await until(lambda: outlet.last_heard_at)
        before = outlet.last_heard_at
        await asyncio.sleep(0.6)  # more than the silence that would end it at the first pace
        assert outlet.last_heard_at > before

    assert outlet.failures == []


async def test_a_half_open_connection_is_noticed(trovo, outlet, grant, settings):
    trovo.configure(ping_gap=1)
    with FaultProxy.to(trovo.url) as proxy:
        settings.TROVO_CHAT_URL = environment(trovo=proxy.url)["TROVO_CHAT_URL"]
        async with listening(outlet, grant):
            proxy.set(frozen=True)
            await until(lambda: outlet.failures)
            proxy.heal()
            await until(outlet.is_delivering)

    assert outlet.failures[0].params["cause"] == "silence"


async def test_a_refused_token_is_said_and_tried_again(trovo, outlet, grant):
    trovo.fail(TOKEN, status=200, body={"token": "of another time"})

    async with listening(outlet, grant):
        pass

    assert outlet.failures == [Failure("refused_oddly", {"platform": "Trovo", "reason": "invalid token"})]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"status": 503}, "platform_unavailable"),
        ({"status": 200, "body": "<html>"}, "platform_unavailable"),
        ({"status": 200, "body": {"token": 7}}, "platform_unavailable"),
        ({"status": 400, "body": {"status": 11706}}, "platform_rate_limited"),
        ({"close": True}, "platform_silent"),
    ],
)
async def test_without_a_token_it_is_tried_again(trovo, outlet, grant, fault, code):
    trovo.fail(TOKEN, **fault)

    async with listening(outlet, grant):
        pass

    assert [failure.code for failure in outlet.failures] == [code]


async def test_without_app_credentials_it_waits_for_them(trovo, outlet, grant):
    grant.failure = NoCredentials(platform="Trovo")
    task = asyncio.create_task(ingest.listen(STREAMER, outlet, grant, timing=FAST))
    await until(lambda: outlet.reports)
    assert outlet.reports[0] == (SourceState.STOPPED, 0, Failure("no_credentials", {"platform": "Trovo"}))

    grant.failure = None
    await until(outlet.is_delivering)
    task.cancel()
    await asyncio.wait({task})


@pytest.mark.parametrize(
    "frame", ["", "<html>", "[]", "{}", '{"type": "CHAT"}', '{"type": "PONG", "data": {"gap": -1}}']
)
async def test_odd_frames_end_nothing(trovo, outlet, grant, frame):
    async with listening(outlet, grant):
        trovo.send_raw(frame)
        trovo.chat("juno", "hello")
        await until(lambda: outlet.live)

    assert outlet.failures == []


async def test_what_was_missed_is_said_once(trovo, outlet, grant):
    outlet.last_heard_at = datetime.now(UTC) - timedelta(minutes=2)
    since = outlet.last_heard_at

    async with listening(outlet, grant):
        await until(lambda: outlet.live)
        trovo.drop_socket()
        await until(lambda: outlet.failures)
        await until(outlet.is_delivering)

    [gap] = outlet.live
    assert (gap.kind, gap.platform, gap.extra["since"]) == (Kind.SOURCE_GAP, "trovo", since.isoformat())


async def test_whoever_listens_for_the_first_time_has_missed_nothing(trovo, outlet, grant):
    async with listening(outlet, grant, replace(FAST, gap=0)):
        await until(lambda: outlet.statuses)

    assert outlet.stored == []


class TestStatus:
    async def test_the_channel_is_looked_at_again_and_again(self, trovo, outlet, grant):
        trovo.state.users[STREAMER].title = "Building a lighthouse"

        async with listening(outlet, grant):
            await until(lambda: len(outlet.statuses) > 2)

        assert outlet.statuses[0] == {
            "platform": "trovo",
            "channel_id": STREAMER,
            "live": False,
            "since": None,
            "viewers": None,
            "title": "Building a lighthouse",
            "category": "Just Chatting",
            "name": "mira_plays",
        }

    async def test_the_beginning_is_told_at_once_and_viewers_later(self, trovo, outlet, grant):
        async with listening(outlet, grant, replace(FAST, poll=0.5)):
            await until(lambda: outlet.statuses)
            trovo.go_live(viewers=42)
            await until(lambda: outlet.statuses[-1]["live"] and "viewers" in outlet.statuses[-1])
            trovo.go_offline()
            await until(lambda: outlet.statuses[-1]["live"] is False)

        assert kinds(outlet.live) == [Kind.STREAM_ONLINE, Kind.STREAM_OFFLINE]
        told = [status for status in outlet.statuses if "viewers" not in status]
        assert [status["live"] for status in told] == [True, False]
        assert 42 in [status.get("viewers") for status in outlet.statuses]

    async def test_a_beginning_that_no_calendar_has_is_unknown(self, trovo, outlet, grant):
        trovo.fail(CHANNEL, status=200, body={"is_live": True, "started_at": "1764100000000"}, times=None)

        async with listening(outlet, grant):
            await until(lambda: outlet.statuses)

        assert (outlet.statuses[0]["live"], outlet.statuses[0]["since"]) == (True, None)

    @pytest.mark.parametrize("fault", [{"status": 503}, {"status": 200, "body": {"is_live": "yes"}}, {"close": True}])
    async def test_a_look_that_fails_is_taken_again_and_ends_nothing(self, trovo, outlet, grant, fault):
        trovo.fail(CHANNEL, **fault)

        async with listening(outlet, grant):
            await until(lambda: outlet.statuses)

        assert outlet.failures == []
