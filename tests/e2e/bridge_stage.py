"""What journeys of the bridge page begin with, done inside of Lumio (`Lumio.inside`)."""

from __future__ import annotations

from accounts.authentication import actor_of_member
from accounts.models import Account, AuditEntry, Member
from integrations.domain import bridge, commands, live
from integrations.models import Integration, IntegrationResult
from tests import factories


def have_obs(port: int, password: str) -> str:
    """An OBS beside the bridge page; its id."""
    account = Account.objects.get(is_instance=False)
    return str(factories.make_integration(account=account, port=port, password=password, label="Gaming PC").pk)


def address() -> str:
    """Of the bridge page."""
    return bridge.address(Account.objects.get(is_instance=False)).reveal()


def renew() -> str:
    """The address that takes its place."""
    return bridge.renew(
        actor_of_member(Member.objects.select_related("account", "user", "role").get(role__slug="owner"))
    ).reveal()


def link() -> dict[str, object]:
    """What the connection to the only integration is like, as whoever holds it says."""
    row = Integration.objects.get()
    return dict(live.links(row.account_id).get(row.pk, {}))


def everything_written() -> str:
    """What the database and the audit log say of the bridge, in one text."""
    rows = [*IntegrationResult.objects.values(), *AuditEntry.objects.values(), *Integration.objects.values()]
    return repr(rows)


def ask(command: str, data: dict[str, object]) -> dict[str, object]:
    """What whoever holds the connection to the only integration answers."""
    return commands.ask(Integration.objects.get(), command, data)
