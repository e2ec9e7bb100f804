"""Invitations: links with which people join an account, whoever opens them.

Whoever accepts one is taken in by its creator's right, as it is at that moment: a creator who left, who may not invite
any more, or whose role came to allow less than the one the link gives, lets nobody in.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import paging
from accounts.actor import Actor
from accounts.domain import members
from accounts.domain.audit import record
from accounts.enums import Action, InvitationLifetime, Permission
from accounts.models import Invitation, Member, Role, User
from lumio.lib.errors import Refusal
from lumio.lib.labels import one_line
from lumio.lib.secrets import Secret, digest, new_secret

#: Either is enough to withdraw one: whoever may invite may take it back, and whoever may remove may keep out.
WITHDRAW = (Permission.MEMBERS_CREATE, Permission.MEMBERS_DELETE)
#: Uses that an invitation can be limited to.
MOST_USES = 1000
NOTE_LENGTH = 80
#: Invitations of one account that are open at the same time.
MOST_OPEN = 100
#: How long one that has run out stays in the list.
KEPT = timedelta(days=30)


class TooManyInvitations(Refusal):
    code = "too_many_invitations"
    status = 409
    sentence = _("There are {most} open invitations already. Withdraw one that nobody needs any more.")


class InvitationGone(Refusal):
    """Said alike of every invitation that lets nobody in, and of codes that never were one."""

    code = "invitation_gone"
    status = 410
    sentence = _(
        "This invitation opens nothing: it has run out, was used up or withdrawn, or the link is not complete. Ask "
        "whoever sent it to you for a new one."
    )


class AlreadyMember(Refusal):
    """`account` is the one the person is in."""

    code = "already_member"
    status = 409
    sentence = _("You are in {account} already. The invitation is not used up by this.")


@transaction.atomic
def create(
    *,
    actor: Actor,
    role: Role,
    lifetime: InvitationLifetime = InvitationLifetime.WEEK,
    max_uses: int | None = 1,
    note: str = "",
) -> tuple[Invitation, Secret]:
    """Make an invitation, and the code that belongs into its address, which exists only in what this returns.

    `max_uses` is from 1 to MOST_USES, or None for as many as come. Raises RoleNotAssignable and TooManyInvitations.
    """
    actor.require(Permission.MEMBERS_CREATE)
    if actor.user is None:
        raise ValueError("An invitation needs a person behind it.")
    actor.account.take_turns()
    # Read anew: it may have gone, or have come to allow more.
    role = get_object_or_404(Role, pk=role.pk)
    members.check_assignable(actor, role)
    of_account = Invitation.objects.filter(account=actor.account)
    of_account.filter(expires_at__lt=timezone.now() - KEPT).delete()
    if of_account.open().count() >= MOST_OPEN:
        raise TooManyInvitations(most=MOST_OPEN)
    code = Secret(new_secret())
    length = lifetime.length
    invitation = Invitation.objects.create(
        account=actor.account,
        role=role,
        digest=digest(code.reveal()),
        last_four=code.hint,
        note=one_line(note),
        creator=actor.user,
        max_uses=max_uses,
        expires_at=timezone.now() + length if length else None,
    )
    after = {"role": role.slug, "lifetime": lifetime.value, "max_uses": max_uses, "note": invitation.note}
    record(actor, Action.INVITATION_MADE, invitation, after=after)
    return invitation, code


def listing(
    actor: Actor, *, limit: int, before: str | None = None, after: str | None = None
) -> paging.Page[Invitation]:
    """A page of the account's invitations, those that let nobody in any more included. Raises BadCursor."""
    actor.require(Permission.MEMBERS_READ)
    found = Invitation.objects.with_rights().filter(account=actor.account)
    return paging.newest_first(found, limit=limit, before=before, after=after)


def number_open(actor: Actor) -> int:
    return Invitation.objects.open().filter(account=actor.account).count()


def may_withdraw(actor: Actor, invitation: Invitation) -> bool:
    """One's own always; another's unless it gives a role above one's own, given the permission."""
    is_own = actor.user is not None and invitation.creator_id == actor.user.pk
    return is_own or members.holds(actor, invitation.role)


@transaction.atomic
def withdraw(*, actor: Actor, invitation: Invitation) -> None:
    """Delete an invitation. Whoever has joined with it stays. Twice does no harm. Raises RoleAbove."""
    actor.require_any(*WITHDRAW)
    if not may_withdraw(actor, invitation):
        raise members.RoleAbove
    deleted, __ = Invitation.objects.filter(pk=invitation.pk).delete()
    if deleted:
        before = {"role": invitation.role.slug, "uses": invitation.uses, "max_uses": invitation.max_uses}
        record(actor, Action.INVITATION_WITHDRAWN, invitation, before=before)


def address_of(code: Secret) -> str:
    """The complete address that is sent to whoever is to join."""
    return f"{settings.LUMIO_URL}{reverse('invitation', args=[code.reveal()])}"


def find(code: str, user: User | None = None) -> Invitation:
    """The invitation with this code, for `user` where somebody is signed in.

    Raises AlreadyMember for who is in its account, used up or not, and InvitationGone for one that lets nobody in.
    """
    return _good(Invitation.objects.with_rights().filter(digest=digest(code)).first(), user)


def held(invitation_id: str, user: User | None = None) -> Invitation:
    """The same by its id, for a browser that has opened the link before."""
    return _good(Invitation.objects.with_rights().filter(pk=invitation_id).first(), user)


@transaction.atomic
def accept(*, invitation: Invitation, user: User, address: str | None = None) -> Member:
    """Take `user` in. Of two people racing for the last use one gets InvitationGone, and nothing has changed.

    Raises AlreadyMember for who is in the account, and uses nothing up.
    """
    # Counting is the claim, and locks the row: it is looked at afterwards, with its creator's rights of now.
    if not Invitation.objects.open().filter(pk=invitation.pk).update(uses=F("uses") + 1):
        raise InvitationGone
    invitation = Invitation.objects.with_rights().get(pk=invitation.pk)
    if not invitation.is_backed:
        raise InvitationGone
    actor = Actor(
        account=invitation.account,
        user=user,
        permissions=invitation.creators_codes,
        via_detail=f"invitation of {invitation.creator.display_name}",
        address=address,
    )
    try:
        with transaction.atomic():
            member = members.add(actor=actor, user=user, role=invitation.role)
    except IntegrityError:
        raise AlreadyMember(account=invitation.account) from None
    record(actor, Action.INVITATION_ACCEPTED, invitation, after={"uses": invitation.uses})
    return member


def _good(invitation: Invitation | None, user: User | None) -> Invitation:
    if invitation is not None and user is not None and _is_member(invitation, user):
        raise AlreadyMember(account=invitation.account)
    if invitation is None or not invitation.works:
        raise InvitationGone
    return invitation


def _is_member(invitation: Invitation, user: User) -> bool:
    return Member.objects.filter(account=invitation.account_id, user=user, account__closed_at=None).exists()
