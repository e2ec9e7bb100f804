"""Steps as a form shows them: the fields of each, what is offered in them, and what was filled in.

A draft is what a step may become: its type and a config that `automations.steps` may still refuse. Each draft of a form
has a key of its own, which begins the names of its fields: `step-3-text`. The order of the hidden fields `step` is that
of the steps.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.functional import cached_property
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from automations import steps
from automations.domain.offers import Scenery
from automations.enums import StepType
from connections.platforms import PLATFORMS
from integrations.domain import actions
from integrations.enums import ObsAct
from integrations.obs import acts
from lumio.lib.errors import Refusal
from lumio.lib.payload import UNSTORABLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.http import QueryDict
    from django.utils.functional import Promise

    from automations.domain.offers import Offers

ICONS = {
    StepType.OBS: "clapperboard",
    StepType.STREAMERBOT: "bot",
    StepType.CHAT: "message-square",
    StepType.WAIT: "clock",
}

#: What an argument of an act is called, and what can be chosen for it.
LABELS: dict[str, str | Promise] = {
    "scene": _("Scene"),
    "item": _("Number of the source"),
    "input": _("Sound source"),
    "transition": _("Transition"),
    "duration_ms": _("Milliseconds"),
    "db": _("Decibels"),
    "media": _("What it does"),
    "muted": _("Sound"),
    "visible": _("The source is"),
    "on": _("Studio mode"),
}
FLAGS: dict[str, tuple[str | Promise, str | Promise]] = {
    "muted": (_("Mute"), _("Sound on")),
    "visible": (_("shown"), _("hidden")),
    "on": (_("on"), _("off")),
}
MEDIA: dict[str, str | Promise] = {
    "restart": _("Play from the beginning"),
    "play": _("Go on playing"),
    "pause": _("Pause"),
    "stop": _("Stop"),
}
NUMBERS = {"item": (0, 2**31, 1), "duration_ms": (acts.SHORTEST, acts.LONGEST, 1), "db": (-100, 26, 0.1)}


class Missing(Refusal):
    """What has to be chosen in a step was not."""

    code = "step_is_incomplete"
    status = 422
    sentence = _("Step {step}: “{field}” is missing.")


@dataclass(frozen=True)
class Field:
    """`options` are pairs of value and text of a list, in which `redraws` says that other fields follow from it."""

    name: str
    label: str | Promise
    value: Any = ""
    kind: str = "text"
    options: Sequence[tuple[Any, str | Promise]] = ()
    help: str | Promise = ""
    least: float | None = None
    most: float | None = None
    pace: float | None = None
    redraws: bool = False
    required: bool = True


@dataclass
class Draft:
    """`error` is what is wrong with it."""

    key: str
    type: str
    config: dict[str, Any]
    offers: Offers
    error: str = ""

    @property
    def label(self) -> str:
        return str(StepType(self.type).label)

    @property
    def icon(self) -> str:
        return ICONS[StepType(self.type)]

    @property
    def text(self) -> str:
        """Of a chat message."""
        return str(self.config.get("text", ""))

    @property
    def notes(self) -> list[str]:
        """Why something cannot be offered."""
        found = []
        tool = steps.TOOL_OF.get(StepType(self.type))
        if tool and not self.offers.of(tool):
            missing = _now("There is no {tool} on the Connections page yet. Add one there first.")
            found.append(missing.format(tool=tool.label))
        if self.type == StepType.OBS and self._integration and self._arguments and self._scenery is None:
            found.append(_now("This OBS is not connected now, so its names are to be typed as they are there."))
        if self.type == StepType.STREAMERBOT and (trouble := self.offers.actions(self._integration)[1]):
            found.append(trouble)
        return found

    @cached_property
    def fields(self) -> list[Field]:
        match self.type:
            case StepType.OBS:
                return self._obs()
            case StepType.STREAMERBOT:
                return self._streamerbot()
            case StepType.WAIT:
                return [
                    Field(
                        "seconds", _("Seconds"), self.config.get("seconds", ""), "number",
                        least=steps.SHORTEST_WAIT, most=steps.LONGEST_WAIT, pace=0.5,
                    )
                ]  # fmt: skip
            case _:
                return []

    @property
    def platforms(self) -> list[tuple[str, str, bool]]:
        """Of a chat message: slug and name of each chat, and whether it is chosen."""
        chosen = self.config.get("platforms", [])
        return [(one.slug, one.name, one.slug in chosen) for one in PLATFORMS.values() if one.chat]

    @property
    def step(self) -> dict[str, Any]:
        """As `automations.steps` takes it."""
        return {"type": self.type, "config": self.config}

    def missing(self) -> str:
        """The label of the first field that is to be filled in and is not; empty if there is none."""
        return next((str(one.label) for one in self.fields if one.required and one.value in ("", None)), "")

    def _obs(self) -> list[Field]:
        act, wanted = self.config.get("act", ""), self._arguments
        arguments = self.config.get("arguments", {})
        scenery = self._scenery
        fields = [
            self._tool(StepType.OBS),
            Field("act", _("What it does"), act, "select", _with_empty(ObsAct.choices), redraws=True),
        ]
        if act == ObsAct.SOURCE and scenery and scenery.sources:
            fields.append(_source(arguments, scenery))
            wanted = ["visible"]
        return fields + [_argument(name, arguments.get(name), act, scenery or Scenery()) for name in wanted]

    def _streamerbot(self) -> list[Field]:
        found, _trouble = self.offers.actions(self._integration)
        id, name = self.config.get("action", ""), self.config.get("action_name", "")
        known = [(one["id"], f"{one['group']}: {one['name']}" if one["group"] else one["name"]) for one in found]
        known.sort(key=lambda one: one[1].casefold())
        if known:
            gone = _now("{name} (no longer there)").format(name=name or id)
            action = Field("action", _("Action"), id, "select", _with_empty(_keeping(known, id, gone)))
        elif id:
            action = Field("action", _("Action"), id, "select", [(id, name or id)])
        else:
            action = Field(
                "action", _("Id of the action"), id,
                help=_("In Streamer.bot: right-click the action, Copy Action Id. Once connected, choose from a list."),
            )  # fmt: skip
        lines = "\n".join(f"{key} = {_written(value)}" for key, value in self.config.get("arguments", {}).items())
        return [
            self._tool(StepType.STREAMERBOT),
            action,
            Field(
                "arguments", _("Arguments"), lines, "textarea", required=False,
                help=_("One a line: viewer = {{name}}. The action has it as %viewer%."),
            ),
        ]  # fmt: skip

    @property
    def _integration(self) -> str:
        return str(self.config.get("integration", ""))

    @property
    def _scenery(self) -> Scenery | None:
        return self.offers.scenery(self._integration)

    @property
    def _arguments(self) -> list[str]:
        """What its act takes."""
        act = self.config.get("act", "")
        return list(acts.ORDERS[act].arguments) if act in acts.ORDERS else []

    def _tool(self, type: StepType) -> Field:
        tool = steps.TOOL_OF[type]
        gone = _now("one that was removed")
        options = _with_empty(_keeping(self.offers.of(tool), self._integration, gone))
        return Field("integration", tool.label, self._integration, "select", options, redraws=True)


def drafts_of(made: Iterable[dict[str, Any]], offers: Offers) -> list[Draft]:
    """Of steps as `automations.steps` has them. Where no tool is chosen yet, the first one is."""
    found = []
    for number, step in enumerate(made, start=1):
        config = dict(step["config"])
        tool = steps.TOOL_OF.get(step["type"])
        if tool and not config.get("integration"):
            config["integration"] = next((id for id, _label in offers.of(tool)), "")
        found.append(Draft(str(number), step["type"], config, offers))
    return found


def posted(data: QueryDict, offers: Offers) -> list[Draft]:
    """Of a form that was sent; what is of no type is left out."""
    keys = [key for key in dict.fromkeys(data.getlist("step")) if key.isascii() and key.isdecimal()]
    found = []
    for key in keys[: steps.MOST_STEPS + 1]:
        type = data.get(f"step-{key}-type", "")
        if type in StepType.values:
            found.append(Draft(key, type, _CONFIGS[StepType(type)](data, f"step-{key}-", offers), offers))
    return found


def added(drafts: list[Draft], type: str, offers: Offers) -> list[Draft]:
    """With an empty step of this type at the end."""
    key = str(max((int(draft.key) for draft in drafts), default=0) + 1)
    [draft] = drafts_of([{"type": type, "config": {"seconds": 2} if type == StepType.WAIT else {}}], offers)
    draft.key = key
    return [*drafts, draft]


def moved(drafts: list[Draft], key: str, by: int) -> list[Draft]:
    """With one step earlier or later; as they are where that cannot be."""
    place = next((place for place, draft in enumerate(drafts) if draft.key == key), None)
    if place is None or not 0 <= place + by < len(drafts):
        return drafts
    found = [*drafts]
    found.insert(place + by, found.pop(place))
    return found


def complete(drafts: list[Draft]) -> list[dict[str, Any]]:
    """The steps. Raises Missing."""
    for number, draft in enumerate(drafts, start=1):
        if label := draft.missing():
            raise Missing(step=number, field=label)
    return [draft.step for draft in drafts]


def _obs_config(data: QueryDict, prefix: str, offers: Offers) -> dict[str, Any]:
    act = data.get(f"{prefix}act", "")
    given = (
        {name: data.get(f"{prefix}{name}", "") for name in acts.ORDERS[ObsAct(act)].arguments} if act in ObsAct else {}
    )
    if chosen := data.get(f"{prefix}source"):
        with suppress(ValueError, TypeError, RecursionError):
            scene, item = json.loads(chosen)
            given |= {"scene": scene, "item": str(item)}
    arguments = {name: _read(name, text) for name, text in given.items() if text != ""}
    return {"integration": _text(data, f"{prefix}integration"), "act": act, "arguments": arguments}


def _streamerbot_config(data: QueryDict, prefix: str, offers: Offers) -> dict[str, Any]:
    integration, action = _text(data, f"{prefix}integration"), _text(data, f"{prefix}action").strip()
    names = {one["id"]: one["name"] for one in offers.actions(integration)[0]}
    told = _text(data, f"{prefix}name") if data.get(f"{prefix}named") == action else ""
    lines = [line for line in _text(data, f"{prefix}arguments").splitlines() if line.strip()]
    pairs = [line.partition("=") for line in lines]
    return {
        "integration": integration,
        "action": action,
        "action_name": names.get(action, told),
        "arguments": {name.strip(): _value(value.strip()) for name, _sign, value in pairs},
    }


def _chat_config(data: QueryDict, prefix: str, offers: Offers) -> dict[str, Any]:
    text = " ".join(_text(data, f"{prefix}text").splitlines())
    return {"text": text, "platforms": data.getlist(f"{prefix}platforms")}


def _wait_config(data: QueryDict, prefix: str, offers: Offers) -> dict[str, Any]:
    return {"seconds": _number(_text(data, f"{prefix}seconds"))}


_CONFIGS = {
    StepType.OBS: _obs_config,
    StepType.STREAMERBOT: _streamerbot_config,
    StepType.CHAT: _chat_config,
    StepType.WAIT: _wait_config,
}


def _text(data: QueryDict, name: str) -> str:
    return UNSTORABLE.sub("", data.get(name, ""))


def _argument(name: str, value: Any, act: str, scenery: Scenery) -> Field:
    label = LABELS[name]
    if name in FLAGS:
        options = [("true", FLAGS[name][0]), ("false", FLAGS[name][1])]
        return Field(name, label, "" if value is None else json.dumps(value), "select", options)
    if name == "media":
        return Field(name, label, value or "restart", "select", list(MEDIA.items()))
    if name in NUMBERS:
        least, most, pace = NUMBERS[name]
        return Field(name, label, "" if value is None else value, "number", least=least, most=most, pace=pace)
    offered = {
        "scene": scenery.scenes,
        "input": scenery.media if act == ObsAct.MEDIA else scenery.inputs,
        "transition": scenery.transitions,
    }[name]
    if not offered:
        return Field(name, label, value or "")
    gone = _now("{name} (not there now)").format(name=value)
    return Field(
        name, label, value or "", "select", _with_empty(_keeping([(one, one) for one in offered], value, gone))
    )


def _source(arguments: dict[str, Any], scenery: Scenery) -> Field:
    """A scene and what is in it at once: OBS knows a source by its number in its scene."""
    known = [(json.dumps([scene, number]), f"{scene}: {name}") for scene, number, name in scenery.sources]
    chosen = json.dumps([arguments["scene"], arguments["item"]]) if {"scene", "item"} <= arguments.keys() else ""
    gone = _now("{scene}: number {number}").format(scene=arguments.get("scene"), number=arguments.get("item"))
    return Field(
        "source", _("Source"), chosen, "select", _with_empty(_keeping(known, chosen, gone)),
        help=_("Of the scenes shown in OBS now. For another one, switch to it there and open this page again."),
    )  # fmt: skip


def _keeping(known: list[tuple[str, str]], chosen: str | None, words: str) -> list[tuple[str, str]]:
    """With what was chosen before, in `words`, if it is not offered any more."""
    return known if not chosen or chosen in dict(known) else [*known, (chosen, words)]


def _with_empty(options: Sequence[tuple[Any, str | Promise]]) -> list[tuple[Any, str | Promise]]:
    return [("", _("Choose…")), *options]


def _read(name: str, text: str) -> Any:
    """An argument of an act as `integrations.obs.acts` takes it; what it is not stays a text, which that refuses."""
    if name in FLAGS:
        return {"true": True, "false": False}.get(text, text)
    return _number(text) if name in NUMBERS else text


def _number(text: str) -> int | float | str:
    for kind in (int, float):
        with suppress(ValueError):
            return kind(text.strip().replace(",", "."))
    return text


def _value(text: str) -> Any:
    """A number, true and false are sent as such."""
    with suppress(ValueError, RecursionError):
        value = json.loads(text)
        if isinstance(value, bool | int | float):
            return value
    return text[: actions.TEXT_LENGTH + 1]


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
