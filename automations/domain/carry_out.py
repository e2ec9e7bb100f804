"""Doing what a step says, as the account itself. Nothing here looks at states: that is `domain.runner`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from accounts.actor import system_actor
from automations.domain import variables
from automations.domain.failures import IntegrationGone
from automations.enums import StepType
from connections.domain import chat, orders
from connections.enums import OrderState
from connections.platforms import name_of
from integrations.domain import actions, obs
from integrations.enums import Tool
from integrations.models import Integration
from lumio.lib.payload import text as storable

if TYPE_CHECKING:
    from accounts.actor import Actor
    from automations.models import Run, RunStep
    from lumio.lib.errors import Refusal

#: Characters of what was said that the history keeps.
QUOTED = 500


@dataclass(frozen=True)
class Outcome:
    """What was done, in figures and names, and why not all of it."""

    done: dict[str, Any] = field(default_factory=dict)
    problem: Refusal | None = None


def carry_out(run: Run, step: RunStep) -> Outcome:
    """Do a step that is no wait (its run's account loaded). Raises a Refusal where nothing was done, or nobody can
    tell."""
    return _DOING[step.type](run, step.config)


def _obs(run: Run, config: dict[str, Any]) -> Outcome:
    """OBS has said yes to it."""
    row = _integration(run, config, Tool.OBS)
    obs.act(_actor(run), row, config["act"], config["arguments"])
    return Outcome({"tool": row.label, "act": config["act"], "arguments": config["arguments"]})


def _streamerbot(run: Run, config: dict[str, Any]) -> Outcome:
    """Streamer.bot has queued it."""
    row = _integration(run, config, Tool.STREAMERBOT)
    templates = [value for value in config["arguments"].values() if isinstance(value, str)]
    values = _values(run, *templates)
    arguments = {
        name: storable(variables.filled(value, values), actions.TEXT_LENGTH) if isinstance(value, str) else value
        for name, value in config["arguments"].items()
    }
    name = actions.run(actor=_actor(run), integration=row, action_id=config["action"], arguments=arguments)
    return Outcome({"tool": row.label, "action": name})


def _chat(run: Run, config: dict[str, Any]) -> Outcome:
    """Where it came from, unless platforms are chosen; by hand in every chat in which that is possible."""
    text = variables.spoken(config["text"], _values(run, config["text"]))
    platforms = config["platforms"] or ([run.platform] if run.platform else None)
    made = chat.send(actor=_actor(run), text=text, platforms=platforms, shorten=True)
    places = {state: [name_of(one.platform) for one in made if one.state == state] for state in OrderState}
    failed = next((order for order in made if order.state == OrderState.FAILED), None)
    done = {
        "said": text[:QUOTED],
        "sent": places[OrderState.DONE],
        "waiting": places[OrderState.WAITING],
        "failed": places[OrderState.FAILED],
    }
    return Outcome(done, orders.problem(failed) if failed else None)


_DOING: dict[str, Callable[[Run, dict[str, Any]], Outcome]] = {
    StepType.OBS: _obs,
    StepType.STREAMERBOT: _streamerbot,
    StepType.CHAT: _chat,
}


def _actor(run: Run) -> Actor:
    """The audit log says of which automation it was."""
    return replace(system_actor(run.account), via_detail=run.name)


def _integration(run: Run, config: dict[str, Any], tool: Tool) -> Integration:
    row = Integration.objects.filter(account=run.account_id, pk=config["integration"], tool=tool).first()
    if row is None:
        raise IntegrationGone(tool=tool.label)
    return row


def _values(run: Run, *templates: str) -> dict[str, str]:
    """The run's variables, with those of the channel where a template names them. What was handed along goes first."""
    asked = set().union(*(variables.named(template) for template in templates)) & variables.OF_THE_CHANNEL
    return (variables.of_channel(run) if asked else {}) | run.variables
