"""What an account's export holds of its popout tokens: all but their secrets, those that are revoked included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from accounts.domain import export
from accounts.enums import Permission
from tokens.models import PopoutToken

if TYPE_CHECKING:
    from collections.abc import Iterator

    from accounts.models import Account


def register() -> None:
    export.register("popout_tokens.json", _("Popout tokens, without their secrets"), Permission.TOKENS_READ, _tokens)


def _tokens(account: Account) -> Iterator[export.Row]:
    rows = PopoutToken.objects.filter(account=account).select_related("creator", "member__user", "revoked_by")
    for token in export.by_key(rows):
        yield {
            "id": token.pk,
            "label": token.label,
            "prefix": token.prefix,
            "last_four": token.last_four,
            "permissions": token.permissions,
            "pages": token.pages,
            "created_by": token.creator.display_name,
            "created_at": token.created_at,
            "member": token.member.user.display_name if token.member else None,
            "last_used_at": token.last_used_at,
            "last_used_page": token.last_used_page,
            "revoked_at": token.revoked_at,
            "revoked_by": token.revoked_by.display_name if token.revoked_by else None,
            "revocation": token.revocation,
            "revocation_note": token.revocation_note,
        }
