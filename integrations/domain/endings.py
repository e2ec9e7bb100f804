"""Telling people ahead of time that a JWT ends: nothing can renew it."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from integrations.domain import notices
from integrations.enums import TokenState
from integrations.models import StreamElementsToken


def warn() -> int:
    """Warn once of each token that is about to end and that no other one of its channel outlasts. The number."""
    lasting = StreamElementsToken.objects.filter(
        Q(expires_at=None) | Q(expires_at__gt=OuterRef("expires_at")),
        source_id=OuterRef("source_id"),
        state=TokenState.VERIFIED,
    )
    due = StreamElementsToken.objects.filter(
        ~Exists(lasting),
        expires_at__lte=timezone.now() + StreamElementsToken.WARNS_AHEAD,
        warned_at=None,
    )
    return sum(_warn(row) for row in due.exclude(state=TokenState.BROKEN).select_related("account"))


@transaction.atomic
def _warn(row: StreamElementsToken) -> bool:
    """Of two workers that found it, one warns."""
    if not StreamElementsToken.objects.filter(pk=row.pk, warned_at=None).update(warned_at=timezone.now()):
        return False
    notices.ends_soon(row)
    return True
