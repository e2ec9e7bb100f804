"""GraphQL: the same as `connections.bot_rest`, but for the beginning of a sign-in, which belongs to a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import graphene

from accounts import throttle
from accounts.enums import Permission
from accounts.gates import field
from accounts.scalars import DateTime
from connections.bot_shown import shown_card, shown_discord, shown_hello, shown_status
from connections.domain import access, bot_cards, bots, discord, oauth
from connections.enums import Purpose

if TYPE_CHECKING:
    from accounts.actor import Actor

STATES = "unavailable, no_connection, paused or active"
SPEAKS_AS = "custom, global or channel; null where nobody can speak"


class CustomBot(graphene.ObjectType):
    """An account's own bot, without its tokens."""

    name = graphene.String(required=True)
    avatar_url = graphene.String(required=True)
    state = graphene.String(required=True, description="connected, needs_sign_in or credentials_rejected")
    failure_code = graphene.String(required=True, description="Empty while all is well")
    trouble = graphene.String(required=True, description="What is wrong, in words; empty while all is well")
    missing_scopes = graphene.List(
        graphene.NonNull(graphene.String), required=True, description="What a reconnect would add"
    )
    expires_at = DateTime(description="When the access token ends; null for one without end")
    connected_at = DateTime(required=True)
    updated_at = DateTime(required=True)


class BotStatus(graphene.ObjectType):
    """Who speaks at one platform."""

    platform = graphene.String(required=True)
    state = graphene.String(required=True, description=STATES)
    enabled = graphene.Boolean(required=True, description="False while it is paused")
    reason = graphene.String(required=True, description="Why it is unavailable, if the operator says so")
    speaks_as = graphene.String(description=SPEAKS_AS)
    speaker_name = graphene.String(required=True, description="Empty where nobody can speak")


class BotConnection(graphene.ObjectType):
    """Who speaks at one platform, and what bots there are."""

    platform = graphene.String(required=True)
    state = graphene.String(required=True, description=STATES)
    enabled = graphene.Boolean(required=True, description="False while it is paused")
    reason = graphene.String(required=True, description="Why it is unavailable, if the operator says so")
    speaks_as = graphene.String(description=SPEAKS_AS)
    speaker_name = graphene.String(required=True, description="Empty where nobody can speak")
    custom_bot = graphene.Field(CustomBot)
    global_bot_name = graphene.String(required=True, description="Empty where the operator has connected none")
    is_moderator = graphene.Boolean(description="Whether the bot that speaks is one; null while nobody knows")


class DisconnectBot(graphene.Mutation):
    """Disconnects a custom bot. Messages then go out as the global bot, else as the channel."""

    class Arguments:
        platform = graphene.String(required=True)

    platform = graphene.String(required=True)

    @staticmethod
    @field(Permission.BOT_CONNECTIONS_DELETE)
    def mutate(root: Any, actor: Actor, *, platform: str) -> DisconnectBot:
        bots.disconnect(actor=actor, platform=access.get_bot_platform(platform))
        return DisconnectBot(platform=platform)


class SayHello(graphene.Mutation):
    """Says hello in the connected channel, as whoever speaks there. An answer means that the platform showed it."""

    class Arguments:
        platform = graphene.String(required=True)

    text = graphene.String(required=True)
    speaker_name = graphene.String(required=True)
    channel_name = graphene.String(required=True)

    @staticmethod
    @field(Permission.BOT_CONNECTIONS_CREATE, limit=throttle.BOT_ASKS)
    def mutate(root: Any, actor: Actor, *, platform: str) -> SayHello:
        return SayHello(**shown_hello(bots.say_hello(actor=actor, platform=access.get_bot_platform(platform))))


class ToggleBotForPlatform(graphene.Mutation):
    """Pauses a platform, or lets the bot speak there again."""

    class Arguments:
        platform = graphene.String(required=True)
        enabled = graphene.Boolean(required=True)

    status = graphene.Field(BotStatus, required=True)

    @staticmethod
    @field(Permission.BOT_CONNECTIONS_CREATE)
    def mutate(root: Any, actor: Actor, *, platform: str, enabled: bool) -> ToggleBotForPlatform:
        change = bots.resume if enabled else bots.pause
        changed = change(actor=actor, platform=access.get_bot_platform(platform))
        return ToggleBotForPlatform(status=shown_status(changed))


class AuthorizeBot(graphene.Mutation):
    """Begins the sign-in of a custom bot. It ends in the browser of the session that began it."""

    class Arguments:
        platform = graphene.String(required=True)

    authorization_url = graphene.String(required=True, description="Where to send the browser of this session")

    @staticmethod
    @field(Permission.BOT_CONNECTIONS_CREATE, in_browser=True)
    def mutate(root: Any, actor: Actor, *, platform: str, session_key: str) -> AuthorizeBot:
        found = access.get_bot_platform(platform)
        url = oauth.begin(actor=actor, platform=found, session_key=session_key, purpose=Purpose.BOT)
        return AuthorizeBot(authorization_url=url)


class RejoinBot(graphene.Mutation):
    """Asks the platform whether it still accepts whoever speaks, and ends a pause if it does."""

    class Arguments:
        platform = graphene.String(required=True)

    status = graphene.Field(BotStatus, required=True)

    @staticmethod
    @field(Permission.BOT_CONNECTIONS_CREATE, limit=throttle.BOT_ASKS)
    def mutate(root: Any, actor: Actor, *, platform: str) -> RejoinBot:
        return RejoinBot(status=shown_status(bots.rejoin(actor=actor, platform=access.get_bot_platform(platform))))


class Query:
    bot_connections = graphene.List(graphene.NonNull(BotConnection), description="At each platform, Discord included")
    bot_status = graphene.List(graphene.NonNull(BotStatus), description="Who speaks at each platform.")

    @staticmethod
    @field(Permission.BOT_CONNECTIONS_READ)
    def resolve_bot_connections(root: Any, actor: Actor) -> list[dict[str, Any]]:
        return [*map(shown_card, bot_cards.cards(actor)), shown_discord(discord.card(actor))]

    @staticmethod
    @field(Permission.BOT_CONNECTIONS_READ)
    def resolve_bot_status(root: Any, actor: Actor) -> list[dict[str, Any]]:
        return [shown_status(status) for status in bots.statuses(actor)]


class Mutation:
    authorize_bot = AuthorizeBot.Field()
    disconnect_bot = DisconnectBot.Field()
    rejoin_bot = RejoinBot.Field()
    say_hello = SayHello.Field()
    toggle_bot_for_platform = ToggleBotForPlatform.Field()
