"""Rows for tests of automations: keyword arguments only, with defaults that make sense."""

from __future__ import annotations

import itertools
from typing import Any

from accounts.models import Account
from automations.enums import RunState, TriggerType
from automations.models import Automation, Run, RunStep, Step

_numbers = itertools.count(1)

CHAT = {"type": "chat", "config": {"text": "Welcome, {{name}}!", "platforms": []}}


def wait(seconds: float) -> dict[str, Any]:
    return {"type": "wait", "config": {"seconds": seconds}}


def make_automation(*, account: Account, steps: list[dict[str, Any]] | None = None, **fields: Any) -> Automation:
    """Welcomes in chat who follows, unless told otherwise; a `command` makes it one that waits for that."""
    defaults: dict[str, Any] = {"name": f"Automation {next(_numbers)}", "trigger": TriggerType.EVENT}
    if "command" in fields:
        defaults["trigger"] = TriggerType.COMMAND
    if (fields | defaults)["trigger"] == TriggerType.EVENT:
        defaults["kinds"] = ["follow"]
    row = Automation.objects.create(account=account, **defaults | fields)
    for position, step in enumerate([CHAT] if steps is None else steps):
        Step.objects.create(automation=row, position=position, **step)
    return row


def make_run(*, account: Account, steps: list[dict[str, Any]] | None = None, **fields: Any) -> Run:
    """A run that waits to be begun, begun by hand unless told otherwise."""
    defaults: dict[str, Any] = {"name": "Welcome", "trigger": TriggerType.MANUAL, "state": RunState.WAITING}
    run = Run.objects.create(account=account, **defaults | fields)
    for position, step in enumerate([CHAT] if steps is None else steps):
        RunStep.objects.create(run=run, position=position, **step)
    return run
