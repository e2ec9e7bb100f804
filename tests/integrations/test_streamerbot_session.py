"""From Streamer.bot to Lumio and back: links, commands and events, over the wire."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import Any

import pytest

from events.enums import Kind, SourceState
from events.ingest.base import SourceSpec
from events.ingest.supervisor import Supervisor, Timing
from events.models import Event, IngestSource
from integrations import streamerbot_ingest, streamerbot_session
from integrations.domain import commands, live
from integrations.enums import Route, Tool
from integrations.models import Integration, IntegrationResult
from integrations.tools import dial
from integrations.tools.failures import ActionGone, LinkLost, OutcomeUnknown, ToolFailure, WrongPassword
from tests import factories
from tests.fakes.server import HOST
from tests.fakes.streamerbot import StreamerBot
from tests.integrations.streamerbot.conftest import PASSWORD, QUICK
from tests.waiting import in_db, until, until_db

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _real_valkey(real_valkey) -> None:
    """Links and commands go over it."""


@pytest.fixture
def streamerbot(settings):
    """One that Lumio may connect to."""
    settings.LUMIO_ALLOW_PRIVATE_HOSTS = True
    with StreamerBot() as stand_in:
        yield stand_in


@pytest.fixture
def row(account, streamerbot) -> Integration:
    """What Ada has set up for it."""
    return make_row(account, streamerbot)


def make_row(account, streamerbot, **fields: Any) -> Integration:
    defaults = {"route": Route.DIRECT, "host": HOST, "port": streamerbot.port, "takes_events": True}
    return factories.make_integration(account=account, tool=Tool.STREAMERBOT, **defaults | fields)


@asynccontextmanager
async def in_session(row: Integration, **options: Any):
    """A session as the bridge page's process runs it; the task that holds it."""
    transport = await dial.open(row.host, row.port, row.endpoint, Tool.STREAMERBOT)
    task = asyncio.create_task(streamerbot_session.run(row, transport, timing=QUICK, **options))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait({task})


async def is_up(row: Integration) -> None:
    await until(lambda: live.links(row.account_id).get(row.pk, {}).get("state") == "connected")


async def is_subscribed(streamerbot: StreamerBot, source: str) -> None:
    await until(lambda: any(source in one["subscribed"] for one in streamerbot.sockets()))


async def ask(row: Integration, command: str, **data: Any) -> Any:
    """The answer, or the failure."""
    try:
        return await asyncio.to_thread(commands.ask, row, command, data)
    except ToolFailure as failure:
        return failure


def stored() -> list[tuple[str, str, str]]:
    return list(Event.objects.order_by("seq").values_list("kind", "extra__title", "message"))


def newest_result(row: Integration) -> tuple[str, str, int | None]:
    result = IntegrationResult.objects.filter(integration=row).order_by("-pk").first()
    return result.failure_code, result.version, result.actions


class TestSession:
    async def test_what_it_found_is_told_and_written_down(self, streamerbot, row):
        streamerbot.add_actions(3)

        async with in_session(row):
            await is_up(row)
            link = live.links(row.account_id)[row.pk]

        assert (link["version"], link["via"], link["is_protected"], link["failure"]) == ("1.0.1", "direct", False, None)
        assert await in_db(lambda: newest_result(row)) == ("", "1.0.1", 3)

    async def test_the_saved_password_opens_it(self, streamerbot, account):
        streamerbot.configure(password=PASSWORD)
        row = await in_db(lambda: make_row(account, streamerbot, password=PASSWORD))

        async with in_session(row):
            await is_up(row)

        assert live.links(row.account_id)[row.pk]["is_protected"] is True

    async def test_whoever_signs_is_asked_in_place_of_the_saved_password(self, streamerbot, account):
        streamerbot.configure(password=PASSWORD)
        row = await in_db(lambda: make_row(account, streamerbot, password=PASSWORD))
        asked = []

        async def sign(salt: str, challenge: str) -> str:
            asked.append((salt, challenge))
            return "not the right answer"

        async with in_session(row, sign=sign) as task:
            await asyncio.wait({task}, timeout=30)

        assert isinstance(task.exception(), WrongPassword)
        assert len(asked) == 1

    async def test_actions_are_listed_tested_and_run_from_another_process(self, streamerbot, row):
        lights = streamerbot.add_action("Lights", group="Room")

        async with in_session(row):
            await is_up(row)
            listed = await ask(row, "actions")
            tested = await ask(row, "test")
            ran = await ask(row, "do", id=lights, arguments={"colour": "red"})
            gone = await ask(row, "do", id="4711", arguments={})

        assert listed == {"actions": [{"id": lights, "name": "Lights", "group": "Room", "is_enabled": True}]}
        assert (tested["version"], tested["actions"]) == ("1.0.1", 1)
        assert ran == {"name": "Lights"}
        assert isinstance(gone, ActionGone)
        assert streamerbot.runs() == [{"id": lights, "name": "Lights", "args": {"colour": "red"}}]

    async def test_whether_an_action_runs_is_not_known_if_nobody_answers(self, streamerbot, row):
        lights = streamerbot.add_action("Lights")

        async with in_session(row):
            await is_up(row)
            await ask(row, "actions")
            streamerbot.configure(answers="none")
            outcome = await ask(row, "do", id=lights, arguments={})

        assert isinstance(outcome, OutcomeUnknown)
        assert len(streamerbot.runs()) == 1

    async def test_a_session_that_is_cut_is_over(self, streamerbot, row):
        async with in_session(row) as task:
            await is_up(row)
            streamerbot.drop_sockets()
            await asyncio.wait({task}, timeout=30)

        assert isinstance(task.exception(), LinkLost)

    async def test_one_that_no_longer_answers_is_over(self, streamerbot, row, monkeypatch):
        async with in_session(row) as task:
            await is_up(row)
            monkeypatch.setattr("tests.fakes.streamerbot.sockets.Socket.send", lambda *_: None)
            await asyncio.wait({task}, timeout=30)

        assert isinstance(task.exception(), LinkLost)


class TestEvents:
    async def test_what_the_streamer_broadcasts_is_stored(self, streamerbot, row):
        async with in_session(row):
            await is_subscribed(streamerbot, "Custom")
            streamerbot.tell("Custom", "Event", {"eventName": "Boss defeated", "args": {"token": "not for readers"}})
            streamerbot.broadcast({"message": "hello", "key": "not for readers"})
            await until_db(lambda: Event.objects.count() == 2)

        assert await in_db(stored) == [
            (Kind.TOOL_EVENT, "Boss defeated", ""),
            (Kind.TOOL_EVENT, "General.Custom", "hello"),
        ]
        event = await in_db(Event.objects.first)
        assert (event.platform, event.channel_id, event.source) == ("streamerbot", str(row.pk), row.source_key)
        assert event.extra == {
            "title": "Boss defeated", "source": "Custom", "type": "Event", "integration": "Streamer.bot",
        }  # fmt: skip

    async def test_two_that_hear_the_same_tell_one_event(self, streamerbot, row):
        async with in_session(row), in_session(row):
            await until(lambda: sum("Custom" in one["subscribed"] for one in streamerbot.sockets()) == 2)
            assert streamerbot.broadcast("once") == 2
            assert streamerbot.broadcast("after it") == 2
            await until_db(lambda: Event.objects.filter(message="after it").exists())

        assert [message for _, _, message in await in_db(stored)] == ["once", "after it"]

    async def test_none_are_taken_unless_wanted(self, streamerbot, account):
        row = await in_db(lambda: make_row(account, streamerbot, takes_events=False))

        async with in_session(row):
            await is_subscribed(streamerbot, "Application")

            assert streamerbot.broadcast("for nobody") == 0


def quick_sources() -> list[SourceSpec]:
    """What is wanted, without the waits that are good manners outside."""

    def quick(spec: SourceSpec) -> SourceSpec:
        run = spec.run.func  # type: ignore[attr-defined]

        async def hold(outlet: Any) -> None:
            await run(*spec.run.args, outlet, first=0.05, longest=0.1, timing=QUICK)  # type: ignore[attr-defined]

        return SourceSpec(spec.key, spec.account_id, hold, spec.revision)

    return [quick(spec) for spec in streamerbot_ingest.wanted_sources()]


@asynccontextmanager
async def ingesting():
    timing = Timing(every=0.05, lease=5, settle=0.01, restart_first=0.05)
    supervisor, stop = Supervisor(wanted=quick_sources, timing=timing), asyncio.Event()
    running = asyncio.create_task(supervisor.run(stop))
    try:
        yield supervisor
    finally:
        stop.set()
        await running


def is_state(row: Integration, state: SourceState, failure: str = "") -> bool:
    return IngestSource.objects.filter(key=row.source_key, state=state, failure_code=failure).exists()


class TestIngest:
    def test_what_is_wanted(self, streamerbot, account, django_assert_num_queries):
        direct = make_row(account, streamerbot)
        make_row(account, streamerbot, label="local", route=Route.BRIDGE)
        make_row(account, streamerbot, label="off", is_enabled=False)
        factories.make_integration(account=account, tool=Tool.OBS, route=Route.DIRECT, host="obs.example")

        with django_assert_num_queries(1):
            [spec] = streamerbot_ingest.wanted_sources()

        assert (spec.key, spec.account_id, spec.revision) == (direct.source_key, account.pk, "0")

    async def test_it_survives_a_restart_and_a_change(self, streamerbot, row):
        async with ingesting():
            await until_db(lambda: is_state(row, SourceState.DELIVERING))
            await is_subscribed(streamerbot, "Custom")
            streamerbot.broadcast("before")
            await until_db(lambda: Event.objects.count() == 1)

            streamerbot.stop()
            await until_db(lambda: is_state(row, SourceState.RECONNECTING, "tool_refused"))
            streamerbot.start()
            await until_db(lambda: is_state(row, SourceState.DELIVERING))
            await is_subscribed(streamerbot, "Custom")
            streamerbot.broadcast("after")
            await until_db(lambda: Event.objects.count() == 2)

            await in_db(lambda: Integration.objects.filter(pk=row.pk).update(is_enabled=False))
            await until(lambda: streamerbot.sockets() == [])

        assert live.links(row.account_id) == {}

    async def test_a_wrong_password_is_not_tried_again_until_it_is_another(self, streamerbot, account):
        streamerbot.configure(password=PASSWORD)
        row = await in_db(lambda: make_row(account, streamerbot, password="something else"))
        async with ingesting():
            await until_db(lambda: is_state(row, SourceState.STOPPED, "tool_wrong_password"))
            await until(lambda: live.links(row.account_id)[row.pk]["failure"] is not None)
            assert live.links(row.account_id)[row.pk]["failure"]["code"] == "tool_wrong_password"
            asked = len(streamerbot.calls("/"))
            await asyncio.sleep(0.5)
            assert len(streamerbot.calls("/")) == asked

            right = factories.tip_vault.seal_password(row, factories.Secret(PASSWORD))
            changes = {"password_encrypted": right, "revision": 1}
            await in_db(lambda: Integration.objects.filter(pk=row.pk).update(**changes))
            await until_db(lambda: is_state(row, SourceState.DELIVERING))

        assert await in_db(lambda: newest_result(row)) == ("", "1.0.1", 0)
