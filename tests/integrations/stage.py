"""What happens inside a running Lumio, for tests of its processes."""

from __future__ import annotations

from accounts.models import Account
from events import bus
from events.models import IngestSource
from integrations.enums import Route
from integrations.models import Integration
from tests import factories


def have_obs(port: int, password: str) -> str:
    """The only account has an OBS on this machine, and its ingest processes hear of it; its id."""
    row = factories.make_integration(
        account=Account.objects.get(is_instance=False),
        route=Route.DIRECT,
        host="127.0.0.1",
        port=port,
        password=password,
    )
    bus.send(bus.INGEST, "{}")
    return str(row.pk)


def switch_obs(is_enabled: bool) -> None:
    row = Integration.objects.get()
    row.is_enabled = is_enabled
    row.revision += 1
    row.save()
    bus.send(bus.INGEST, "{}")


def holder() -> int:
    """The process that holds the connection to the only OBS."""
    return int(IngestSource.objects.get(key=Integration.objects.get().source_key).owner.split(":")[1])
