"""What the state channels say now, by topic. Upper apps declare theirs here; the hub reads them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from events.domain import status

#: Messages (`{"id", "type", "data"}`) of each of several accounts. It reads the database, in a thread.
Reader = Callable[[list[UUID]], dict[UUID, list[dict[str, Any]]]]

_readers: dict[str, Reader] = {"status": status.messages}


def register_state(topic: str, reader: Reader) -> None:
    """Have the hub ask `reader` what the channels of `topic` say: when one is opened, and every few seconds."""
    _readers[topic] = reader


def messages(topic: str, account_ids: list[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """What the channels of a topic say now."""
    return _readers[topic](account_ids)
