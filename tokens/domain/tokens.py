"""Making, listing and revoking popout tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import paging, rights
from accounts.domain.audit import record
from accounts.enums import Action, Permission
from lumio.lib.errors import Refusal
from lumio.lib.secrets import digest
from tokens.domain import secret
from tokens.enums import NEVER_BY_TOKEN, Revocation
from tokens.models import PopoutToken

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.db.models import QuerySet

    from accounts.actor import Actor
    from accounts.models import Member
    from lumio.lib.secrets import Secret

LABEL_LENGTH = 80


class LabelTooLong(Refusal):
    code = "label_too_long"
    sentence = _("A label has {limit} characters at most.")


class NoPermissions(Refusal):
    code = "no_permissions"
    sentence = _("Choose at least one permission: a token without any opens nothing.")


class UnknownPermission(Refusal):
    code = "unknown_permission"
    sentence = _("There is no permission “{permission}”.")


class NeverByToken(Refusal):
    code = "never_by_token"
    sentence = _("“{permission}” cannot be used through a popout token, so a token cannot hold it.")


class MoreThanHeld(Refusal):
    code = "more_than_held"
    status = 403
    sentence = _("You cannot give “{permission}” to a token, because you do not have it yourself.")


def grantable(actor: Actor) -> list[Permission]:
    """What the actor may put on a token, in the catalogue's order."""
    return [code for code in Permission if actor.can(code) and code not in NEVER_BY_TOKEN]


def listing(actor: Actor) -> list[PopoutToken]:
    """The account's tokens that are not revoked, newest first, with creator, member and rights loaded."""
    return list(_alive(actor).order_by("-created_at", "-pk"))


def page(actor: Actor, *, limit: int, before: str | None = None, after: str | None = None) -> paging.Page[PopoutToken]:
    """A page of the same. Raises BadCursor."""
    return paging.newest_first(_alive(actor), limit=limit, before=before, after=after)


def _alive(actor: Actor) -> QuerySet[PopoutToken]:
    return PopoutToken.objects.alive().with_rights().filter(account=actor.account)


@transaction.atomic
def create(
    *, actor: Actor, label: str, permissions: Collection[str], member: Member | None = None
) -> tuple[PopoutToken, Secret]:
    """Make a token of the actor's account. The secret exists only in what this returns; the row keeps its digest.

    `member` (of the same account) names the actor in the audit log. Raises a Refusal for a label over 80 characters,
    and for codes that are unknown, that no token can use, or that the actor does not hold.
    """
    label = " ".join("".join(letter if letter.isprintable() else " " for letter in label).split())
    if len(label) > LABEL_LENGTH:
        raise LabelTooLong(limit=LABEL_LENGTH)
    codes = _allowed(actor, permissions)
    if actor.user is None or (member is not None and member.account_id != actor.account.pk):
        raise ValueError("a token needs a person of this account behind it")
    value = secret.make()
    token = PopoutToken.objects.create(
        account=actor.account,
        label=label,
        digest=digest(value.reveal()),
        last_four=value.reveal()[-4:],
        permissions=codes,
        creator=actor.user,
        member=member,
    )
    record(
        actor,
        Action.TOKEN_CREATED,
        token,
        after={"label": label, "permissions": codes, "member": member.user.display_name if member else None},
    )
    rights.changed(actor.account.pk)
    return token, value


def _allowed(actor: Actor, permissions: Collection[str]) -> list[str]:
    """The asked-for codes, each once, in the catalogue's order, if this actor may put all of them on a token."""
    for code in permissions:
        if code not in Permission.values:
            raise UnknownPermission(permission=code[:80])
        if code in NEVER_BY_TOKEN:
            raise NeverByToken(permission=Permission(code).label)
        if not actor.can(Permission(code)):
            raise MoreThanHeld(permission=Permission(code).label)
    if not permissions:
        raise NoPermissions
    return [code.value for code in Permission if code in permissions]


@transaction.atomic
def revoke(*, actor: Actor, token: PopoutToken, reason: Revocation = Revocation.BY_HAND, where: str = "") -> bool:
    """End a token for good; whether it was alive until now. Pages that are open with it lose their sockets within a
    second. `where` says in the audit log where one that leaked was seen, without the token.
    """
    revoked = PopoutToken.objects.alive().filter(pk=token.pk)
    if not revoked.update(revoked_at=timezone.now(), revoked_by=actor.user):
        return False
    record(
        actor,
        Action.TOKEN_REVOKED if reason is Revocation.BY_HAND else Action.TOKEN_LEAKED,
        token,
        before={"label": token.label, "permissions": token.permissions},
        after={"where": where} if where else None,
    )
    rights.changed(token.account_id)
    return True
