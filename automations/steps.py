"""What each type of step can be set to. Said once, here: what is saved is checked against it, forms follow from it, and
`automations.domain.carry_out` does it.

    obs           {"integration": id, "act": value of ObsAct, "arguments": {…}}        see `integrations.obs.acts`
    streamerbot   {"integration": id, "action": id, "action_name": name, "arguments": {name: text, number or truth}}
    chat          {"text": text, "platforms": [slug, …]}                              none: where it came from, or all
    wait          {"seconds": 0.5 to 300}

Texts of chat and of arguments are templates: `automations.domain.variables` says what they can name.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from automations.enums import StepType
from events.enums import Kind
from events.on_air import EVENTS
from events.words import STEPS as IN_BETWEEN
from integrations.domain import actions
from integrations.enums import Tool
from integrations.obs.acts import understood
from lumio.lib.errors import Refusal
from lumio.lib.labels import one_line
from lumio.lib.payload import UNSTORABLE

#: What can trigger an automation: what viewers may hear of, without what happens between a beginning and an end.
KINDS: tuple[Kind, ...] = tuple(kind for kind in Kind if kind in EVENTS and kind not in IN_BETWEEN)

#: Of one automation.
MOST_STEPS = 20
TEXT_LENGTH = 500
ACTION_NAME_LENGTH = 200
SHORTEST_WAIT, LONGEST_WAIT = 0.5, 300.0

#: The tool that a type of step has do something.
TOOL_OF: dict[str, Tool] = {StepType.OBS: Tool.OBS, StepType.STREAMERBOT: Tool.STREAMERBOT}


class BadStep(Refusal):
    """`step` is its place in the list, from 1 on."""

    code = "bad_automation_step"
    status = 422
    sentence = _("Step {step}: {takes}")


class TooManySteps(Refusal):
    code = "too_many_automation_steps"
    status = 422
    sentence = _("An automation has {limit} steps at most. Take one away first, or make a second automation.")


@dataclass(frozen=True)
class Surroundings:
    """What steps may name: integrations by id (as text) with their tool, and slugs of platforms with a chat. What was
    named before and is there no longer is in `gone`: it may stay, and fails when it is carried out."""

    tools: dict[str, str]
    platforms: Collection[str]
    gone: Collection[str] = ()


class _Unfit(Exception):
    """Its text says what the step takes."""


def checked(given: list[Any], around: Surroundings) -> list[dict[str, Any]]:
    """`[{"type", "config"}]` as they may be stored. Raises TooManySteps, and BadStep, which says which and why."""
    if len(given) > MOST_STEPS:
        raise TooManySteps(limit=MOST_STEPS)
    found = []
    for number, step in enumerate(given, start=1):
        try:
            found.append(_step(step, around))
        except _Unfit as unfit:
            raise BadStep(step=number, takes=str(unfit)) from None
        except Refusal as refusal:
            raise BadStep(step=number, takes=refusal.text) from None
    return found


def waits(steps: Iterable[Mapping[str, Any]]) -> float:
    """Seconds that these steps wait, all together."""
    return sum(float(step["config"]["seconds"]) for step in steps if step["type"] == StepType.WAIT)


def _step(given: Any, around: Surroundings) -> dict[str, Any]:
    if not isinstance(given, dict) or given.get("type") not in StepType.values:
        raise _Unfit(_now("choose what it does: {types}.").format(types=", ".join(StepType)))
    config = given.get("config", {})
    if not isinstance(config, dict):
        raise _Unfit(_now("its settings are an object."))
    form = FORMS[given["type"]]
    for name in config:
        if name not in form.names:
            raise _Unfit(_now("there is no setting “{name}”. There are: {known}.").format(
                name=str(name)[:40], known=", ".join(form.names)
            ))  # fmt: skip
    return {"type": str(given["type"]), "config": form.check(config, around)}


def _obs(config: dict[str, Any], around: Surroundings) -> dict[str, Any]:
    act = config.get("act")
    given = config.get("arguments", {})
    if not isinstance(act, str) or not isinstance(given, dict):
        raise _Unfit(_now("choose what OBS is to do."))
    wanted, arguments = understood(act, given)
    return {"integration": _integration(config, around, Tool.OBS), "act": wanted.value, "arguments": arguments}


def _streamerbot(config: dict[str, Any], around: Surroundings) -> dict[str, Any]:
    arguments = config.get("arguments", {})
    if not isinstance(arguments, dict):
        raise actions.BadArguments(most=actions.MOST_ARGUMENTS, length=actions.TEXT_LENGTH)
    actions.check(arguments)
    action = _text(config.get("action", ""), actions.ID_LENGTH)
    if not action:
        raise _Unfit(_now("choose an action of Streamer.bot."))
    return {
        "integration": _integration(config, around, Tool.STREAMERBOT),
        "action": action,
        "action_name": one_line(_text(config.get("action_name", ""), ACTION_NAME_LENGTH)),
        "arguments": arguments,
    }


def _chat(config: dict[str, Any], around: Surroundings) -> dict[str, Any]:
    text = _text(config.get("text", ""), TEXT_LENGTH).strip()
    if not text:
        raise _Unfit(_now("write what is to be said in chat."))
    platforms = config.get("platforms", [])
    if not isinstance(platforms, list) or not all(isinstance(slug, str) for slug in platforms):
        raise _Unfit(_now("platforms are a list, empty for the one that it came from."))
    for slug in platforms:
        if slug not in around.platforms:
            raise _Unfit(_now("there is no chat at “{platform}”. There is one at: {known}.").format(
                platform=slug[:20], known=", ".join(around.platforms)
            ))  # fmt: skip
    return {"text": text, "platforms": list(dict.fromkeys(platforms))}


def _wait(config: dict[str, Any], around: Surroundings) -> dict[str, Any]:
    seconds = config.get("seconds")
    # A number that is none (NaN) lies nowhere between the two.
    if isinstance(seconds, int | float) and type(seconds) is not bool and SHORTEST_WAIT <= seconds <= LONGEST_WAIT:
        return {"seconds": seconds}
    raise _Unfit(
        _now("it waits for {least} to {most} seconds.").format(least=f"{SHORTEST_WAIT:g}", most=f"{LONGEST_WAIT:g}")
    )


def _integration(config: dict[str, Any], around: Surroundings, tool: Tool) -> str:
    """The id of an integration of that tool."""
    id = config.get("integration")
    if not isinstance(id, str) or (around.tools.get(id) != tool and id not in around.gone):
        raise _Unfit(_now("choose one of your integrations of {tool}. It may have been removed.").format(
            tool=tool.label
        ))  # fmt: skip
    return id


def _text(value: Any, limit: int) -> str:
    if not isinstance(value, str) or len(value) > limit or UNSTORABLE.search(value):
        raise _Unfit(_now("a text has {limit} characters at most.").format(limit=limit))
    return value


@dataclass(frozen=True)
class Form:
    """A type of step: the names of its settings, and what checks and completes them (may raise _Unfit or Refusal)."""

    names: tuple[str, ...]
    check: Callable[[dict[str, Any], Surroundings], dict[str, Any]]


FORMS: dict[str, Form] = {
    StepType.OBS: Form(("integration", "act", "arguments"), _obs),
    StepType.STREAMERBOT: Form(("integration", "action", "action_name", "arguments"), _streamerbot),
    StepType.CHAT: Form(("text", "platforms"), _chat),
    StepType.WAIT: Form(("seconds",), _wait),
}
