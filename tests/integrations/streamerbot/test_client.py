"""Conversations with the stand-in, over the wire."""

from __future__ import annotations

import asyncio
import time

import pytest

from integrations.streamerbot import testing
from integrations.streamerbot.client import signer
from integrations.streamerbot.parse import Action
from integrations.streamerbot.timing import Timing
from integrations.tools.failures import (
    ActionGone,
    ActionOff,
    HostNotAllowed,
    LinkLost,
    NoAnswer,
    NotATool,
    NotRunning,
    OutcomeUnknown,
    PasswordMissing,
    Refused,
    ToolFailure,
    WrongPassword,
)
from integrations.tools.link import Closed, Found
from lumio.lib.secrets import Secret
from tests.fakes.server import HOST
from tests.integrations.streamerbot.conftest import PASSWORD, QUICK
from tests.waiting import until

RIGHT, WRONG = Secret(PASSWORD), Secret("something else")


async def tried(streamerbot, password: Secret | None = None) -> Found:
    return await testing.test(HOST, streamerbot.port, "/", password, timing=QUICK)


async def failure_of(streamerbot, password: Secret | None = None) -> type[ToolFailure]:
    with pytest.raises(ToolFailure) as caught:
        await tried(streamerbot, password)
    return type(caught.value)


class TestGreeting:
    async def test_without_a_password(self, streamerbot):
        streamerbot.add_actions(12)

        found = await tried(streamerbot)

        assert (found.version, found.name, found.actions, found.is_protected) == ("1.0.1", "Streaming PC", 12, False)
        assert 0 <= found.latency_ms < 1000

    async def test_with_the_right_password(self, streamerbot):
        streamerbot.configure(password=PASSWORD)

        found = await tried(streamerbot, RIGHT)

        assert (found.version, found.actions, found.is_protected) == ("1.0.1", 0, True)

    @pytest.mark.parametrize("manner", ["error", "4009", "close"])
    async def test_a_wrong_password_is_told_apart_however_it_is_refused(self, streamerbot, manner):
        streamerbot.configure(password=PASSWORD, wrong_password=manner)

        assert await failure_of(streamerbot, WRONG) is WrongPassword

    async def test_a_missing_password(self, streamerbot):
        streamerbot.configure(password=PASSWORD)

        assert await failure_of(streamerbot) is PasswordMissing

    async def test_a_password_that_is_not_enforced_is_not_needed_and_protects_nothing(self, streamerbot):
        streamerbot.configure(password=PASSWORD, enforced=False)

        assert (await tried(streamerbot)).is_protected is False
        assert (await tried(streamerbot, RIGHT)).is_protected is False

    async def test_a_wrong_password_is_told_even_where_none_is_needed(self, streamerbot):
        streamerbot.configure(password=PASSWORD, enforced=False)

        assert await failure_of(streamerbot, WRONG) is WrongPassword

    async def test_a_stored_password_does_no_harm_where_none_is_asked_for(self, streamerbot):
        assert (await tried(streamerbot, RIGHT)).is_protected is False

    async def test_a_version_that_does_not_greet(self, streamerbot):
        streamerbot.configure(version="0.2.4", password=PASSWORD)
        began = time.monotonic()

        found = await tried(streamerbot, RIGHT)

        assert (found.version, found.is_protected) == ("0.2.4", False)
        assert time.monotonic() - began < QUICK.late_hello, "it waited for a greeting that cannot come"

    async def test_a_late_greeting_is_waited_for(self, streamerbot):
        streamerbot.configure(password=PASSWORD, greeting_delay=0.15)

        assert (await tried(streamerbot, RIGHT)).is_protected is True

    async def test_the_names_are_without_what_cannot_be_seen(self, streamerbot):
        streamerbot.configure(name="  Streaming\u202e\n PC\u200b ")

        assert (await tried(streamerbot)).name == "Streaming PC"

    async def test_five_thousand_actions(self, streamerbot):
        streamerbot.add_actions(5_000)

        found = await testing.test(HOST, streamerbot.port, "/", None)

        assert found.actions == 5_000


class TestOthers:
    @pytest.mark.parametrize("speaks", ["nothing", "obs", "text", "binary"])
    async def test_another_websocket_server(self, streamerbot, speaks):
        streamerbot.configure(speaks=speaks)

        assert await failure_of(streamerbot) is NotATool

    async def test_no_websocket_server_or_another_endpoint(self, streamerbot):
        streamerbot.configure(endpoint="/bot")

        assert await failure_of(streamerbot) is NotATool

    async def test_nobody_listens(self, streamerbot):
        streamerbot.stop()

        assert await failure_of(streamerbot) is NotRunning

    async def test_a_host_that_lumio_does_not_connect_to(self, streamerbot, settings):
        settings.LUMIO_ALLOW_PRIVATE_HOSTS = False

        assert await failure_of(streamerbot) is HostNotAllowed
        assert streamerbot.calls() == []

    async def test_one_that_does_not_answer(self, streamerbot):
        streamerbot.configure(answers="none")

        assert await failure_of(streamerbot) is NoAnswer

    async def test_one_that_answers_by_half_and_is_cut(self, streamerbot):
        streamerbot.configure(answers="half")

        assert await failure_of(streamerbot) is LinkLost

    async def test_answers_to_somebody_else_are_not_ours(self, streamerbot):
        streamerbot.configure(answers="other")

        assert await failure_of(streamerbot) is NoAnswer

    async def test_a_test_takes_no_longer_than_it_may(self, streamerbot):
        streamerbot.configure(speaks="nothing")
        began = time.monotonic()

        with pytest.raises(NotATool):
            await testing.test(HOST, streamerbot.port, "/", None, timing=Timing(greeting=0.3, probe=5, answer=5))

        assert time.monotonic() - began < 1.5


class TestActions:
    async def test_each_with_what_people_tell_it_by(self, streamerbot, connected):
        lights = streamerbot.add_action("Lights", group="Room")
        off = streamerbot.add_action("Lights", enabled=False)

        async with connected() as client:
            await client.greet(None)

            assert await client.actions() == [Action(lights, "Lights", "Room", True), Action(off, "Lights", "", False)]

    async def test_one_is_run_with_its_arguments(self, streamerbot, connected):
        lights = streamerbot.add_action("Lights")
        async with connected() as client:
            await client.greet(None)

            ran = await client.do(lights, {"colour": "red", "level": 3, "fade": True})

        assert ran.name == "Lights"
        given = {"colour": "red", "level": 3, "fade": True}
        assert streamerbot.runs() == [{"id": lights, "name": "Lights", "args": given}]

    async def test_one_that_is_gone_and_one_that_is_off_are_told_and_not_asked_for(self, streamerbot, connected):
        off = streamerbot.add_action("Lights", enabled=False)
        streamerbot.configure(runs_what_is_off=True)
        async with connected() as client:
            await client.greet(None)

            with pytest.raises(ActionOff, match="Lights"):
                await client.do(off, {})
            with pytest.raises(ActionGone):
                await client.do("4711", {})
            [socket] = streamerbot.sockets()

        assert "DoAction" not in socket["requests"]

    @pytest.mark.parametrize("events", ["today", "error"])
    async def test_what_changes_there_is_known_here(self, streamerbot, connected, events):
        streamerbot.configure(events=events)
        lights = streamerbot.add_action("Lights")
        async with connected() as client:
            await client.greet(None)
            await client.subscribe(takes_events=False)
            await client.actions()

            streamerbot.change_action(lights, enabled=False)
            await asyncio.sleep(0.05)
            with pytest.raises(ActionOff):
                await client.do(lights, {})
            streamerbot.remove_action(lights)
            await asyncio.sleep(0.05)
            with pytest.raises(ActionGone):
                await client.do(lights, {})

        assert streamerbot.runs() == []

    async def test_the_list_is_not_read_again_while_nothing_changes(self, streamerbot, connected):
        lights = streamerbot.add_action("Lights")
        async with connected() as client:
            await client.greet(None)
            await client.subscribe(takes_events=False)
            for _ in range(5):
                await client.do(lights, {})
            [socket] = streamerbot.sockets()

        assert socket["requests"].count("GetActions") == 2  # for the greeting, and once it tells of changes
        assert len(streamerbot.runs()) == 5

    async def test_no_answer_means_that_it_may_have_run(self, streamerbot, connected):
        lights = streamerbot.add_action("Lights")
        async with connected() as client:
            await client.greet(None)
            await client.subscribe(takes_events=False)
            await client.actions()
            streamerbot.configure(answers="none")

            with pytest.raises(OutcomeUnknown):
                await client.do(lights, {})

        assert len(streamerbot.runs()) == 1

    async def test_a_refusal_has_its_words(self, streamerbot, connected):
        async with connected() as client:
            await client.greet(None)

            with pytest.raises(Refused) as caught:
                await client.ask("Dance")

        assert caught.value.params["reason"] == "Unknown request: Dance"


class TestEvents:
    async def test_only_what_lumio_does_not_have_from_elsewhere_is_subscribed_to(self, streamerbot, connected):
        async with connected() as client:
            await client.greet(None)
            await client.subscribe(takes_events=True)
            [socket] = streamerbot.sockets()

        assert sorted(socket["subscribed"]) == [
            "Application", "Custom", "Fourthwall", "General", "Kofi", "Patreon", "Streamlabs", "TipeeeStream",
        ]  # fmt: skip

    async def test_only_changes_of_actions_unless_events_are_wanted(self, streamerbot, connected):
        async with connected() as client:
            await client.greet(None)
            await client.subscribe(takes_events=False)
            [socket] = streamerbot.sockets()

        assert list(socket["subscribed"]) == ["Application"]

    async def test_a_list_with_small_letters_is_subscribed_to_with_capitals(self, streamerbot, connected):
        streamerbot.configure(events="lower")
        async with connected() as client:
            await client.greet(None)
            await client.subscribe(takes_events=True)
            [socket] = streamerbot.sockets()

        assert socket["subscribed"]["General"] == ["Custom"]
        assert socket["subscribed"]["TipeeeStream"] == ["Donation"]

    async def test_they_come_in_order_until_the_connection_ends(self, streamerbot, connected):
        heard = []
        async with connected() as client:
            await client.greet(None)
            await client.subscribe(takes_events=True)
            for number in range(3):
                streamerbot.broadcast(number)
            streamerbot.drop_sockets(code=1001)

            with pytest.raises(Closed) as caught:
                async for frame in client.events():
                    heard.append(frame["data"])

        assert (heard, caught.value.code) == ([0, 1, 2], 1001)

    async def test_a_flood_drops_events_and_never_an_answer(self, streamerbot, connected):
        async with connected() as client:
            await client.greet(None)
            await client.subscribe(takes_events=True)
            for number in range(1_500):
                streamerbot.broadcast(number)

            assert await client.actions() == []


async def test_whoever_waits_is_told_when_the_connection_ends(streamerbot, connected):
    async with connected(answer=30) as client:
        await client.greet(None)
        streamerbot.configure(answers="none")
        waiting = asyncio.create_task(client.actions())
        await until(lambda: streamerbot.sockets()[0]["requests"][-1] == "GetActions")
        streamerbot.drop_sockets()

        with pytest.raises(Closed):
            await waiting
        with pytest.raises(Closed):
            await client.actions()


async def test_the_proof_is_the_one_of_the_documentation():
    """The computation is that of obs-websocket, whose protocol.md has these values as its example."""
    sign = signer(Secret("supersecretpassword"))

    proof = await sign("lM1GncleQOaCu9lT1yeUZhFYnqhsLLP1G5lAGo3ixaI=", "+IxH4CnCiqpX1rM9scsNynZzbOe4KhDeYcTNS3PDaeY=")

    assert proof == "1Ct943GAT+6YQUUX47Ia/ncufilbe6+oD6lY+5kaCu4="
