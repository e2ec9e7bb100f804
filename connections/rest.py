"""REST: what is connected, app credentials (write-only), disconnecting. Connecting itself needs a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts import throttle
from accounts.answers import Text, Time, envelope, sent
from accounts.enums import Permission
from accounts.gates import ApiView
from connections.domain import access, channels, credentials, grants, oauth, webhooks
from connections.forms import CredentialsInput
from connections.platforms import failures
from connections.shown import shown

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request


class LifeOut(serializers.Serializer):
    """What is delivered through a connection."""

    state = serializers.CharField(
        allow_null=True, help_text="delivering, starting, reconnecting or stopped; null while nobody listens."
    )
    since = Time(allow_null=True)
    active = serializers.IntegerField(help_text="Subscriptions that are active.")
    wanted = serializers.IntegerField(help_text="Subscriptions that should be.")
    last_event_at = Time(allow_null=True)


class WebhookOut(serializers.Serializer):
    """The address at which a platform delivers to this account, and what came of it."""

    platform = serializers.CharField(source="platform.slug")
    url = serializers.CharField(help_text="To be entered at the platform; empty for who may not edit connections.")
    is_reachable = serializers.BooleanField(help_text="Whether the platform can call it, as far as it shows.")
    delivered_at = Time(allow_null=True, help_text="The last delivery, within a few seconds.")
    refused_at = Time(allow_null=True, help_text="The last one that was refused.")
    refusal_code = serializers.CharField(help_text="Why the last one was refused; empty if it was taken.")
    refusal = serializers.CharField(help_text="The same in words.")


class RenewWebhookInput(serializers.Serializer):
    platform = Text(max_length=20)


class QuotaOut(serializers.Serializer):
    """What is spent of what the platform allows your app in a day, in the platform's units."""

    spent = serializers.IntegerField()
    limit = serializers.IntegerField()
    resets_at = Time(help_text="When the platform's day ends and the quota starts anew.")
    lasts_until = Time(allow_null=True, help_text="At the present pace of listening; null: until it starts anew.")


class ConnectionOut(serializers.Serializer):
    """A linked channel, without its tokens."""

    id = serializers.UUIDField()
    platform = serializers.CharField()
    channel_id = serializers.CharField()
    channel_name = serializers.CharField()
    avatar_url = serializers.CharField()
    state = serializers.CharField(help_text="connected, needs_sign_in, credentials_rejected or unavailable.")
    failure_code = serializers.CharField(help_text="Empty while all is well.")
    trouble = serializers.CharField(help_text="What is wrong, in words; empty while all is well.")
    scopes = serializers.ListField(child=serializers.CharField())
    missing_scopes = serializers.ListField(child=serializers.CharField(), help_text="What a reconnect would add.")
    expires_at = Time(allow_null=True, help_text="When the access token ends; null for one without end.")
    grant_ends_at = Time(allow_null=True, help_text="When the sign-in ends whatever is renewed; null for no such end.")
    validated_at = Time(allow_null=True, help_text="When the platform last said that the token works.")
    connected_at = Time()
    updated_at = Time()
    life = LifeOut()
    quota = QuotaOut(allow_null=True, help_text="Null where the platform has no such quota.")
    webhook = WebhookOut(allow_null=True, help_text="Null where the platform does not call Lumio.")


class AuthorizationOut(serializers.Serializer):
    authorization_url = serializers.CharField(help_text="Where to send the browser of this session.")


class TestedOut(serializers.Serializer):
    name = serializers.CharField(help_text="Who the platform says that we are.")
    milliseconds = serializers.IntegerField()
    life = LifeOut()


class CredentialsOut(serializers.Serializer):
    """A platform's pair: a hint of it, never a value."""

    platform = serializers.CharField()
    client_id_hint = serializers.CharField(help_text="The last four characters of the Client ID.")
    redirect_uri = serializers.CharField()
    updated_at = Time()


class SavedCredentialsOut(CredentialsOut):
    checked = serializers.BooleanField(help_text="Whether the platform was asked and accepted the pair.")


class ConnectionList(ApiView):
    gates: ClassVar = {"GET": Permission.CONNECTIONS_READ}

    @extend_schema(responses=ConnectionOut(many=True))
    def get(self, request: Request) -> Response:
        """What is connected."""
        return envelope(
            request, ConnectionOut([shown(card) for card in channels.connected(self.actor)], many=True).data
        )


class Authorize(ApiView):
    gates: ClassVar = {"POST": Permission.CONNECTIONS_EDIT}
    refusals: ClassVar = {
        "POST": (
            failures.NoCredentials,
            failures.SecretUnreadable,
            oauth.SwitchedOff,
            oauth.TooManyStarts,
            oauth.StillPaused,
        )
    }

    @extend_schema(request=None, responses=AuthorizationOut)
    def post(self, request: Request, platform: str) -> Response:
        """Begin a sign-in at a platform. It ends in the browser of the session that began it."""
        found = access.get_platform(platform)
        key = request._request.session.session_key or ""
        url = oauth.begin(actor=self.actor, platform=found, session_key=key)
        return envelope(request, AuthorizationOut({"authorization_url": url}).data)


class Test(ApiView):
    gates: ClassVar = {"POST": Permission.CONNECTIONS_EDIT}
    limits: ClassVar = {"POST": throttle.CREDENTIALS_CHECK}
    refusals: ClassVar = {"POST": (grants.GrantUnusable, *failures.STORED.values())}

    @extend_schema(request=None, responses=TestedOut)
    def post(self, request: Request, connection_id: UUID) -> Response:
        """Ask the platform, with the stored tokens, who we are."""
        connection = access.get_connection(self.actor, connection_id, Permission.CONNECTIONS_EDIT)
        return envelope(request, TestedOut(channels.test(actor=self.actor, connection=connection)).data)


class WebhookList(ApiView):
    gates: ClassVar = {"GET": Permission.CONNECTIONS_EDIT}

    @extend_schema(responses=WebhookOut(many=True))
    def get(self, request: Request) -> Response:
        """Where platforms deliver to this account, to be entered there."""
        found = webhooks.of_account(self.actor)
        return envelope(request, WebhookOut(list(found.values()), many=True).data)


class RenewWebhook(ApiView):
    gates: ClassVar = {"POST": Permission.CONNECTIONS_EDIT}
    refusals: ClassVar = {"POST": (Http404, webhooks.NoWebhook)}

    @extend_schema(request=RenewWebhookInput, responses=WebhookOut)
    def post(self, request: Request) -> Response:
        """Make a platform a new address to deliver to. The old one stops working at once."""
        found = access.get_platform(sent(RenewWebhookInput, request)["platform"])
        return envelope(request, WebhookOut(webhooks.renew(actor=self.actor, platform=found)).data)


class ConnectionDetail(ApiView):
    gates: ClassVar = {"GET": Permission.CONNECTIONS_READ, "DELETE": Permission.CONNECTIONS_EDIT}

    @extend_schema(responses=ConnectionOut)
    def get(self, request: Request, connection_id: UUID) -> Response:
        """One connection."""
        found = access.get_connection(self.actor, connection_id, Permission.CONNECTIONS_READ)
        card = channels.card(self.actor, access.get_platform(found.platform))
        return envelope(request, ConnectionOut(shown(card)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, connection_id: UUID) -> Response:
        """Disconnect a platform. The app credentials stay."""
        connection = access.get_connection(self.actor, connection_id, Permission.CONNECTIONS_EDIT)
        channels.disconnect(actor=self.actor, connection=connection)
        return Response(status=204)


class CredentialsList(ApiView):
    gates: ClassVar = {"GET": Permission.CONNECTIONS_EDIT}

    @extend_schema(responses=CredentialsOut(many=True))
    def get(self, request: Request) -> Response:
        """The platforms whose app credentials are set up."""
        return envelope(request, CredentialsOut(credentials.listing(self.actor), many=True).data)


class Credentials(ApiView):
    gates: ClassVar = {
        "GET": Permission.CONNECTIONS_EDIT,
        "PUT": Permission.CONNECTIONS_EDIT,
        "DELETE": Permission.CONNECTIONS_EDIT,
    }
    limits: ClassVar = {"PUT": throttle.CREDENTIALS_CHECK}
    refusals: ClassVar = {
        "PUT": (
            *credentials.PasteMistake.__subclasses__(),
            failures.CredentialsRejected,
            *failures.CredentialsRejected.__subclasses__(),
            failures.RateLimited,
        )
    }

    @extend_schema(responses=CredentialsOut)
    def get(self, request: Request, platform: str) -> Response:
        """One platform's app credentials: a hint, never a value."""
        return envelope(request, CredentialsOut(credentials.get(self.actor, platform)).data)

    @extend_schema(request=CredentialsInput, responses=SavedCredentialsOut)
    def put(self, request: Request, platform: str) -> Response:
        """Save one platform's app credentials, asking the platform first whether it accepts them."""
        found = access.get_platform(platform)
        saved = credentials.save(actor=self.actor, platform=found, **sent(CredentialsInput, request))
        shown = {**CredentialsOut(saved.row).data, "checked": saved.checked}
        return envelope(request, SavedCredentialsOut(shown).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, platform: str) -> Response:
        """Forget one platform's app credentials, and every sign-in made with them."""
        credentials.delete(actor=self.actor, row=credentials.get(self.actor, platform))
        return Response(status=204)
