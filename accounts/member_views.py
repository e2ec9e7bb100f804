"""The Members page: who is in the account, who is invited, and what may be changed about either."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import paging, switching, throttle
from accounts.authentication import actor_of_member, address_of, memberships_of
from accounts.domain import access, explain, invitations, members
from accounts.enums import Permission
from accounts.gates import any_of, page, person
from accounts.member_forms import InviteForm, RoleForm
from lumio.lib import qr
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from accounts.actor import Actor
    from accounts.http import ActorRequest, PersonRequest
    from accounts.models import Invitation, Member, Role

GET_OR_POST = ["GET", "HEAD", "POST"]
#: Rows of a page of either tab.
ROWS = 50


@dataclass(frozen=True)
class Seat:
    """A member as the actor sees them. `roles` are those they may get from the actor, `depends` what stops when they
    go, in sentences."""

    member: Member
    is_self: bool
    roles: list[Role]
    may_remove: bool
    depends: list[str]


@dataclass(frozen=True)
class Invited:
    invitation: Invitation
    may_withdraw: bool


@require_safe
@page(Permission.MEMBERS_READ)
def index(request: ActorRequest) -> HttpResponse:
    """Two tabs: members, in the order in which they joined, `q` finding some of them; and with `?tab=invitations`
    invitations, newest first."""
    actor = request.actor
    tab = "invitations" if request.GET.get("tab") == "invitations" else "members"
    context = {
        "tab": tab,
        "members": members.number(actor),
        "invitations": invitations.number_open(actor),
        "may_invite": actor.can(Permission.MEMBERS_CREATE),
    }
    found = _invited(request) if tab == "invitations" else _seats(request)
    return render(request, "members/index.html", context | found)


def _seats(request: ActorRequest) -> dict[str, object]:
    wanted, after = request.GET.get("q", "").strip(), request.GET.get("after", "")
    found = members.listing(request.actor, q=wanted, limit=ROWS, after=after or paging.BEGINNING)
    more = paging.cursor_of(found.rows[-1]) if found.has_more else ""
    return {"q": wanted, "seats": seats(request.actor, found.rows), "more": more, "is_later": bool(after)}


def _invited(request: ActorRequest) -> dict[str, object]:
    before = request.GET.get("before", "")
    found = invitations.listing(request.actor, limit=ROWS, before=before)
    more = paging.cursor_of(found.rows[-1]) if found.has_more else ""
    may = request.actor.can_any(*invitations.WITHDRAW)
    invited = [Invited(row, may and invitations.may_withdraw(request.actor, row)) for row in found.rows]
    return {"invited": invited, "more": more, "is_later": bool(before)}


def seats(actor: Actor, rows: list[Member]) -> list[Seat]:
    """What the actor may do with each of these members. A fixed number of queries."""
    may_edit, may_remove = actor.can(Permission.MEMBERS_EDIT), actor.can(Permission.MEMBERS_DELETE)
    roles = members.assignable(actor) if may_edit else []
    theirs = {member.pk for member in rows if members.may_touch(actor, member)}
    people = [member.user_id for member in rows if member.pk in theirs]
    depends = members.depending(actor.account, people) if may_remove else {}
    return [
        Seat(
            member=member,
            is_self=actor.user is not None and member.user_id == actor.user.pk,
            roles=roles if member.pk in theirs else [],
            may_remove=may_remove and member.pk in theirs,
            depends=depends.get(member.user_id, []),
        )
        for member in rows
    ]


@require_safe
@page(Permission.MEMBERS_READ)
def member(request: ActorRequest, member_id: UUID) -> HttpResponse:
    """One member: their role, and what follows from it; `can` is a permission to be explained."""
    found = access.get_member(request.actor, member_id, Permission.MEMBERS_READ)
    [seat] = seats(request.actor, [found])
    rights = explain.rights_of(request.actor, found)
    context = {
        "seat": seat,
        "member": found,
        "may_edit": request.actor.can(Permission.MEMBERS_EDIT),
        "rights": explain.grouped(rights),
        "asked": next((right for right in rights if right.permission == request.GET.get("can")), None),
    }
    return render(request, "members/member.html", context)


@require_POST
@page(Permission.MEMBERS_EDIT)
def change_role(request: ActorRequest, member_id: UUID) -> HttpResponse:
    found = access.get_member(request.actor, member_id, Permission.MEMBERS_EDIT)
    form = RoleForm(request.actor, request.POST)
    try:
        if not form.is_valid():
            raise members.RoleNotAssignable
        changed = members.change_role(actor=request.actor, member=found, role=form.cleaned_data["role"])
    except Refusal as refusal:
        messages.error(request, refusal.text)
    else:
        sentence = _("{name} is now {role}. It counts at once, on open pages too.")
        messages.success(request, sentence.format(name=changed.user.display_name, role=changed.role.label))
    return _back(request)


@require_POST
@page(Permission.MEMBERS_DELETE)
def remove(request: ActorRequest, member_id: UUID) -> HttpResponse:
    found = access.get_member(request.actor, member_id, Permission.MEMBERS_DELETE)
    try:
        members.remove(actor=request.actor, member=found)
    except Refusal as refusal:
        messages.error(request, refusal.text)
    else:
        sentence = _("{name} is no longer a member. Their open pages are closed.")
        messages.success(request, sentence.format(name=found.user.display_name))
    return _back(request)


@require_POST
@person
def leave(request: PersonRequest, account_id: UUID) -> HttpResponse:
    """Out of one of the person's accounts, whichever they work in now."""
    found = next((row for row in memberships_of(request) if row.account_id == account_id), None)
    if found is None:
        raise Http404
    try:
        members.leave(actor=actor_of_member(found, address=address_of(request)))
    except Refusal as refusal:
        messages.error(request, refusal.text)
    else:
        switching.forget(request, found.account)
        messages.success(request, _("You have left {account}.").format(account=found.account.name))
    return redirect("accounts")


@require_http_methods(GET_OR_POST)
@page(Permission.MEMBERS_CREATE)
@sensitive_variables("code", "address")
def invite(request: ActorRequest) -> HttpResponse:
    """The form, and after it the one page that ever shows the link: no redirect, so nothing has to carry it."""
    form = InviteForm(request.actor, request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return render(request, "members/invite.html", {"form": form}, status=422 if form.is_bound else 200)
    try:
        throttle.require(throttle.INVITE, request.actor)
        made, code = invitations.create(actor=request.actor, **form.cleaned_data)
    except Refusal as refusal:
        form.add_error(None, refusal.text)
        return render(request, "members/invite.html", {"form": form}, status=422)
    address = invitations.address_of(code)
    context = {"made": made, "address": address, "picture": qr.data_uri(address)}
    response = render(request, "members/invited.html", context)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@page(any_of(*invitations.WITHDRAW))
def withdraw(request: ActorRequest, invitation_id: UUID) -> HttpResponse:
    found = access.get_invitation(request.actor, invitation_id, *invitations.WITHDRAW)
    try:
        invitations.withdraw(actor=request.actor, invitation=found)
    except Refusal as refusal:
        messages.error(request, refusal.text)
    else:
        messages.success(request, _("The invitation is withdrawn. Its link opens nothing any more."))
    return _back(request, "?tab=invitations")


def _back(request: ActorRequest, tab: str = "") -> HttpResponse:
    """To the list, for whoever may see it."""
    return redirect(reverse("members") + tab if request.actor.can(Permission.MEMBERS_READ) else reverse("dashboard"))
