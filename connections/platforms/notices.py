"""One message of a platform that tells of one event in each, for its parsers: where, when, and the event as it came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from events.enums import Kind
from events.types import StreamEvent
from lumio.lib.payload import Payload, raw


@dataclass(frozen=True, slots=True)
class Notice:
    """What every parser needs. `external_id` and `sent_at` are the message's."""

    platform: str
    channel_id: str
    external_id: str
    sent_at: datetime
    event: Payload

    def make(self, kind: Kind, *, at: datetime | None = None, id: str = "", **fields: Any) -> StreamEvent:
        """An event with its own time and id where it has them, else the message's.

        It keeps the payload, unless it is chat: there is much of it, and its payload says little more.
        """
        kept = None if kind.value.startswith("chat.") else raw(self.event)
        return StreamEvent(
            kind=kind,
            platform=self.platform,
            channel_id=self.channel_id,
            external_id=id or self.external_id,
            occurred_at=at or self.sent_at,
            **{"raw": kept} | fields,
        )
