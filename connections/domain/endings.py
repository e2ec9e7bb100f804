"""Telling people ahead of time that a sign-in ends whatever Lumio does: Spotify's, or Google's of an app in Testing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from connections.domain import notices
from connections.enums import GrantState
from connections.models import Connection
from connections.platforms import PLATFORMS

if TYPE_CHECKING:
    from datetime import timedelta

    from django.db.models import QuerySet


def warn() -> int:
    """Warn once of each sign-in that is about to end. The number of them."""
    return sum(_warn(row) for slug, platform in PLATFORMS.items() for row in _due(slug, platform.warns_ahead))


def _due(platform: str, ahead: timedelta) -> QuerySet[Connection]:
    return Connection.objects.filter(
        platform=platform,
        state=GrantState.CONNECTED,
        grant_ends_at__lte=timezone.now() + ahead,
        warned_at=None,
    ).select_related("account")


@transaction.atomic
def _warn(row: Connection) -> bool:
    """Of two workers that found it, one warns; a sign-in that was renewed meanwhile is left alone."""
    known = Connection.objects.filter(pk=row.pk, warned_at=None, grant_ends_at=row.grant_ends_at)
    if not known.update(warned_at=timezone.now()):
        return False
    notices.ends_soon(row)
    return True
