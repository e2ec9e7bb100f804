"""What an account's export holds of its connections: never a token, a secret or an address that works like one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from accounts.domain import export
from accounts.enums import Permission
from connections.models import AppCredentials, BotPause, ChatOrder, Connection, ViewerNote, Webhook

if TYPE_CHECKING:
    from collections.abc import Iterator

    from accounts.models import Account


def register() -> None:
    export.register(
        "connections.json", _("Connections, without their tokens"), Permission.CONNECTIONS_READ, _connections
    )
    export.register(
        "app_credentials.json",
        _("App credentials: the end of the Client ID only"),
        Permission.CONNECTIONS_EDIT,
        _credentials,
    )
    export.register("webhooks.json", _("Webhooks, without their addresses"), Permission.CONNECTIONS_READ, _webhooks)
    export.register("chat_orders.jsonl", _("What was asked of the chats"), Permission.CHAT_READ, _orders)
    export.register("viewer_notes.jsonl", _("Notes about viewers"), Permission.CHAT_NOTES, _notes)
    export.register("bot_pauses.json", _("Bots that are paused"), Permission.BOT_CONNECTIONS_READ, _pauses)


def _connections(account: Account) -> Iterator[export.Row]:
    return export.chosen(
        Connection.objects.filter(account=account),
        "id", "platform", "purpose", "channel_id", "channel_login", "channel_name", "avatar_url", "scopes",
        "connected_at", "state", "failure_code", "failed_since", "expires_at", "grant_ends_at", "refresh_log",
    )  # fmt: skip


def _credentials(account: Account) -> Iterator[export.Row]:
    return export.chosen(
        AppCredentials.objects.filter(account=account),
        "id", "platform", "client_id_hint", "redirect_uri", "created_at", "updated_at",
    )  # fmt: skip


def _webhooks(account: Account) -> Iterator[export.Row]:
    return export.chosen(
        Webhook.objects.filter(account=account), "platform", "created_at", "delivered_at", "refused_at", "refusal_code"
    )


def _pauses(account: Account) -> Iterator[export.Row]:
    return export.chosen(BotPause.objects.filter(account=account), "platform", "created_at")


def _orders(account: Account) -> Iterator[export.Row]:
    return export.chosen(
        ChatOrder.objects.filter(account=account),
        "id", "platform", "act", "state", "created_at", "done_at", "failure_code", "asked_name", "via", "via_detail",
        "text", "voice", "speaker_name", "message_id", "reply_to", "target_id", "target_login", "target_name",
        "seconds", "reason",
    )  # fmt: skip


def _notes(account: Account) -> Iterator[export.Row]:
    return export.chosen(
        ViewerNote.objects.filter(account=account), "platform", "user_id", "text", "author_name", "created_at"
    )
