"""REST: StreamElements tokens (write-only)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts import throttle
from accounts.answers import Time, created, envelope, sent
from accounts.enums import Permission
from accounts.gates import ApiView
from integrations.domain import access, tokens
from integrations.forms import SeTokenInput
from integrations.shown import shown
from integrations.streamelements.failures import TokenRefused

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request


class SeTokenOut(serializers.Serializer):
    """A StreamElements token without its JWT."""

    id = serializers.UUIDField()
    platform = serializers.CharField(help_text="Which stream the tips belong to.")
    label = serializers.CharField()  # type: ignore[assignment]  # the base class has an attribute of that name
    hint = serializers.CharField(help_text="The last four characters of the JWT.")
    state = serializers.CharField(help_text="verified, unverified (StreamElements could not be asked yet) or broken.")
    failure_code = serializers.CharField(help_text="Why it is broken; empty while it is not.")
    trouble = serializers.CharField(help_text="What is wrong, in words; empty while all is well.")
    channel_id = serializers.CharField(help_text="StreamElements' own; empty until the token is verified.")
    channel_name = serializers.CharField()
    channel_provider = serializers.CharField(help_text="The platform that StreamElements has the channel at.")
    mismatch = serializers.CharField(help_text="In words, if that is another platform; else empty.")
    delivery = serializers.CharField(
        allow_null=True, help_text="delivering, starting, reconnecting or stopped; null while nobody listens."
    )
    delivery_since = Time(allow_null=True)
    last_tip_at = Time(allow_null=True)
    expires_at = Time(allow_null=True, help_text="When the JWT ends; null for one that names no end.")
    days_left = serializers.IntegerField(allow_null=True, help_text="Whole days until then; negative once it is over.")
    verified_at = Time(allow_null=True, help_text="When StreamElements last said that it works.")
    created_at = Time()


class SeTokenList(ApiView):
    gates: ClassVar = {"GET": Permission.CONNECTIONS_READ, "POST": Permission.CONNECTIONS_CREATE}
    limits: ClassVar = {"POST": throttle.CREDENTIALS_CHECK}
    refusals: ClassVar = {
        "POST": (
            tokens.NoSuchPlatform,
            tokens.LabelTooLong,
            tokens.NotAJwt,
            tokens.JwtEnded,
            tokens.AddedBefore,
            tokens.TooManyTokens,
            TokenRefused,
        )
    }

    @extend_schema(responses=SeTokenOut(many=True))
    def get(self, request: Request) -> Response:
        """The account's StreamElements tokens."""
        found = [shown(listed) for listed in tokens.listing(self.actor)]
        return envelope(request, SeTokenOut(found, many=True).data)

    @extend_schema(request=SeTokenInput, responses={201: SeTokenOut})
    def post(self, request: Request) -> Response:
        """Add a StreamElements token, asking there whose it is. An outage does not stand in the way."""
        added = tokens.add(actor=self.actor, **sent(SeTokenInput, request))
        return created(SeTokenOut(shown(added)).data, reverse("rest_se_token", args=[added.row.pk]))


class SeTokenDetail(ApiView):
    gates: ClassVar = {"GET": Permission.CONNECTIONS_READ, "DELETE": Permission.CONNECTIONS_DELETE}

    @extend_schema(responses=SeTokenOut)
    def get(self, request: Request, se_token_id: UUID) -> Response:
        """One StreamElements token."""
        row = access.get_token(self.actor, se_token_id, Permission.CONNECTIONS_READ)
        return envelope(request, SeTokenOut(shown(tokens.Listed(row))).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, se_token_id: UUID) -> Response:
        """Remove a StreamElements token. Its tips stop at once, unless its channel has another token."""
        token = access.get_token(self.actor, se_token_id, Permission.CONNECTIONS_DELETE)
        tokens.remove(actor=self.actor, token=token)
        return Response(status=204)
