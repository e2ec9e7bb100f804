"""Where a new person belongs. A browser's session remembers the invitation it has opened until somebody signs up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import messages
from django.utils.translation import gettext as _

from accounts import switching
from accounts.authentication import address_of
from accounts.domain import invitations
from accounts.domain.accounts import create_account

if TYPE_CHECKING:
    from django.http import HttpRequest

    from accounts.models import Invitation, User

#: Session key: the id of the invitation. Its code stands in the link alone.
HELD = "invitation"


def hold(request: HttpRequest, invitation: Invitation) -> None:
    request.session[HELD] = str(invitation.pk)


def held(request: HttpRequest, user: User | None = None) -> Invitation | None:
    """The invitation that this browser has opened; None without one. Raises what `invitations.held` does."""
    return invitations.held(request.session[HELD], user) if HELD in request.session else None


def opened(request: HttpRequest) -> Invitation | None:
    """The same, and None for one that lets nobody in any more."""
    try:
        return held(request)
    except invitations.InvitationGone:
        return None


def may_sign_up(request: HttpRequest) -> bool:
    """Whether somebody new may come in: anybody if the operator says so, else whoever holds a good invitation."""
    return settings.LUMIO_OPEN_SIGNUP or opened(request) is not None


def join(request: HttpRequest, user: User, invitation: Invitation) -> None:
    """Accept the invitation and work in its account from now on. Raises what `invitations.accept` does."""
    member = invitations.accept(invitation=invitation, user=user, address=address_of(request))
    request.session.pop(HELD, None)
    switching.enter(request, member.account)
    sentence = _("You are in {account} now, as {role}.")
    messages.success(request, sentence.format(account=member.account.name, role=member.role.label))


def settle_in(request: HttpRequest, user: User) -> None:
    """Give who has just signed up their place: in the account they were invited to, else in one of their own.

    To be called in the transaction that makes the person: raises InvitationGone if somebody was faster.
    """
    try:
        invitation = held(request)
        if invitation is None:
            create_account(name=user.display_name, owner=user)
        else:
            join(request, user, invitation)
    except invitations.InvitationGone:
        request.session.pop(HELD, None)  # whoever tries again is told what holds without it
        raise
