"""What journeys with automations look at, done inside of Lumio (`Lumio.inside`)."""

from __future__ import annotations

from automations.models import Automation


def known() -> dict[str, str]:
    """The id of each automation by its name."""
    return {row.name: str(row.pk) for row in Automation.objects.all()}
