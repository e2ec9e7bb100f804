"""What steps can be made of now: the account's OBS and Streamer.bot, and what is in them, asked where they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from accounts import throttle
from accounts.enums import Permission
from integrations.domain import actions, obs
from integrations.enums import Tool
from integrations.models import Integration
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from accounts.actor import Actor


@dataclass(frozen=True)
class Scenery:
    """What one OBS has, by name, each list in its order. `sources` are those of the scenes that are shown now:
    (scene or group, number there, name)."""

    scenes: list[str] = field(default_factory=list)
    inputs: list[str] = field(default_factory=list)
    media: list[str] = field(default_factory=list)
    transitions: list[str] = field(default_factory=list)
    sources: list[tuple[str, int, str]] = field(default_factory=list)


class Offers:
    """Asked once each, and only if needed. Whoever may not see the settings of the account is offered no names."""

    def __init__(self, actor: Actor) -> None:
        self._actor = actor
        self._actions: dict[str, tuple[list[dict[str, Any]], str]] = {}

    @cached_property
    def tools(self) -> list[Integration]:
        """The account's, in the order in which they were added."""
        return list(Integration.objects.filter(account=self._actor.account).order_by("created_at", "pk"))

    def of(self, tool: Tool) -> list[tuple[str, str]]:
        """Id and label of each such tool."""
        return [(str(row.pk), row.label) for row in self.tools if row.tool == tool]

    def label(self, integration_id: str) -> str:
        """Empty for one that is not there any more."""
        return next((row.label for row in self.tools if str(row.pk) == integration_id), "")

    def scenery(self, integration_id: str) -> Scenery | None:
        """None for an OBS that is not connected."""
        return self._sceneries.get(integration_id)

    def actions(self, integration_id: str) -> tuple[list[dict[str, Any]], str]:
        """The actions of a Streamer.bot as `streamerbot.parse.Action` has them, or else a sentence that says why there
        are none to be seen."""
        if integration_id not in self._actions:
            self._actions[integration_id] = self._asked(integration_id)
        return self._actions[integration_id]

    @cached_property
    def _sceneries(self) -> dict[str, Scenery]:
        if not self._may_see:
            return {}
        return {data["integration"]: _scenery(data) for data in obs.listing(self._actor) if data["link"] in obs.UP}

    @property
    def _may_see(self) -> bool:
        return self._actor.can(Permission.SETTINGS_READ)

    def _asked(self, integration_id: str) -> tuple[list[dict[str, Any]], str]:
        row = next((one for one in self.tools if str(one.pk) == integration_id), None)
        if row is None or row.tool != Tool.STREAMERBOT or not self._may_see:
            return [], ""
        try:
            throttle.require(throttle.STREAMERBOT_LISTS, self._actor)
            return actions.listing(actor=self._actor, integration=row), ""
        except Refusal as refusal:
            return [], refusal.text


def _scenery(data: dict[str, Any]) -> Scenery:
    """Of what `integrations.obs.state.blank` describes."""
    shown = [(data["program"], one) for one in data["items"]] + [
        (data["preview"], one) for one in data["preview_items"]
    ]
    sources = {(one["group"] or scene, one["id"]): one["name"] for scene, one in shown}
    return Scenery(
        scenes=[scene["name"] for scene in data["scenes"]],
        inputs=[one["name"] for one in data["inputs"]],
        media=[one["name"] for one in data["inputs"] if one["media"] is not None],
        transitions=data["transition"]["names"],
        sources=[(scene, number, name) for (scene, number), name in sources.items()],
    )
