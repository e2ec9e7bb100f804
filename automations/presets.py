"""What a new automation can begin with. Scenes, sources and actions are chosen in the editor."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from automations.enums import StepType, TriggerType
from events.enums import Kind
from integrations.enums import ObsAct

if TYPE_CHECKING:
    from django.utils.functional import Promise


@dataclass(frozen=True)
class Preset:
    """`fields` are those of `domain.automations.Changes`, `steps` type and config, in which texts are translated when
    somebody begins with them."""

    label: str | Promise
    help: str | Promise
    icon: str
    fields: dict[str, Any] = field(default_factory=dict)
    steps: tuple[tuple[StepType, dict[str, Any]], ...] = ()

    @property
    def made(self) -> list[dict[str, Any]]:
        """The steps in the language of now, of which some settings may still be missing."""
        return [{"type": type.value, "config": config | _said(config)} for type, config in self.steps]


def _said(config: dict[str, Any]) -> dict[str, str]:
    return {"text": str(config["text"])} if "text" in config else {}


def _on(*kinds: Kind, **more: Any) -> dict[str, Any]:
    return {"trigger": TriggerType.EVENT, "kinds": [kind.value for kind in kinds], **more}


def _chat(text: str | Promise) -> tuple[StepType, dict[str, Any]]:
    return StepType.CHAT, {"text": text, "platforms": []}


def _wait(seconds: float) -> tuple[StepType, dict[str, Any]]:
    return StepType.WAIT, {"seconds": seconds}


def _obs(act: ObsAct, **arguments: Any) -> tuple[StepType, dict[str, Any]]:
    return StepType.OBS, {"act": act.value, "arguments": arguments}


PRESETS: dict[str, Preset] = {
    "empty": Preset(_("Empty"), _("Choose everything yourself."), "plus", {"trigger": TriggerType.MANUAL}),
    "raid": Preset(
        _("Raid welcome"),
        _("Greets raiders in chat, and shows them a scene for a while."),
        "swords",
        _on(Kind.RAID),
        (
            _chat(_("Welcome, raiders! {{name}} brought {{amount}}.")),
            _obs(ObsAct.PROGRAM),
            _wait(10),
            _obs(ObsAct.PROGRAM),
        ),
    ),
    "follow": Preset(
        _("Follow thanks"),
        _("Says thank you in chat, every half a minute at most."),
        "heart",
        _on(Kind.FOLLOW, cooldown=30),
        (_chat(_("Thank you for the follow, {{name}}!")),),
    ),
    "tip": Preset(
        _("Big tip"),
        _("Switches to a scene and plays a sound when somebody tips 10 or more."),
        "hand-coins",
        _on(Kind.TIP, Kind.SUPERCHAT, least=10),
        (
            _obs(ObsAct.PROGRAM),
            _obs(ObsAct.MEDIA, media="restart"),
            _chat(_("{{name}} tipped {{amount}}. Thank you so much!")),
        ),
    ),
    "lurk": Preset(
        "!lurk",
        _("Answers viewers who say that they are leaving you on in the background."),
        "moon",
        {"trigger": TriggerType.COMMAND, "command": "!lurk", "viewer_cooldown": 300},
        (_chat(_("{{name}} is lurking. Enjoy the stream!")),),
    ),
    "gifts": Preset(
        _("Gift bomb"),
        _("Runs an action of Streamer.bot when somebody gifts five or more."),
        "gift",
        _on(Kind.SUB_GIFT, Kind.MEMBERSHIP_GIFT, least=5),
        ((StepType.STREAMERBOT, {"arguments": {"viewer": "{{name}}", "gifts": "{{count}}"}}),),
    ),
    "recording": Preset(
        _("Record each stream"),
        _("Starts a recording in OBS when you go live."),
        "circle-dot",
        _on(Kind.STREAM_ONLINE),
        (_obs(ObsAct.RECORD_START),),
    ),
    "brb": Preset(
        _("Be right back"),
        _("A button: switches to a scene, mutes your microphone and tells the chat."),
        "pause",
        {"trigger": TriggerType.MANUAL},
        (_obs(ObsAct.PROGRAM), _obs(ObsAct.MUTE, muted=True), _chat(_("Be right back!"))),
    ),
}
