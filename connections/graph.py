"""GraphQL: the same as `connections.rest`. App credentials are write-only here too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import graphene

from accounts import throttle
from accounts.answers import taken
from accounts.enums import Permission
from accounts.gates import field
from accounts.scalars import DateTime
from connections.domain import access, channels, credentials, oauth, webhooks
from connections.forms import CredentialsInput
from connections.shown import shown

if TYPE_CHECKING:
    from accounts.actor import Actor
    from connections.domain.webhooks import Address
    from connections.models import AppCredentials as CredentialsRow


class Life(graphene.ObjectType):
    state = graphene.String(description="delivering, starting, reconnecting or stopped; null while nobody listens")
    since = DateTime()
    active = graphene.Int(required=True, description="Subscriptions that are active")
    wanted = graphene.Int(required=True, description="Subscriptions that should be")
    last_event_at = DateTime()


class Webhook(graphene.ObjectType):
    platform = graphene.String(required=True)
    url = graphene.String(
        required=True, description="To be entered at the platform; empty for who may not edit connections"
    )
    is_reachable = graphene.Boolean(required=True, description="Whether the platform can call it, as far as it shows")
    delivered_at = DateTime(description="The last delivery, within a few seconds")
    refused_at = DateTime(description="The last one that was refused")
    refusal_code = graphene.String(required=True, description="Why the last one was refused; empty if it was taken")
    refusal = graphene.String(required=True, description="The same in words")

    @staticmethod
    def resolve_platform(root: Address, info: Any) -> str:
        return root.platform.slug


class Quota(graphene.ObjectType):
    """What is spent of what the platform allows your app in a day, in the platform's units."""

    spent = graphene.Int(required=True)
    limit = graphene.Int(required=True)
    resets_at = DateTime(required=True, description="When the platform's day ends and the quota starts anew")
    lasts_until = DateTime(description="At the present pace of listening; null: until it starts anew")


class ChannelConnection(graphene.ObjectType):
    id = graphene.ID(required=True)
    platform = graphene.String(required=True)
    channel_id = graphene.String(required=True)
    channel_name = graphene.String(required=True)
    avatar_url = graphene.String(required=True)
    state = graphene.String(required=True, description="connected, needs_sign_in, credentials_rejected or unavailable")
    failure_code = graphene.String(required=True, description="Empty while all is well")
    trouble = graphene.String(required=True, description="What is wrong, in words; empty while all is well")
    scopes = graphene.List(graphene.NonNull(graphene.String), required=True)
    missing_scopes = graphene.List(
        graphene.NonNull(graphene.String), required=True, description="What a reconnect would add"
    )
    expires_at = DateTime(description="When the access token ends; null for one without end")
    grant_ends_at = DateTime(description="When the sign-in ends whatever is renewed; null for no such end")
    validated_at = DateTime(description="When the platform last said that the token works")
    connected_at = DateTime(required=True)
    updated_at = DateTime(required=True)
    life = graphene.Field(Life, required=True)
    quota = graphene.Field(Quota, description="Null where the platform has no such quota")
    webhook = graphene.Field(Webhook, description="Null where the platform does not call Lumio")


class AppCredentials(graphene.ObjectType):
    platform = graphene.String(required=True)
    client_id_hint = graphene.String(required=True, description="The last four characters of the Client ID")
    redirect_uri = graphene.String(required=True)
    updated_at = DateTime(required=True)


class AppCredentialsInput(graphene.InputObjectType):
    platform = graphene.String(required=True)
    client_id = graphene.String(description="Left out, the saved one stays: for a new secret of the same app")
    client_secret = graphene.String(required=True)


class SaveAppCredentials(graphene.Mutation):
    """Saves one platform's app credentials, asking the platform first whether it accepts them."""

    class Arguments:
        input = AppCredentialsInput(required=True)

    app_credentials = graphene.Field(AppCredentials, required=True)
    checked = graphene.Boolean(required=True, description="Whether the platform was asked and accepted the pair")

    @staticmethod
    @field(Permission.CONNECTIONS_EDIT, limit=throttle.CREDENTIALS_CHECK)
    def mutate(root: Any, actor: Actor, *, input: dict[str, str]) -> SaveAppCredentials:
        found = access.get_platform(input["platform"])
        saved = credentials.save(actor=actor, platform=found, **taken(CredentialsInput, input))
        return SaveAppCredentials(app_credentials=saved.row, checked=saved.checked)


class DeleteAppCredentials(graphene.Mutation):
    """Forgets one platform's app credentials, and every sign-in made with them."""

    class Arguments:
        platform = graphene.String(required=True)

    platform = graphene.String(required=True)

    @staticmethod
    @field(Permission.CONNECTIONS_EDIT)
    def mutate(root: Any, actor: Actor, *, platform: str) -> DeleteAppCredentials:
        credentials.delete(actor=actor, row=credentials.get(actor, platform))
        return DeleteAppCredentials(platform=platform)


class Disconnect(graphene.Mutation):
    """Disconnects a platform. The app credentials stay."""

    class Arguments:
        id = graphene.ID(required=True)

    id = graphene.ID(required=True)

    @staticmethod
    @field(Permission.CONNECTIONS_EDIT)
    def mutate(root: Any, actor: Actor, *, id: str) -> Disconnect:
        connection = access.get_connection(actor, id, Permission.CONNECTIONS_EDIT)
        channels.disconnect(actor=actor, connection=connection)
        return Disconnect(id=id)


class Authorize(graphene.Mutation):
    """Begins a sign-in at a platform. It ends in the browser of the session that began it."""

    class Arguments:
        platform = graphene.String(required=True)

    authorization_url = graphene.String(required=True, description="Where to send the browser of this session")

    @staticmethod
    @field(Permission.CONNECTIONS_EDIT, in_browser=True)
    def mutate(root: Any, actor: Actor, *, platform: str, session_key: str) -> Authorize:
        found = access.get_platform(platform)
        return Authorize(authorization_url=oauth.begin(actor=actor, platform=found, session_key=session_key))


class TestConnection(graphene.Mutation):
    """Asks the platform, with the stored tokens, who we are."""

    class Arguments:
        id = graphene.ID(required=True)

    name = graphene.String(required=True, description="Who the platform says that we are")
    milliseconds = graphene.Int(required=True)
    life = graphene.Field(Life, required=True)

    @staticmethod
    @field(Permission.CONNECTIONS_EDIT, limit=throttle.CREDENTIALS_CHECK)
    def mutate(root: Any, actor: Actor, *, id: str) -> TestConnection:
        connection = access.get_connection(actor, id, Permission.CONNECTIONS_EDIT)
        tested = channels.test(actor=actor, connection=connection)
        return TestConnection(name=tested.name, milliseconds=tested.milliseconds, life=tested.life)


class RenewWebhook(graphene.Mutation):
    """Makes a new address. The old one stops working at once."""

    class Arguments:
        platform = graphene.String(required=True)

    webhook = graphene.Field(Webhook, required=True)

    @staticmethod
    @field(Permission.CONNECTIONS_EDIT)
    def mutate(root: Any, actor: Actor, *, platform: str) -> RenewWebhook:
        found = access.get_platform(platform)
        return RenewWebhook(webhook=webhooks.renew(actor=actor, platform=found))


class Query:
    webhooks = graphene.List(
        graphene.NonNull(Webhook), description="Where platforms deliver to this account, to be entered there."
    )
    channel_connections = graphene.List(graphene.NonNull(ChannelConnection), description="What is connected.")
    channel_connection = graphene.Field(ChannelConnection, id=graphene.ID(required=True), description="One connection.")
    app_credentials = graphene.List(
        graphene.NonNull(AppCredentials), description="The platforms whose app credentials are set up."
    )

    @staticmethod
    @field(Permission.CONNECTIONS_EDIT)
    def resolve_webhooks(root: Any, actor: Actor) -> list[Address]:
        return list(webhooks.of_account(actor).values())

    @staticmethod
    @field(Permission.CONNECTIONS_READ)
    def resolve_channel_connections(root: Any, actor: Actor) -> list[dict[str, Any]]:
        return [shown(card) for card in channels.connected(actor)]

    @staticmethod
    @field(Permission.CONNECTIONS_READ)
    def resolve_channel_connection(root: Any, actor: Actor, id: str) -> dict[str, Any]:
        found = access.get_connection(actor, id, Permission.CONNECTIONS_READ)
        return shown(channels.card(actor, access.get_platform(found.platform)))

    @staticmethod
    @field(Permission.CONNECTIONS_EDIT)
    def resolve_app_credentials(root: Any, actor: Actor) -> list[CredentialsRow]:
        return credentials.listing(actor)


class Mutation:
    save_app_credentials = SaveAppCredentials.Field()
    delete_app_credentials = DeleteAppCredentials.Field()
    disconnect = Disconnect.Field()
    authorize = Authorize.Field()
    test_connection = TestConnection.Field()
    renew_webhook = RenewWebhook.Field()
