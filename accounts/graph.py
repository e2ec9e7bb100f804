"""GraphQL: the same as `accounts.rest`, but for the change of the account, which belongs to a browser's session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import graphene

from accounts.authentication import memberships
from accounts.domain import people
from accounts.gates import ANY_MEMBER, field
from accounts.person_forms import change_me

if TYPE_CHECKING:
    from accounts.actor import Actor


class AccountType(graphene.ObjectType):
    class Meta:
        name = "Account"

    id = graphene.ID(required=True)
    name = graphene.String(required=True)

    @staticmethod
    def resolve_id(account: Any, info: Any) -> str:
        return str(account.pk)


class Person(graphene.ObjectType):
    """The signed-in person."""

    id = graphene.ID(required=True)
    name = graphene.String(required=True)
    email = graphene.String(required=True)
    language = graphene.String(required=True)
    time_zone = graphene.String(required=True)
    hour_cycle = graphene.String(required=True)
    row_times = graphene.String(
        required=True, description="How exact times in chat and event feeds are: minutes, seconds or none."
    )
    streamer_mode = graphene.String(required=True, description="off, on, or auto: by itself while a channel is live.")
    wants_mail = graphene.Boolean(
        required=True, description="Whether notifications come by mail too, where Lumio sends mail."
    )

    @staticmethod
    def resolve_id(user: Any, info: Any) -> str:
        return str(user.pk)


class Me(graphene.ObjectType):
    """The caller. A popout token learns no more of its person than the name the team sees."""

    account = graphene.Field(AccountType, required=True)
    display_name = graphene.String()
    role = graphene.String()
    via = graphene.String(required=True, description="session or popout_token.")
    token_id = graphene.ID(description="Of the popout token.")
    pages = graphene.List(
        graphene.NonNull(graphene.String),
        required=True,
        description="Slugs of the popouts that the token is bound to; none: it is not bound.",
    )
    permissions = graphene.List(graphene.NonNull(graphene.String), required=True)
    person = graphene.Field(Person)
    hides = graphene.Boolean(required=True, description="Whether pages hide ids and addresses now (streamer mode).")


class Membership(graphene.ObjectType):
    """An account that the signed-in person is a member of."""

    id = graphene.ID(required=True, description="The account's.")
    name = graphene.String(required=True)
    role = graphene.String(required=True)
    current = graphene.Boolean(required=True, description="Whether this session works in it.")


class Query(graphene.ObjectType):
    me = graphene.Field(Me, description="Who the caller is, in which account and role, and what they may do now.")
    accounts = graphene.List(graphene.NonNull(Membership), description="Signed in only.")

    @staticmethod
    @field(ANY_MEMBER)
    def resolve_me(root: Any, actor: Actor) -> dict[str, Any]:
        return people.seen(actor)

    @staticmethod
    @field(ANY_MEMBER)
    def resolve_accounts(root: Any, actor: Actor) -> list[dict[str, Any]]:
        return [
            {
                "id": member.account_id,
                "name": member.account.name,
                "role": member.role.label,
                "current": member.account_id == actor.account.pk,
            }
            for member in memberships(people.in_person(actor).pk)
        ]


class UpdateMeInput(graphene.InputObjectType):
    """What to change; what is left out stays."""

    name = graphene.String()
    language = graphene.String()
    time_zone = graphene.String()
    hour_cycle = graphene.String()
    row_times = graphene.String()
    streamer_mode = graphene.String()
    wants_mail = graphene.Boolean()


class UpdateMe(graphene.Mutation):
    """Changes one's own name, language, clock, streamer mode and mail. Signed in only."""

    class Arguments:
        input = UpdateMeInput(required=True)

    me = graphene.Field(Me, required=True)

    @staticmethod
    @field(ANY_MEMBER)
    def mutate(root: Any, actor: Actor, input: UpdateMeInput) -> UpdateMe:
        change_me(actor, dict(input))
        return UpdateMe(me=people.seen(actor))


class Mutation(graphene.ObjectType):
    update_me = UpdateMe.Field()
