"""What came lately, to be recognised when it comes again."""

from __future__ import annotations


class Recent:
    """The last `most` ids."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._ids: dict[str, None] = {}

    def __contains__(self, one: object) -> bool:
        return one in self._ids

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, one: str) -> None:
        self._ids[one] = None
        if len(self._ids) > self._most:
            del self._ids[next(iter(self._ids))]
