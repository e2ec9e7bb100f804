"""What journeys of the OBS page begin with, done inside of Lumio (`Lumio.inside`)."""

from __future__ import annotations

from accounts.authentication import actor_of_member
from accounts.models import AuditEntry, Member
from integrations.domain import integrations
from integrations.domain.integrations import Changes
from integrations.enums import Route, Tool
from integrations.models import Integration


def _owner():
    return actor_of_member(Member.objects.select_related("account", "user", "role").get(role__slug="owner"))


def have_obs(port: int, password: str, label: str) -> None:
    """An OBS that Lumio connects to by itself."""
    wanted = Changes(label=label, route=Route.DIRECT, host="127.0.0.1", port=port, password=password)
    integrations.add(actor=_owner(), tool=Tool.OBS, wanted=wanted)


def switch(label: str, on: bool) -> None:
    integrations.switch(actor=_owner(), integration=Integration.objects.get(label=label), on=on)


def remove(label: str) -> None:
    integrations.remove(actor=_owner(), integration=Integration.objects.get(label=label))


def acts() -> list[dict[str, object]]:
    """What people had OBS do, as the audit log has it, oldest first."""
    return [entry.after for entry in AuditEntry.objects.filter(action="obs.controlled").order_by("pk")]
