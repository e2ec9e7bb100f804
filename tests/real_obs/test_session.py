"""What Lumio tells of a real OBS Studio, and has it do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

import obsws_python
import pytest

from accounts.models import Account
from integrations import obs_ingest
from integrations.domain import commands, obs
from integrations.enums import Route
from integrations.models import Integration
from tests import factories
from tests.integrations.conftest import Recorder, outlet
from tests.real_obs.program import HOST, RealObs
from tests.waiting import in_db

__all__ = ["outlet"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def row(account: Account, real_obs: RealObs, real_valkey) -> Integration:
    return factories.make_integration(
        account=account, route=Route.DIRECT, host=HOST, port=real_obs.port, password=real_obs.password
    )


@pytest.fixture
async def held(row: Integration, outlet: Recorder) -> AsyncIterator[Integration]:
    """Lumio is connected to it, and connects again."""
    holding = asyncio.create_task(obs_ingest.hold(row, outlet, first=0.2, longest=1.0))
    await until_told(row, lambda data: data["link"] == "connected")
    yield row
    holding.cancel()
    with suppress(asyncio.CancelledError):
        await holding


async def told(row: Integration) -> dict[str, Any]:
    [message] = await in_db(lambda: obs.messages([row.account_id])[row.account_id])
    return message["data"]


async def until_told(row: Integration, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    for _ in range(800):
        if fits(data := await told(row)):
            return data
        await asyncio.sleep(0.05)
    raise AssertionError("that is not what is told")


async def do(row: Integration, act: str, **arguments: Any) -> None:
    await asyncio.to_thread(commands.ask, row, "act", {"act": act, **arguments})


async def test_everything_is_told(held: Integration, real_obs: RealObs):
    data = await until_told(held, lambda data: data["inputs"])

    assert data["version"] and real_obs.version.startswith(data["version"])
    assert [scene["name"] for scene in data["scenes"]] == ["Live", "Pause", "Outro"]
    assert data["program"] == "Live"
    assert {item["name"] for item in data["items"]} == {"Hintergrund", "Titel", "Clip"}
    assert "Clip" in {one["name"] for one in data["inputs"]}
    assert data["camera"]["state"] == "unavailable"
    assert {"scene.program", "stream.start", "record.start"} <= set(data["can"])


async def test_scenes_are_switched(held: Integration):
    for scene in ("Pause", "Live"):
        await do(held, "scene.program", scene=scene)

        await until_told(held, lambda data, scene=scene: data["program"] == scene and data["switching_to"] is None)


async def test_a_recording_from_beginning_to_end(held: Integration, real_obs: RealObs):
    await do(held, "record.start")
    running = await until_told(held, lambda data: data["record"]["state"] == "on")
    await do(held, "record.stop")
    await until_told(held, lambda data: data["record"]["state"] == "off")

    assert running["record"]["since"] is not None
    assert real_obs.recordings


async def test_the_scene_collection_changes_while_somebody_looks(held: Integration, real_obs: RealObs):
    seen: list[dict[str, Any]] = []
    with obsws_python.ReqClient(host=HOST, port=real_obs.port, password=real_obs.password, timeout=20) as streamer:
        for name, scenes in (("Abends", ["Ruhig"]), ("Lumio", ["Live", "Pause", "Outro"])):
            await asyncio.to_thread(streamer.set_current_scene_collection, name)

            def fits(data: dict[str, Any], scenes: list[str] = scenes) -> bool:
                seen.append(data)
                return not data["is_changing"] and [scene["name"] for scene in data["scenes"]] == scenes

            await until_told(held, fits)

    # Never anything of the way from one to the other.
    assert {tuple(scene["name"] for scene in data["scenes"]) for data in seen} == {
        ("Live", "Pause", "Outro"), ("Ruhig",),
    }  # fmt: skip


@pytest.mark.parametrize("end", ["close", "kill"])
async def test_it_ends_and_comes_back(held: Integration, real_obs: RealObs, end: str):
    await asyncio.to_thread(getattr(real_obs, end))
    trouble = await until_told(held, lambda data: (data["trouble"] or {}).get("code") == "tool_refused")
    await asyncio.to_thread(real_obs.start)
    again = await until_told(held, lambda data: data["link"] == "connected")

    assert (trouble["link"], trouble["scenes"]) == ("trouble", [])
    assert again["program"] == "Live"
