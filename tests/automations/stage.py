"""What happens inside a running Lumio, for tests of its processes."""

from __future__ import annotations

import time
from typing import Any

from accounts.models import Account
from automations.models import Run, RunStep
from automations.steps import KINDS
from events import bus
from events.domain.publish import publish_local
from events.enums import Origin
from events.types import Person
from integrations.enums import Route, Tool
from tests import factories
from tests.automations.made import make_automation, wait

#: Events of one transaction.
AT_ONCE = 5


def set_stage(port: int, action: str, automations: int, pause: float) -> str:
    """An account whose automations wait for an event each, and have a Streamer.bot run `action` twice, with `pause`
    seconds in between. Its arguments say which automation, who and which step it was. The id of the integration."""
    account = factories.make_account()
    tool = factories.make_integration(
        account=account, tool=Tool.STREAMERBOT, route=Route.DIRECT, host="127.0.0.1", port=port
    )
    for number in range(automations):
        name = f"Automation {number}"
        first, second = (
            {
                "type": "streamerbot",
                "config": {
                    "integration": str(tool.pk),
                    "action": action,
                    "action_name": "Note",
                    "arguments": {"automation": name, "who": "{{name}}", "step": step},
                },
            }
            for step in (0, 2)
        )
        make_automation(account=account, name=name, kinds=[KINDS[number].value], steps=[first, wait(pause), second])
    bus.send(bus.INGEST, "{}")
    return str(tool.pk)


def happen(count: int, per_second: float, automations: int) -> int:
    """So many events, one after the other over all automations, each by somebody else. How many were stored."""
    account = Account.objects.get(is_instance=False)
    began, stored = time.monotonic(), 0
    for first in range(0, count, AT_ONCE):
        time.sleep(max(0.0, began + first / per_second - time.monotonic()))
        events = [
            factories.make_stream_event(
                kind=KINDS[number % automations],
                external_id=f"event-{number}",
                actor=Person(id=str(number), login=f"v{number}", name=f"v{number}"),
            )
            for number in range(first, min(first + AT_ONCE, count))
        ]
        stored += len(publish_local(account.pk, events, Origin.LIVE))
        publish_local(account.pk, events, Origin.LIVE)  # delivered again
    return stored


def workers() -> int:
    """How many take tasks."""
    from lumio.celery import app

    return len(app.control.ping(timeout=1.0))


def unfinished() -> int:
    return Run.objects.filter(ended_at=None).count()


def told() -> dict[str, Any]:
    """What the history says: `{"accounted", "runs": {state: number}, "steps": [[automation, who, step, state]]}` of
    what Streamer.bot was asked; events count as accounted for that were run for, or told as left out."""
    runs = list(Run.objects.all())
    steps = RunStep.objects.filter(type="streamerbot").select_related("run").order_by("pk")
    return {
        "accounted": sum(1 + run.left_out for run in runs),
        "runs": {state: sum(run.state == state for run in runs) for state in {run.state for run in runs}},
        "steps": [[step.run.name, step.run.variables["name"], step.position, step.state] for step in steps],
    }
