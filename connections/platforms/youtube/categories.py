"""The names of categories, which broadcasts give by number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from connections.platforms.youtube.calls import DataApi

#: Asked for once in the life of a process: they are the same for everybody and hardly ever change.
_names: dict[str, str] = {}


class Categories:
    """Asks for the names when one is needed that nobody has asked for yet."""

    def __init__(self, data: DataApi) -> None:
        self._data = data
        self._unknown: set[str] = set()

    async def name(self, category_id: str) -> str | None:
        """None while nobody knows."""
        if not category_id or category_id in self._unknown:
            return None
        if category_id not in _names:
            try:
                _names.update(await self._data.category_names())
            except Refusal:
                return None  # the next look tries again
            if category_id not in _names:
                self._unknown.add(category_id)
        return _names.get(category_id)
