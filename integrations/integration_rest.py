"""REST: OBS and Streamer.bot (passwords are write-only), and the address of the bridge page."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.db import transaction
from django.urls import reverse
from django.views.decorators.debug import sensitive_variables
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts import throttle
from accounts.answers import Time, created, envelope, sent
from accounts.enums import Permission
from accounts.gates import ApiView
from integrations.domain import access, bridge, integrations, testing
from integrations.domain.integrations import Changes
from integrations.domain.tokens import LabelTooLong
from integrations.integration_forms import IntegrationInput, IntegrationPatch
from integrations.integration_shown import shown, shown_result

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request

    from lumio.lib.errors import Refusal

SET_UP: tuple[type[Refusal], ...] = (
    integrations.NoSuchRoute,
    LabelTooLong,
    integrations.LabelTaken,
    integrations.BadPort,
    integrations.HostMissing,
    integrations.BadHost,
    integrations.OnlyBesideTheBridge,
    integrations.BadEndpoint,
    integrations.PasswordTooLong,
    integrations.PasswordOfAnotherHost,
    integrations.NotASettingOfObs,
)


class ResultOut(serializers.Serializer):
    """What came of trying to reach a tool."""

    at = Time()
    trigger = serializers.CharField(help_text="test (a person asked) or link (the connection itself).")
    is_success = serializers.BooleanField()
    detail = serializers.CharField(help_text="In words: what was found, or what is wrong and what helps.")
    failure_code = serializers.CharField(help_text="Empty for a success.")
    version = serializers.CharField(help_text="Of OBS or Streamer.bot; empty for a failure.")
    latency_ms = serializers.IntegerField(allow_null=True)
    actions = serializers.IntegerField(allow_null=True, help_text="How many Streamer.bot has.")


class IntegrationOut(serializers.Serializer):
    """An OBS or a Streamer.bot, without its password."""

    id = serializers.UUIDField()
    tool = serializers.CharField(help_text="obs or streamerbot.")
    label = serializers.CharField()  # type: ignore[assignment]  # the base class has an attribute of that name
    is_enabled = serializers.BooleanField()
    route = serializers.CharField(help_text="bridge or direct.")
    host = serializers.CharField()
    port = serializers.IntegerField()
    endpoint = serializers.CharField()
    has_password = serializers.BooleanField()
    takes_events = serializers.BooleanField()
    state = serializers.CharField(
        help_text="connected, limited (some of it cannot be reached), connecting, trouble, silent (nobody speaks for "
        "it, for example because no bridge page is open) or off."
    )
    version = serializers.CharField(help_text="While it is connected; else empty.")
    latency_ms = serializers.IntegerField(allow_null=True, help_text="Of one question and answer, while connected.")
    is_protected = serializers.BooleanField(
        allow_null=True, help_text="Whether it asked for a password; null while it is not connected."
    )
    failure_code = serializers.CharField(help_text="Why there is trouble; empty while there is none.")
    trouble = serializers.CharField(help_text="The same in words.")
    used_by = serializers.ListField(
        child=serializers.CharField(), help_text="The automations that would fail in part if this were removed."
    )
    results = ResultOut(many=True, help_text="The last ten, the newest first.")
    created_at = Time()


class BridgeOut(serializers.Serializer):
    """Where the bridge page of the account is. Whoever has the address can reach the OBS beside the page."""

    address = serializers.CharField(help_text="To be added to OBS as a browser source.")


class IntegrationList(ApiView):
    gates: ClassVar = {"GET": Permission.CONNECTIONS_READ, "POST": Permission.CONNECTIONS_CREATE}
    refusals: ClassVar = {"POST": (integrations.NoSuchTool, integrations.TooManyIntegrations, *SET_UP)}

    @extend_schema(responses=IntegrationOut(many=True))
    def get(self, request: Request) -> Response:
        """The account's OBS and Streamer.bot, with what their connections are like now."""
        found = [shown(listed) for listed in integrations.listing(self.actor, with_uses=True)]
        return envelope(request, IntegrationOut(found, many=True).data)

    @extend_schema(request=IntegrationInput, responses={201: IntegrationOut})
    @sensitive_variables("fields")
    def post(self, request: Request) -> Response:
        """Add an OBS or a Streamer.bot. Lumio connects to it from now on."""
        fields = sent(IntegrationInput, request)
        tool = fields.pop("tool")
        added = integrations.add(actor=self.actor, tool=tool, wanted=Changes(**fields))
        return created(IntegrationOut(shown(added)).data, reverse("rest_integration", args=[added.row.pk]))


class IntegrationDetail(ApiView):
    gates: ClassVar = {
        "GET": Permission.CONNECTIONS_READ,
        "PATCH": Permission.CONNECTIONS_EDIT,
        "DELETE": Permission.CONNECTIONS_DELETE,
    }
    refusals: ClassVar = {"PATCH": SET_UP}

    @extend_schema(responses=IntegrationOut)
    def get(self, request: Request, integration_id: UUID) -> Response:
        """One OBS or Streamer.bot."""
        row = access.get_integration(self.actor, integration_id, Permission.CONNECTIONS_READ)
        return envelope(request, IntegrationOut(shown(integrations.listed(row))).data)

    @extend_schema(request=IntegrationPatch, responses=IntegrationOut)
    @sensitive_variables("fields")
    def patch(self, request: Request, integration_id: UUID) -> Response:
        """Set it up otherwise, or switch it on or off. Its connection begins anew."""
        row = access.get_integration(self.actor, integration_id, Permission.CONNECTIONS_EDIT)
        fields = sent(IntegrationPatch, request)
        on = fields.pop("is_enabled", None)
        with transaction.atomic():
            row = integrations.edit(actor=self.actor, integration=row, wanted=Changes(**fields))
            if on is not None:
                row = integrations.switch(actor=self.actor, integration=row, on=on)
        return envelope(request, IntegrationOut(shown(integrations.listed(row))).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, integration_id: UUID) -> Response:
        """Remove it. Its connection ends at once."""
        row = access.get_integration(self.actor, integration_id, Permission.CONNECTIONS_DELETE)
        integrations.remove(actor=self.actor, integration=row)
        return Response(status=204)


class IntegrationTest(ApiView):
    gates: ClassVar = {"POST": Permission.CONNECTIONS_EDIT}
    limits: ClassVar = {"POST": throttle.TOOL_TESTS}

    @extend_schema(request=None, responses=ResultOut)
    def post(self, request: Request, integration_id: UUID) -> Response:
        """Try to reach it, within five seconds. A failure is a result, too."""
        row = access.get_integration(self.actor, integration_id, Permission.CONNECTIONS_EDIT)
        result = testing.test(actor=self.actor, integration=row)
        return envelope(request, ResultOut(shown_result(result)).data)


class BridgeDetail(ApiView):
    gates: ClassVar = {"GET": Permission.CONNECTIONS_EDIT}
    refusals: ClassVar = {"GET": (bridge.AddressUnreadable,)}

    @extend_schema(responses=BridgeOut)
    def get(self, request: Request) -> Response:
        """The address of the bridge page, a secret."""
        address = bridge.address(self.actor.account)
        return envelope(request, BridgeOut({"address": address.reveal()}).data)


class BridgeRenewal(ApiView):
    gates: ClassVar = {"POST": Permission.CONNECTIONS_EDIT}

    @extend_schema(request=None, responses=BridgeOut)
    def post(self, request: Request) -> Response:
        """A new address for the bridge page. The old one ends at once."""
        return envelope(request, BridgeOut({"address": bridge.renew(self.actor).reveal()}).data)
