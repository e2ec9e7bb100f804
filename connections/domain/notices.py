"""Telling the ingest processes and open pages, after commit, that a connection is not what it was."""

from __future__ import annotations

from uuid import UUID

from events import bus, channels


def connection_changed(account_id: UUID, platform: str) -> None:
    bus.wake_ingest_on_commit()
    bus.announce_on_commit(
        channels.status(account_id),
        {"id": f"connection:{platform}", "type": "connection.changed", "data": {"platform": platform}},
    )
