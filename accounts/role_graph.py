"""GraphQL: the same as `accounts.role_rest`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import graphene

from accounts.answers import taken
from accounts.domain import access, explain, roles
from accounts.enums import VIEWER, Permission
from accounts.gates import ANY_MEMBER, field
from accounts.role_forms import WholeRoleInput as WholeRole
from accounts.role_rest import catalogue, shown
from accounts.scalars import DateTime

if TYPE_CHECKING:
    from accounts.actor import Actor


class RoleType(graphene.ObjectType):
    class Meta:
        name = "Role"

    id = graphene.ID(required=True)
    slug = graphene.String(required=True, description="Stays when the role is renamed.")
    name = graphene.String(required=True, description="A default role's in the caller's language.")
    colour = graphene.String(required=True, description="As in CSS: #22c55e.")
    permissions = graphene.List(graphene.NonNull(graphene.String), required=True)
    is_default = graphene.Boolean(
        required=True, description="Whether every account has it: such a role cannot be deleted."
    )


class CataloguePermission(graphene.ObjectType):
    code = graphene.String(required=True, description="resource:action")
    label = graphene.String(required=True, description="What it allows, in the caller's language.")
    resource = graphene.String(required=True, description="What it is about, in the caller's language.")


class RightChange(graphene.ObjectType):
    at = DateTime(required=True)
    text = graphene.String(required=True)


class Right(graphene.ObjectType):
    """Whether a member has one permission, and why."""

    permission = graphene.String(required=True)
    label = graphene.String(required=True)
    allowed = graphene.Boolean(required=True)
    because = graphene.String(required=True)
    roles = graphene.List(
        graphene.NonNull(graphene.String), required=True, description="Slugs of the roles that allow it."
    )
    changed = graphene.Field(RightChange, description="What made it so; null for who may not read the audit log.")

    @staticmethod
    def resolve_permission(right: explain.Right, info: Any) -> str:
        return right.permission.value

    @staticmethod
    def resolve_label(right: explain.Right, info: Any) -> str:
        return str(right.permission.label)

    @staticmethod
    def resolve_roles(right: explain.Right, info: Any) -> list[str]:
        return right.slugs


class Query(graphene.ObjectType):
    roles = graphene.List(graphene.NonNull(RoleType), description="The one that allows most first.")
    role = graphene.Field(
        RoleType, id=graphene.ID(required=True, description="Its slug is taken, too."), description="One role."
    )
    permission_catalogue = graphene.List(
        graphene.NonNull(CataloguePermission), description="Every permission there is."
    )
    member_rights = graphene.List(
        graphene.NonNull(Right),
        id=graphene.ID(required=True),
        description="What a member may do and what not, and why.",
    )

    @staticmethod
    @field(Permission.ROLES_READ)
    def resolve_roles(root: Any, actor: Actor) -> list[dict[str, Any]]:
        return [shown(role) for role in roles.listing(actor)]

    @staticmethod
    @field(Permission.ROLES_READ)
    def resolve_role(root: Any, actor: Actor, id: str) -> dict[str, Any]:
        return shown(access.get_role(actor, id, Permission.ROLES_READ))

    @staticmethod
    @field(ANY_MEMBER)
    def resolve_permission_catalogue(root: Any, actor: Actor) -> list[dict[str, Any]]:
        return catalogue()

    @staticmethod
    @field(Permission.MEMBERS_READ)
    def resolve_member_rights(root: Any, actor: Actor, id: str) -> list[explain.Right]:
        return explain.rights_of(actor, access.get_member(actor, id, Permission.MEMBERS_READ))


class WholeRoleInput(graphene.InputObjectType):
    name = graphene.String(required=True)
    colour = graphene.String(default_value=VIEWER.colour, description="As in CSS: #22c55e.")
    permissions = graphene.List(graphene.NonNull(graphene.String), required=True)


class CreateRole(graphene.Mutation):
    """Makes a role. Nobody puts into one what they lack themselves."""

    class Arguments:
        input = WholeRoleInput(required=True)

    role = graphene.Field(RoleType, required=True)

    @staticmethod
    @field(Permission.ROLES_CREATE)
    def mutate(root: Any, actor: Actor, input: dict[str, Any]) -> CreateRole:
        return CreateRole(role=shown(roles.create(actor=actor, **taken(WholeRole, input))))


class UpdateRole(graphene.Mutation):
    """Sets all of a role, at once. Not the owner's, one's own, nor one that allows more than one's own."""

    class Arguments:
        id = graphene.ID(required=True)
        input = WholeRoleInput(required=True)

    role = graphene.Field(RoleType, required=True)

    @staticmethod
    @field(Permission.ROLES_EDIT)
    def mutate(root: Any, actor: Actor, id: str, input: dict[str, Any]) -> UpdateRole:
        role = access.get_role(actor, id, Permission.ROLES_EDIT)
        return UpdateRole(role=shown(roles.change(actor=actor, role=role, **taken(WholeRole, input))))


class DeleteRole(graphene.Mutation):
    """Deletes a role that nobody has. Invitations that would give it end."""

    class Arguments:
        id = graphene.ID(required=True)

    id = graphene.ID(required=True)

    @staticmethod
    @field(Permission.ROLES_DELETE)
    def mutate(root: Any, actor: Actor, id: str) -> DeleteRole:
        roles.delete(actor=actor, role=access.get_role(actor, id, Permission.ROLES_DELETE))
        return DeleteRole(id=id)


class Mutation(graphene.ObjectType):
    create_role = CreateRole.Field()
    update_role = UpdateRole.Field()
    delete_role = DeleteRole.Field()
