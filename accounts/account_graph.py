"""GraphQL: the same as `accounts.account_rest`, but for the export, which is a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import graphene

from accounts.domain import deletion
from accounts.enums import Permission
from accounts.gates import field
from accounts.person_forms import change_account
from accounts.scalars import DateTime

if TYPE_CHECKING:
    from accounts.actor import Actor
    from accounts.models import Account


class AccountSettings(graphene.ObjectType):
    """The account that the caller works in."""

    id = graphene.ID(required=True)
    name = graphene.String(required=True)
    time_zone = graphene.String(required=True, description="IANA name. Empty: UTC.")
    created_at = DateTime(required=True)

    @staticmethod
    def resolve_id(account: Account, info: Any) -> str:
        return str(account.pk)


class Query(graphene.ObjectType):
    account = graphene.Field(AccountSettings, description="The account's settings.")

    @staticmethod
    @field(Permission.ACCOUNT_READ)
    def resolve_account(root: Any, actor: Actor) -> Account:
        return actor.account


class UpdateAccountInput(graphene.InputObjectType):
    """What to change; what is left out stays."""

    name = graphene.String()
    time_zone = graphene.String()


class UpdateAccount(graphene.Mutation):
    """Changes the account's name and time zone."""

    class Arguments:
        input = UpdateAccountInput(required=True)

    account = graphene.Field(AccountSettings, required=True)

    @staticmethod
    @field(Permission.ACCOUNT_EDIT)
    def mutate(root: Any, actor: Actor, input: UpdateAccountInput) -> UpdateAccount:
        return UpdateAccount(account=change_account(actor, dict(input)))


class DeleteAccount(graphene.Mutation):
    """Deletes the account and all that is in it, for good. Signed in, and lately asked again who one is."""

    class Arguments:
        confirm_name = graphene.String(required=True, description="The account's name.")

    account = graphene.Field(AccountSettings, required=True)

    @staticmethod
    @field(Permission.ACCOUNT_DELETE, confirmed=True)
    def mutate(root: Any, actor: Actor, confirm_name: str) -> DeleteAccount:
        deletion.close(actor=actor, confirm_name=confirm_name)
        return DeleteAccount(account=actor.account)


class Mutation(graphene.ObjectType):
    update_account = UpdateAccount.Field()
    delete_account = DeleteAccount.Field()
