"""What an account's export holds of what joins all apps: its pre-flight checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from accounts.domain import export
from accounts.enums import Permission
from lumio.models import Preflight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from accounts.models import Account


def register() -> None:
    export.register("preflights.json", _("Pre-flight checks"), Permission.CONNECTIONS_READ, _preflights)


def _preflights(account: Account) -> Iterator[export.Row]:
    rows = Preflight.objects.filter(account=account)
    return export.chosen(rows, "id", "created_at", "begun_at", "ended_at", "shared_until", "results")
