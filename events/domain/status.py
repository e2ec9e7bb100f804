"""Whether each platform's channel is live: the latest that was heard, and telling whoever looks."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from events import bus, channels
from events.domain import sources
from events.models import ChannelStatus, IngestSource

if TYPE_CHECKING:
    from uuid import UUID

#: What the column holds.
MOST_VIEWERS = 2**31 - 1


def update(account_id: UUID, platform: str, channel_id: str, **changes: Any) -> ChannelStatus:
    """Note what was heard about a channel (`live`, `live_since`, `viewers`, `title`, `category`, `channel_name`).

    Fields that are not named stay as they are; announced after commit.
    """
    if changes.get("viewers") is not None:
        changes["viewers"] = min(changes["viewers"], MOST_VIEWERS)
    status, _ = ChannelStatus.objects.update_or_create(
        account_id=account_id,
        platform=platform,
        defaults={"channel_id": channel_id, "updated_at": timezone.now(), **changes},
    )
    bus.announce_on_commit(channels.status(account_id), payload(status))
    return status


def of_account(account_id: UUID) -> list[ChannelStatus]:
    """One status for each platform that was ever heard from, by platform name."""
    return of_accounts([account_id]).get(account_id, [])


def of_accounts(account_ids: list[UUID]) -> dict[UUID, list[ChannelStatus]]:
    """The same for several accounts in one query."""
    statuses: dict[UUID, list[ChannelStatus]] = defaultdict(list)
    for status in ChannelStatus.objects.filter(account_id__in=account_ids).order_by("platform"):
        statuses[status.account_id].append(status)
    return dict(statuses)


def is_live(account_id: UUID) -> bool:
    """Whether any channel of the account is live."""
    return ChannelStatus.objects.filter(account_id=account_id, live=True).exists()


def messages(account_ids: list[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """Every message of the `status` channel as it would be sent now: how the channels are, and who listens to them."""
    found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for account_id, statuses in of_accounts(account_ids).items():
        found[account_id] += map(payload, statuses)
    for source in IngestSource.objects.filter(account_id__in=account_ids).order_by("key"):
        found[source.account_id].append(sources.payload(source))
    return dict(found)


def payload(status: ChannelStatus) -> dict[str, Any]:
    """The message of the `status` channel: `id` is the platform, the newest message of an id is its value."""
    return {
        "id": status.platform,
        "type": "channel.status",
        "data": {
            "platform": status.platform,
            "channel_id": status.channel_id,
            "channel_name": status.channel_name,
            "live": status.live,
            "live_since": status.live_since.isoformat() if status.live_since else None,
            "viewers": status.viewers,
            "title": status.title,
            "category": status.category,
            "updated_at": status.updated_at.isoformat(),
        },
    }
