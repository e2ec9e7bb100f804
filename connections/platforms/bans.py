"""What a ban takes out of the chat, at platforms that tell of the ban alone."""

from __future__ import annotations

from dataclasses import replace

from events.enums import Kind, Unit
from events.types import StreamEvent


def with_removal(event: StreamEvent) -> list[StreamEvent]:
    """The event, and after a ban or timeout that what the person said is gone from the chat, as it is there."""
    if event.kind not in (Kind.MOD_BAN, Kind.MOD_TIMEOUT):
        return [event]
    cleared = replace(
        event,
        kind=Kind.CHAT_USER_CLEARED,
        external_id=f"{event.external_id} chat",
        amount=None,
        unit=Unit.NONE,
        message="",
        extra={"moderator": event.extra["moderator"]},
        raw=None,
    )
    return [event, cleared]
