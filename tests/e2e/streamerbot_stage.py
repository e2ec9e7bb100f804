"""What journeys with a Streamer.bot begin with, done inside of Lumio (`Lumio.inside`)."""

from __future__ import annotations

from accounts.models import Account
from integrations.enums import Tool
from tests import factories


def have_streamerbot(port: int, password: str) -> str:
    """A Streamer.bot beside the bridge page, whose events are taken; its id."""
    account = Account.objects.get(is_instance=False)
    row = factories.make_integration(
        account=account, tool=Tool.STREAMERBOT, port=port, password=password, label="Gaming PC", takes_events=True
    )
    return str(row.pk)
