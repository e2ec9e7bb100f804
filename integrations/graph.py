"""GraphQL: the same as `integrations.rest`. JWTs are write-only here too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import graphene
from django.views.decorators.debug import sensitive_variables

from accounts import throttle
from accounts.answers import taken
from accounts.enums import Permission
from accounts.gates import field
from accounts.scalars import DateTime
from integrations.domain import access, tokens
from integrations.forms import SeTokenInput
from integrations.shown import shown

if TYPE_CHECKING:
    from accounts.actor import Actor


class SeToken(graphene.ObjectType):
    """A StreamElements token without its JWT."""

    id = graphene.ID(required=True)
    platform = graphene.String(required=True, description="Which stream the tips belong to")
    label = graphene.String(required=True)
    hint = graphene.String(required=True, description="The last four characters of the JWT")
    state = graphene.String(
        required=True, description="verified, unverified (StreamElements could not be asked yet) or broken"
    )
    failure_code = graphene.String(required=True, description="Why it is broken; empty while it is not")
    trouble = graphene.String(required=True, description="What is wrong, in words; empty while all is well")
    channel_id = graphene.String(required=True, description="StreamElements' own; empty until the token is verified")
    channel_name = graphene.String(required=True)
    channel_provider = graphene.String(required=True, description="The platform StreamElements has the channel at")
    mismatch = graphene.String(required=True, description="In words, if that is another platform; else empty")
    delivery = graphene.String(description="delivering, starting, reconnecting or stopped; null while nobody listens")
    delivery_since = DateTime()
    last_tip_at = DateTime()
    expires_at = DateTime(description="When the JWT ends; null for one that names no end")
    days_left = graphene.Int(description="Whole days until then; negative once it is over")
    verified_at = DateTime(description="When StreamElements last said that it works")
    created_at = DateTime(required=True)


class Query(graphene.ObjectType):
    se_tokens = graphene.List(graphene.NonNull(SeToken), description="StreamElements tokens")
    se_token = graphene.Field(SeToken, id=graphene.ID(required=True), description="One StreamElements token.")

    @staticmethod
    @field(Permission.CONNECTIONS_READ)
    def resolve_se_tokens(root: Any, actor: Actor) -> list[dict[str, Any]]:
        return [shown(listed) for listed in tokens.listing(actor)]

    @staticmethod
    @field(Permission.CONNECTIONS_READ)
    def resolve_se_token(root: Any, actor: Actor, id: str) -> dict[str, Any]:
        return shown(tokens.Listed(access.get_token(actor, id, Permission.CONNECTIONS_READ)))


class CreateSeTokenInput(graphene.InputObjectType):
    platform = graphene.String(required=True, description="twitch, youtube, kick or trovo")
    token = graphene.String(required=True, description="The JWT of the channel, from StreamElements' dashboard")
    label = graphene.String(default_value="")


class CreateSeToken(graphene.Mutation):
    """Adds a StreamElements token, asking there whose it is. An outage does not stand in the way."""

    class Arguments:
        input = CreateSeTokenInput(required=True)

    se_token = graphene.Field(SeToken, required=True)

    @staticmethod
    @field(Permission.CONNECTIONS_CREATE, limit=throttle.CREDENTIALS_CHECK)
    @sensitive_variables("input")
    def mutate(root: Any, actor: Actor, input: CreateSeTokenInput) -> CreateSeToken:
        added = tokens.add(actor=actor, **taken(SeTokenInput, input))
        return CreateSeToken(se_token=shown(added))


class DeleteSeToken(graphene.Mutation):
    """Removes a StreamElements token. Its tips stop at once, unless its channel has another token."""

    class Arguments:
        id = graphene.ID(required=True)

    se_token = graphene.Field(SeToken, required=True)

    @staticmethod
    @field(Permission.CONNECTIONS_DELETE)
    def mutate(root: Any, actor: Actor, id: str) -> DeleteSeToken:
        token = access.get_token(actor, id, Permission.CONNECTIONS_DELETE)
        gone = shown(tokens.Listed(token))
        tokens.remove(actor=actor, token=token)
        return DeleteSeToken(se_token=gone)


class Mutation(graphene.ObjectType):
    create_se_token = CreateSeToken.Field()
    delete_se_token = DeleteSeToken.Field()
