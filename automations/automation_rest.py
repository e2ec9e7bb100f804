"""REST: automations with their steps, running them, and what they did."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.http import Http404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts import paging, throttle
from accounts.answers import Time, created, envelope, sent
from accounts.enums import Permission
from accounts.gates import ApiView
from automations.automation_forms import CONFIG, AutomationInput, AutomationPatch, AutomationRunInput
from automations.automation_shown import shown, shown_run
from automations.domain import automations, runs
from automations.domain.automations import Changes
from automations.enums import RunState, StepState, StepType, TriggerType, Who

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request


class StepOut(serializers.Serializer):
    """Something that an automation does."""

    type = serializers.CharField(help_text=f"{', '.join(StepType)}.")
    config = serializers.DictField(help_text=CONFIG)


class AutomationOut(serializers.Serializer):
    """When this happens, do that."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    enabled = serializers.BooleanField(help_text="Whether it runs by itself. By hand it can be run either way.")
    trigger = serializers.CharField(help_text=f"{', '.join(TriggerType)}.")
    kinds = serializers.ListField(child=serializers.CharField(), help_text="Of events.")
    least = serializers.FloatField(help_text="From this amount on: money in whole units, else as counted.")
    command = serializers.CharField(help_text="Empty for one without.")
    who = serializers.CharField(help_text=f"Who may use the command: {', '.join(Who)}.")
    platforms = serializers.ListField(child=serializers.CharField(), help_text="That count; empty for all.")
    cooldown = serializers.IntegerField(help_text="Seconds in which it runs once at most.")
    viewer_cooldown = serializers.IntegerField(help_text="The same for each viewer.")
    steps = StepOut(many=True, help_text="In order.")
    version = serializers.IntegerField(help_text="Rises with every change.")
    ran_at = Time(allow_null=True, help_text="When it last began to run by itself.")
    created_at = Time()
    changed_at = Time()


class RunStepOut(serializers.Serializer):
    """What came of one step."""

    type = serializers.CharField(help_text=f"{', '.join(StepType)}.")
    config = serializers.DictField(help_text="As it was when the run was triggered.")
    state = serializers.CharField(help_text=f"{', '.join(StepState)}. unknown: it may or may not have been done.")
    outcome = serializers.DictField(help_text="What was done, in figures and names.")
    failure_code = serializers.CharField(help_text="Empty for one that did what it should.")
    detail = serializers.CharField(help_text="The same in words: what is wrong, and what helps.")
    started_at = Time(allow_null=True)
    ended_at = Time(allow_null=True)


class RunOut(serializers.Serializer):
    """One time that an automation ran, or is to."""

    id = serializers.IntegerField()
    automation = serializers.UUIDField(allow_null=True, help_text="Null for one that was removed since.")
    name = serializers.CharField(help_text="What it was called then.")
    trigger = serializers.CharField(help_text=f"{', '.join(TriggerType)}.")
    log = serializers.CharField(help_text="events or chat: where what triggered it is; empty for a run by hand.")
    seq = serializers.IntegerField(allow_null=True, help_text="Its number there.")
    by = serializers.CharField(help_text="Who pressed the button; empty if nobody did.")
    platform = serializers.CharField(help_text="Where it was triggered; empty for a run by hand.")
    variables = serializers.DictField(child=serializers.CharField(allow_blank=True))
    state = serializers.CharField(help_text=f"{', '.join(RunState)}. failed: at least one step, the others were done.")
    left_out = serializers.IntegerField(
        help_text="How many times more it would have run right after this, and did not, because it runs 30 times a "
        "minute at most."
    )
    steps = RunStepOut(many=True)
    created_at = Time()
    due_at = Time(help_text="When it goes on, while it waits.")
    ended_at = Time(allow_null=True)


class AutomationList(ApiView):
    gates: ClassVar = {"GET": Permission.AUTOMATIONS_READ, "POST": Permission.AUTOMATIONS_CREATE}
    refusals: ClassVar = {"POST": (automations.TooManyAutomations, *automations.SETTINGS)}

    @extend_schema(responses=AutomationOut(many=True))
    def get(self, request: Request) -> Response:
        """The account's automations, by name."""
        found = [shown(row) for row in automations.listing(self.actor)]
        return envelope(request, AutomationOut(found, many=True).data)

    @extend_schema(request=AutomationInput, responses={201: AutomationOut})
    def post(self, request: Request) -> Response:
        """Make an automation. Steps with OBS or Streamer.bot need `obs:edit` as well, steps in chat `chat:write`."""
        row = automations.create(actor=self.actor, wanted=Changes(**sent(AutomationInput, request)))
        return created(AutomationOut(shown(row)).data, reverse("rest_automation", args=[row.pk]))


class AutomationDetail(ApiView):
    gates: ClassVar = {
        "GET": Permission.AUTOMATIONS_READ,
        "PATCH": Permission.AUTOMATIONS_EDIT,
        "DELETE": Permission.AUTOMATIONS_DELETE,
    }
    refusals: ClassVar = {"PATCH": (automations.ChangedMeanwhile, *automations.SETTINGS)}

    @extend_schema(responses=AutomationOut)
    def get(self, request: Request, automation_id: UUID) -> Response:
        """One automation with its steps."""
        return envelope(request, AutomationOut(shown(automations.get(self.actor, automation_id))).data)

    @extend_schema(request=AutomationPatch, responses=AutomationOut)
    def patch(self, request: Request, automation_id: UUID) -> Response:
        """Change it, or switch it on or off. What was triggered before does what it was then."""
        fields = sent(AutomationPatch, request)
        version = fields.pop("version", None)
        row = automations.save(actor=self.actor, automation_id=automation_id, version=version, wanted=Changes(**fields))
        return envelope(request, AutomationOut(shown(row)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, automation_id: UUID) -> Response:
        """Remove it. What it did stays in the history."""
        automations.remove(actor=self.actor, automation_id=automation_id)
        return Response(status=204)


class AutomationRun(ApiView):
    gates: ClassVar = {"POST": Permission.AUTOMATIONS_EXECUTE}
    limits: ClassVar = {"POST": throttle.AUTOMATION_RUNS}
    refusals: ClassVar = {"POST": (runs.BadVariables,)}

    @extend_schema(request=AutomationRunInput, responses={202: RunOut})
    def post(self, request: Request, automation_id: UUID) -> Response:
        """Run it now, also with a popout token. 202: what came of it, `/v1/runs/{id}` says."""
        variables = sent(AutomationRunInput, request)["variables"]
        run = runs.run(actor=self.actor, automation_id=automation_id, given=variables)
        location = reverse("rest_run", args=[run.pk])
        body = {"data": RunOut(shown_run(run)).data, "_links": {"self": location}}
        return Response(body, status=202, headers={"Location": location})


class RunList(ApiView):
    gates: ClassVar = {"GET": Permission.AUTOMATIONS_HISTORY}

    @extend_schema(responses=RunOut(many=True), parameters=paging.BY_ID)
    def get(self, request: Request, automation_id: UUID) -> Response:
        """What one automation did, newest first."""
        asked = request.query_params
        before, after = (paging.number(asked.get(name), name, 0, paging.LAST) for name in ("before", "after"))
        page = runs.page(
            self.actor, paging.limit(asked.get("limit")), automation_id=automation_id, before=before, after=after
        )
        found = [shown_run(run) for run in page.rows]
        return envelope(request, RunOut(found, many=True).data, page.links(request, lambda run: run.pk))


class RunDetail(ApiView):
    gates: ClassVar = {"GET": Permission.AUTOMATIONS_HISTORY}
    refusals: ClassVar = {"GET": (Http404,)}

    @extend_schema(responses=RunOut)
    def get(self, request: Request, run_id: int) -> Response:
        """One run, and what came of each step."""
        return envelope(request, RunOut(shown_run(runs.get(self.actor, run_id))).data)
