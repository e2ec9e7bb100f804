"""The names of live channels and the permission each asks for. There is none without an account, or an overlay, in its
name."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from accounts.actor import Actor
from accounts.enums import Permission

#: Topic (the part before the colon) → permissions, any of which opens it.
TOPICS: dict[str, tuple[Permission, ...]] = {
    "events": (Permission.EVENTS_READ,),
    "chat": (Permission.CHAT_READ,),
    "status": (Permission.EVENTS_READ, Permission.CHAT_READ, Permission.CONNECTIONS_READ),
    "music": (Permission.SPOTIFY_READ,),
    "obs": (Permission.SETTINGS_READ,),
    "alerts": (Permission.EVENTS_READ,),
}
#: The topic of one overlay, which nothing opens but its key.
OVERLAY = "overlay"

#: Channels that are logs: resumed by `seq`. The others are states: the latest value, then changes.
LOGS = frozenset({"events", "chat"})
#: States that are found out only while somebody looks (`events.domain.watching`).
ON_DEMAND = frozenset({"music", "obs"})


@dataclass(frozen=True, slots=True)
class Channel:
    """`{topic}:{account id}`, for example `events:0b6f…`. The id of an `overlay` channel is the overlay's.

    `is_on_air`: what is told there is cut down to what viewers may see (`events.on_air`). It has the same name.
    """

    topic: str
    account_id: UUID
    is_on_air: bool = False

    def __str__(self) -> str:
        return f"{self.topic}:{self.account_id}"

    @property
    def is_log(self) -> bool:
        return self.topic in LOGS

    @property
    def is_on_demand(self) -> bool:
        return self.topic in ON_DEMAND

    def open_to(self, actor: Actor) -> bool:
        """Whether `actor` may listen: in their own account with a permission of the topic, or to the overlay that they
        came with the key of."""
        if self.topic == OVERLAY:
            return self.account_id == actor.overlay_id
        return self.account_id == actor.account.pk and actor.can_any(*TOPICS[self.topic])


def parse(name: str) -> Channel | None:
    """The channel of a name that a client sent, or None for a name that no channel has."""
    topic, _, account = name.partition(":")
    if topic not in {*TOPICS, OVERLAY}:
        return None
    try:
        return Channel(topic, UUID(account))
    except ValueError:
        return None


def events(account_id: UUID) -> Channel:
    return Channel("events", account_id)


def chat(account_id: UUID) -> Channel:
    return Channel("chat", account_id)


def status(account_id: UUID) -> Channel:
    return Channel("status", account_id)


def music(account_id: UUID) -> Channel:
    return Channel("music", account_id)


def obs(account_id: UUID) -> Channel:
    return Channel("obs", account_id)


def alerts(account_id: UUID) -> Channel:
    return Channel("alerts", account_id)


def overlay(overlay_id: UUID) -> Channel:
    return Channel(OVERLAY, overlay_id)
