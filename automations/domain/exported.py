"""What an account's export holds of its automations, and of what they did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from accounts.domain import export
from accounts.enums import Permission
from automations.models import Automation, Run, RunStep, Step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from accounts.models import Account


def register() -> None:
    export.register("automations.json", _("Automations"), Permission.AUTOMATIONS_READ, _automations)
    export.register("automation_steps.json", _("What automations do"), Permission.AUTOMATIONS_READ, _steps)
    export.register("automation_runs.jsonl", _("When automations ran"), Permission.AUTOMATIONS_HISTORY, _runs)
    export.register(
        "automation_run_steps.jsonl", _("What came of each step"), Permission.AUTOMATIONS_HISTORY, _run_steps
    )


def _automations(account: Account) -> Iterator[export.Row]:
    return export.chosen(
        Automation.objects.filter(account=account),
        "id", "name", "enabled", "trigger", "kinds", "least", "command", "who", "platforms", "cooldown",
        "viewer_cooldown", "ran_at", "version", "created_at", "changed_at",
    )  # fmt: skip


def _steps(account: Account) -> Iterator[export.Row]:
    return export.chosen(
        Step.objects.filter(automation__account=account), "id", "automation_id", "position", "type", "config"
    )


def _runs(account: Account) -> Iterator[export.Row]:
    return export.chosen(
        Run.objects.filter(account=account),
        "id", "automation_id", "name", "trigger", "log", "seq", "by", "platform", "viewer", "variables", "state",
        "left_out", "created_at", "ended_at",
    )  # fmt: skip


def _run_steps(account: Account) -> Iterator[export.Row]:
    return export.chosen(
        RunStep.objects.filter(run__account=account),
        "run_id", "position", "type", "config", "state", "failure_code", "failure_params", "outcome", "started_at",
        "ended_at",
    )  # fmt: skip
