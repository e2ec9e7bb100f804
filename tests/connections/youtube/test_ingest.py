"""The listener against the stand-in, over the wire."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from connections.platforms.youtube import categories
from connections.platforms.youtube.ingest import Listener
from connections.platforms.youtube.timing import Timing
from events.enums import Kind, Origin, SourceState, Unit
from tests.connections.youtube.conftest import STREAMER
from tests.connections.youtube.listening import FAST, Grant, Recorder, listening
from tests.waiting import until

BROADCASTS, MESSAGES = "GET /youtube/v3/liveBroadcasts", "GET /youtube/v3/liveChat/messages"
STREAM = f"{MESSAGES}/stream"


@pytest.fixture
def outlet() -> Recorder:
    return Recorder()


@pytest.fixture
def grant(youtube) -> Grant:
    return Grant(youtube)


@pytest.fixture(autouse=True)
def _nobody_knows_the_categories(monkeypatch):
    monkeypatch.setattr(categories, "_names", {})


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "youtube-stream"]


def tokens(youtube, endpoint: str = STREAM) -> list[str | None]:
    return [call.parameters.get("pageToken") for call in youtube.calls(endpoint)]


class TestIdle:
    async def test_waiting_for_a_stream_is_healthy_and_costs_one_unit_a_look(self, youtube, outlet, grant):
        async with listening(outlet, grant):
            await until(lambda: len(youtube.calls(BROADCASTS)) >= 3)
            assert outlet.is_waiting()
            assert threads() == []

        assert youtube.quota_spent() == len(youtube.calls("*"))
        assert outlet.statuses[0] == {"platform": "youtube", "channel_id": STREAMER, "live": False}
        assert outlet.events() == []

    async def test_nothing_is_said_before_the_first_look(self, youtube, outlet, grant):
        youtube.fail(BROADCASTS, delay=0.3)

        async with listening(outlet, grant):
            await until(lambda: outlet.reports)
            assert outlet.reports == [(SourceState.STARTING, 0, 0, None)]
            await until(outlet.is_waiting)

    async def test_a_stream_that_is_only_tried_out_is_not_on_air(self, youtube, outlet, grant):
        youtube.go_live().life_cycle = "testing"

        async with listening(outlet, grant):
            await until(lambda: len(youtube.calls(BROADCASTS)) >= 2)
            assert outlet.is_waiting()

        assert (outlet.events(), youtube.calls(STREAM)) == ([], [])


class TestStream:
    async def test_everything_arrives_in_order(self, youtube, outlet, grant):
        youtube.go_live(title="Roofs")

        async with listening(outlet, grant):
            await until(outlet.is_reading)
            youtube.chat("juno", "hello")
            youtube.superchat("juno", "5.00", "EUR", text="for the roof")
            youtube.sticker("juno")
            youtube.member("juno")
            youtube.milestone("juno", 12)
            youtube.gift("juno", 10)
            youtube.ban("troll", 300)
            youtube.ban("troll")
            await until(lambda: len(outlet.stored) == 11)

        assert outlet.kinds() == [
            Kind.STREAM_ONLINE,
            Kind.CHAT_MESSAGE,
            Kind.SUPERCHAT,
            Kind.SUPERCHAT,
            Kind.MEMBERSHIP,
            Kind.MEMBERSHIP_MILESTONE,
            Kind.CHEER,
            Kind.MOD_TIMEOUT,
            Kind.CHAT_USER_CLEARED,
            Kind.MOD_BAN,
            Kind.CHAT_USER_CLEARED,
        ]
        assert outlet.kinds(Origin.LIVE) == outlet.kinds()
        tip = outlet.events()[2]
        assert (tip.amount, tip.unit, tip.currency, tip.message) == (500, Unit.MONEY, "EUR", "for the roof")
        assert youtube.calls(MESSAGES) == []

    async def test_a_connection_costs_five_units_however_much_is_said(self, youtube, outlet, grant):
        youtube.go_live()

        async with listening(outlet, grant, replace(FAST, look=60)):
            await until(outlet.is_reading)
            for number in range(300):
                youtube.chat("juno", f"{number}")
            await until(lambda: len(outlet.said()) == 300)

        assert youtube.quota_spent() == 1 + 1 + 5  # a look, the categories, a stream

    @pytest.mark.parametrize("chunk", [1, 7])
    async def test_pieces_may_be_cut_anywhere(self, youtube, outlet, grant, chunk):
        youtube.configure(chunk=chunk)
        youtube.go_live()

        async with listening(outlet, grant):
            await until(outlet.is_reading)
            youtube.chat("juno", "日本語 €5 👋🏽")
            await until(lambda: outlet.said() == ["日本語 €5 👋🏽"])

    async def test_a_gift_bomb_is_one_event_with_its_recipients(self, youtube, outlet, grant):
        youtube.go_live()

        async with listening(outlet, grant):
            await until(outlet.is_reading)
            youtube.gift_memberships("juno", ["one", "two", "three"])
            await until(lambda: Kind.MEMBERSHIP_GIFT in outlet.kinds())

        [_, gift] = outlet.events()
        assert (gift.amount, gift.unit) == (3, Unit.MEMBERSHIPS)
        assert [one["name"] for one in gift.extra["recipients"]] == ["one", "two", "three"]

    async def test_a_poll_as_it_goes_on(self, youtube, outlet, grant):
        youtube.go_live()

        async with listening(outlet, grant):
            await until(outlet.is_reading)
            youtube.poll("Which roof?", ["Thatch", "Slate"])
            youtube.poll("Which roof?", ["Thatch", "Slate"], votes=[3, 1])
            youtube.chat("juno", "thatch")
            youtube.chat("otto", "thatch!")
            await until(lambda: Kind.POLL_PROGRESS in outlet.kinds())
            youtube.poll("Which roof?", ["Thatch", "Slate"], votes=[5, 2], closed=True)
            await until(lambda: Kind.POLL_END in outlet.kinds())

        polls = [event for event in outlet.events() if event.kind.startswith("poll.")]
        assert [event.kind for event in polls] == [Kind.POLL_BEGIN, Kind.POLL_PROGRESS, Kind.POLL_END]
        assert len({event.extra["id"] for event in polls}) == 1

    async def test_what_was_said_before_is_history(self, youtube, outlet, grant):
        youtube.go_live(started_ago=600)
        youtube.superchat("juno", ago=300)
        youtube.chat("juno", "hello", ago=200)

        async with listening(outlet, grant):
            await until(outlet.is_reading)
            youtube.superchat("otto")
            await until(lambda: len(outlet.stored) == 4)

        assert outlet.kinds(Origin.REPLAY) == [Kind.SUPERCHAT, Kind.CHAT_MESSAGE]
        assert [event.actor.name for event in outlet.events(Origin.LIVE)] == ["otto"]
        assert outlet.kinds(Origin.BACKFILL) == [Kind.STREAM_ONLINE]  # it began ten minutes ago

    async def test_a_history_may_hold_whole_gift_bombs(self, youtube, outlet, grant):
        youtube.go_live()
        youtube.gift_memberships("juno", ["one", "two"])
        await asyncio.sleep(0.01)

        async with listening(outlet, grant):
            await until(lambda: Kind.MEMBERSHIP_GIFT in outlet.kinds())

        assert outlet.kinds(Origin.REPLAY) == [Kind.MEMBERSHIP_GIFT]

    async def test_a_type_that_nobody_knows(self, youtube, outlet, grant):
        youtube.go_live()

        async with listening(outlet, grant):
            await until(outlet.is_reading)
            youtube.say_raw({"id": "LCC.new", "snippet": {"type": "confettiEvent"}})
            youtube.chat("juno", "what was that?")
            await until(lambda: outlet.said())

        assert outlet.kinds() == [Kind.STREAM_ONLINE, Kind.UNKNOWN, Kind.CHAT_MESSAGE]

    async def test_repeated_messages_are_one(self, youtube, outlet, grant):
        youtube.configure(repeats=2)
        youtube.go_live()

        async with listening(outlet, grant):
            await until(outlet.is_reading)
            for number in range(5):
                youtube.chat("juno", f"{number}")
                await until(lambda number=number: len(outlet.said()) == number + 1)

        assert outlet.said() == ["0", "1", "2", "3", "4"]
        assert outlet.repeated > 0

    async def test_stopping_ends_the_thread_at_once(self, youtube, outlet, grant):
        youtube.go_live()
        async with listening(outlet, grant):
            await until(outlet.is_reading)
            assert threads() == ["youtube-stream"]

        await until(lambda: threads() == [])
        await until(lambda: youtube.streams() == 0)


class TestInterruptions:
    async def test_a_stream_that_youtube_ends_goes_on_with_its_token(self, youtube, outlet, grant):
        youtube.go_live()

        async with listening(outlet, grant):
            await until(outlet.is_reading)
            youtube.chat("juno", "one")
            await until(lambda: outlet.said() == ["one"])
            youtube.end_streams()
            youtube.chat("juno", "two")
            await until(lambda: outlet.said() == ["one", "two"])
            assert outlet.is_reading()

        first, second = tokens(youtube)
        assert first is None
        assert second is not None
        assert {state for state, *_ in outlet.reports if state is SourceState.RECONNECTING} == set()
        assert (outlet.repeated, outlet.gaps) == (0, [])
        assert outlet.said(Origin.LIVE) == ["one", "two"]

    async def test_a_stream_that_is_cut_again_and_again_loses_and_doubles_nothing(self, youtube, outlet, grant):
        youtube.go_live()

        async with listening(outlet, grant):
            await until(outlet.is_reading)
            for number in range(60):
                youtube.chat("juno", f"{number}")
                if number % 10 == 0:
                    youtube.cut_streams()
                await asyncio.sleep(0.01)
            await until(lambda: len(outlet.said()) == 60)
            await until(outlet.is_reading)

        assert outlet.said() == [f"{number}" for number in range(60)]
        assert outlet.said(Origin.LIVE) == outlet.said()
        assert outlet.gaps == []

    async def test_a_connection_that_says_nothing_is_given_up_after_a_while(self, youtube, outlet, grant):
        youtube.go_live()

        async with listening(outlet, grant, replace(FAST, silence=0.5)):
            await until(outlet.is_reading)
            youtube.configure(silent=True)
            youtube.chat("juno", "anybody there?")
            await until(lambda: len(youtube.calls(STREAM)) >= 2)
            youtube.configure(silent=False)
            await until(lambda: outlet.said() == ["anybody there?"])

        # A chat may be quiet for long: that is no interruption.
        assert {state for state, *_ in outlet.reports} == {SourceState.STARTING, SourceState.DELIVERING}
        assert outlet.gaps == []

    @pytest.mark.parametrize(
        "fault",
        [
            {"status": 503},
            {"status": 500, "body": "<html>Oops</html>"},
            {"status": 200, "body": "<html>Wi-Fi</html>"},
            {"status": 200, "body": {"items": []}},
            {"status": 429, "headers": {"Retry-After": "0"}},
            {"close": True},
        ],
    )
    async def test_trouble_at_connecting_is_tried_again(self, youtube, outlet, grant, fault):
        youtube.go_live()
        youtube.fail(STREAM, **fault, times=2)

        async with listening(outlet, grant):
            await until(outlet.is_reading)
            youtube.chat("juno", "hello")
            await until(lambda: outlet.said() == ["hello"])

        assert len(youtube.calls(STREAM)) == 3
        assert SourceState.RECONNECTING in {state for state, *_ in outlet.reports}

    async def test_an_error_in_the_middle_of_a_stream(self, youtube, outlet, grant):
        youtube.go_live()
        error = {"error": {"code": 503, "message": "Backend Error", "errors": [{"reason": "backendError"}]}}
        youtube.fail(STREAM, status=200, body=[error])

        async with listening(outlet, grant):
            await until(lambda: any(failure for *_, failure in outlet.reports))

        assert {failure.code for *_, failure in outlet.reports if failure} == {"platform_unavailable"}

    async def test_a_refused_token_is_renewed_once(self, youtube, outlet, grant):
        youtube.go_live()
        youtube.expire_tokens()

        async with listening(outlet, grant):
            await until(outlet.is_reading)
            youtube.expire_tokens()
            youtube.end_streams()
            await until(lambda: 2 in grant.refusals)
            youtube.chat("juno", "still here")
            await until(lambda: outlet.said() == ["still here"])

        assert set(grant.refusals) == {1, 2}

    async def test_a_token_that_stays_refused_is_renewed_once_for_each_attempt(self, youtube, outlet, grant):
        youtube.fail(BROADCASTS, status=401, body={"error": {"errors": [{"reason": "authError"}]}}, times=None)

        async with listening(outlet, grant, replace(FAST, lasting=60)):
            await until(lambda: outlet.last_code == "token_refused")
            await asyncio.sleep(0.1)

        assert (len(youtube.calls(BROADCASTS)), grant.refusals) == (2, [1])

    async def test_a_failed_look_does_not_say_that_the_stream_is_over(self, youtube, outlet, grant):
        youtube.go_live()

        async with listening(outlet, grant):
            await until(outlet.is_reading)
            youtube.fail(BROADCASTS, status=503, times=None)
            asked = len(youtube.calls(BROADCASTS))
            await until(lambda: len(youtube.calls(BROADCASTS)) > asked + 3)
            youtube.chat("juno", "still here")
            await until(lambda: outlet.said() == ["still here"])
            assert outlet.reports[-1][:3] == (SourceState.DELIVERING, 1, 1)
            assert outlet.last_code == "platform_unavailable"
            youtube.heal()
            await until(outlet.is_reading)

        assert outlet.kinds() == [Kind.STREAM_ONLINE, Kind.CHAT_MESSAGE]
        assert all(status["live"] for status in outlet.statuses)


class TestAsking:
    @pytest.mark.parametrize("stream", ["missing", "unimplemented"])
    async def test_a_chat_that_is_not_streamed_is_asked_for(self, youtube, outlet, grant, stream):
        youtube.configure(stream=stream, polling_interval=0.05)
        youtube.go_live()
        youtube.chat("juno", "before", ago=60)

        async with listening(outlet, grant):
            await until(outlet.is_asking)
            youtube.chat("juno", "one")
            await until(lambda: "one" in outlet.said())
            youtube.chat("juno", "two")
            await until(lambda: "two" in outlet.said())

        assert (outlet.said(Origin.REPLAY), outlet.said(Origin.LIVE)) == (["before"], ["one", "two"])
        assert tokens(youtube, MESSAGES)[0] is None
        assert None not in tokens(youtube, MESSAGES)[1:]

    async def test_the_stream_is_tried_again(self, youtube, outlet, grant):
        youtube.configure(stream="missing", polling_interval=0.05)
        youtube.go_live()

        async with listening(outlet, grant):
            await until(outlet.is_asking)
            youtube.configure(stream="works")
            await until(outlet.is_reading)
            youtube.chat("juno", "hello")
            await until(lambda: outlet.said() == ["hello"])

        assert tokens(youtube)[-1] is not None
        assert outlet.gaps == []

    async def test_a_stream_that_keeps_breaking_is_left_alone(self, youtube, outlet, grant):
        youtube.configure(polling_interval=0.05)
        youtube.go_live()

        async with listening(outlet, grant, replace(FAST, breaks=3, polls_for=60)):
            for number in range(1, 4):
                await until(lambda number=number: len(youtube.calls(STREAM)) == number and youtube.streams() == 1)
                youtube.end_streams()
            await until(outlet.is_asking)
            youtube.chat("juno", "hello")
            await until(lambda: outlet.said() == ["hello"])

        assert len(youtube.calls(STREAM)) == 3

    async def test_youtubes_own_pause_is_kept(self, youtube, outlet, grant):
        youtube.configure(stream="missing", polling_interval=0.3, enforces_interval=True)
        youtube.go_live()

        async with listening(outlet, grant, replace(FAST, polls_for=60)):
            await until(lambda: len(youtube.calls(MESSAGES)) == 4)

        times = [call.at for call in youtube.calls(MESSAGES)]
        assert all(later - earlier >= 0.29 for earlier, later in pairwise(times))
        assert {failure.code for *_, failure in outlet.reports if failure} == {"chat_asked_for"}

    async def test_too_many_questions_keep_the_place(self, youtube, outlet, grant):
        youtube.configure(stream="missing", polling_interval=0.05)
        youtube.go_live()

        async with listening(outlet, grant, replace(FAST, polls_for=60)):
            await until(outlet.is_asking)
            youtube.chat("juno", "one")
            await until(lambda: outlet.said() == ["one"])
            youtube.fail(
                MESSAGES,
                status=403,
                body={"error": {"errors": [{"reason": "rateLimitExceeded"}]}},
                headers={"Retry-After": "0"},
            )
            youtube.chat("juno", "two")
            await until(lambda: outlet.said() == ["one", "two"])

        assert outlet.repeated == 0
        assert None not in tokens(youtube, MESSAGES)[1:]

    async def test_connections_to_streams_come_in_turns(self, youtube, outlet, grant):
        youtube.go_live()

        async with listening(outlet, grant, replace(FAST, burst=2, reconnect=30)):
            for number in (1, 2):
                await until(lambda number=number: len(youtube.calls(STREAM)) == number and youtube.streams() == 1)
                youtube.end_streams()
            await until(lambda: youtube.streams() == 0)
            await asyncio.sleep(0.3)

        assert len(youtube.calls(STREAM)) == 2


class TestRestart:
    async def test_a_restart_goes_on_where_the_last_one_got_to(self, youtube, outlet, grant):
        youtube.go_live()
        async with listening(outlet, grant):
            await until(outlet.is_reading)
            youtube.chat("juno", "one")
            await until(lambda: outlet.said() == ["one"])
            await until(lambda: outlet.memory and place(outlet) == "GJ1.1")
        youtube.chat("juno", "two")
        youtube.superchat("juno")

        async with listening(outlet, grant):
            await until(outlet.is_reading)
            youtube.chat("juno", "three")
            await until(lambda: outlet.said() == ["one", "two", "three"])

        assert outlet.said(Origin.LIVE) == ["one", "two", "three"]
        assert (outlet.kinds().count(Kind.STREAM_ONLINE), outlet.kinds().count(Kind.SUPERCHAT)) == (1, 1)
        assert (outlet.gaps, tokens(youtube).count(None)) == ([], 1)

    async def test_what_is_old_by_then_is_no_news(self, youtube, outlet, grant):
        youtube.go_live()
        async with listening(outlet, grant):
            await until(outlet.is_reading)
            await until(lambda: outlet.memory and place(outlet) == "GJ1.0")
        youtube.superchat("juno", ago=600)
        youtube.superchat("juno", ago=60)

        async with listening(outlet, grant):
            await until(lambda: outlet.kinds().count(Kind.SUPERCHAT) == 2)

        assert outlet.kinds(Origin.BACKFILL) == [Kind.SUPERCHAT]
        assert outlet.kinds(Origin.LIVE) == [Kind.STREAM_ONLINE, Kind.SUPERCHAT]

    async def test_a_refused_place_starts_with_the_history_and_doubles_nothing(self, youtube, outlet, grant):
        youtube.go_live()
        async with listening(outlet, grant):
            await until(outlet.is_reading)
            youtube.chat("juno", "one")
            await until(lambda: outlet.said() == ["one"])
            await until(lambda: outlet.memory and place(outlet) == "GJ1.1")
        youtube.break_tokens()
        youtube.chat("juno", "two")

        async with listening(outlet, grant):
            await until(lambda: outlet.said() == ["one", "two"])
            await until(outlet.is_reading)

        assert tokens(youtube)[-1] is None
        assert (outlet.repeated > 0, outlet.gaps) == (True, [])

    async def test_a_history_that_does_not_reach_back_leaves_a_gap(self, youtube, outlet, grant):
        youtube.configure(history=1)
        youtube.go_live(started_ago=900)
        outlet.last_heard_at = datetime.now(UTC) - timedelta(seconds=500)
        outlet.memory = {"broadcasts": [memory_of(youtube, page="GJ0.7")]}
        youtube.chat("juno", "missed", ago=400)
        youtube.chat("juno", "lately", ago=100)
        since = outlet.last_heard_at

        async with listening(outlet, grant):
            await until(lambda: outlet.said() == ["lately"])

        [gap] = outlet.gaps
        assert gap.extra["since"] == since.isoformat()
        assert datetime.now(UTC) - datetime.fromisoformat(gap.extra["until"]) > timedelta(seconds=99)

    async def test_a_gap_begins_where_reading_ended_not_where_looking_did(self, youtube, outlet, grant):
        youtube.go_live(started_ago=900)
        youtube.fail(STREAM, status=503, times=None)
        unread_since = datetime.now(UTC) - timedelta(seconds=500)
        outlet.last_heard_at = datetime.now(UTC)
        outlet.memory = {"broadcasts": [memory_of(youtube, page="GJ0.7") | {"unread_since": unread_since.isoformat()}]}
        async with listening(outlet, grant):
            await until(lambda: len(outlet.statuses) >= 2)
        youtube.heal()

        async with listening(outlet, grant):
            await until(lambda: outlet.gaps)

        assert outlet.gaps[0].extra["since"] == unread_since.isoformat()

    async def test_what_was_paid_in_a_gap_is_fetched_and_not_doubled(self, youtube, outlet, grant):
        youtube.configure(history=1)
        youtube.go_live(started_ago=900)
        outlet.last_heard_at = datetime.now(UTC) - timedelta(seconds=500)
        outlet.memory = {"broadcasts": [memory_of(youtube, page="GJ0.7")]}
        youtube.superchat("early", ago=600)
        youtube.superchat("juno", "7.00", "USD", text="missed", ago=400)
        youtube.sticker("otto", ago=300)
        youtube.superchat("lately", ago=100)

        async with listening(outlet, grant):
            await until(lambda: outlet.kinds().count(Kind.SUPERCHAT) == 3)
            await until(outlet.is_reading)

        paid = [(event.actor.name, event.amount, event.currency) for event in outlet.events(Origin.BACKFILL)]
        assert [row for row in paid if row[0]] == [("juno", 700, "USD"), ("otto", 200, "EUR")]
        assert [event.actor.name for event in outlet.events(Origin.REPLAY)] == ["lately"]
        assert len(outlet.gaps) == 1

    async def test_a_gap_stays_one_when_payments_cannot_be_fetched(self, youtube, outlet, grant):
        youtube.go_live(started_ago=900)
        outlet.last_heard_at = datetime.now(UTC) - timedelta(seconds=500)
        outlet.memory = {"broadcasts": [memory_of(youtube, page="GJ0.7")]}
        youtube.superchat("juno", ago=400)
        youtube.configure(history=0)
        youtube.fail("GET /youtube/v3/superChatEvents", status=503)

        async with listening(outlet, grant):
            await until(outlet.is_reading)
            youtube.chat("juno", "hello")
            await until(lambda: outlet.said() == ["hello"])

        assert (len(outlet.gaps), outlet.kinds().count(Kind.SUPERCHAT)) == (1, 0)

    async def test_a_stream_that_ended_meanwhile(self, youtube, outlet, grant):
        youtube.go_live()
        outlet.last_heard_at = datetime.now(UTC) - timedelta(seconds=60)
        outlet.memory = {"broadcasts": [memory_of(youtube, page="GJ1.0")]}
        youtube.configure(says_end=False)
        youtube.go_offline()
        since = outlet.last_heard_at

        async with listening(outlet, grant):
            await until(outlet.is_waiting)

        assert sorted(outlet.kinds()) == [Kind.SOURCE_GAP, Kind.STREAM_OFFLINE]
        assert outlet.gaps[0].extra["since"] == since.isoformat()

    async def test_a_stream_that_began_while_nobody_looked(self, youtube, outlet, grant):
        youtube.go_live(started_ago=600)
        youtube.chat("juno", "lately", ago=100)
        outlet.last_heard_at = datetime.now(UTC) - timedelta(hours=1)

        async with listening(outlet, grant):
            await until(lambda: outlet.gaps)

        [gap] = outlet.gaps
        [started] = [event for event in outlet.events() if event.kind is Kind.STREAM_ONLINE]
        assert gap.extra["since"] == started.occurred_at.isoformat()

    @pytest.mark.parametrize("broadcasts", ["x", {}, [5, {}, {"id": 7}, [], {"chat": "Kgone"}]])
    async def test_a_memory_that_makes_no_sense_is_no_harm(self, youtube, outlet, grant, broadcasts):
        outlet.memory = {"broadcasts": broadcasts}

        async with listening(outlet, grant):
            await until(outlet.is_waiting)

        assert outlet.events() == []

    async def test_a_gift_that_still_waits_for_recipients_is_not_behind_us(self, youtube, outlet, grant):
        youtube.go_live()

        async with listening(outlet, grant):
            await until(outlet.is_reading)
            youtube.chat("juno", "before")
            await until(lambda: outlet.memory and place(outlet) == "GJ1.1")
            youtube.gift_memberships("juno", ["one"], more=1)
            youtube.chat("juno", "after")
            await until(lambda: outlet.said() == ["before", "after"])
            waited = place(outlet)
            await until(lambda: Kind.MEMBERSHIP_GIFT in outlet.kinds())
            await until(lambda: place(outlet) == "GJ1.4")

        assert waited == "GJ1.1"


def place(outlet: Recorder) -> str:
    """How far a restart would go on from."""
    [broadcast] = outlet.memory["broadcasts"]
    return broadcast["page"]


def memory_of(youtube, *, page: str) -> dict[str, Any]:
    """What a listener noted down of the broadcast that runs."""
    broadcast = youtube.state.user("miraplays").broadcasts[-1]
    started_at = broadcast.started_at.replace("Z", "+00:00")
    return {
        "id": broadcast.id,
        "chat": broadcast.chat_id,
        "title": broadcast.title,
        "started_at": started_at,
        "page": page,
    }


class TestBroadcasts:
    async def test_several_at_once_are_all_read(self, youtube, outlet, grant):
        first, second = youtube.go_live(title="Wide"), youtube.go_live(title="Tall", privacy="unlisted")

        async with listening(outlet, grant):
            await until(lambda: outlet.is_reading(2))
            youtube.chat("juno", "wide", broadcast_id=first.id)
            youtube.chat("otto", "tall", broadcast_id=second.id)
            await until(lambda: sorted(outlet.said()) == ["tall", "wide"])
            youtube.go_offline(first.id)
            await until(outlet.is_reading)
            youtube.chat("otto", "still tall", broadcast_id=second.id)
            await until(lambda: "still tall" in outlet.said())

        assert outlet.kinds().count(Kind.STREAM_ONLINE) == 2
        assert outlet.kinds().count(Kind.STREAM_OFFLINE) == 1
        # The public one stands for the channel while it lasts.
        titles = [status.get("title") for status in outlet.statuses]
        assert (titles[0], titles[-1]) == ("Wide", "Tall")

    async def test_one_ends_and_the_next_one_is_found(self, youtube, outlet, grant):
        first = youtube.go_live(title="One")

        async with listening(outlet, grant):
            await until(outlet.is_reading)
            youtube.go_offline()
            await until(outlet.is_waiting)
            second = youtube.go_live(title="Two")
            await until(outlet.is_reading)
            youtube.chat("juno", "again")
            await until(lambda: outlet.said() == ["again"])

        told = [(event.kind, event.extra["id"]) for event in outlet.events() if event.kind.startswith("stream.")]
        assert told == [
            (Kind.STREAM_ONLINE, first.id),
            (Kind.STREAM_OFFLINE, first.id),
            (Kind.STREAM_ONLINE, second.id),
        ]
        assert outlet.gaps == []

    async def test_the_end_may_show_in_the_list_alone(self, youtube, outlet, grant):
        youtube.configure(says_end=False)
        youtube.go_live(chat=False)

        async with listening(outlet, grant):
            await until(lambda: Kind.STREAM_ONLINE in outlet.kinds())
            await until(outlet.is_waiting)
            youtube.go_offline()
            await until(lambda: Kind.STREAM_OFFLINE in outlet.kinds())

        assert outlet.statuses[-1]["live"] is False
        assert youtube.calls(STREAM) == []

    async def test_one_look_that_misses_a_stream_does_not_end_it(self, youtube, outlet, grant):
        youtube.go_live()
        nothing = {"kind": "youtube#liveBroadcastListResponse", "items": []}

        async with listening(outlet, grant):
            await until(outlet.is_reading)
            youtube.fail(BROADCASTS, status=200, body=nothing, times=1)
            asked = len(youtube.calls(BROADCASTS))
            await until(lambda: len(youtube.calls(BROADCASTS)) > asked + 3)

        assert outlet.kinds() == [Kind.STREAM_ONLINE]

    async def test_a_chat_that_is_switched_off_and_on_again(self, youtube, outlet, grant):
        broadcast = youtube.go_live()

        async with listening(outlet, grant):
            await until(outlet.is_reading)
            youtube.close_chat()
            await until(lambda: outlet.reports[-1] == (SourceState.DELIVERING, 0, 0, None))
            broadcast.has_chat = True
            await until(outlet.is_reading)
            youtube.chat("juno", "hello")
            await until(lambda: outlet.said() == ["hello"])

        assert outlet.kinds() == [Kind.STREAM_ONLINE, Kind.CHAT_MESSAGE]

    async def test_a_chat_that_youtube_does_not_show(self, youtube, outlet, grant):
        youtube.go_live()
        forbidden = {"error": {"message": "Not yours.", "errors": [{"reason": "forbidden"}]}}
        youtube.fail(STREAM, status=403, body=forbidden, times=None)

        async with listening(outlet, grant):
            await until(lambda: outlet.last_code == "refused_oddly")
            assert outlet.reports[-1][:3] == (SourceState.RECONNECTING, 0, 1)

        assert outlet.reports[-1][3].params["reason"] == "Not yours."


class TestStatus:
    async def test_what_the_channel_shows(self, youtube, outlet, grant):
        broadcast = youtube.go_live(title="Roofs", viewers=23)

        async with listening(outlet, grant):
            await until(lambda: len(outlet.statuses) >= 3)

        assert outlet.statuses[0] == {
            "platform": "youtube",
            "channel_id": STREAMER,
            "live": True,
            "since": datetime.fromisoformat(broadcast.started_at),
            "viewers": 23,
            "title": "Roofs",
            "category": "Gaming",
        }
        assert len(youtube.calls("GET /youtube/v3/videoCategories")) == 1

    async def test_hidden_viewers_are_not_none(self, youtube, outlet, grant):
        youtube.go_live(viewers=None)

        async with listening(outlet, grant):
            await until(lambda: outlet.statuses)

        assert outlet.statuses[0]["viewers"] is None

    async def test_a_category_that_nobody_knows(self, youtube, outlet, grant):
        youtube.go_live().category_id = "99"

        async with listening(outlet, grant):
            await until(lambda: len(outlet.statuses) >= 3)

        assert outlet.statuses[0]["category"] is None
        assert len(youtube.calls("GET /youtube/v3/videoCategories")) == 1


async def test_a_listener_spends_sixty_units_an_hour_while_it_waits(youtube, outlet):
    assert Listener(STREAMER, outlet, None, Timing()).pace() == 60
