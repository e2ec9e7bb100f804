"""What REST and GraphQL tell of a popout token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse

from accounts import paging
from accounts.enums import Permission
from tokens.domain import listing
from tokens.enums import POPOUTS

if TYPE_CHECKING:
    from django.db.models import Model

    from accounts.models import User
    from tokens.models import PopoutToken

PAGES = f"Slugs of the popouts it is bound to ({', '.join(popout.slug for popout in POPOUTS)}); none: it is not bound."


def shown(token: PopoutToken) -> dict[str, Any]:
    """A token as `TokenOut` and GraphQL take it."""
    return {
        **_shown(token),
        "cursor": paging.cursor_of(token),
        "effective": [code.value for code in Permission if code in token.effective],
        "_links": {"self": reverse("rest-token", args=[token.pk])},
    }


def shown_revoked(token: PopoutToken) -> dict[str, Any]:
    """A token as `RevokedTokenOut` and GraphQL take it."""
    return {
        **_shown(token),
        "cursor": paging.cursor_of(token, listing.ENDED),
        "revoked_at": token.revoked_at,
        "revoked_by": _person(token.revoked_by, token.revoked_by) if token.revoked_by else None,
        "reason": token.revocation,
        "note": token.revocation_note,
    }


def _shown(token: PopoutToken) -> dict[str, Any]:
    return {
        "id": token.pk,
        "label": token.label,
        "prefix": token.prefix,
        "last_four": token.last_four,
        "permissions": token.permissions,
        "pages": token.pages,
        "creator": _person(token.creator, token.creator),
        "member": _person(token.member, token.member.user) if token.member else None,
        "created_at": token.created_at,
        "last_used_at": token.last_used_at,
        "last_used_page": token.last_used_page,
    }


def _person(row: Model, user: User) -> dict[str, Any]:
    return {"id": row.pk, "name": user.display_name}
