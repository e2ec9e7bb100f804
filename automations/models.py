from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone

from accounts.models import Account, User
from automations.enums import RunState, StepState, StepType, TriggerType, Who
from events.enums import Log


class Automation(models.Model):
    """When this happens, do that, step by step. `version` rises with every change: who saves says which one they
    changed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    enabled = models.BooleanField(default=True)
    trigger = models.CharField(max_length=10, choices=TriggerType)
    #: Of EVENT: the kinds that count, and from how much on: of money in whole units of any currency, else as counted.
    kinds = models.JSONField(default=list)
    least = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    #: Of COMMAND: the first word of the message with its sign ("!lurk"), in lower case, and who may use it.
    command = models.CharField(max_length=40, blank=True)
    who = models.CharField(max_length=12, choices=Who, default=Who.EVERYBODY)
    #: Of both: the platforms that count; empty for all.
    platforms = models.JSONField(default=list)
    #: Seconds in which it runs once at most, for all and for each viewer.
    cooldown = models.PositiveIntegerField(default=0)
    viewer_cooldown = models.PositiveIntegerField(default=0)
    #: When it last began to run by itself.
    ran_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "name"], name="automation_name_once_per_account")
        ]

    def __str__(self) -> str:
        return self.name


class Step(models.Model):
    """Something that an automation does; `config` is what `automations.steps` allows for the type."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    automation = models.ForeignKey(Automation, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveIntegerField()
    type = models.CharField(max_length=12, choices=StepType)
    config = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["position"]

    def __str__(self) -> str:
        return f"{self.position} {self.type}"


class Run(models.Model):
    """One time that an automation ran, or is to. What it does was copied when it was triggered.

    `owner` works on it until `leased_until`; who holds neither must not.
    """

    id = models.BigAutoField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    automation = models.ForeignKey(Automation, on_delete=models.SET_NULL, null=True, related_name="runs")
    name = models.CharField(max_length=80)
    trigger = models.CharField(max_length=10, choices=TriggerType)
    #: What triggered it, if it was an event or a message: its log and its number there.
    log = models.CharField(max_length=10, choices=Log, blank=True)
    seq = models.BigIntegerField(null=True)
    #: Who pressed the button, as the audit log names people; empty if nobody did.
    by = models.CharField(max_length=200, blank=True)
    #: Where that happened, and the viewer there by the platform's id, for cool-downs of their own.
    platform = models.CharField(max_length=20, blank=True)
    viewer = models.CharField(max_length=100, blank=True)
    #: What stands in for {{name}} and the like.
    variables = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=RunState, default=RunState.WAITING)
    #: Not before: after a step that waits.
    due_at = models.DateTimeField(default=timezone.now)
    owner = models.CharField(max_length=80, blank=True)
    leased_until = models.DateTimeField(null=True)
    #: How many more times it would have run right after this one, and did not: see `domain.triggers.MOST_A_MINUTE`.
    left_out = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["automation", "log", "seq"], name="run_once_per_event"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "due_at"], name="run_due"),
            models.Index(fields=["account", "-id"], name="run_newest"),
            models.Index(fields=["automation", "created_at"], name="run_of_automation"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.state}"


class RunStep(models.Model):
    """One step of a run: what was to be done, and what came of it. A failure is a code and its params."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveIntegerField()
    type = models.CharField(max_length=12, choices=StepType)
    config = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=StepState, default=StepState.WAITING)
    failure_code = models.CharField(max_length=60, blank=True)
    failure_params = models.JSONField(default=dict)
    #: What was done, in figures and names: {"said": …, "action": …}.
    outcome = models.JSONField(default=dict)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "position"], name="run_step_once_per_position"),
        ]

    def __str__(self) -> str:
        return f"{self.position} {self.type} {self.state}"
