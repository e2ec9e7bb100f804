"""What whoever holds an invitation sees: who invites them to what, and the way in.

The code stands in one address, the link's own. What comes after it goes by what this browser's session holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from accounts import joining
from accounts.authentication import carries_token
from accounts.discreet import discreet
from accounts.domain import invitations
from accounts.domain.invitations import AlreadyMember, InvitationGone
from accounts.enums import Permission
from accounts.gates import public
from accounts.models import User
from accounts.permission_groups import groups

if TYPE_CHECKING:
    from accounts.models import Invitation
    from lumio.lib.errors import Refusal

GET_OR_POST = ["GET", "HEAD", "POST"]


def _refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    context = {"refusal": refusal, "account": refusal.params.get("account")}
    return render(request, "invitation/refused.html", context, status=refusal.status)


@public("opened by the code of an invitation")
@discreet(_refused)
@require_http_methods(GET_OR_POST)
@sensitive_variables("code")
def by_code(request: HttpRequest, code: str) -> HttpResponse:
    """The link itself."""
    try:
        return _answer(request, invitations.find(code, _person(request)))
    except (AlreadyMember, InvitationGone) as refusal:
        return _refused(request, refusal)


@public("shows the invitation that was opened in this very browser")
@discreet(_refused)
@require_http_methods(GET_OR_POST)
def opened(request: HttpRequest) -> HttpResponse:
    """Back from the sign-in."""
    try:
        invitation = joining.held(request, _person(request))
        if invitation is None:
            raise InvitationGone
        return _answer(request, invitation)
    except (AlreadyMember, InvitationGone) as refusal:
        return _refused(request, refusal)


def _answer(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """The question; or what follows from its buttons, of which `way` says which of a stranger's was pressed."""
    user = _person(request)
    if request.method != "POST":
        codes = [code for code in Permission if code in invitation.role.codes]
        context = {"invitation": invitation, "person": user, "groups": groups(codes)}
        return render(request, "invitation/ask.html", context)
    if user is not None:
        joining.join(request, user, invitation)
        return redirect("dashboard")
    joining.hold(request, invitation)
    if request.POST.get("way") == "sign-up":
        return redirect("account_signup")
    return redirect(f"{reverse('account_login')}?{urlencode({'next': reverse('invitation_opened')})}")


def _person(request: HttpRequest) -> User | None:
    """Who is signed in; nobody beside a popout token."""
    return request.user if isinstance(request.user, User) and not carries_token(request) else None
