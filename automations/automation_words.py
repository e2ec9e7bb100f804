"""Automations and what they did, as pages say it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from automations.domain import failures
from automations.enums import RunState, StepState, StepType, TriggerType
from automations.step_forms import FLAGS, ICONS, LABELS, MEDIA
from connections.platforms import name_of
from events import words
from events.enums import Kind
from integrations.enums import ObsAct

if TYPE_CHECKING:
    from collections.abc import Mapping

    from automations.models import Automation, Run, RunStep, Step

#: Tone of a badge, and icon.
RUNS = {
    RunState.WAITING: ("neutral", "clock"),
    RunState.RUNNING: ("neutral", "play"),
    RunState.DONE: ("ok", "check"),
    RunState.FAILED: ("warn", "triangle-alert"),
    RunState.ABANDONED: ("bad", "circle-stop"),
}
STEPS = {
    StepState.WAITING: ("neutral", "clock"),
    StepState.RUNNING: ("neutral", "play"),
    StepState.DONE: ("ok", "check"),
    StepState.FAILED: ("bad", "circle-alert"),
    StepState.UNKNOWN: ("warn", "triangle-alert"),
    StepState.LEFT_OUT: ("neutral", "minus"),
}


@dataclass(frozen=True)
class StepLine:
    """A step of a run: what was to be done, what came of it, and how long it took, in seconds (None: not begun, or
    not ended)."""

    step: RunStep
    icon: str
    what: str
    said: str
    seconds: float | None

    @property
    def tone(self) -> str:
        return STEPS[StepState(self.step.state)][0]

    @property
    def mark(self) -> str:
        return STEPS[StepState(self.step.state)][1]


@dataclass(frozen=True)
class RunLine:
    """A run with its steps. `why` says what began it."""

    run: Run
    why: str
    steps: list[StepLine]

    @property
    def tone(self) -> str:
        return RUNS[RunState(self.run.state)][0]

    @property
    def mark(self) -> str:
        return RUNS[RunState(self.run.state)][1]


def run_line(run: Run, tools: Mapping[str, str]) -> RunLine:
    """Of a run with its steps loaded; `tools` are the labels of integrations by id."""
    return RunLine(run, _why(run), [_step_line(step, tools) for step in run.steps.all()])


def starts(row: Automation) -> str:
    """What starts an automation."""
    match row.trigger:
        case TriggerType.EVENT:
            kinds = ", ".join(str(Kind(kind).label) for kind in row.kinds)
            text = _("{kinds}, from {least} on").format(kinds=kinds, least=_plain(row.least)) if row.least else kinds
        case TriggerType.COMMAND:
            text = row.command
        case _:
            return _("Only by hand")
    where = ", ".join(name_of(slug) for slug in row.platforms)
    return _("{what} ({platforms})").format(what=text, platforms=where) if where else text


def does(step: Step | RunStep, tools: Mapping[str, str]) -> str:
    """What a step does, in a line; the label of its tool is that of now, else that of when it was done."""
    config = step.config
    label = tools.get(str(config.get("integration", ""))) or getattr(step, "outcome", {}).get("tool", "")
    match step.type:
        case StepType.CHAT:
            return _("Chat: {text}").format(text=config["text"])
        case StepType.WAIT:
            return _("Wait for {seconds} s").format(seconds=f"{config['seconds']:g}")
        case StepType.STREAMERBOT:
            what = config["action_name"] or config["action"]
            return _("{tool}: run “{action}”").format(tool=label or "Streamer.bot", action=what)
        case _:
            what = ", ".join([str(ObsAct(config["act"]).label), *_arguments(config["arguments"])])
            return f"{label or 'OBS'}: {what}"


def came_of(step: RunStep) -> str:
    """What came of a step, in a sentence; empty while it is not done."""
    if failure := failures.problem(step):
        return failure.text
    if step.state != StepState.DONE:
        return ""
    done = step.outcome
    match step.type:
        case StepType.CHAT:
            told = [
                sentence.format(platforms=", ".join(places))
                for places, sentence in (
                    (done.get("sent"), _("Said on {platforms}.")),
                    (done.get("waiting"), _("On its way on {platforms}.")),
                )
                if places
            ]
            return " ".join([*told, f"“{done['said']}”"] if "said" in done else told)
        case StepType.STREAMERBOT:
            return _("{tool} has “{action}” in its queue.").format(
                tool=done.get("tool", "Streamer.bot"), action=done.get("action", "")
            )
        case StepType.OBS:
            return _("{tool} has done it.").format(tool=done.get("tool", "OBS"))
        case _:
            return ""


def _why(run: Run) -> str:
    where = name_of(run.platform) if run.platform else ""
    who = words.clean(run.variables.get("name", ""), words.NAME_LENGTH)
    if run.by:
        return _("run by {name}").format(name=run.by)
    if run.trigger == TriggerType.MANUAL:
        return _("run by hand")
    if who and where:
        return _("started by {name} on {platform}").format(name=who, platform=where)
    return _("started on {platform}").format(platform=where) if where else _("started by itself")


def _step_line(step: RunStep, tools: Mapping[str, str]) -> StepLine:
    seconds = (step.ended_at - step.started_at).total_seconds() if step.started_at and step.ended_at else None
    return StepLine(step, ICONS[StepType(step.type)], does(step, tools), came_of(step), seconds)


def _arguments(arguments: Mapping[str, Any]) -> list[str]:
    found = []
    for name, value in arguments.items():
        if name in FLAGS:
            found.append(str(FLAGS[name][0 if value else 1]))
        elif name == "media":
            found.append(str(MEDIA[value]))
        elif name in ("scene", "input", "transition"):
            found.append(str(value))
        else:
            found.append(f"{LABELS[name]} {value}")
    return found


def _plain(number: Any) -> str:
    return f"{number:f}".rstrip("0").rstrip(".")
