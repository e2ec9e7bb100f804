"""Automations and their runs as both APIs show them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from automations.domain.failures import problem

if TYPE_CHECKING:
    from automations.models import Automation, Run, RunStep


def shown(row: Automation) -> dict[str, Any]:
    """What `automation_rest.AutomationOut` and `automation_graph.Automation` have fields for."""
    return {
        "id": row.pk,
        "name": row.name,
        "enabled": row.enabled,
        "trigger": row.trigger,
        "kinds": row.kinds,
        "least": float(row.least),
        "command": row.command,
        "who": row.who,
        "platforms": row.platforms,
        "cooldown": row.cooldown,
        "viewer_cooldown": row.viewer_cooldown,
        "steps": [{"type": step.type, "config": step.config} for step in row.steps.all()],
        "version": row.version,
        "ran_at": row.ran_at,
        "created_at": row.created_at,
        "changed_at": row.changed_at,
    }


def shown_run(run: Run) -> dict[str, Any]:
    """The same for a run, its steps loaded. Sentences are in the language of now."""
    return {
        "id": run.pk,
        "automation": run.automation_id,
        "name": run.name,
        "trigger": run.trigger,
        "log": run.log,
        "seq": run.seq,
        "by": run.by,
        "platform": run.platform,
        "variables": run.variables,
        "state": run.state,
        "left_out": run.left_out,
        "steps": [_shown_step(step) for step in run.steps.all()],
        "created_at": run.created_at,
        "due_at": run.due_at,
        "ended_at": run.ended_at,
    }


def _shown_step(step: RunStep) -> dict[str, Any]:
    failure = problem(step)
    return {
        "type": step.type,
        "config": step.config,
        "state": step.state,
        "outcome": step.outcome,
        "failure_code": step.failure_code,
        "detail": failure.text if failure else "",
        "started_at": step.started_at,
        "ended_at": step.ended_at,
    }
