"""REST: custom bots, who speaks where, pausing and saying hello. Connecting itself ends in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts import throttle
from accounts.answers import Flag, Text, Time, envelope, sent
from accounts.enums import Permission
from accounts.gates import ApiView
from connections.bot_shown import shown_card, shown_discord, shown_hello, shown_status
from connections.domain import access, bot_cards, bots, discord, grants, oauth
from connections.enums import Purpose
from connections.platforms import failures

if TYPE_CHECKING:
    from rest_framework.request import Request

STATES = "unavailable, no_connection, paused or active."
SPEAKS_AS = "custom, global or channel; null where nobody can speak."
#: Why nobody speaks at a platform.
SILENT = (oauth.SwitchedOff, bots.NobodySpeaks)


class CustomBotOut(serializers.Serializer):
    """An account's own bot, without its tokens."""

    name = serializers.CharField()
    avatar_url = serializers.CharField()
    state = serializers.CharField(help_text="connected, needs_sign_in or credentials_rejected.")
    failure_code = serializers.CharField(help_text="Empty while all is well.")
    trouble = serializers.CharField(help_text="What is wrong, in words; empty while all is well.")
    missing_scopes = serializers.ListField(child=serializers.CharField(), help_text="What a reconnect would add.")
    expires_at = Time(allow_null=True, help_text="When the access token ends; null for one without end.")
    connected_at = Time()
    updated_at = Time()


class BotStatusOut(serializers.Serializer):
    """Who speaks at one platform."""

    platform = serializers.CharField()
    state = serializers.CharField(help_text=STATES)
    enabled = serializers.BooleanField(help_text="False while it is paused.")
    reason = serializers.CharField(help_text="Why it is unavailable, if the operator says so.")
    speaks_as = serializers.CharField(allow_null=True, help_text=SPEAKS_AS)
    speaker_name = serializers.CharField(help_text="Empty where nobody can speak.")


class BotOut(BotStatusOut):
    """Who speaks at one platform, and what bots there are."""

    custom_bot = CustomBotOut(allow_null=True)
    global_bot_name = serializers.CharField(help_text="Empty where the operator has connected none.")
    is_moderator = serializers.BooleanField(
        allow_null=True, help_text="Whether the bot that speaks is one; null while nobody knows."
    )


class BotAuthorizationOut(serializers.Serializer):
    authorization_url = serializers.CharField(help_text="Where to send the browser of this session.")


class HelloOut(serializers.Serializer):
    """A message that the platform showed."""

    text = serializers.CharField()
    speaker_name = serializers.CharField()
    channel_name = serializers.CharField()


class PlatformInput(serializers.Serializer):
    platform = Text(max_length=20)


class ToggleInput(PlatformInput):
    enabled = Flag()


class BotList(ApiView):
    gates: ClassVar = {"GET": Permission.BOT_CONNECTIONS_READ}

    @extend_schema(responses=BotOut(many=True))
    def get(self, request: Request) -> Response:
        """Which bots there are at each platform, Discord's included, and who speaks."""
        found = [*map(shown_card, bot_cards.cards(self.actor)), shown_discord(discord.card(self.actor))]
        return envelope(request, BotOut(found, many=True).data)


class BotDetail(ApiView):
    gates: ClassVar = {"DELETE": Permission.BOT_CONNECTIONS_DELETE}

    @extend_schema(responses={204: None})
    def delete(self, request: Request, platform: str) -> Response:
        """Disconnect a custom bot. Messages then go out as the global bot, else as the channel."""
        bots.disconnect(actor=self.actor, platform=access.get_bot_platform(platform))
        return Response(status=204)


class BotAuthorize(ApiView):
    gates: ClassVar = {"POST": Permission.BOT_CONNECTIONS_CREATE}
    refusals: ClassVar = {
        "POST": (
            failures.NoCredentials,
            failures.SecretUnreadable,
            oauth.SwitchedOff,
            oauth.TooManyStarts,
            oauth.StillPaused,
        )
    }

    @extend_schema(request=None, responses=BotAuthorizationOut)
    def post(self, request: Request, platform: str) -> Response:
        """Begin the sign-in of a custom bot. It ends in the browser of the session that began it."""
        found = access.get_bot_platform(platform)
        key = request._request.session.session_key or ""
        url = oauth.begin(actor=self.actor, platform=found, session_key=key, purpose=Purpose.BOT)
        return envelope(request, BotAuthorizationOut({"authorization_url": url}).data)


class Hello(ApiView):
    gates: ClassVar = {"POST": Permission.BOT_CONNECTIONS_CREATE}
    limits: ClassVar = {"POST": throttle.BOT_ASKS}
    refusals: ClassVar = {
        "POST": (*SILENT, bots.BotPaused, grants.GrantUnusable, *failures.UNSENT, *failures.STORED.values())
    }

    @extend_schema(request=None, responses=HelloOut)
    def post(self, request: Request, platform: str) -> Response:
        """Say hello in the connected channel, as whoever speaks there. 200 means that the platform showed it."""
        said = bots.say_hello(actor=self.actor, platform=access.get_bot_platform(platform))
        return envelope(request, HelloOut(shown_hello(said)).data)


class BotStatusList(ApiView):
    gates: ClassVar = {"GET": Permission.BOT_CONNECTIONS_READ}

    @extend_schema(responses=BotStatusOut(many=True))
    def get(self, request: Request) -> Response:
        """Who speaks at each platform, and where it is paused."""
        return envelope(request, BotStatusOut(map(shown_status, bots.statuses(self.actor)), many=True).data)


class BotToggle(ApiView):
    gates: ClassVar = {"POST": Permission.BOT_CONNECTIONS_CREATE}
    refusals: ClassVar = {"POST": (Http404,)}

    @extend_schema(request=ToggleInput, responses=BotStatusOut)
    def post(self, request: Request) -> Response:
        """Pause a platform, or let the bot speak there again."""
        given = sent(ToggleInput, request)
        platform = access.get_bot_platform(given["platform"])
        change = bots.resume if given["enabled"] else bots.pause
        return envelope(request, BotStatusOut(shown_status(change(actor=self.actor, platform=platform))).data)


class BotRejoin(ApiView):
    gates: ClassVar = {"POST": Permission.BOT_CONNECTIONS_CREATE}
    limits: ClassVar = {"POST": throttle.BOT_ASKS}
    refusals: ClassVar = {"POST": (Http404, *SILENT, grants.GrantUnusable, *failures.STORED.values())}

    @extend_schema(request=PlatformInput, responses=BotStatusOut)
    def post(self, request: Request) -> Response:
        """Ask the platform whether it still accepts whoever speaks, and end a pause if it does."""
        platform = access.get_bot_platform(sent(PlatformInput, request)["platform"])
        return envelope(request, BotStatusOut(shown_status(bots.rejoin(actor=self.actor, platform=platform))).data)
