"""What tests ask about a function of a domain: what it refused, what it noted, whom it told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.enums import Action
from accounts.models import AuditEntry
from lumio.lib.errors import Refusal


def refusal(act: Callable[..., Any], *args: Any, **wanted: Any) -> str:
    """The code with which it refuses."""
    with pytest.raises(Refusal) as error:
        act(*args, **wanted)
    return error.value.code


def audited(action: Action) -> list[tuple[dict | None, dict | None]]:
    """Before and after of each line, the oldest first."""
    return [(entry.before, entry.after) for entry in AuditEntry.objects.filter(action=action).order_by("pk")]
