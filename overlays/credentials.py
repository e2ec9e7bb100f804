"""Who a page is that came with the key of an overlay."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from accounts.actor import Actor
from accounts.enums import Permission, Via
from overlays.domain import access

if TYPE_CHECKING:
    from uuid import UUID

#: What its layers may be told of. Only what viewers may see goes out, see `events.on_air`.
LISTENS = frozenset({Permission.EVENTS_READ, Permission.CHAT_READ, Permission.SPOTIFY_READ})


@dataclass(frozen=True)
class OverlayKey:
    """Kept as long as the page's socket is open, to ask again when rights change. A new key is such a change."""

    text: str = field(repr=False)

    def within(self, account_id: UUID) -> OverlayKey:
        """The same: an overlay belongs to one account."""
        return self

    def actor(self) -> Actor | None:
        """Who this is now, from the database; None once the key opens nothing any more."""
        overlay = access.find(self.text)
        if overlay is None:
            return None
        return Actor(overlay.account, user=None, permissions=LISTENS, via=Via.SYSTEM, overlay_id=overlay.pk)
