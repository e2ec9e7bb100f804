"""What an account's export holds of its integrations: all but tokens, passwords and the address of the bridge page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from accounts.domain import export
from accounts.enums import Permission
from integrations.models import Integration, IntegrationResult, StreamElementsToken

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
    export.register(
        "integrations.json",
        _("OBS and Streamer.bot, without their passwords"),
        Permission.CONNECTIONS_READ,
        _integrations,
    )
    export.register(
        "integration_results.json",
        _("What came of the last tries to reach them"),
        Permission.CONNECTIONS_READ,
        _results,
    )


def _tokens(account: Account) -> Iterator[export.Row]:
    return export.chosen(
        StreamElementsToken.objects.filter(account=account),
        "id", "platform", "label", "hint", "expires_at", "state", "failure_code", "failed_since", "verified_at",
        "channel_id", "channel_name", "channel_provider", "last_tip_at", "created_at",
    )  # fmt: skip


def _integrations(account: Account) -> Iterator[export.Row]:
    return export.chosen(
        Integration.objects.filter(account=account),
        "id", "tool", "label", "is_enabled", "route", "host", "port", "endpoint", "takes_events", "created_at",
    )  # fmt: skip


def _results(account: Account) -> Iterator[export.Row]:
    return export.chosen(
        IntegrationResult.objects.filter(integration__account=account),
        "integration_id", "at", "trigger", "failure_code", "failure_params", "version", "latency_ms", "actions",
        "is_protected",
    )  # fmt: skip
