"""GraphQL: the same as `integrations.integration_rest`. Passwords are write-only here too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import graphene
from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from accounts import throttle
from accounts.answers import taken
from accounts.enums import Permission
from accounts.gates import field
from accounts.scalars import DateTime
from integrations.domain import access, bridge, integrations, testing
from integrations.domain.integrations import Changes
from integrations.integration_forms import IntegrationInput, IntegrationPatch
from integrations.integration_shown import shown, shown_result

if TYPE_CHECKING:
    from accounts.actor import Actor


class IntegrationResult(graphene.ObjectType):
    """What came of trying to reach a tool."""

    at = DateTime(required=True)
    trigger = graphene.String(required=True, description="test (a person asked) or link (the connection itself)")
    is_success = graphene.Boolean(required=True)
    detail = graphene.String(required=True, description="In words: what was found, or what is wrong and what helps")
    failure_code = graphene.String(required=True, description="Empty for a success")
    version = graphene.String(required=True, description="Of OBS or Streamer.bot; empty for a failure")
    latency_ms = graphene.Int()
    actions = graphene.Int(description="How many Streamer.bot has")


class Integration(graphene.ObjectType):
    """An OBS or a Streamer.bot, without its password."""

    id = graphene.ID(required=True)
    tool = graphene.String(required=True, description="obs or streamerbot")
    label = graphene.String(required=True)
    is_enabled = graphene.Boolean(required=True)
    route = graphene.String(required=True, description="bridge or direct")
    host = graphene.String(required=True)
    port = graphene.Int(required=True)
    endpoint = graphene.String(required=True)
    has_password = graphene.Boolean(required=True)
    takes_events = graphene.Boolean(required=True)
    state = graphene.String(
        required=True,
        description="connected, limited (some of it cannot be reached), connecting, trouble, silent (nobody speaks "
        "for it, for example because no bridge page is open) or off",
    )
    version = graphene.String(required=True, description="While it is connected; else empty")
    latency_ms = graphene.Int(description="Of one question and answer, while it is connected")
    is_protected = graphene.Boolean(description="Whether it asked for a password; null while it is not connected")
    failure_code = graphene.String(required=True, description="Why there is trouble; empty while there is none")
    trouble = graphene.String(required=True, description="The same in words")
    used_by = graphene.List(
        graphene.NonNull(graphene.String),
        required=True,
        description="The automations that would fail in part if this were removed",
    )
    results = graphene.List(
        graphene.NonNull(IntegrationResult), required=True, description="The last ten, the newest first"
    )
    created_at = DateTime(required=True)


class Bridge(graphene.ObjectType):
    """Where the bridge page of the account is. Whoever has the address can reach the OBS beside the page."""

    address = graphene.String(required=True, description="To be added to OBS as a browser source")


class Query(graphene.ObjectType):
    integrations = graphene.List(
        graphene.NonNull(Integration), description="OBS and Streamer.bot, and how their connections are"
    )
    integration = graphene.Field(Integration, id=graphene.ID(required=True), description="An OBS or a Streamer.bot.")
    bridge = graphene.Field(Bridge, description="The address of the bridge page, a secret")

    @staticmethod
    @field(Permission.CONNECTIONS_READ)
    def resolve_integrations(root: Any, actor: Actor) -> list[dict[str, Any]]:
        return [shown(listed) for listed in integrations.listing(actor, with_uses=True)]

    @staticmethod
    @field(Permission.CONNECTIONS_READ)
    def resolve_integration(root: Any, actor: Actor, id: str) -> dict[str, Any]:
        return shown(integrations.listed(access.get_integration(actor, id, Permission.CONNECTIONS_READ)))

    @staticmethod
    @field(Permission.CONNECTIONS_EDIT)
    def resolve_bridge(root: Any, actor: Actor) -> dict[str, str]:
        return {"address": bridge.address(actor.account).reveal()}


class _Changes:
    """What is left out stays as it is, or has its usual value."""

    label = graphene.String()
    route = graphene.String(description="bridge (through the bridge page inside OBS) or direct (this Lumio connects)")
    host = graphene.String(description="Only for the route direct")
    port = graphene.Int(description="Usually 4455 for OBS and 8080 for Streamer.bot")
    endpoint = graphene.String(description="Of Streamer.bot; usually /")
    password = graphene.String(description="Of the WebSocket server. Empty: forget the one that is saved")
    takes_events = graphene.Boolean(description="Whether what Streamer.bot tells becomes events")


class CreateIntegrationInput(_Changes, graphene.InputObjectType):
    tool = graphene.String(required=True, description="obs or streamerbot")


class UpdateIntegrationInput(_Changes, graphene.InputObjectType):
    is_enabled = graphene.Boolean(description="False pauses it")


class CreateIntegration(graphene.Mutation):
    """Adds an OBS or a Streamer.bot. Lumio connects to it from now on."""

    class Arguments:
        input = CreateIntegrationInput(required=True)

    integration = graphene.Field(Integration, required=True)

    @staticmethod
    @field(Permission.CONNECTIONS_CREATE)
    @sensitive_variables("input", "fields")
    def mutate(root: Any, actor: Actor, input: CreateIntegrationInput) -> CreateIntegration:
        fields = taken(IntegrationInput, input)
        added = integrations.add(actor=actor, tool=fields.pop("tool"), wanted=Changes(**fields))
        return CreateIntegration(integration=shown(added))


class UpdateIntegration(graphene.Mutation):
    """Sets it up otherwise, or switches it on or off. Its connection begins anew."""

    class Arguments:
        id = graphene.ID(required=True)
        input = UpdateIntegrationInput(required=True)

    integration = graphene.Field(Integration, required=True)

    @staticmethod
    @field(Permission.CONNECTIONS_EDIT)
    @sensitive_variables("input", "fields")
    def mutate(root: Any, actor: Actor, id: str, input: UpdateIntegrationInput) -> UpdateIntegration:
        row = access.get_integration(actor, id, Permission.CONNECTIONS_EDIT)
        fields = taken(IntegrationPatch, input)
        on = fields.pop("is_enabled", None)
        with transaction.atomic():
            row = integrations.edit(actor=actor, integration=row, wanted=Changes(**fields))
            if on is not None:
                row = integrations.switch(actor=actor, integration=row, on=on)
        return UpdateIntegration(integration=shown(integrations.listed(row)))


class DeleteIntegration(graphene.Mutation):
    """Removes an OBS or a Streamer.bot. Its connection ends at once."""

    class Arguments:
        id = graphene.ID(required=True)

    integration = graphene.Field(Integration, required=True)

    @staticmethod
    @field(Permission.CONNECTIONS_DELETE)
    def mutate(root: Any, actor: Actor, id: str) -> DeleteIntegration:
        row = access.get_integration(actor, id, Permission.CONNECTIONS_DELETE)
        gone = shown(integrations.listed(row))
        integrations.remove(actor=actor, integration=row)
        return DeleteIntegration(integration=gone)


class TestIntegration(graphene.Mutation):
    """Tries to reach it, within five seconds. A failure is a result, too."""

    class Arguments:
        id = graphene.ID(required=True)

    result = graphene.Field(IntegrationResult, required=True)

    @staticmethod
    @field(Permission.CONNECTIONS_EDIT, limit=throttle.TOOL_TESTS)
    def mutate(root: Any, actor: Actor, id: str) -> TestIntegration:
        row = access.get_integration(actor, id, Permission.CONNECTIONS_EDIT)
        return TestIntegration(result=shown_result(testing.test(actor=actor, integration=row)))


class RenewBridge(graphene.Mutation):
    """Makes a new address for the bridge page. The old one ends at once."""

    bridge = graphene.Field(Bridge, required=True)

    @staticmethod
    @field(Permission.CONNECTIONS_EDIT)
    def mutate(root: Any, actor: Actor) -> RenewBridge:
        return RenewBridge(bridge={"address": bridge.renew(actor).reveal()})


class Mutation(graphene.ObjectType):
    create_integration = CreateIntegration.Field()
    update_integration = UpdateIntegration.Field()
    delete_integration = DeleteIntegration.Field()
    test_integration = TestIntegration.Field()
    renew_bridge = RenewBridge.Field()
