"""GraphQL: the same as `automations.automation_rest`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import graphene
from graphene.types.generic import GenericScalar

from accounts import paging, throttle
from accounts.answers import taken
from accounts.enums import Permission
from accounts.gates import field
from accounts.scalars import BigInt, DateTime
from automations.automation_forms import AutomationInput, AutomationPatch, AutomationRunInput
from automations.automation_shown import shown, shown_run
from automations.domain import automations, runs
from automations.domain.automations import Changes
from automations.enums import RunState, StepState, StepType, TriggerType, Who

if TYPE_CHECKING:
    from accounts.actor import Actor

CONFIG = "What the type can be set to, see the guide to automations"


class AutomationStep(graphene.ObjectType):
    """Something that an automation does."""

    type = graphene.String(required=True, description=", ".join(StepType))
    config = GenericScalar(required=True, description=CONFIG)


class Automation(graphene.ObjectType):
    """When this happens, do that."""

    id = graphene.ID(required=True)
    name = graphene.String(required=True)
    enabled = graphene.Boolean(required=True, description="Whether it runs by itself. By hand it can be run either way")
    trigger = graphene.String(required=True, description=", ".join(TriggerType))
    kinds = graphene.List(graphene.NonNull(graphene.String), required=True, description="Of events")
    least = graphene.Float(required=True, description="From this amount on: money in whole units, else as counted")
    command = graphene.String(required=True, description="Empty for one without")
    who = graphene.String(required=True, description=f"Who may use the command: {', '.join(Who)}")
    platforms = graphene.List(graphene.NonNull(graphene.String), required=True, description="That count; empty for all")
    cooldown = graphene.Int(required=True, description="Seconds in which it runs once at most")
    viewer_cooldown = graphene.Int(required=True, description="The same for each viewer")
    steps = graphene.List(graphene.NonNull(AutomationStep), required=True, description="In order")
    version = graphene.Int(required=True, description="Rises with every change")
    ran_at = DateTime(description="When it last began to run by itself")
    created_at = DateTime(required=True)
    changed_at = DateTime(required=True)


class AutomationRunStep(graphene.ObjectType):
    """What came of one step."""

    type = graphene.String(required=True, description=", ".join(StepType))
    config = GenericScalar(required=True, description="As it was when the run was triggered")
    state = graphene.String(
        required=True, description=f"{', '.join(StepState)}. unknown: it may or may not have been done"
    )
    outcome = GenericScalar(required=True, description="What was done, in figures and names")
    failure_code = graphene.String(required=True, description="Empty for one that did what it should")
    detail = graphene.String(required=True, description="The same in words: what is wrong, and what helps")
    started_at = DateTime()
    ended_at = DateTime()


class AutomationRun(graphene.ObjectType):
    """One time that an automation ran, or is to."""

    id = BigInt(required=True)
    automation = graphene.ID(description="Null for one that was removed since")
    name = graphene.String(required=True, description="What it was called then")
    trigger = graphene.String(required=True, description=", ".join(TriggerType))
    log = graphene.String(
        required=True, description="events or chat: where what triggered it is; empty for a run by hand"
    )
    seq = BigInt(description="Its number there")
    by = graphene.String(required=True, description="Who pressed the button; empty if nobody did")
    platform = graphene.String(required=True, description="Where it was triggered; empty for a run by hand")
    variables = GenericScalar(required=True, description="Texts by name")
    state = graphene.String(
        required=True, description=f"{', '.join(RunState)}. failed: at least one step, the others were done"
    )
    left_out = graphene.Int(
        required=True,
        description="How many times more it would have run right after this, and did not, because it runs 30 times a "
        "minute at most",
    )
    steps = graphene.List(graphene.NonNull(AutomationRunStep), required=True)
    created_at = DateTime(required=True)
    due_at = DateTime(required=True, description="When it goes on, while it waits")
    ended_at = DateTime()


class Query(graphene.ObjectType):
    automations = graphene.List(graphene.NonNull(Automation), description="The account's automations, by name")
    automation = graphene.Field(Automation, id=graphene.ID(required=True), description="One automation.")
    automation_runs = graphene.List(
        graphene.NonNull(AutomationRun),
        id=graphene.ID(required=True),
        limit=graphene.Int(default_value=paging.PAGE),
        before=BigInt(),
        after=BigInt(),
        description="What one automation did, newest first; with `after` what follows, oldest first",
    )
    automation_run = graphene.Field(AutomationRun, id=BigInt(required=True), description="One run.")

    @staticmethod
    @field(Permission.AUTOMATIONS_READ)
    def resolve_automations(root: Any, actor: Actor) -> list[dict[str, Any]]:
        return [shown(row) for row in automations.listing(actor)]

    @staticmethod
    @field(Permission.AUTOMATIONS_READ)
    def resolve_automation(root: Any, actor: Actor, id: str) -> dict[str, Any]:
        return shown(automations.get(actor, id))

    @staticmethod
    @field(Permission.AUTOMATIONS_HISTORY)
    def resolve_automation_runs(
        root: Any,
        actor: Actor,
        id: str,
        limit: int | None,
        before: int | None = None,
        after: int | None = None,
    ) -> list[dict[str, Any]]:
        first, last = (
            paging.number(value, name, 0, paging.LAST) for name, value in (("before", before), ("after", after))
        )
        page = runs.page(actor, paging.limit(limit), automation_id=id, before=first, after=last)
        return [shown_run(run) for run in page.rows]

    @staticmethod
    @field(Permission.AUTOMATIONS_HISTORY)
    def resolve_automation_run(root: Any, actor: Actor, id: int) -> dict[str, Any]:
        return shown_run(runs.get(actor, id))


class AutomationStepInput(graphene.InputObjectType):
    """Something that an automation does."""

    type = graphene.String(required=True, description=", ".join(StepType))
    config = GenericScalar(description=CONFIG)


class UpdateAutomationInput(graphene.InputObjectType):
    """What is left out stays as it is, or has its usual value: run by hand, no steps."""

    name = graphene.String()
    enabled = graphene.Boolean(description="Whether it runs by itself")
    trigger = graphene.String(description=", ".join(TriggerType))
    kinds = graphene.List(graphene.NonNull(graphene.String), description="Of events")
    least = graphene.Float(description="From this amount on: money in whole units, else as counted")
    command = graphene.String(description="With its sign: !lurk")
    who = graphene.String(description=f"Who may use the command: {', '.join(Who)}")
    platforms = graphene.List(graphene.NonNull(graphene.String), description="That count; empty for all")
    cooldown = graphene.Int(description="Seconds in which it runs once at most")
    viewer_cooldown = graphene.Int(description="The same for each viewer")
    steps = graphene.List(graphene.NonNull(AutomationStepInput), description="All of them, in order")


class CreateAutomationInput(UpdateAutomationInput):
    """What is left out has its usual value: run by hand, no steps."""

    name = graphene.String(required=True)


class AutomationVariable(graphene.InputObjectType):
    """Stands in for {{name}} in the texts of the steps."""

    name = graphene.String(required=True, description="Small letters and underscores")
    value = graphene.String(required=True)


class CreateAutomation(graphene.Mutation):
    """Makes an automation. Steps with OBS or Streamer.bot need `obs:edit` as well, steps in chat `chat:write`."""

    class Arguments:
        input = CreateAutomationInput(required=True)

    automation = graphene.Field(Automation, required=True)

    @staticmethod
    @field(Permission.AUTOMATIONS_CREATE)
    def mutate(root: Any, actor: Actor, input: CreateAutomationInput) -> CreateAutomation:
        return CreateAutomation(
            automation=shown(automations.create(actor=actor, wanted=_changes(AutomationInput, input)))
        )


class UpdateAutomation(graphene.Mutation):
    """Changes an automation, or switches it on or off. With a `version`: not if somebody saved another since."""

    class Arguments:
        id = graphene.ID(required=True)
        version = graphene.Int()
        input = UpdateAutomationInput(required=True)

    automation = graphene.Field(Automation, required=True)

    @staticmethod
    @field(Permission.AUTOMATIONS_EDIT)
    def mutate(
        root: Any, actor: Actor, id: str, input: UpdateAutomationInput, version: int | None = None
    ) -> UpdateAutomation:
        row = automations.save(actor=actor, automation_id=id, version=version, wanted=_changes(AutomationPatch, input))
        return UpdateAutomation(automation=shown(row))


class DeleteAutomation(graphene.Mutation):
    """Removes an automation. What it did stays in the history."""

    class Arguments:
        id = graphene.ID(required=True)

    id = graphene.ID(required=True)

    @staticmethod
    @field(Permission.AUTOMATIONS_DELETE)
    def mutate(root: Any, actor: Actor, id: str) -> DeleteAutomation:
        automations.remove(actor=actor, automation_id=id)
        return DeleteAutomation(id=id)


class RunAutomation(graphene.Mutation):
    """Runs an automation now. What came of it, `automationRun` says."""

    class Arguments:
        id = graphene.ID(required=True)
        variables = graphene.List(graphene.NonNull(AutomationVariable))

    run = graphene.Field(AutomationRun, required=True)

    @staticmethod
    @field(Permission.AUTOMATIONS_EXECUTE, limit=throttle.AUTOMATION_RUNS)
    def mutate(root: Any, actor: Actor, id: str, variables: list[AutomationVariable] | None = None) -> RunAutomation:
        given = taken(AutomationRunInput, {"variables": {one.name: one.value for one in variables or ()}})
        return RunAutomation(run=shown_run(runs.run(actor=actor, automation_id=id, given=given["variables"])))


class Mutation(graphene.ObjectType):
    create_automation = CreateAutomation.Field()
    update_automation = UpdateAutomation.Field()
    delete_automation = DeleteAutomation.Field()
    run_automation = RunAutomation.Field()


def _changes(serializer: type[AutomationPatch], given: UpdateAutomationInput) -> Changes:
    steps = given.get("steps")
    named = steps and [{name: value for name, value in step.items() if value is not None} for step in steps]
    return Changes(**taken(serializer, {**given, "steps": named}))
