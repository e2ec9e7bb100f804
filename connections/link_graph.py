"""GraphQL: the same as `connections.link_rest`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import graphene
from django.views.decorators.debug import sensitive_variables

from accounts.gates import any_of, field
from accounts.scalars import DateTime
from connections.domain import access, links
from connections.enums import ASKS
from connections.link_forms import LinkInput

if TYPE_CHECKING:
    from accounts.actor import Actor
    from accounts.models import User
    from connections.models import ConnectLink as Row

#: Each link then asks for what connecting for its own purpose does.
MAKERS = any_of(*ASKS.values())


class LinkMaker(graphene.ObjectType):
    id = graphene.ID(required=True)
    name = graphene.String(required=True)

    @staticmethod
    def resolve_name(user: User, info: Any) -> str:
        return user.display_name


class ConnectLink(graphene.ObjectType):
    """A one-time link with which somebody else connects a platform, without its address."""

    id = graphene.ID(required=True)
    platform = graphene.String(required=True)
    purpose = graphene.String(required=True, description="channel or bot")
    works = graphene.Boolean(required=True, description="False while whoever made it may not do this any more")
    created_by = graphene.Field(LinkMaker, required=True)
    created_at = DateTime(required=True)
    expires_at = DateTime(required=True)


class CreateConnectLinkInput(graphene.InputObjectType):
    platform = graphene.String(required=True)
    purpose = graphene.String(description="channel, which is the default, or bot")
    lifetime = graphene.String(description="1h, 24h, which is the default, or 7d")


class CreateConnectLink(graphene.Mutation):
    """Makes a link. `address` is the link itself, here and never again."""

    class Arguments:
        input = CreateConnectLinkInput(required=True)

    connect_link = graphene.Field(ConnectLink, required=True)
    address = graphene.String(required=True)

    @staticmethod
    @field(MAKERS)
    @sensitive_variables("code")
    def mutate(root: Any, actor: Actor, *, input: dict[str, str]) -> CreateConnectLink:
        given = LinkInput(data={name: value for name, value in input.items() if value is not None})
        given.is_valid(raise_exception=True)
        link, code = links.create(actor=actor, **given.wanted)
        return CreateConnectLink(connect_link=access.get_link(actor, link.pk), address=links.address_of(code))


class WithdrawConnectLink(graphene.Mutation):
    """Withdraws a link for good."""

    class Arguments:
        id = graphene.ID(required=True)

    id = graphene.ID(required=True)

    @staticmethod
    @field(MAKERS)
    def mutate(root: Any, actor: Actor, *, id: str) -> WithdrawConnectLink:
        links.withdraw(actor=actor, link=access.get_link(actor, id))
        return WithdrawConnectLink(id=id)


class Query:
    connect_links = graphene.List(
        graphene.NonNull(ConnectLink),
        description="Those that are open, of the kinds the caller may make",
    )
    connect_link = graphene.Field(ConnectLink, id=graphene.ID(required=True), description="One link that is open.")

    @staticmethod
    @field(MAKERS)
    def resolve_connect_links(root: Any, actor: Actor) -> list[Row]:
        return links.open_links(actor)

    @staticmethod
    @field(MAKERS)
    def resolve_connect_link(root: Any, actor: Actor, id: str) -> Row:
        return access.get_link(actor, id)


class Mutation:
    create_connect_link = CreateConnectLink.Field()
    withdraw_connect_link = WithdrawConnectLink.Field()
