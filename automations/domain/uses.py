"""Which automations use which integrations, for whoever is about to remove one."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING
from uuid import UUID

from automations.models import Step

if TYPE_CHECKING:
    from accounts.models import Account


def of(account: Account) -> dict[UUID, list[str]]:
    """By integration the names of the automations that use it, in order. One query."""
    names: dict[UUID, dict[str, None]] = defaultdict(dict)
    rows = Step.objects.filter(automation__account=account).order_by("automation__name")
    for name, config in rows.values_list("automation__name", "config"):
        if "integration" in config:
            names[UUID(config["integration"])][name] = None
    return {integration: list(some) for integration, some in names.items()}
