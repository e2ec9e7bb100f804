"""The listener against the stand-in, over the wire."""

from __future__ import annotations

import asyncio
import itertools
import json
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from events.enums import Kind, Origin, SourceState
from integrations.streamelements import api, ingest
from integrations.streamelements.api import Channel
from integrations.streamelements.failures import JwtUnreadable
from integrations.streamelements.parse import Stream
from integrations.streamelements.timing import Timing
from lumio.lib.secrets import Secret
from tests.fakes.proxy import FaultProxy
from tests.fakes.streamelements import StreamElements
from tests.integrations.conftest import Recorder, point_lumio_at
from tests.waiting import until

FAST = Timing(
    open=2,
    ping=0.3,
    backoff_first=0.05,
    backoff_longest=0.2,
    linger=0.05,
    astro_again=1.0,
    pace=0.01,
    ask=0.2,
    check=60,
    gap=0,
)
#: Nothing is asked for by itself: what arrives came over a socket, or after one was opened.
PATIENT = replace(FAST, ask=60)


class Grant:
    """A JWT of the stand-in, with what was said of it written down."""

    def __init__(self, jwt: str) -> None:
        self.secret = Secret(jwt)
        self.is_lost = False
        self.confirmations: list[Channel] = []
        self.last_tip_at: datetime | None = None
        self.trouble: Exception | None = None

    async def jwt(self) -> Secret:
        if self.trouble:
            raise self.trouble
        return self.secret

    async def confirmed(self, channel: Channel) -> None:
        self.confirmations.append(channel)

    async def lost(self) -> None:
        self.is_lost = True

    async def tip_given(self, at: datetime) -> None:
        self.last_tip_at = at


@pytest.fixture
def grant(streamelements: StreamElements) -> Grant:
    return Grant(streamelements.issue_jwt())


def stream(streamelements: StreamElements) -> Stream:
    return Stream("twitch", streamelements.state.channel(None).id)


@asynccontextmanager
async def listening(streamelements, outlet: Recorder, grant: Grant, timing: Timing = PATIENT, *, began=None):
    """A listener at work, since an hour ago; its task."""
    began = began or datetime.now(UTC) - timedelta(hours=1)
    task = asyncio.create_task(ingest.listen(stream(streamelements), outlet, grant, began=began, timing=timing))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait({task})


def gateways(streamelements) -> list[str]:
    return [socket["gateway"] for socket in streamelements.sockets() if socket["topics"]]


def asked(streamelements) -> int:
    return len(streamelements.calls("/kappa/v2/tips/*"))


class TestAstro:
    async def test_tips_arrive_as_they_are_given(self, streamelements, outlet, grant):
        async with listening(streamelements, outlet, grant):
            await until(lambda: outlet.is_up)

            first = streamelements.tip("Harlan", 12.5, "EUR", "hi")
            second = streamelements.tip("Juno", 500, "JPY", "", has_room=False)
            await until(lambda: len(outlet.events) == 2)

        assert outlet.ids == [first, second]
        assert [(event.kind, event.amount, event.currency) for event in outlet.events] == [
            (Kind.TIP, 1250, "EUR"),
            (Kind.TIP, 500, "JPY"),
        ]
        assert outlet.origins == [Origin.LIVE, Origin.LIVE]

    async def test_the_room_of_the_answer_counts(self, streamelements, outlet, grant):
        streamelements.configure(other_room=True)
        async with listening(streamelements, outlet, grant):
            await until(lambda: outlet.is_up)

            tip = streamelements.tip()
            await until(lambda: outlet.ids == [tip])

    async def test_what_waits_for_a_moderator_is_no_event_until_it_is_allowed(self, streamelements, outlet, grant):
        async with listening(streamelements, outlet, grant):
            await until(lambda: outlet.is_up)

            allowed = streamelements.tip(approved="pending")
            rejected = streamelements.tip(approved="pending")
            streamelements.reject(rejected)
            after = streamelements.tip()
            await until(lambda: outlet.ids == [after])
            streamelements.approve(allowed)
            await until(lambda: outlet.ids == [after, allowed])

        assert outlet.origins == [Origin.LIVE, Origin.LIVE]

    async def test_allowed_tips_arrive_by_the_moderation_topic_alone_too(self, streamelements, outlet, grant):
        streamelements.configure(approved_on_tips=False)
        async with listening(streamelements, outlet, grant):
            await until(lambda: outlet.is_up)

            tip = streamelements.tip(approved="pending")
            streamelements.approve(tip)
            await until(lambda: outlet.ids == [tip])

    async def test_a_token_that_may_not_moderate_is_good_for_tips(self, streamelements, outlet, grant):
        streamelements.configure(may_moderate=False)
        async with listening(streamelements, outlet, grant):
            await until(lambda: outlet.is_up)

            tip = streamelements.tip()
            await until(lambda: outlet.ids == [tip])

        assert not grant.is_lost

    async def test_moving_to_another_socket_loses_and_doubles_nothing(self, streamelements, outlet, grant):
        async with listening(streamelements, outlet, grant):
            await until(lambda: outlet.is_up and grant.confirmations)
            streamelements.forget_calls()

            tips = [streamelements.tip("one")]
            assert streamelements.ask_to_move() == 1
            tips.append(streamelements.tip("two"))
            await until(lambda: len(streamelements.calls("/astro/")) == 1 and len(streamelements.sockets()) == 1)
            tips.append(streamelements.tip("three"))
            await until(lambda: len(outlet.ids) == 3)

        assert outlet.ids == tips
        assert SourceState.RECONNECTING not in [report[0] for report in outlet.reports]
        assert asked(streamelements) == 0

    async def test_a_move_with_a_bad_token_starts_from_scratch(self, streamelements, outlet, grant):
        async with listening(streamelements, outlet, grant):
            await until(lambda: outlet.is_up)
            outlet.reports.clear()

            streamelements.ask_to_move(with_good_token=False)
            await until(lambda: (SourceState.RECONNECTING, 0, "tips_socket_lost") in outlet.reports)
            tip = streamelements.unheard_tip()
            await until(lambda: outlet.is_up)
            await until(lambda: outlet.ids == [tip])

    @pytest.mark.parametrize(
        "frame", ["", "{", "[]", "null", '{"type": "message"}', '{"type": "response"}', "[" * 9999]
    )
    async def test_nonsense_is_passed_over(self, streamelements, outlet, grant, frame):
        async with listening(streamelements, outlet, grant):
            await until(lambda: outlet.is_up)

            streamelements.send_raw(frame)
            streamelements.send_raw({"type": "message", "topic": "channel.activities", "data": {"type": "tip"}})
            streamelements.send_raw({"type": "message", "topic": "channel.tips", "room": "elsewhere", "data": {}})
            tip = streamelements.tip()
            await until(lambda: outlet.ids == [tip])

        assert len(streamelements.calls("/astro/")) == 1


class TestFaults:
    @pytest.mark.parametrize("code", [None, 1000, 1001, 1008, 1011, 4000])
    async def test_a_cut_loses_and_doubles_nothing(self, streamelements, outlet, grant, code):
        async with listening(streamelements, outlet, grant):
            await until(lambda: outlet.is_up)
            tips = [streamelements.tip("before")]
            await until(lambda: outlet.ids == tips)

            streamelements.drop_sockets(code=code)
            tips.append(streamelements.unheard_tip("meanwhile"))
            await until(lambda: (SourceState.RECONNECTING, 0, "tips_socket_lost") in outlet.reports)
            await until(lambda: outlet.is_up)
            await until(lambda: len(outlet.ids) == 2)
            tips.append(streamelements.tip("after"))
            await until(lambda: len(outlet.ids) == 3)

        assert outlet.ids == tips
        assert outlet.origins == [Origin.LIVE] * 3

    async def test_a_thousand_tips_through_cuts_repeats_and_moves(self, streamelements, outlet, grant):
        tips: list[str] = []
        async with listening(streamelements, outlet, grant):
            await until(lambda: outlet.is_up)
            for number in range(1_000):
                tips.append(streamelements.tip(f"donor {number}", number))
                if number % 100 == 50:
                    streamelements.drop_sockets()
                elif number % 100 == 75:
                    streamelements.ask_to_move()
                elif number % 10 == 5:
                    streamelements.repeat_tip(tips[-3])
                if number % 20 == 0:
                    await asyncio.sleep(0.01)
            await until(lambda: len(set(outlet.ids)) == 1_000, seconds=30)
            await asyncio.sleep(0.2)  # in which one more could come

        assert sorted(outlet.ids) == sorted(tips)

    async def test_a_half_open_connection_is_noticed(self, streamelements, settings, outlet, grant):
        with FaultProxy.to(streamelements.url) as proxy:
            point_lumio_at(proxy.url, settings)
            async with listening(streamelements, outlet, grant):
                await until(lambda: outlet.is_up)

                proxy.set(frozen=True)
                await until(lambda: outlet.reports[-1][0] == SourceState.RECONNECTING)
                proxy.heal()
                await until(lambda: outlet.is_up)

    @pytest.mark.parametrize("astro", ["draining", "limited"])
    async def test_the_older_gateway_serves_while_astro_cannot_be_had(self, streamelements, outlet, grant, astro):
        streamelements.configure(astro=astro)
        async with listening(streamelements, outlet, grant):
            await until(lambda: gateways(streamelements) == ["realtime"], seconds=10)
            await until(lambda: outlet.is_up)
            first = streamelements.tip("Harlan", 12.5, "EUR")
            await until(lambda: outlet.ids == [first])

            streamelements.configure(astro="works")
            await until(lambda: gateways(streamelements) == ["astro"])
            second = streamelements.tip()
            await until(lambda: outlet.ids == [first, second])

        assert outlet.events[0].amount == 1250

    async def test_a_wait_that_astro_asks_for_is_waited(self, streamelements, outlet, grant):
        streamelements.configure(astro="limited")
        async with listening(streamelements, outlet, grant):
            await until(lambda: streamelements.calls("/astro/"))
            await asyncio.sleep(1.0)
            assert len(streamelements.calls("/astro/")) == 1

    @pytest.mark.parametrize("error", ["err_deadline_exceeded", "err_internal_error", "rate_limit_exceeded"])
    async def test_a_passing_refusal_is_tried_again(self, streamelements, outlet, grant, error):
        streamelements.configure(subscribe_error=error, realtime="away")
        async with listening(streamelements, outlet, grant):
            await until(lambda: len(streamelements.calls("/astro/")) >= 2)
            streamelements.configure(subscribe_error="")
            await until(lambda: outlet.is_up, seconds=10)

        assert not grant.is_lost

    async def test_our_own_mistake_is_not_repeated(self, streamelements, outlet, grant, caplog):
        streamelements.configure(subscribe_error="err_bad_request")
        async with listening(streamelements, outlet, grant):
            await until(lambda: gateways(streamelements) == ["realtime"])
            await asyncio.sleep(1.5)  # in which Astro would be tried again after an outage

        assert len(streamelements.calls("/astro/")) == 1
        assert [record.levelname for record in caplog.records if "err_bad_request" in record.message] == ["ERROR"]

    async def test_without_any_socket_tips_are_asked_for(self, streamelements, outlet, grant):
        streamelements.configure(astro="draining", realtime="away")
        async with listening(streamelements, outlet, grant, FAST):
            await until(lambda: outlet.reports and outlet.reports[-1][0] == SourceState.DELIVERING)
            tip = streamelements.tip()
            await until(lambda: outlet.ids == [tip])

            assert outlet.reports[-1] == (SourceState.DELIVERING, 0, "tips_only_asked")
            streamelements.fail("/kappa/v2/*", status=503, times=None)
            await until(lambda: outlet.reports[-1][0] == SourceState.RECONNECTING)

    async def test_while_a_socket_is_up_nothing_is_asked_for(self, streamelements, outlet, grant):
        async with listening(streamelements, outlet, grant, FAST):
            await until(lambda: outlet.is_up and grant.confirmations)
            streamelements.forget_calls()
            await asyncio.sleep(0.8)  # several times as long as between two questions

        assert streamelements.calls("/kappa/*") == []

    async def test_now_and_then_all_is_looked_at_in_any_case(self, streamelements, outlet, grant):
        async with listening(streamelements, outlet, grant, replace(FAST, check=0.1)):
            await until(lambda: outlet.is_up and grant.confirmations)

            silent = streamelements.unheard_tip()
            await until(lambda: outlet.ids == [silent])
            await until(lambda: len(grant.confirmations) >= 3)

    @pytest.mark.parametrize("fault", [{"status": 500}, {"body": "<html>"}, {"close": True}, {"body": {"docs": None}}])
    async def test_fetching_is_tried_until_it_works(self, streamelements, outlet, grant, fault):
        tip = streamelements.unheard_tip(ago=600)
        streamelements.fail("/kappa/v2/tips/*", **fault, times=3)
        async with listening(streamelements, outlet, grant):
            await until(lambda: outlet.ids == [tip])

        assert outlet.origins == [Origin.BACKFILL]

    async def test_a_429_is_obeyed(self, streamelements, outlet, grant):
        streamelements.fail("/kappa/v2/tips/*", status=429, headers={"Retry-After": "1"})
        streamelements.unheard_tip()
        async with listening(streamelements, outlet, grant):
            await until(lambda: outlet.events)

        first, second = streamelements.calls("/kappa/v2/tips/*")
        assert second.at - first.at >= 1

    async def test_requests_of_a_token_keep_their_distance(self, streamelements, outlet, grant):
        for number in range(250):
            streamelements.unheard_tip(f"donor {number}")
        async with listening(streamelements, outlet, grant, replace(PATIENT, pace=0.3)):
            await until(lambda: grant.confirmations)

        times = [call.at for call in streamelements.calls("/kappa/*")]
        assert len(times) == 4
        assert min(later - earlier for earlier, later in itertools.pairwise(times)) >= 0.29


class TestTheEndOfAToken:
    async def test_a_refusal_of_rest_ends_it(self, streamelements, outlet, grant):
        streamelements.kill_jwt()
        async with listening(streamelements, outlet, grant) as task:
            await until(task.done)

        assert grant.is_lost
        assert outlet.reports[-1] == (SourceState.STOPPED, 0, "tip_token_refused")
        assert gateways(streamelements) == []

    async def test_a_token_that_dies_silently_is_found_out(self, streamelements, outlet, grant):
        async with listening(streamelements, outlet, grant, replace(FAST, check=0.1)) as task:
            await until(lambda: outlet.is_up and grant.confirmations)

            streamelements.kill_jwt()
            await until(task.done)

        assert grant.is_lost

    @pytest.mark.parametrize("astro", ["works", "draining"])
    async def test_a_gateway_that_refuses_is_believed_if_rest_does_too(self, streamelements, outlet, grant, astro):
        streamelements.configure(astro=astro)
        streamelements.fail("/kappa/v2/tips/*", status=503, times=None)
        streamelements.kill_jwt()
        async with listening(streamelements, outlet, grant) as task:
            await until(task.done, seconds=10)

        assert grant.is_lost

    async def test_where_rest_takes_the_token_the_other_gateway_is_used(self, streamelements, outlet, grant):
        streamelements.configure(subscribe_error="err_unauthorized")
        async with listening(streamelements, outlet, grant):
            await until(lambda: gateways(streamelements) == ["realtime"])
            tip = streamelements.tip()
            await until(lambda: outlet.ids == [tip])

        assert not grant.is_lost

    @pytest.mark.parametrize("status", [403, 500, 503])
    async def test_anything_else_does_not(self, streamelements, outlet, grant, status):
        streamelements.fail("/kappa/v2/channels/me", status=status, times=None)
        async with listening(streamelements, outlet, grant) as task:
            await until(lambda: outlet.is_up and len(streamelements.calls("/kappa/v2/channels/me")) >= 1)
            tip = streamelements.tip()
            await until(lambda: outlet.ids == [tip])

            assert not task.done()
        assert not grant.is_lost

    async def test_a_jwt_that_cannot_be_read_is_said_and_waited_for(self, streamelements, outlet, grant):
        grant.trouble = JwtUnreadable()
        async with listening(streamelements, outlet, grant):
            await until(lambda: (SourceState.RECONNECTING, 0, "tip_token_unreadable") in outlet.reports)
            grant.trouble = None
            await until(lambda: outlet.is_up)


class TestCatchingUp:
    async def test_begins_where_it_was_left(self, streamelements, outlet, grant):
        async with listening(streamelements, outlet, grant):
            await until(lambda: outlet.is_up)
            seen = streamelements.tip(ago=900)
            await until(lambda: outlet.memory)
        streamelements.unheard_tip(ago=1800)
        missed = streamelements.unheard_tip(ago=500)
        again = Recorder(memory=json.loads(json.dumps(outlet.memory)))
        async with listening(streamelements, again, grant, began=datetime(2020, 1, 1, tzinfo=UTC)):
            await until(lambda: again.is_up)
            await until(lambda: missed in again.ids)

        # Those of the last minutes once more: the database knows them.
        assert again.ids == [seen, missed]
        assert again.origins == [Origin.BACKFILL, Origin.BACKFILL]

    async def test_without_a_memory_it_begins_when_the_token_was_added(self, streamelements, outlet, grant):
        streamelements.unheard_tip(ago=7200)
        wanted = streamelements.unheard_tip(ago=1200)
        async with listening(streamelements, outlet, grant):
            await until(lambda: grant.confirmations)

        assert outlet.ids == [wanted]

    @pytest.mark.parametrize("old_paging", [False, True])
    async def test_reads_every_page(self, streamelements, outlet, grant, old_paging):
        streamelements.configure(old_paging=old_paging)
        tips = [streamelements.unheard_tip(ago=3000 - number) for number in range(2 * api.PAGE + 7)]
        async with listening(streamelements, outlet, grant):
            await until(lambda: grant.confirmations)

        assert outlet.ids == tips
        assert set(outlet.origins) == {Origin.BACKFILL}
        assert [call.parameters["offset"] for call in streamelements.calls("/kappa/v2/tips/*")] == ["0", "100", "200"]

    async def test_leaves_out_what_is_no_tip_of_today(self, streamelements, outlet, grant):
        streamelements.delete_tip(streamelements.unheard_tip())
        streamelements.unheard_tip(approved="rejected")
        streamelements.unheard_tip(approved="pending")
        streamelements.unheard_tip(transactionId="IMPORTED")
        by_hand = streamelements.unheard_tip(transactionId="MANUAL")
        async with listening(streamelements, outlet, grant):
            await until(lambda: grant.confirmations)

        assert outlet.ids == [by_hand]

    async def test_what_is_allowed_while_nobody_listens_is_found(self, streamelements, outlet, grant):
        async with listening(streamelements, outlet, grant):
            await until(lambda: outlet.is_up)
            waiting = streamelements.tip(approved="pending", ago=1800)
            last = streamelements.tip()
            await until(lambda: outlet.ids == [last] and outlet.memory.get("waiting"))
        streamelements.approve(waiting)
        again = Recorder(memory=outlet.memory)
        async with listening(streamelements, again, grant):
            await until(lambda: waiting in again.ids)
            await until(lambda: again.memory["waiting"] == [])

    async def test_where_it_is_not_allowed_the_gap_is_said(self, streamelements, outlet, grant):
        streamelements.configure(may_read_tips=False)
        async with listening(streamelements, outlet, grant):
            await until(lambda: outlet.is_up)
            streamelements.drop_sockets()
            await until(lambda: outlet.events)
            await until(lambda: outlet.is_up)
            tip = streamelements.tip()
            await until(lambda: tip in outlet.ids)

            assert outlet.reports[-1] == (SourceState.DELIVERING, 1, "tip_right_missing")
        [gap] = [event for event in outlet.events if event.kind == Kind.SOURCE_GAP]
        assert (gap.platform, gap.channel_id) == ("twitch", stream(streamelements).channel_id)
        assert not grant.is_lost

    async def test_the_last_tip_is_told(self, streamelements, outlet, grant):
        async with listening(streamelements, outlet, grant):
            await until(lambda: outlet.is_up)
            streamelements.tip()
            await until(lambda: grant.last_tip_at)

        assert grant.last_tip_at == outlet.events[0].occurred_at


class TestTheOlderGateway:
    @pytest.fixture(autouse=True)
    def _no_astro(self, streamelements):
        streamelements.configure(astro="draining")

    async def test_test_tips_are_tests_and_no_money(self, streamelements, outlet, grant):
        async with listening(streamelements, outlet, grant, replace(PATIENT, astro_again=60)):
            await until(lambda: outlet.is_up)

            assert streamelements.press_test("Someone", 25) == 1
            await until(lambda: outlet.events)

        [event] = outlet.events
        assert (event.kind, event.actor.name, event.amount, event.currency) == (Kind.TIP, "Someone", None, "")
        assert outlet.origins == [Origin.TEST]
        assert grant.last_tip_at is None

    async def test_what_is_no_tip_is_left_to_its_platform(self, streamelements, outlet, grant):
        async with listening(streamelements, outlet, grant, replace(PATIENT, astro_again=60)):
            await until(lambda: outlet.is_up)

            for kind in ("follow", "subscriber", "cheer", "raid", "superchat", "merch"):
                assert streamelements.happen(kind) == 1
            tip = streamelements.tip()
            await until(lambda: outlet.events)

        assert outlet.ids == [tip]

    async def test_pings_keep_it_open(self, streamelements, outlet, grant):
        streamelements.configure(ping_interval=50)
        async with listening(streamelements, outlet, grant, replace(PATIENT, astro_again=60)):
            await until(lambda: outlet.is_up)
            before = outlet.signs_of_life
            await until(lambda: outlet.signs_of_life > before + 3)

        assert len(streamelements.calls("/realtime/*")) == 1

    @pytest.mark.parametrize("frame", ["", "4", "42", "42[", '42["event"]', '42["event", 7]', "42" + "[" * 9999, "1"])
    async def test_nonsense_is_passed_over(self, streamelements, outlet, grant, frame):
        async with listening(streamelements, outlet, grant, replace(PATIENT, astro_again=60)):
            await until(lambda: outlet.is_up)

            streamelements.send_raw(frame)
            tip = streamelements.tip()
            await until(lambda: outlet.ids == [tip])

    async def test_a_cut_loses_nothing(self, streamelements, outlet, grant):
        async with listening(streamelements, outlet, grant, replace(PATIENT, astro_again=60)):
            await until(lambda: outlet.is_up)

            streamelements.drop_sockets()
            tip = streamelements.unheard_tip()
            await until(lambda: outlet.ids == [tip])


async def test_stopping_leaves_no_socket_behind(streamelements, outlet, grant):
    async with listening(streamelements, outlet, grant):
        await until(lambda: outlet.is_up)

    await until(lambda: streamelements.sockets() == [])
