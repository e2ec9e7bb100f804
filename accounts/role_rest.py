"""REST: the account's roles, the permissions there are, and why a member has one or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.answers import Time, created, envelope, sent
from accounts.domain import access, explain, granting, members, roles
from accounts.enums import Permission
from accounts.gates import ANY_MEMBER, ApiView
from accounts.permission_groups import RESOURCES
from accounts.role_forms import WholeRoleInput

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request

    from accounts.models import Role

#: What a role may be refused for when it is made, and when one is touched.
IN_MAKING = (granting.UnknownPermission, granting.MoreThanHeld, roles.NameTaken, roles.NoName, roles.NoColour)
IN_TOUCHING = (roles.OwnerIsFixed, roles.OwnRole, members.RoleAbove)


class RoleLinkOut(serializers.Serializer):
    self = serializers.CharField()


class RoleOut(serializers.Serializer):
    id = serializers.UUIDField()
    slug = serializers.CharField(help_text="Stays when the role is renamed.")
    name = serializers.CharField(help_text="A default role's in the caller's language.")
    colour = serializers.CharField(help_text="As in CSS: #22c55e.")
    permissions = serializers.ListField(child=serializers.CharField())
    is_default = serializers.BooleanField(help_text="Whether every account has it: such a role cannot be deleted.")
    _links = RoleLinkOut()


class PermissionOut(serializers.Serializer):
    code = serializers.CharField(help_text="resource:action")
    label = serializers.CharField(help_text="What it allows, in the caller's language.")  # type: ignore[assignment]
    resource = serializers.CharField(help_text="What it is about, in the caller's language.")


class ChangeOut(serializers.Serializer):
    at = Time()
    text = serializers.CharField()


class RightOut(serializers.Serializer):
    permission = serializers.CharField()
    label = serializers.CharField(source="permission.label")  # type: ignore[assignment]  # the base has one of its own
    allowed = serializers.BooleanField()
    because = serializers.CharField()
    roles = serializers.ListField(
        child=serializers.CharField(), source="slugs", help_text="Slugs of the roles that allow it."
    )
    changed = ChangeOut(allow_null=True, help_text="What made it so; null for who may not read the audit log.")


def shown(role: Role) -> dict[str, Any]:
    """A role as `RoleOut` takes it."""
    return {
        "id": role.pk,
        "slug": role.slug,
        "name": role.label,
        "colour": role.colour,
        "permissions": sorted(role.codes),
        "is_default": roles.default_of(role) is not None,
        "_links": {"self": reverse("rest-role", args=[role.pk])},
    }


def catalogue() -> list[dict[str, Any]]:
    """Every permission as `PermissionOut` takes it."""
    return [
        {"code": code.value, "label": code.label, "resource": RESOURCES[code.value.partition(":")[0]]}
        for code in Permission
    ]


class RoleList(ApiView):
    gates: ClassVar = {"GET": Permission.ROLES_READ, "POST": Permission.ROLES_CREATE}
    refusals: ClassVar = {"POST": (*IN_MAKING, roles.TooManyRoles)}

    @extend_schema(responses=RoleOut(many=True))
    def get(self, request: Request) -> Response:
        """The account's roles, the one that allows most first."""
        return envelope(request, RoleOut([shown(role) for role in roles.listing(self.actor)], many=True).data)

    @extend_schema(request=WholeRoleInput, responses={201: RoleOut})
    def post(self, request: Request) -> Response:
        """Make a role. Nobody puts into one what they lack themselves."""
        made = shown(roles.create(actor=self.actor, **sent(WholeRoleInput, request)))
        return created(RoleOut(made).data, made["_links"]["self"])


class RoleDetail(ApiView):
    gates: ClassVar = {
        "GET": Permission.ROLES_READ,
        "PUT": Permission.ROLES_EDIT,
        "DELETE": Permission.ROLES_DELETE,
    }
    refusals: ClassVar = {
        "PUT": (*IN_MAKING, *IN_TOUCHING),
        "DELETE": (*IN_TOUCHING, roles.DefaultStays, roles.RoleInUse),
    }

    @extend_schema(responses=RoleOut)
    def get(self, request: Request, role_id: UUID) -> Response:
        """One role."""
        return envelope(request, RoleOut(shown(access.get_role(self.actor, role_id, Permission.ROLES_READ))).data)

    @extend_schema(request=WholeRoleInput, responses=RoleOut)
    def put(self, request: Request, role_id: UUID) -> Response:
        """Set all of a role. It counts from its members' next request, and on open sockets at once.

        Nobody changes the owner's role, their own, or one that allows more than their own.
        """
        role = access.get_role(self.actor, role_id, Permission.ROLES_EDIT)
        changed = roles.change(actor=self.actor, role=role, **sent(WholeRoleInput, request))
        return envelope(request, RoleOut(shown(changed)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, role_id: UUID) -> Response:
        """Delete a role that nobody has. Invitations that would give it end."""
        roles.delete(actor=self.actor, role=access.get_role(self.actor, role_id, Permission.ROLES_DELETE))
        return Response(status=204)


class PermissionList(ApiView):
    gates: ClassVar = {"GET": ANY_MEMBER}

    @extend_schema(responses=PermissionOut(many=True))
    def get(self, request: Request) -> Response:
        """Every permission there is."""
        return envelope(request, PermissionOut(catalogue(), many=True).data)


class MemberRights(ApiView):
    gates: ClassVar = {"GET": Permission.MEMBERS_READ}

    @extend_schema(responses=RightOut(many=True))
    def get(self, request: Request, member_id: UUID) -> Response:
        """What a member may do and what not, and why."""
        member = access.get_member(self.actor, member_id, Permission.MEMBERS_READ)
        return envelope(request, RightOut(explain.rights_of(self.actor, member), many=True).data)
