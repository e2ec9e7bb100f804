"""Ids that come from outside."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404


def key(value: UUID | str) -> UUID:
    """What is no id belongs to nobody: Http404."""
    try:
        return UUID(str(value))
    except ValueError:
        raise Http404 from None
