"""GraphQL: the same as `accounts.member_rest` and `accounts.invitation_rest`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import graphene
from django.views.decorators.debug import sensitive_variables

from accounts import paging, throttle
from accounts.authentication import address_of
from accounts.domain import access, invitations, members, people
from accounts.enums import Permission
from accounts.gates import ANY_MEMBER, any_of, field, field_of_person, public
from accounts.graph import AccountType
from accounts.invitation_rest import BY_CODE, shown, to_holder
from accounts.member_forms import InviteInput, RoleInput
from accounts.member_rest import shown as shown_member
from accounts.scalars import DateTime

if TYPE_CHECKING:
    from accounts.actor import Actor
    from accounts.http import PersonRequest
    from accounts.models import Role

OLDER_AND_NEWER = "Newest first; with `after` what follows, oldest first. Both take a `cursor`, itself excluded."


class MemberRole(graphene.ObjectType):
    id = graphene.ID(required=True)
    slug = graphene.String(required=True)
    name = graphene.String(required=True, description="A default role's in the caller's language.")
    colour = graphene.String(required=True, description="As in CSS: #22c55e.")

    @staticmethod
    def resolve_id(role: Role, info: Any) -> str:
        return str(role.pk)

    @staticmethod
    def resolve_name(role: Role, info: Any) -> str:
        return role.label


class Member(graphene.ObjectType):
    """Somebody in the account."""

    id = graphene.ID(required=True, description="Of the membership, not of the person.")
    cursor = graphene.String(required=True, description="Its place in the list.")
    name = graphene.String(
        required=True, description="Without one of their own the first half of their e-mail address."
    )
    email = graphene.String(description="Null for a popout token.")
    role = graphene.Field(MemberRole, required=True)
    is_you = graphene.Boolean(required=True)
    can_sign_in = graphene.Boolean(required=True, description="False where the operator has switched the person off.")
    joined_at = DateTime(required=True)


class Inviter(graphene.ObjectType):
    id = graphene.ID(required=True)
    name = graphene.String(required=True)


class Invite(graphene.ObjectType):
    """An invitation without its link."""

    id = graphene.ID(required=True)
    cursor = graphene.String(required=True, description="Its place in the list.")
    role = graphene.Field(MemberRole, required=True)
    note = graphene.String(required=True)
    last_four = graphene.String(required=True, description="Of the link.")
    works = graphene.Boolean(
        required=True,
        description="False once it has run out or is used up, or while who made it may not give this role.",
    )
    max_uses = graphene.Int(description="Null: as many as have the link.")
    uses = graphene.Int(required=True, description="How many have joined with it.")
    creator = graphene.Field(Inviter, required=True)
    created_at = DateTime(required=True)
    expires_at = DateTime(description="Null: it does not run out.")


class OpenInvite(graphene.ObjectType):
    """What an invitation's holder sees of it."""

    account = graphene.String(required=True, description="The account's name.")
    role = graphene.String(required=True, description="The role's name.")
    invited_by = graphene.String(required=True)
    expires_at = DateTime(description="Null: it does not run out.")


class Query(graphene.ObjectType):
    members = graphene.List(
        graphene.NonNull(Member),
        q=graphene.String(),
        before=graphene.String(),
        after=graphene.String(),
        limit=graphene.Int(default_value=paging.PAGE),
        description=f"`q` is a part of a name or an e-mail address. {OLDER_AND_NEWER}",
    )
    member = graphene.Field(Member, id=graphene.ID(required=True), description="One member.")
    invites = graphene.List(
        graphene.NonNull(Invite),
        before=graphene.String(),
        after=graphene.String(),
        limit=graphene.Int(default_value=paging.PAGE),
        description=OLDER_AND_NEWER,
    )
    invite = graphene.Field(Invite, id=graphene.ID(required=True), description="One invitation.")
    invite_by_code = graphene.Field(
        OpenInvite, code=graphene.String(required=True), description="For anybody who holds the link."
    )

    @staticmethod
    @field(Permission.MEMBERS_READ)
    def resolve_members(
        root: Any,
        actor: Actor,
        limit: int | None,
        q: str | None = None,
        before: str | None = None,
        after: str | None = None,
    ) -> list[dict[str, Any]]:
        found = members.listing(actor, q=q or "", limit=paging.limit(limit), before=before, after=after)
        return [shown_member(actor, member) for member in found.rows]

    @staticmethod
    @field(Permission.MEMBERS_READ)
    def resolve_member(root: Any, actor: Actor, id: str) -> dict[str, Any]:
        return shown_member(actor, access.get_member(actor, id, Permission.MEMBERS_READ))

    @staticmethod
    @field(Permission.MEMBERS_READ)
    def resolve_invites(
        root: Any, actor: Actor, limit: int | None, before: str | None = None, after: str | None = None
    ) -> list[dict[str, Any]]:
        found = invitations.listing(actor, limit=paging.limit(limit), before=before, after=after)
        return [shown(invitation) for invitation in found.rows]

    @staticmethod
    @field(Permission.MEMBERS_READ)
    def resolve_invite(root: Any, actor: Actor, id: str) -> dict[str, Any]:
        return shown(access.get_invitation(actor, id, Permission.MEMBERS_READ))

    @staticmethod
    @public(BY_CODE.reason)
    @sensitive_variables("code")
    def resolve_invite_by_code(root: Any, info: Any, code: str) -> dict[str, Any]:
        return to_holder(invitations.find(code))


class UpdateMemberRoleInput(graphene.InputObjectType):
    member_id = graphene.ID(required=True)
    role = graphene.String(required=True, description="The role's slug or id.")


class UpdateMemberRole(graphene.Mutation):
    """Gives a member another role, at once. Not one's own, nor above one's own; the owner keeps theirs."""

    class Arguments:
        input = UpdateMemberRoleInput(required=True)

    member = graphene.Field(Member, required=True)

    @staticmethod
    @field(Permission.MEMBERS_EDIT)
    def mutate(root: Any, actor: Actor, input: dict[str, str]) -> UpdateMemberRole:
        given = RoleInput(data={"role": input["role"]})
        given.is_valid(raise_exception=True)
        member = access.get_member(actor, input["member_id"], Permission.MEMBERS_EDIT)
        role = given.role_of(actor, Permission.MEMBERS_EDIT)
        changed = members.change_role(actor=actor, member=member, role=role)
        return UpdateMemberRole(member=shown_member(actor, changed))


class RemoveMember(graphene.Mutation):
    """Takes a member out of the account, at once."""

    class Arguments:
        id = graphene.ID(required=True)

    id = graphene.ID(required=True)

    @staticmethod
    @field(Permission.MEMBERS_DELETE)
    def mutate(root: Any, actor: Actor, id: str) -> RemoveMember:
        members.remove(actor=actor, member=access.get_member(actor, id, Permission.MEMBERS_DELETE))
        return RemoveMember(id=id)


class LeaveAccount(graphene.Mutation):
    """Leaves the account oneself. Its owner cannot. Signed in only."""

    account = graphene.Field(AccountType, required=True)

    @staticmethod
    @field(ANY_MEMBER)
    def mutate(root: Any, actor: Actor) -> LeaveAccount:
        people.in_person(actor)
        members.leave(actor=actor)
        return LeaveAccount(account=actor.account)


class CreateInviteInput(graphene.InputObjectType):
    role = graphene.String(required=True, description="The role's slug or id.")
    lifetime = graphene.String(description="1h, 24h, 7d, which is the default, 30d or never.")
    max_uses = graphene.Int(
        default_value=1, description=f"1, the default, to {invitations.MOST_USES}. Null: as many as have the link."
    )
    note = graphene.String(description="Whom it is for; only the team sees it.")


class CreateInvite(graphene.Mutation):
    """Invites with a link. `address` is the link itself, here and never again."""

    class Arguments:
        input = CreateInviteInput(required=True)

    invite = graphene.Field(Invite, required=True)
    address = graphene.String(required=True)

    @staticmethod
    @field(Permission.MEMBERS_CREATE, limit=throttle.INVITE)
    @sensitive_variables("code")
    def mutate(root: Any, actor: Actor, input: dict[str, Any]) -> CreateInvite:
        given = InviteInput(data={key: value for key, value in input.items() if value is not None or key == "max_uses"})
        given.is_valid(raise_exception=True)
        made, code = invitations.create(actor=actor, **given.wanted(actor))
        found = access.get_invitation(actor, made.pk, Permission.MEMBERS_CREATE)
        return CreateInvite(invite=shown(found), address=invitations.address_of(code))


class DeleteInvite(graphene.Mutation):
    """Withdraws an invitation. Whoever has joined with it stays."""

    class Arguments:
        id = graphene.ID(required=True)

    id = graphene.ID(required=True)

    @staticmethod
    @field(any_of(*invitations.WITHDRAW))
    def mutate(root: Any, actor: Actor, id: str) -> DeleteInvite:
        found = access.get_invitation(actor, id, *invitations.WITHDRAW)
        invitations.withdraw(actor=actor, invitation=found)
        return DeleteInvite(id=id)


class AcceptInvite(graphene.Mutation):
    """Joins the account as the signed-in person, who may be a member of none so far."""

    class Arguments:
        code = graphene.String(required=True)

    account = graphene.Field(AccountType, required=True)
    role = graphene.String(required=True, description="The role's name.")
    member_id = graphene.ID(required=True)

    @staticmethod
    @field_of_person
    @sensitive_variables("code")
    def mutate(root: Any, request: PersonRequest, code: str) -> AcceptInvite:
        invitation = invitations.find(code, request.user)
        member = invitations.accept(invitation=invitation, user=request.user, address=address_of(request))
        return AcceptInvite(account=member.account, role=member.role.label, member_id=member.pk)


class Mutation(graphene.ObjectType):
    update_member_role = UpdateMemberRole.Field()
    remove_member = RemoveMember.Field()
    leave_account = LeaveAccount.Field()
    create_invite = CreateInvite.Field()
    delete_invite = DeleteInvite.Field()
    accept_invite = AcceptInvite.Field()
