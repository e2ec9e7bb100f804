"""What one may hand on: permissions that exist and that one holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from accounts.enums import Permission
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Collection

    from accounts.actor import Actor


class UnknownPermission(Refusal):
    code = "unknown_permission"
    sentence = _("There is no permission “{permission}”.")


class MoreThanHeld(Refusal):
    code = "more_than_held"
    status = 403
    sentence = _("You cannot give “{permission}”, because you do not have it yourself.")


def grant(actor: Actor, codes: Collection[str], *, held_already: Collection[str] = ()) -> list[Permission]:
    """`codes`, each once and in the catalogue's order, if the actor holds all that were not there already.

    Raises UnknownPermission or MoreThanHeld.
    """
    for code in codes:
        if code not in Permission.values:
            raise UnknownPermission(permission=code[:80])
        if code not in held_already and not actor.can(Permission(code)):
            raise MoreThanHeld(permission=Permission(code).label, permission_code=code)
    return [code for code in Permission if code in codes]
