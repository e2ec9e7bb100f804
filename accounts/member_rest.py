"""REST: who is in the account, and with which role."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.http import Http404
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts import paging
from accounts.answers import Time, envelope
from accounts.domain import access, members, people
from accounts.enums import Permission
from accounts.gates import ANY_MEMBER, ApiView
from accounts.member_forms import RoleInput

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request

    from accounts.actor import Actor
    from accounts.models import Member

SEARCH = OpenApiParameter("q", str, description="Only those whose name or e-mail address holds this.")


class MemberRoleOut(serializers.Serializer):
    id = serializers.UUIDField()
    slug = serializers.CharField()
    name = serializers.CharField(source="label", help_text="A default role's in the caller's language.")
    colour = serializers.CharField(help_text="As in CSS: #22c55e.")


class MemberLinkOut(serializers.Serializer):
    self = serializers.CharField()


class MemberOut(serializers.Serializer):
    """Somebody in the account."""

    id = serializers.UUIDField(help_text="Of the membership, not of the person.")
    cursor = serializers.CharField(help_text="Its place in the list.")
    name = serializers.CharField(help_text="Without one of their own the first half of their e-mail address.")
    email = serializers.EmailField(allow_null=True, help_text="Null for a popout token.")
    role = MemberRoleOut()
    is_you = serializers.BooleanField()
    can_sign_in = serializers.BooleanField(help_text="False where the operator has switched the person off.")
    joined_at = Time()
    _links = MemberLinkOut()


def shown(actor: Actor, member: Member) -> dict[str, Any]:
    """A member as `MemberOut` takes them. Popout tokens, whose URLs leak, learn no address."""
    by_token = actor.token_id is not None
    return {
        "id": member.pk,
        "cursor": paging.cursor_of(member),
        "name": member.user.display_name,
        "email": None if by_token else member.user.email,
        "role": member.role,
        "is_you": not by_token and actor.user is not None and actor.user.pk == member.user_id,
        "can_sign_in": member.user.is_active,
        "joined_at": member.created_at,
        "_links": {"self": reverse("rest-member", args=[member.pk])},
    }


class MemberList(ApiView):
    gates: ClassVar = {"GET": Permission.MEMBERS_READ}

    @extend_schema(responses=MemberOut(many=True), parameters=[SEARCH, *paging.BY_CURSOR])
    def get(self, request: Request) -> Response:
        """Who is in the account."""
        limit = paging.limit(request.query_params.get("limit"))
        q, before, after = (request.query_params.get(name, "") for name in ("q", "before", "after"))
        page = members.listing(self.actor, q=q, limit=limit, before=before, after=after)
        data = MemberOut([shown(self.actor, member) for member in page.rows], many=True).data
        return envelope(request, data, page.links(request, paging.cursor_of))


class MemberDetail(ApiView):
    gates: ClassVar = {
        "GET": Permission.MEMBERS_READ,
        "PUT": Permission.MEMBERS_EDIT,
        "DELETE": Permission.MEMBERS_DELETE,
    }
    refusals: ClassVar = {
        "PUT": (members.OwnerStays, members.NotOneself, members.RoleAbove, members.RoleNotAssignable, Http404),
        "DELETE": (members.OwnerStays, members.NotOneself, members.RoleAbove),
    }

    @extend_schema(responses=MemberOut)
    def get(self, request: Request, member_id: UUID) -> Response:
        """One member."""
        member = access.get_member(self.actor, member_id, Permission.MEMBERS_READ)
        return envelope(request, MemberOut(shown(self.actor, member)).data)

    @extend_schema(request=RoleInput, responses=MemberOut)
    def put(self, request: Request, member_id: UUID) -> Response:
        """Give a member another role. It counts from their next request, and on open sockets at once.

        Nobody changes their own, nor the role of somebody who may do more than they; the owner keeps theirs.
        """
        member = access.get_member(self.actor, member_id, Permission.MEMBERS_EDIT)
        given = RoleInput(data=request.data)
        given.is_valid(raise_exception=True)
        role = given.role_of(self.actor, Permission.MEMBERS_EDIT)
        changed = members.change_role(actor=self.actor, member=member, role=role)
        return envelope(request, MemberOut(shown(self.actor, changed)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, member_id: UUID) -> Response:
        """Take a member out of the account. What they made stays; their popout tokens open nothing any more."""
        member = access.get_member(self.actor, member_id, Permission.MEMBERS_DELETE)
        members.remove(actor=self.actor, member=member)
        return Response(status=204)


class Leave(ApiView):
    gates: ClassVar = {"POST": ANY_MEMBER}
    refusals: ClassVar = {"POST": (people.PersonNeeded, members.OwnerCannotLeave)}

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        """Leave the account oneself. Its owner cannot. Signed in only."""
        people.in_person(self.actor)
        members.leave(actor=self.actor)
        return Response(status=204)
