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
    (aware, UTC). `amount` is a whole number of `unit`; money is minor units of `currency` (ISO 4217). `extra` is small
    JSON of the kind (tier, recipients, badges, colour, reply …) that any reader of the log may see. `raw` is the
    payload as it came, for diagnosis, and never leaves the server.

    `fragments` are the message in pieces, whose texts together are the message:

        {"type": "text", "text"}
        {"type": "emote", "text", "id", "animated", "url"}, of another provider than the platform also
            "provider" and "zero_width"
        {"type": "cheermote", "text", "prefix", "bits", "tier", "url", "colour"}
        {"type": "mention", "text", "name"}, where the platform says who also "id" and "login"
        {"type": "link", "text", "url"}

    Parsers make those that the platform marks, without "url"; `connections.domain.dressing` adds the others.
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
