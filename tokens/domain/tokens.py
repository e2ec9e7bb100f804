"""Making, changing and revoking popout tokens.

A token never does more than its creator may do at that moment, whoever changed it last. Whoever changes one puts
nothing within its reach that they may not do themselves; what is there already may stay, or be taken away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from django.db import transaction
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import rights
from accounts.domain.audit import record
from accounts.domain.granting import MoreThanHeld, UnknownPermission
from accounts.enums import Action, Permission
from lumio.lib.errors import Refusal
from lumio.lib.labels import one_line
from lumio.lib.secrets import digest
from tokens.domain import secret
from tokens.enums import BY_SLUG, NEVER_BY_TOKEN, POPOUTS, Revocation, usable
from tokens.models import PopoutToken

if TYPE_CHECKING:
    from collections.abc import Collection

    from accounts.actor import Actor
    from accounts.models import Member
    from lumio.lib.secrets import Secret

LABEL_LENGTH = 80
NOTE_LENGTH = 200


class LabelTooLong(Refusal):
    code = "label_too_long"
    sentence = _("A label has {limit} characters at most.")


class NoteTooLong(Refusal):
    code = "note_too_long"
    sentence = _("The reason has {limit} characters at most.")


class NoPermissions(Refusal):
    code = "no_permissions"
    sentence = _("Choose at least one permission: a token without any opens nothing.")


class NeverByToken(Refusal):
    code = "never_by_token"
    sentence = _("“{permission}” cannot be used through a popout token, so a token cannot hold it.")


class UnknownPopout(Refusal):
    code = "unknown_popout"
    sentence = _("There is no popout “{popout}”. There are: {known}.")


class PopoutStaysShut(Refusal):
    code = "popout_stays_shut"
    sentence = _("The popout “{popout}” opens with the permission “{permission}”. Choose that too, or leave it out.")


class Wanted(TypedDict, total=False):
    """What may be changed about a token; what is left out stays as it is. `pages` are slugs of POPOUTS, none for a
    token that is bound to no popout; `member` is of the token's account, None for nobody."""

    label: str
    permissions: Collection[str]
    pages: Collection[str]
    member: Member | None


def grantable(actor: Actor) -> list[Permission]:
    """What the actor may put on a token, in the catalogue's order."""
    return [code for code in Permission if actor.can(code) and code not in NEVER_BY_TOKEN]


@transaction.atomic
def create(
    *,
    actor: Actor,
    label: str,
    permissions: Collection[str],
    pages: Collection[str] = (),
    member: Member | None = None,
) -> tuple[PopoutToken, Secret]:
    """Make a token of the actor's account. The secret exists only in what this returns; the row keeps its digest.

    `pages` are slugs of the popouts that it is bound to, `member` (of the same account) names the actor in the audit
    log. Raises a Refusal for a label over 80 characters, for codes that are unknown, that no token can use, or that
    the actor does not hold, and for popouts that are unknown or would not open.
    """
    if actor.user is None:
        raise ValueError("a token needs a person of this account behind it")
    value = secret.make()
    text = value.reveal()
    token = PopoutToken(
        account=actor.account,
        creator=actor.user,
        digest=digest(text),
        prefix=text[: secret.SHOWN],
        last_four=text[-secret.LAST :],
    )
    _put(actor, token, label=label, permissions=permissions, pages=pages, member=member)
    token.save()
    record(actor, Action.TOKEN_CREATED, token, after=_noted(token))
    rights.changed(actor.account.pk)
    return token, value


@transaction.atomic
def change(*, actor: Actor, token: PopoutToken, **wanted: Unpack[Wanted]) -> PopoutToken:
    """Change a token; its address stays. Counts at its next use, and on open sockets within a second.

    Raises Http404 for one that has been revoked, and the refusals of `create`.
    """
    # As it is now, until the end: of two changes at once the second one sees the first.
    rows = PopoutToken.objects.alive().with_rights().select_for_update(of=("self",))
    found = rows.filter(pk=token.pk, account=actor.account).first()
    if found is None:
        raise Http404
    before = _noted(found)
    _put(actor, found, **wanted)
    after = _noted(found)
    if changed := [name for name in after if after[name] != before[name]]:
        found.save(update_fields=["label", "permissions", "pages", "member"])
        record(
            actor,
            Action.TOKEN_CHANGED,
            found,
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
        )
        rights.changed(found.account_id)
    return found


@transaction.atomic
def revoke(
    *,
    actor: Actor,
    token: PopoutToken,
    reason: Revocation = Revocation.BY_HAND,
    note: str = "",
    where: str = "",
) -> bool:
    """End a token for good; whether it was alive until now. Pages that are open with it lose their sockets within a
    second. `note` is why, in a person's words. `where` says in the audit log where one that leaked was seen, without
    the token. Raises NoteTooLong.
    """
    note = one_line(note)
    if len(note) > NOTE_LENGTH:
        raise NoteTooLong(limit=NOTE_LENGTH)
    revoked = PopoutToken.objects.alive().filter(pk=token.pk)
    now = timezone.now()
    if not revoked.update(revoked_at=now, revoked_by=actor.user, revocation=reason, revocation_note=note):
        return False
    record(
        actor,
        Action.TOKEN_REVOKED if reason is Revocation.BY_HAND else Action.TOKEN_LEAKED,
        token,
        before={"label": token.label, "permissions": token.permissions},
        after={name: text for name, text in (("where", where), ("note", note)) if text} or None,
    )
    rights.changed(token.account_id)
    return True


def _put(actor: Actor, token: PopoutToken, **wanted: Unpack[Wanted]) -> None:
    """Set what is wanted on a row that is not saved yet, or refuse and leave it as it is."""
    label = one_line(wanted.get("label", token.label))
    if len(label) > LABEL_LENGTH:
        raise LabelTooLong(limit=LABEL_LENGTH)
    codes = _known_codes(wanted["permissions"]) if "permissions" in wanted else token.listed
    pages = _known_pages(wanted["pages"]) if "pages" in wanted else token.pages
    _check_held(actor, token, codes, pages)
    member = wanted.get("member", token.member)
    if member is not None and member.account_id != token.account_id:
        raise ValueError("the assigned member is of this account")
    token.label, token.pages, token.member = label, pages, member
    token.permissions = [code.value for code in Permission if code in codes]


def _known_codes(permissions: Collection[str]) -> frozenset[Permission]:
    for code in permissions:
        if code not in Permission.values:
            raise UnknownPermission(permission=secret.without(code)[:80])
    if not permissions:
        raise NoPermissions
    return frozenset(map(Permission, permissions))


def _known_pages(pages: Collection[str]) -> list[str]:
    """Each once, in the order of POPOUTS."""
    for slug in pages:
        if slug not in BY_SLUG:
            raise UnknownPopout(popout=secret.without(slug)[:80], known=", ".join(BY_SLUG))
    return [popout.slug for popout in POPOUTS if popout.slug in pages]


def _check_held(actor: Actor, token: PopoutToken, codes: frozenset[Permission], pages: Collection[str]) -> None:
    """What comes onto the token, or into its reach by binding it to other popouts, has to be the actor's to give."""
    come = codes - token.listed
    within = (codes & usable(pages)) - (token.listed & usable(token.pages))
    for code in sorted(come):
        if code in NEVER_BY_TOKEN:
            raise NeverByToken(permission=code.label, permission_code=code.value)
    for code in sorted(come | within):
        if not actor.can(code):
            raise MoreThanHeld(permission=code.label, permission_code=code.value)
    for slug in pages:
        if (opens := BY_SLUG[slug].opens) not in codes:
            raise PopoutStaysShut(popout=BY_SLUG[slug].label, permission=opens.label, permission_code=opens.value)


def _noted(token: PopoutToken) -> dict[str, Any]:
    """What the audit log says of a token."""
    return {
        "label": token.label,
        "permissions": token.permissions,
        "popouts": token.pages,
        "member": token.member.user.display_name if token.member else None,
    }
