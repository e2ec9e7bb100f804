"""The bridge page's socket with a real Valkey, a real database and an OBS that is a stand-in."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from channels.db import database_sync_to_async as in_thread

from accounts.enums import Action
from accounts.models import AuditEntry
from events import socket_consumer
from events.sockets import Close
from integrations import consumers
from integrations.domain import bridge, commands, integrations, live
from integrations.domain.election import Candidate, Standing
from integrations.enums import ObsAct, Tool, Trigger
from integrations.models import Bridge, Integration, IntegrationResult
from integrations.relay import attendance
from integrations.tools.failures import NoBridge
from tests import factories
from tests.fakes.obs import Obs
from tests.fakes.streamerbot import StreamerBot
from tests.integrations.bridge_page import page
from tests.sockets import IN_OBS
from tests.waiting import PATIENCE

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "Kq7pVn2xW9sLd4Zt"


@pytest.fixture(autouse=True)
def _real_valkey(valkey, settings) -> None:
    settings.REDIS_URL = valkey.url
    valkey.forget()


@pytest.fixture
def obs() -> Iterator[Obs]:
    with Obs(password=PASSWORD) as stand_in:
        yield stand_in


@pytest.fixture
def secret(account) -> str:
    return bridge.address(account).reveal().rpartition("/")[2]


@pytest.fixture
def add(account) -> Callable[..., Integration]:
    """Adds an OBS that is reached through the bridge."""

    def make(port: int, *, password: str | None = PASSWORD, label: str = "Gaming PC") -> Integration:
        return factories.make_integration(account=account, port=port, password=password, label=label)

    return make


def port_of(obs: Obs) -> int:
    return int(obs.url.rpartition(":")[2])


async def link_of(row: Integration) -> dict[str, Any]:
    return (await in_thread(live.links)(row.account_id)).get(row.pk, {})


async def until_linked(row: Integration, state: str | None, within: float = PATIENCE) -> dict[str, Any]:
    """The link once it is so; None for none at all."""

    async def is_so() -> bool:
        return (await link_of(row)).get("state") == state

    await happens(is_so, within)
    return await link_of(row)


async def happens(condition: Callable[[], Awaitable[bool]], within: float = PATIENCE) -> None:
    async with asyncio.timeout(within):
        while not await condition():  # noqa: ASYNC110  it happens in other tasks, and in Valkey
            await asyncio.sleep(0.05)


async def ask(row: Integration, command: str, **data: Any) -> dict[str, Any]:
    return await in_thread(commands.ask)(row, command, data)


# --- Who may come in --------------------------------------------------------------------------------------------------


async def test_the_secret_lets_a_page_in(secret):
    async with page() as one:
        await one.enters(secret)

        assert await one.hears("ready") == {"type": "ready", "version": ""}
        assert await one.hears("role") == {"type": "role", "leads": True, "pages": 1}


@pytest.mark.parametrize("said", ["wrong", "", "\ud800", None, 7, ["a"]])
async def test_nothing_else_does(secret, said):
    async with page() as one:
        await one.enters(said)

        assert await one.is_closed() == Close.NOT_AUTHENTICATED
        assert one.heard == []


async def test_whoever_says_something_else_first_is_sent_away(secret):
    async with page() as one:
        await one.says(type="frame", link=1, data="{}", secret=secret)

        assert await one.is_closed() == Close.NOT_AUTHENTICATED


async def test_whoever_says_nothing_is_sent_away(monkeypatch):
    monkeypatch.setattr(socket_consumer, "AUTHENTICATE_WITHIN", 0.1)
    async with page() as one:
        assert await one.is_closed() == Close.NOT_AUTHENTICATED


async def test_whoever_waits_for_a_slow_database_is_not_nobody(secret, monkeypatch):
    monkeypatch.setattr(socket_consumer, "AUTHENTICATE_WITHIN", 0.1)
    find = bridge.find
    monkeypatch.setattr(bridge, "find", lambda said: (time.sleep(0.5), find(said))[1])
    async with page() as one:
        await one.enters(secret)

        assert (await one.hears("ready"))["version"] == ""


@pytest.mark.parametrize("host", [b"localhost:8000", b"studio.lan:8000"])
async def test_only_the_overlays_host_has_the_door(secret, settings, host):
    settings.LUMIO_LAN_HOSTS = ["studio.lan"]
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "studio.lan"]
    async with page(host=host) as one:
        await one.enters(secret)

        assert await one.is_closed() == Close.FORBIDDEN
        assert one.heard == []


async def test_a_page_of_an_older_version_is_to_load_again(secret):
    async with page() as one:
        await one.enters(secret, version="older")

        await one.hears("reload")


async def test_a_new_address_ends_the_page_at_once(secret, ada_actor):
    async with page() as one:
        await one.enters(secret)
        await one.hears("role")

        await in_thread(bridge.renew)(ada_actor)

        assert await one.is_closed(within=10) == Close.NOT_AUTHENTICATED


async def test_a_closed_account_ends_the_page(secret, account, monkeypatch):
    monkeypatch.setattr(attendance, "LOOK", 0.1)
    async with page() as one:
        await one.enters(secret)
        await one.hears("role")

        account.closed_at = account.created_at
        await in_thread(account.save)()

        assert await one.is_closed() == Close.NOT_AUTHENTICATED


async def test_a_page_that_brings_too_much_is_closed(secret, monkeypatch):
    monkeypatch.setattr(consumers, "MESSAGES", 10)
    monkeypatch.setattr(consumers, "MESSAGES_PER_SECOND", 1)
    async with page() as one:
        await one.enters(secret)
        for _ in range(10):
            await one.says(type="noise")

        assert await one.is_closed() == Close.TOO_MANY


@pytest.mark.parametrize("text", ["{", "[]", "7", '{"type": 1}', "[" * 50_000, '{"type":"frame","link":"x"}'])
async def test_nonsense_is_dropped(secret, text):
    async with page() as one:
        await one.enters(secret)
        await one.hears("role")

        await one.wire.send_to(text_data=text)
        await one.wire.send_to(bytes_data=b"\x00")
        await one.says(type="beat", frames=1)

        assert one.close_code is None


async def test_a_page_that_no_longer_answers_is_closed(secret, monkeypatch):
    monkeypatch.setattr(attendance, "SILENT_FOR", 0.2)
    monkeypatch.setattr(attendance, "AGAIN", 0.1)
    async with page() as one:
        await one.enters(secret)

        assert await one.is_closed() == Close.TOO_SLOW


# --- OBS through the page ---------------------------------------------------------------------------------------------


async def test_obs_is_connected_and_obeys(secret, obs, add):
    row = await in_thread(add)(port_of(obs))
    async with page() as one:
        await one.enters(secret)
        link = await until_linked(row, "connected")

        assert (link["version"], link["via"], link["is_protected"]) == ("30.1.2", "bridge", True)
        assert await ask(row, "act", act=ObsAct.PROGRAM, scene="Pause") == {}
        assert obs.asked("SetCurrentProgramScene")[0]["requestData"] == {"sceneName": "Pause"}
    [result] = await in_thread(list)(IntegrationResult.objects.all())
    assert (result.version, result.trigger, result.failure_code) == ("30.1.2", Trigger.LINK, "")


async def test_the_password_is_in_nothing_that_passes_the_page(secret, obs, add, caplog):
    caplog.set_level(logging.DEBUG)
    row = await in_thread(add)(port_of(obs))
    async with page() as one:
        await one.enters(secret)
        await until_linked(row, "connected")

        told = repr([one.heard, one.up, one.down])
    assert PASSWORD not in told
    assert PASSWORD not in caplog.text
    assert secret not in caplog.text


async def test_every_unlocking_is_in_the_audit_log_once(secret, obs, add):
    row = await in_thread(add)(port_of(obs))
    async with page() as one:
        await one.enters(secret)
        await until_linked(row, "connected")

    [line] = await in_thread(list)(AuditEntry.objects.filter(action=Action.BRIDGE_UNLOCKED))
    assert (line.target_name, line.actor_name) == ("Gaming PC", "Lumio")


async def test_an_obs_without_a_password_is_told_of(secret, obs, add):
    obs.configure(password="")
    row = await in_thread(add)(port_of(obs))
    async with page() as one:
        await one.enters(secret)
        link = await until_linked(row, "connected")

    assert link["is_protected"] is False
    assert not await in_thread(AuditEntry.objects.filter(action=Action.BRIDGE_UNLOCKED).exists)()


async def test_a_wrong_password_is_not_tried_again(secret, obs, add, ada_actor):
    row = await in_thread(add)(port_of(obs), password="wrong")
    async with page() as one:
        await one.enters(secret)
        link = await until_linked(row, "trouble")

        assert link["failure"]["code"] == "tool_wrong_password"
        await asyncio.sleep(1.5)
        assert len([frame for frame in obs.received() if frame["op"] == 1]) == 1

        # A saved change begins anew at once.
        wanted = integrations.Changes(password=PASSWORD)
        await in_thread(integrations.edit)(actor=ada_actor, integration=row, wanted=wanted)
        await until_linked(row, "connected", within=10)


async def test_no_obs_is_a_named_trouble_and_found_once_it_runs(secret, obs, add):
    port = port_of(obs)
    obs.stop()
    row = await in_thread(add)(port)
    async with page() as one:
        await one.enters(secret)
        link = await until_linked(row, "trouble")
        assert link["failure"]["code"] == "tool_refused"

        with Obs(password=PASSWORD).start(port):
            await until_linked(row, "connected")


async def test_obs_that_restarts_is_found_again(secret, obs, add):
    row = await in_thread(add)(port_of(obs))
    async with page() as one:
        await one.enters(secret)
        await until_linked(row, "connected")

        obs.crash()

        await until_linked(row, "trouble")
        await until_linked(row, "connected")


async def test_whoever_is_kicked_stays_away(secret, obs, add):
    row = await in_thread(add)(port_of(obs))
    async with page() as one:
        await one.enters(secret)
        await until_linked(row, "connected")

        obs.kick()

        assert (await until_linked(row, "trouble"))["failure"]["code"] == "tool_kicked"
        await asyncio.sleep(1.5)
        assert obs.clients() == []


async def test_a_browser_that_blocks_loopback_is_named(secret, add):
    row = await in_thread(add)(4455)
    async with page() as one:
        one._open = lambda number, port: one.says(type="closed", link=number, code=1006, why="blocked")
        await one.enters(secret)

        assert (await until_linked(row, "trouble"))["failure"]["code"] == "tool_bridge_blocked"


async def test_thousands_of_sources_come_in_pieces(secret, obs, add):
    obs.fill(items=5000)
    row = await in_thread(add)(port_of(obs))
    async with page() as one:
        await one.enters(secret)
        await until_linked(row, "connected")

        await one.until(lambda: len(max(one.up, key=len)) > 1024 * 1024, within=20)
        await one.until(lambda: obs.asked("GetInputMute"), within=20)
        assert one.close_code is None


async def test_switching_off_on_and_removing_are_followed(secret, obs, add, ada_actor):
    row = await in_thread(add)(port_of(obs))
    async with page() as one:
        await one.enters(secret)
        await until_linked(row, "connected")

        await in_thread(Integration.objects.filter(pk=row.pk).update)(is_enabled=False, revision=1)
        await in_thread(bridge.changed_on_commit)(row.account_id)
        await one.until(lambda: obs.clients() == [], within=10)
        assert await link_of(row) == {}

        await in_thread(Integration.objects.filter(pk=row.pk).update)(is_enabled=True, revision=2)
        await in_thread(bridge.changed_on_commit)(row.account_id)
        await until_linked(row, "connected", within=10)


async def test_a_page_that_closes_leaves_nothing_behind(secret, obs, add):
    row = await in_thread(add)(port_of(obs))
    async with page() as one:
        await one.enters(secret)
        await until_linked(row, "connected")

    await until_linked(row, None)
    with pytest.raises(NoBridge):
        await ask(row, "act", act=ObsAct.PROGRAM, scene="Pause")
    assert obs.asked("SetCurrentProgramScene") == []


async def test_other_accounts_tools_are_not_touched(secret, obs, add, cleo_actor):
    row = await in_thread(add)(port_of(obs))
    theirs = (await in_thread(bridge.address)(cleo_actor.account)).reveal().rpartition("/")[2]
    async with page() as one:
        await one.enters(theirs)
        await one.hears("tools")

        assert [message["type"] for message in one.heard if message["type"] == "open"] == []
        assert await link_of(row) == {}


async def test_a_page_in_a_browser_is_told_how_the_tools_are(secret, obs, add):
    row = await in_thread(add)(port_of(obs))
    async with page() as one:
        await one.enters(secret)
        await until_linked(row, "connected")
        await one.until(lambda: one.heard[-1].get("tools", [{}])[0].get("state") == "connected")

        [tool] = one.heard[-1]["tools"]
        assert (tool["label"], tool["tool"], tool["version"], tool["detail"]) == (
            "Gaming PC",
            "OBS Studio",
            "30.1.2",
            "",
        )


async def test_streamerbot_is_reached_through_the_same_page(secret, account):
    with StreamerBot() as stand_in:
        stand_in.configure(password=PASSWORD)
        stand_in.add_action("Confetti")
        row = await in_thread(factories.make_integration)(
            account=account, tool=Tool.STREAMERBOT, port=stand_in.port, password=PASSWORD
        )
        async with page() as one:
            await one.enters(secret)
            link = await until_linked(row, "connected")

            assert (link["via"], link["is_protected"]) == ("bridge", True)
            [action] = (await ask(row, "actions"))["actions"]
            assert action["name"] == "Confetti"
            assert PASSWORD not in repr([one.heard, one.up, one.down])
        [line] = await in_thread(list)(AuditEntry.objects.filter(action=Action.BRIDGE_UNLOCKED))
        assert line.target_name == "Streamer.bot"


# --- Several pages ----------------------------------------------------------------------------------------------------


async def test_a_page_in_obs_leads_before_one_in_a_browser(secret):
    async with page(agent=IN_OBS) as inside:
        await inside.enters(secret, level=1)
        await inside.hears("role", leads=True)
        async with page() as outside:
            await outside.enters(secret)

            await outside.hears("role", leads=False, pages=2)
            await inside.hears("role", leads=True, pages=2, within=10)


async def test_the_newest_leads_and_the_next_takes_over(secret, obs, add):
    row = await in_thread(add)(port_of(obs))
    async with page() as first:
        await first.enters(secret)
        await until_linked(row, "connected")
        async with page() as second:
            await second.enters(secret)
            await second.hears("role", leads=True)
            await first.hears("role", leads=False)
            await second.reads()
            await first.until(lambda: len(obs.clients()) == 1)
            assert await ask(row, "act", act=ObsAct.PROGRAM, scene="Pause") == {}
            first.forget()

        await first.hears("role", leads=True, pages=1, within=10)
        await first.reads()
        await until_linked(row, "connected")
        assert await ask(row, "act", act=ObsAct.PROGRAM, scene="Outro") == {}
    assert len(obs.asked("SetCurrentProgramScene")) == 2


async def test_who_falls_silent_is_replaced_within_seconds(secret, account):
    async with page() as first:
        await first.enters(secret)
        await first.hears("role", leads=True)
        killed = Candidate(account.pk, is_in_obs=True)
        assert await killed.stand() == Standing(rank=0, pages=2)
        await first.hears("role", leads=False, within=10)
        first.forget()

        await first.hears("role", leads=True, pages=1, within=10)


async def test_there_is_an_end_to_the_pages(secret, monkeypatch):
    monkeypatch.setattr(attendance, "MOST_PAGES", 1)
    async with page() as first, page() as second:
        await first.enters(secret)
        await first.hears("role")
        await second.enters(secret)

        assert await second.is_closed() == Close.TOO_MANY
        await first.hears("role", leads=True, pages=1)


# --- What OBS itself lets its pages do --------------------------------------------------------------------------------


STUDIO = {
    "getStatus": {"streaming": True, "recording": False, "recordingPaused": False, "replaybuffer": False},
    "getScenes": ["Live", "Pause"],
    "getCurrentScene": {"name": "Live", "width": 1920, "height": 1080},
    "getTransitions": ["Cut", "Fade"],
    "getCurrentTransition": "Fade",
}


async def test_without_the_websocket_server_obs_does_what_it_lets_its_pages(secret, obs, add):
    port = port_of(obs)
    obs.stop()
    row = await in_thread(add)(port)
    switched: list[str] = []
    async with page(agent=IN_OBS, studio=STUDIO | {"setCurrentScene": switched.append}) as one:
        await one.enters(secret, level=4)
        link = await until_linked(row, "limited")
        assert link["version"] == "31.0.0"

        assert await ask(row, "act", act=ObsAct.PROGRAM, scene="Pause") == {}
        assert switched == ["Pause"]


async def test_the_websocket_server_takes_over_as_soon_as_it_is_there(secret, obs, add, monkeypatch):
    monkeypatch.setattr("integrations.relay.runner.LOOK_AGAIN", 0.3)
    port = port_of(obs)
    obs.stop()
    row = await in_thread(add)(port)
    async with page(agent=IN_OBS, studio=STUDIO) as one:
        await one.enters(secret, level=1)
        await until_linked(row, "limited")

        with Obs(password=PASSWORD).start(port):
            assert (await until_linked(row, "connected"))["version"] == "30.1.2"


async def test_of_several_obs_the_page_speaks_for_none(secret, add):
    first = await in_thread(add)(1)
    second = await in_thread(add)(2, label="Laptop")
    async with page(agent=IN_OBS, studio=STUDIO) as one:
        await one.enters(secret, level=5)

        await until_linked(first, "trouble")
        await until_linked(second, "trouble")


async def test_without_valkey_a_page_stays_as_it_is(secret, settings, valkey):
    async with page() as one:
        await one.enters(secret)
        await one.hears("role", leads=True)
        settings.REDIS_URL = "redis://127.0.0.1:1/0"

        await asyncio.sleep(2.5)

        assert one.close_code is None
        assert [message["leads"] for message in one.heard if message["type"] == "role"] == [True]
        assert await in_thread(Bridge.objects.count)() == 1
