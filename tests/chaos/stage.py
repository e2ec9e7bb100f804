"""What a chaos run needs of Lumio, made or looked up inside of it (`Inside`)."""

from __future__ import annotations

from accounts.models import Account
from connections.domain import vault
from connections.models import Connection
from events.enums import Kind
from tests import factories


def have_alert_box(account_id: str, key: str, seconds: float) -> None:
    """An overlay that this key opens and that shows every tip for so long."""
    overlay = factories.make_overlay(account=Account.objects.get(pk=account_id), key=key)
    variation = factories.make_variation(kinds=[Kind.TIP], seconds=seconds)
    factories.make_layer(overlay=overlay, type="alert_box", config={"variations": [variation]})


def grants(login: str) -> dict[str, tuple[str, str]]:
    """State and refresh token of each sign-in with this login."""
    return {
        str(row.pk): (row.state, vault.read(row, "refresh_token_encrypted").reveal())
        for row in Connection.objects.filter(channel_login=login)
    }
