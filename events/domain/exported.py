"""What an account's export holds of what happened on its channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from accounts.domain import export
from accounts.enums import Permission
from events.models import ChannelStatus, ChatLine, Event, Viewer
from events.payloads import payload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from accounts.models import Account
    from events.models import LogRow


def register() -> None:
    export.register("events.jsonl", _("Events"), Permission.EVENTS_READ, lambda account: _log(Event, account))
    export.register(
        "chat.jsonl", _("Chat, as far as it is kept"), Permission.CHAT_READ, lambda account: _log(ChatLine, account)
    )
    export.register("viewers.jsonl", _("Viewers"), Permission.CHAT_USERINFO, _viewers)
    export.register("channels.json", _("Channels as last heard"), Permission.CONNECTIONS_READ, _channels)


def _log(model: type[LogRow], account: Account) -> Iterator[export.Row]:
    """As the APIs and sockets have them."""
    rows = model._default_manager.filter(account=account).defer("raw")
    return (payload(row) for row in export.by_key(rows))


def _viewers(account: Account) -> Iterator[export.Row]:
    return export.chosen(
        Viewer.objects.filter(account=account),
        "platform", "user_id", "login", "name", "avatar", "first_seen_at", "last_seen_at", "first_message_at",
        "last_message_at",
    )  # fmt: skip


def _channels(account: Account) -> Iterator[export.Row]:
    return export.chosen(
        ChannelStatus.objects.filter(account=account),
        "platform", "channel_id", "channel_name", "live", "live_since", "viewers", "title", "category", "updated_at",
    )  # fmt: skip
