"""GraphQL: the same as `integrations.streamerbot_rest`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import graphene

from accounts import throttle
from accounts.answers import taken
from accounts.enums import Permission
from accounts.gates import field
from integrations.domain import actions
from integrations.streamerbot_forms import RunInput

if TYPE_CHECKING:
    from accounts.actor import Actor


class StreamerbotAction(graphene.ObjectType):
    """An action of Streamer.bot. Names are not unique and may change, ids stay."""

    id = graphene.ID(required=True)
    name = graphene.String(required=True)
    group = graphene.String(required=True, description="Empty for one without a group")
    is_enabled = graphene.Boolean(required=True, description="One that is not enabled does not run")


class Query(graphene.ObjectType):
    streamerbot_actions = graphene.List(
        graphene.NonNull(StreamerbotAction),
        id=graphene.ID(required=True),
        description="The actions that a Streamer.bot has now; `id` is that of the integration",
    )

    @staticmethod
    @field(Permission.SETTINGS_READ, limit=throttle.STREAMERBOT_LISTS)
    def resolve_streamerbot_actions(root: Any, actor: Actor, *, id: str) -> list[dict[str, Any]]:
        return actions.listing(actor=actor, integration=actions.get(actor, id, Permission.SETTINGS_READ))


class StreamerbotArgument(graphene.InputObjectType):
    """Becomes the variable %name% of the action. REST takes numbers, true and false as well."""

    name = graphene.String(required=True, description="Letters, digits and underscores")
    value = graphene.String(required=True)


class RunStreamerbotAction(graphene.Mutation):
    """Has a Streamer.bot queue an action. When it has run, nobody tells."""

    class Arguments:
        id = graphene.ID(required=True, description="Of the integration")
        action = graphene.ID(required=True)
        arguments = graphene.List(graphene.NonNull(StreamerbotArgument))

    name = graphene.String(required=True, description="What the action is called")

    @staticmethod
    @field(Permission.OBS_EDIT, limit=throttle.STREAMERBOT_RUNS)
    def mutate(
        root: Any, actor: Actor, *, id: str, action: str, arguments: list[StreamerbotArgument] | None = None
    ) -> RunStreamerbotAction:
        row = actions.get(actor, id, Permission.OBS_EDIT)
        given = taken(RunInput, {"arguments": {one.name: one.value for one in arguments or ()}})
        return RunStreamerbotAction(name=actions.run(actor=actor, integration=row, action_id=action, **given))


class Mutation(graphene.ObjectType):
    run_streamerbot_action = RunStreamerbotAction.Field()
