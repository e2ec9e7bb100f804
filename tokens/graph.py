"""GraphQL: popout tokens, and what the caller may do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import graphene
from django.http import Http404
from django.views.decorators.debug import sensitive_variables

from accounts import paging, throttle
from accounts.enums import Permission
from accounts.gates import ANY_MEMBER, field
from tokens.domain import access, tokens

if TYPE_CHECKING:
    from accounts.actor import Actor
    from tokens.models import PopoutToken


class TokenPerson(graphene.ObjectType):
    """Somebody a token names: its creator, or the member assigned to it."""

    id = graphene.ID(required=True)
    name = graphene.String(required=True)


class PopoutTokenType(graphene.ObjectType):
    """A popout token without its secret."""

    class Meta:
        name = "PopoutToken"

    id = graphene.ID(required=True)
    cursor = graphene.String(required=True, description="Its place in the list.")
    label = graphene.String(required=True)
    last_four = graphene.String(required=True)
    permissions = graphene.List(graphene.NonNull(graphene.String), required=True)
    effective = graphene.List(
        graphene.NonNull(graphene.String),
        required=True,
        description="What the token may do now, its creator's rights considered.",
    )
    creator = graphene.Field(TokenPerson, required=True)
    member = graphene.Field(TokenPerson)
    created_at = graphene.DateTime(required=True)
    last_used_at = graphene.DateTime()
    last_used_page = graphene.String(required=True)

    @staticmethod
    def resolve_id(token: PopoutToken, info: Any) -> str:
        return str(token.pk)

    @staticmethod
    def resolve_cursor(token: PopoutToken, info: Any) -> str:
        return paging.cursor_of(token)

    @staticmethod
    def resolve_effective(token: PopoutToken, info: Any) -> list[str]:
        return [code.value for code in Permission if code in token.effective]

    @staticmethod
    def resolve_creator(token: PopoutToken, info: Any) -> dict[str, Any]:
        return {"id": str(token.creator.pk), "name": token.creator.display_name}

    @staticmethod
    def resolve_member(token: PopoutToken, info: Any) -> dict[str, Any] | None:
        member = token.member
        return {"id": str(member.pk), "name": member.user.display_name} if member else None


class Query(graphene.ObjectType):
    popout_tokens = graphene.List(
        graphene.NonNull(PopoutTokenType),
        required=True,
        before=graphene.String(),
        after=graphene.String(),
        limit=graphene.Int(default_value=paging.PAGE),
        description="Newest first; with `after` what follows, oldest first. Both take a `cursor`, itself excluded.",
    )
    my_permissions = graphene.List(
        graphene.NonNull(graphene.String), required=True, description="What the caller may do now."
    )

    @staticmethod
    @field(Permission.TOKENS_READ)
    def resolve_popout_tokens(
        root: Any, actor: Actor, limit: int | None, before: str | None = None, after: str | None = None
    ) -> list[PopoutToken]:
        return tokens.page(actor, limit=paging.limit(limit), before=before, after=after).rows

    @staticmethod
    @field(ANY_MEMBER)
    def resolve_my_permissions(root: Any, actor: Actor) -> list[str]:
        return [code.value for code in Permission if actor.can(code)]


class CreatePopoutTokenInput(graphene.InputObjectType):
    label = graphene.String(default_value="")
    permissions = graphene.List(graphene.NonNull(graphene.String), required=True)
    member_id = graphene.ID(description="A member of the account, who names the actor in the audit log.")


class CreatePopoutToken(graphene.Mutation):
    """Makes a token. `token` is the secret, here and never again."""

    class Arguments:
        input = CreatePopoutTokenInput(required=True)

    popout_token = graphene.Field(PopoutTokenType, required=True)
    token = graphene.String(required=True)

    @staticmethod
    @field(Permission.TOKENS_CREATE, limit=throttle.TOKEN_CREATE)
    @sensitive_variables("secret")
    def mutate(root: Any, actor: Actor, input: CreatePopoutTokenInput) -> CreatePopoutToken:
        member_id = input.get("member_id")
        member = access.get_member(actor, _uuid(member_id)) if member_id else None
        token, secret = tokens.create(
            actor=actor, label=input.label or "", permissions=input.permissions, member=member
        )
        return CreatePopoutToken(popout_token=access.get_token(actor, token.pk), token=secret.reveal())


class DeletePopoutToken(graphene.Mutation):
    """Revokes a token for good."""

    class Arguments:
        id = graphene.ID(required=True)

    popout_token = graphene.Field(PopoutTokenType, required=True)

    @staticmethod
    @field(Permission.TOKENS_DELETE)
    def mutate(root: Any, actor: Actor, id: str) -> DeletePopoutToken:
        token = access.get_token(actor, _uuid(id))
        tokens.revoke(actor=actor, token=token)
        return DeletePopoutToken(popout_token=token)


class Mutation(graphene.ObjectType):
    create_popout_token = CreatePopoutToken.Field()
    delete_popout_token = DeletePopoutToken.Field()


def _uuid(text: str) -> UUID:
    """An id as a UUID; one that is none belongs to nothing, and is a 404 like any other."""
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None
