"""The link to an OBS, closed while it must not be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from integrations.enums import Tool
from integrations.tools.failures import Busy

if TYPE_CHECKING:
    from integrations.obs.picture import Picture
    from integrations.tools.link import Found, ObsLink


class Gate:
    """While OBS changes its scene collection, questions make older ones crash (obs.md, section 7)."""

    def __init__(self, link: ObsLink, picture: Picture) -> None:
        self._link = link
        self._picture = picture

    @property
    def found(self) -> Found:
        return self._link.found

    @property
    def requests(self) -> frozenset[str]:
        return self._link.requests

    async def ask(self, request: str, data: dict[str, Any] | None = None) -> dict[str, Any]:
        """As ObsLink; raises Busy also while it is closed."""
        if self._picture.is_changing or self._picture.is_leaving:
            raise Busy(tool=Tool.OBS.label)
        return await self._link.ask(request, data)
