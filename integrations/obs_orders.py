"""What people have an OBS do, carried out where the link to it is."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from integrations.domain import live
from integrations.enums import ObsAct
from integrations.obs import reading, state
from integrations.obs.acts import ORDERS
from integrations.tools.failures import BeyondReach, CannotPause, Misunderstood, NoPicture, NothingRecorded

if TYPE_CHECKING:
    from collections.abc import Callable

    from integrations.models import Integration
    from integrations.obs.gate import Gate
    from integrations.obs.picture import Picture
    from integrations.tools.failures import ToolFailure

#: Pixels and percent of a picture of a scene.
WIDEST, QUALITY = 640, 60


class Orders:
    """`tell` has whoever looks told of what changed in the picture; `patience` are the seconds that a switch of scenes
    may take beyond its transition.
    """

    def __init__(
        self, row: Integration, gate: Gate, picture: Picture, tell: Callable[[], None], *, patience: float
    ) -> None:
        self._row = row
        self._gate = gate
        self._picture = picture
        self._tell = tell
        self._patience = patience
        self._loop = asyncio.get_running_loop()
        self._switch_ends = 0.0

    async def carry_out(self, command: str, data: dict[str, Any]) -> dict[str, Any]:
        """A command of `integrations.domain.commands`. Raises ToolFailure."""
        match command:
            case "act":
                return await self._act(ObsAct(data["act"]), data)
            case "switch":
                return await self._switch(data["scene"], data["only_from"])
            case "screenshot":
                return await self._screenshot(data["scene"], data["width"])
            case "test":
                return await self._test()
        raise ValueError(command)

    async def _act(self, act: ObsAct, data: dict[str, Any]) -> dict[str, Any]:
        order = ORDERS[act]
        if order.request not in self._gate.requests:
            raise BeyondReach(**live.named(self._row))
        if act == ObsAct.RECORD_PAUSE:
            await self._is_recorded("outputActive", (0.0,), NothingRecorded)
        target = {ObsAct.PROGRAM: data.get("scene"), ObsAct.TAKE: self._picture.preview}.get(act)
        is_switch = bool(target) and target != self._picture.program
        if is_switch:
            self._switches_to(target)
        try:
            await self._gate.ask(order.request, order.data(data))
        except BaseException:
            if is_switch:
                self._switches_to(None)
            raise
        if act == ObsAct.RECORD_PAUSE:
            # OBS says yes in any case.
            await self._is_recorded("outputPaused", (0.1, 0.3, 0.6), CannotPause)
        return {}

    async def _switch(self, scene: str, only_from: str | None) -> dict[str, Any]:
        """Show a scene, if `only_from` names one only in its place. What was shown before, and whether it was done."""
        was = self._picture.program
        # The picture may be a moment old, or not there yet. (`GetCurrentProgramScene` crashes an OBS without scenes.)
        if "GetSceneList" in self._gate.requests:
            told = await self._gate.ask("GetSceneList")
            was = state.name_of(told.get("currentProgramSceneName")) or was
        was = self._picture.switching_to or was  # until a transition is over, OBS names the scene it comes from
        is_switched = was != scene and only_from in (None, was)
        if is_switched:
            await self._act(ObsAct.PROGRAM, {"scene": scene})
        return {"was": was or "", "is_switched": is_switched}

    def _switches_to(self, scene: str | None) -> None:
        """Before OBS is asked: its events may be quicker than its answer."""
        self._picture.switching_to = scene
        self._switch_ends = self._loop.time() + (self._picture.transition_ms or 0) / 1000 + self._patience
        self._tell()

    def give_up_waiting(self) -> None:
        """For the end of a switch of which nobody told."""
        if self._picture.switching_to and self._loop.time() >= self._switch_ends:
            self._switches_to(None)

    async def _is_recorded(self, field: str, pauses: tuple[float, ...], otherwise: type[ToolFailure]) -> None:
        for pause in pauses:
            await asyncio.sleep(pause)
            status = await reading.asked(self._gate, "GetRecordStatus")
            if status is None or status.get(field) is True:
                return
        raise otherwise(**live.named(self._row))

    async def _screenshot(self, scene: str, width: int) -> dict[str, Any]:
        """Of a scene only: of anything else nobody knows what is in it."""
        if scene not in self._picture.scenes or "GetSourceScreenshot" not in self._gate.requests:
            raise NoPicture(**live.named(self._row))
        asked = {
            "sourceName": scene,
            "imageFormat": "jpg",
            "imageWidth": min(max(width, 8), WIDEST),
            "imageCompressionQuality": QUALITY,
        }
        image = (await self._gate.ask("GetSourceScreenshot", asked)).get("imageData")
        if not isinstance(image, str) or not image.startswith("data:image/"):
            raise Misunderstood(**live.named(self._row))
        return {"image": image}

    async def _test(self) -> dict[str, Any]:
        """What OBS says of itself now, and how long it takes."""
        began = self._loop.time()
        told = await reading.asked(self._gate, "GetVersion") or {}
        version = state.name_of(told.get("obsVersion")) or self._gate.found.version
        latency = round((self._loop.time() - began) * 1000) if told else self._gate.found.latency_ms
        return asdict(replace(self._gate.found, version=version, latency_ms=latency))
