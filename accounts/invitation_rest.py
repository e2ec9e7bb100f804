"""REST: invitations, for those who make them and for those who hold one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.http import Http404
from django.urls import reverse
from django.views.decorators.debug import sensitive_variables
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts import paging, throttle
from accounts.answers import Time, created, envelope
from accounts.authentication import address_of
from accounts.domain import access, invitations, members, people
from accounts.enums import Permission
from accounts.gates import ANY_PERSON, ApiView, Gate, PersonView, PublicView, any_of
from accounts.member_forms import InviteInput
from accounts.member_rest import MemberLinkOut, MemberRoleOut
from accounts.rest import AccountOut

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request

    from accounts.models import Invitation

#: What makes a door of whoever holds an invitation.
BY_CODE = Gate(reason="opened by the code of an invitation")


class InviterOut(serializers.Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField()


class InvitationOut(serializers.Serializer):
    """An invitation without its link."""

    id = serializers.UUIDField()
    cursor = serializers.CharField(help_text="Its place in the list.")
    role = MemberRoleOut()
    note = serializers.CharField()
    last_four = serializers.CharField(help_text="Of the link.")
    works = serializers.BooleanField(
        help_text="False once it has run out or is used up, or while who made it may not give this role."
    )
    max_uses = serializers.IntegerField(allow_null=True, help_text="Null: as many as have the link.")
    uses = serializers.IntegerField(help_text="How many have joined with it.")
    creator = InviterOut()
    created_at = Time()
    expires_at = Time(allow_null=True, help_text="Null: it does not run out.")
    _links = MemberLinkOut()


class MadeInvitationOut(InvitationOut):
    address = serializers.CharField(help_text="The link to send to whoever is to join, here and never again.")


class OpenInvitationOut(serializers.Serializer):
    """What an invitation's holder sees of it."""

    account = serializers.CharField(help_text="The account's name.")
    role = serializers.CharField(help_text="The role's name.")
    invited_by = serializers.CharField()
    expires_at = Time(allow_null=True, help_text="Null: it does not run out.")


class JoinedOut(serializers.Serializer):
    account = AccountOut()
    role = serializers.CharField(help_text="The role's name.")
    member_id = serializers.UUIDField()


def shown(invitation: Invitation) -> dict[str, Any]:
    """An invitation as `InvitationOut` takes it."""
    return {
        "id": invitation.pk,
        "cursor": paging.cursor_of(invitation),
        "role": invitation.role,
        "note": invitation.note,
        "last_four": invitation.last_four,
        "works": invitation.works,
        "max_uses": invitation.max_uses,
        "uses": invitation.uses,
        "creator": {"id": invitation.creator.pk, "name": invitation.creator.display_name},
        "created_at": invitation.created_at,
        "expires_at": invitation.expires_at,
        "_links": {"self": reverse("rest-invite", args=[invitation.pk])},
    }


def to_holder(invitation: Invitation) -> dict[str, Any]:
    """The same as `OpenInvitationOut` takes it."""
    return {
        "account": invitation.account.name,
        "role": invitation.role.label,
        "invited_by": invitation.creator.display_name,
        "expires_at": invitation.expires_at,
    }


class InviteList(ApiView):
    gates: ClassVar = {"GET": Permission.MEMBERS_READ, "POST": Permission.MEMBERS_CREATE}
    limits: ClassVar = {"POST": throttle.INVITE}
    refusals: ClassVar = {"POST": (members.RoleNotAssignable, invitations.TooManyInvitations, Http404)}

    @extend_schema(responses=InvitationOut(many=True), parameters=paging.BY_CURSOR)
    def get(self, request: Request) -> Response:
        """The account's invitations that were not withdrawn."""
        limit = paging.limit(request.query_params.get("limit"))
        before, after = (request.query_params.get(name) for name in ("before", "after"))
        page = invitations.listing(self.actor, limit=limit, before=before, after=after)
        data = InvitationOut([shown(invitation) for invitation in page.rows], many=True).data
        return envelope(request, data, page.links(request, paging.cursor_of))

    @extend_schema(request=InviteInput, responses={201: MadeInvitationOut})
    @sensitive_variables("code")
    def post(self, request: Request) -> Response:
        """Invite with a link. `data.address` is the link itself, here and never again.

        Nobody gives the owner's role, or one that allows more than their own.
        """
        given = InviteInput(data=request.data)
        given.is_valid(raise_exception=True)
        made, code = invitations.create(actor=self.actor, **given.wanted(self.actor))
        found = shown(access.get_invitation(self.actor, made.pk, Permission.MEMBERS_CREATE))
        address = invitations.address_of(code)
        return created(MadeInvitationOut({**found, "address": address}).data, found["_links"]["self"])


class InviteDetail(ApiView):
    gates: ClassVar = {"GET": Permission.MEMBERS_READ, "DELETE": any_of(*invitations.WITHDRAW)}
    refusals: ClassVar = {"DELETE": (members.RoleAbove,)}

    @extend_schema(responses=InvitationOut)
    def get(self, request: Request, invitation_id: UUID) -> Response:
        """One invitation."""
        found = access.get_invitation(self.actor, invitation_id, Permission.MEMBERS_READ)
        return envelope(request, InvitationOut(shown(found)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, invitation_id: UUID) -> Response:
        """Withdraw an invitation. Whoever has joined with it stays."""
        found = access.get_invitation(self.actor, invitation_id, *invitations.WITHDRAW)
        invitations.withdraw(actor=self.actor, invitation=found)
        return Response(status=204)


class ByCode(PublicView):
    gates: ClassVar = {"GET": BY_CODE}
    refusals: ClassVar = {"GET": (invitations.InvitationGone,)}

    @extend_schema(operation_id="invitations_retrieve", responses=OpenInvitationOut)
    @sensitive_variables("code")
    def get(self, request: Request, code: str) -> Response:
        """Who invites to which account, for whoever holds the link."""
        return envelope(request, OpenInvitationOut(to_holder(invitations.find(code))).data)


class Accept(PersonView):
    gates: ClassVar = {"POST": ANY_PERSON}
    refusals: ClassVar = {"POST": (people.PersonNeeded, invitations.AlreadyMember, invitations.InvitationGone)}

    @extend_schema(request=None, responses=JoinedOut)
    @sensitive_variables("code")
    def post(self, request: Request, code: str) -> Response:
        """Join the account as the signed-in person, who may be a member of none so far."""
        invitation = invitations.find(code, self.person)
        member = invitations.accept(invitation=invitation, user=self.person, address=address_of(request._request))
        joined = {"account": member.account, "role": member.role.label, "member_id": member.pk}
        return envelope(request, JoinedOut(joined).data)
