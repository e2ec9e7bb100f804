"""What platforms produce and everything else consumes. Frozen, platform-neutral, without a database."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from events.enums import Kind, Unit


@dataclass(frozen=True, slots=True)
class Person:
    """A viewer as one platform knows them. Anonymous ones have no id."""

    id: str = ""
    login: str = ""
    name: str = ""
    avatar: str = ""
    anonymous: bool = False

    @property
    def named(self) -> dict[str, Any]:
        """Somebody else than the actor, for `StreamEvent.extra`."""
        return {"id": self.id, "login": self.login, "name": self.name}


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """One thing that happened on one channel.

    `external_id` is unique per source: a repeat is silently the same event. `occurred_at` is the platform's time
    (aware, UTC). `amount` is a whole number of `unit`; money is minor units of `currency` (ISO 4217). `fragments`
    are the message in pieces, `{"type": "text" | "emote" | "mention" | "cheermote" | "link", "text": …}` plus what
    the type needs. `extra` is small JSON of the kind (tier, recipients, badges, colour, reply …) that any reader of
    the log may see. `raw` is the payload as it came, for diagnosis, and never leaves the server.
    """

    kind: Kind
    platform: str
    channel_id: str
    external_id: str
    occurred_at: datetime
    actor: Person = Person()
    amount: int | None = None
    unit: Unit = Unit.NONE
    currency: str = ""
    message: str = ""
    fragments: tuple[dict[str, Any], ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)
    raw: dict[str, Any] | None = None
