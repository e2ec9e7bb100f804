"""Holding the connection to an OBS: again and again, until a person has to mend something."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress

import pytest

from events.enums import SourceState
from integrations import obs_ingest
from integrations.domain import live, obs
from integrations.enums import Route, Tool, Trigger
from integrations.models import Integration, IntegrationResult
from tests import factories
from tests.fakes.obs import Obs
from tests.integrations.conftest import Recorder
from tests.waiting import in_db, until

PASSWORD = "sunlit-harbour-42"


class TestWhatIsWanted:
    @pytest.mark.django_db
    def test_an_obs_that_is_switched_on_and_reached_directly(self, account):
        row = factories.make_integration(account=account, route=Route.DIRECT, host="obs.example", revision=3)
        factories.make_integration(account=account, label="Off", route=Route.DIRECT, is_enabled=False)
        factories.make_integration(account=account, label="Beside the bridge")
        factories.make_integration(account=account, tool=Tool.STREAMERBOT, route=Route.DIRECT)

        [wanted] = obs_ingest.wanted_sources()

        assert (wanted.key, wanted.account_id, wanted.revision) == (f"tool:{row.pk}", account.pk, "3")


@pytest.fixture
def stand_in(settings, real_valkey) -> Iterator[Obs]:
    """An OBS that Lumio may connect to."""
    settings.LUMIO_ALLOW_PRIVATE_HOSTS = True
    with Obs(PASSWORD) as running:
        yield running


@pytest.fixture
def row(account, stand_in: Obs) -> Integration:
    return factories.make_integration(
        account=account, route=Route.DIRECT, host="127.0.0.1", port=stand_in.port, password=PASSWORD
    )


@asynccontextmanager
async def holding(row: Integration, outlet: Recorder) -> AsyncIterator[None]:
    task = asyncio.create_task(obs_ingest.hold(row, outlet, first=0.05, longest=0.2))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def link(row: Integration) -> str:
    """As a page is told of it: the state, or what is wrong."""
    found = live.links(row.account_id).get(row.pk)
    if found is None:
        return "nobody speaks for it"
    return found["failure"]["code"] if found["failure"] else found["state"]


async def until_link(row: Integration, *states: str) -> None:
    await until(lambda: link(row) in states, seconds=15)


async def results(row: Integration) -> list[str]:
    """What was written down, oldest first."""
    rows = IntegrationResult.objects.filter(integration=row, trigger=Trigger.LINK).order_by("pk")
    return await in_db(lambda: [result.failure_code or result.version for result in rows])


@pytest.mark.django_db(transaction=True)
class TestHolding:
    async def test_an_obs_that_is_there(self, row, stand_in, outlet):
        async with holding(row, outlet):
            await until_link(row, "connected")
            [message] = await in_db(lambda: obs.messages([row.account_id])[row.account_id])

        assert message["data"]["program"] == "Live"
        assert outlet.reports[0] == (SourceState.DELIVERING, None, "")
        assert await results(row) == ["30.1.2"]
        assert link(row) == "nobody speaks for it"

    async def test_an_obs_that_restarts(self, row, stand_in, outlet):
        async with holding(row, outlet):
            await until_link(row, "connected")
            stand_in.quit()
            stand_in.stop()
            await until_link(row, "tool_refused")
            stand_in.start()
            await until_link(row, "connected")

        assert await results(row) == ["30.1.2", "tool_refused", "30.1.2"]
        assert {report[0] for report in outlet.reports} == {SourceState.DELIVERING, SourceState.RECONNECTING}

    async def test_an_obs_that_crashes_and_is_back_at_once(self, row, stand_in, outlet):
        async with holding(row, outlet):
            await until_link(row, "connected")
            stand_in.crash()
            await until_link(row, "tool_link_lost")
            await until_link(row, "connected")

        assert await results(row) == ["30.1.2"]  # what comes and goes is no news

    async def test_a_wrong_password_is_tried_once(self, row, stand_in, outlet):
        stand_in.configure(password="another")
        async with holding(row, outlet):
            await until_link(row, "tool_wrong_password")
            tries = len([frame for frame in stand_in.received() if frame["op"] == 1])
            await asyncio.sleep(1)
            after = len([frame for frame in stand_in.received() if frame["op"] == 1])

        assert (tries, after) == (1, 1)
        assert outlet.reports == [(SourceState.STOPPED, None, "tool_wrong_password")]
        assert await results(row) == ["tool_wrong_password"]

    async def test_whoever_is_thrown_out_stays_out(self, row, stand_in, outlet):
        async with holding(row, outlet):
            await until_link(row, "connected")
            stand_in.kick()
            await until_link(row, "tool_kicked")
            await asyncio.sleep(0.6)
            clients = stand_in.clients()

        assert (clients, outlet.reports[-1]) == ([], (SourceState.STOPPED, None, "tool_kicked"))

    async def test_an_old_obs(self, row, stand_in, outlet):
        stand_in.configure(rpc_version=2)
        async with holding(row, outlet):
            await until_link(row, "tool_too_old")

        assert outlet.reports == [(SourceState.STOPPED, None, "tool_too_old")]

    async def test_where_lumio_must_not_connect(self, row, stand_in, outlet, settings):
        settings.LUMIO_ALLOW_PRIVATE_HOSTS = False
        async with holding(row, outlet):
            await until_link(row, "tool_host_not_allowed")

        assert stand_in.received() == []

    async def test_what_stays_wrong_is_said_again_before_it_is_forgotten(self, row, stand_in, outlet, monkeypatch):
        monkeypatch.setattr(live, "AGAIN", 0.1)
        stand_in.configure(password="another")
        async with holding(row, outlet):
            await until_link(row, "tool_wrong_password")
            first = live.links(row.account_id)[row.pk]["at"]

            await until(lambda: live.links(row.account_id)[row.pk]["at"] > first)

    async def test_the_password_is_printed_nowhere(self, row, stand_in, outlet, caplog):
        caplog.set_level("DEBUG")
        async with holding(row, outlet):
            await until_link(row, "connected")
            stand_in.crash()
            await until_link(row, "tool_link_lost")

        assert PASSWORD not in caplog.text
