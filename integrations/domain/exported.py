"""What an account's export holds of its integrations: of a StreamElements token all but the token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from accounts.domain import export
from accounts.enums import Permission
from integrations.models import StreamElementsToken

if TYPE_CHECKING:
    from collections.abc import Iterator

    from accounts.models import Account


def register() -> None:
    export.register(
        "se_tokens.json",
        _("StreamElements tokens, without the tokens themselves"),
        Permission.CONNECTIONS_READ,
        _tokens,
    )


def _tokens(account: Account) -> Iterator[export.Row]:
    return export.chosen(
        StreamElementsToken.objects.filter(account=account),
        "id", "platform", "label", "hint", "expires_at", "state", "failure_code", "failed_since", "verified_at",
        "channel_id", "channel_name", "channel_provider", "last_tip_at", "created_at",
    )  # fmt: skip
