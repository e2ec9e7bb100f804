"""What a new layer can begin with: the settings in which it differs from a plain one of its type."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from events.enums import Kind
from overlays.enums import GoalOf, LayerType
from overlays.presets import variations

#: Follows an example of the message API (docs/users/custom-layer.md).
_CUSTOM_HTML = '<p id="hello"></p>'
_CUSTOM_CSS = "body { margin: 0; font: 700 48px sans-serif; color: #ffffff; }"
_CUSTOM_JS = """lumio.on("event", (event) => {
  if (event.type !== "follow") return;
  document.querySelector("#hello").textContent = `♥ ${event.data.actor.name}`;
});
"""
_PANEL = {"ground": "#0e0e12cc", "corner": 14, "padding": 18}


def of_types() -> dict[str, list[dict[str, Any]]]:
    """Of each type `[{"name", "help", "config"}]` in the language of now, the plainest first."""
    return {type.value: _MADE[type]() if type in _MADE else [_preset(type.label, "")] for type in LayerType}


def _preset(name: Any, help: str, **config: Any) -> dict[str, Any]:
    return {"name": str(name), "help": help, "config": config}


def _alert_box() -> list[dict[str, Any]]:
    all_of_them = variations()
    money = [row for row in all_of_them if set(row["kinds"]) & {Kind.TIP, Kind.CHEER, Kind.SUB_GIFT}]
    follows = [row for row in all_of_them if Kind.FOLLOW in row["kinds"]]
    return [
        _preset(_("Alert box"), _("Follows, subs, gifts, tips, cheers and raids, each in its own words."),
                variations=all_of_them),
        _preset(_("Calm alerts"), _("The same without flashes and quick movement."), variations=all_of_them, calm=True),
        _preset(_("Support alerts"), _("Tips, cheers and gifts alone."), variations=money),
        _preset(_("Follow alerts"), _("Follows alone."), variations=follows),
    ]  # fmt: skip


def _chat_box() -> list[dict[str, Any]]:
    return [
        _preset(_("Chat box"), _("The chat of all platforms on a dark ground.")),
        _preset(_("Floating chat"), _("Without a ground; lines go after half a minute."),
                ground="#00000000", outline=3, hide_after=30),
        _preset(_("Large chat"), _("Few large lines, for phones."), font_size=40, most=6),
    ]  # fmt: skip


def _event_list() -> list[dict[str, Any]]:
    support = [Kind.TIP, Kind.SUPERCHAT, Kind.CHEER, Kind.CHARITY_DONATION, Kind.SUB_GIFT, Kind.MEMBERSHIP_GIFT]
    return [
        _preset(_("Newest events"), _("Whatever people are thanked for.")),
        _preset(_("Newest support"), _("Tips, cheers and gifts, with what was written."),
                kinds=[kind.value for kind in support], show_message=True),
    ]  # fmt: skip


def _goal() -> list[dict[str, Any]]:
    return [
        _preset(_("Follower goal"), "", counts=GoalOf.FOLLOWS.value, title=_("Followers"), target=100),
        _preset(_("Sub goal"), "", counts=GoalOf.SUBS.value, title=_("Subs"), target=20),
        _preset(_("Tip goal"), "", counts=GoalOf.TIPS.value, title=_("Tips"), target=100, currency="EUR"),
        _preset(_("Bits goal"), "", counts=GoalOf.BITS.value, title=_("Bits"), target=1000),
    ]


def _text() -> list[dict[str, Any]]:
    return [
        _preset(_("Text"), _("Whatever you write."), text=_("Your text")),
        _preset(_("Newest follower"), "", text=_("Newest follower: {{last_follower}}"), **_PANEL),
        _preset(_("Newest sub"), "", text=_("Newest sub: {{last_sub}}"), **_PANEL),
        _preset(_("Newest tip"), "", text=_("Newest tip: {{last_tip}}, {{last_tip_amount}}"), **_PANEL),
        _preset(_("Viewers"), "", text=_("{{viewers}} viewers"), **_PANEL),
        _preset(_("Running line"), _("A long line that runs through the picture."),
                text=_("{{title}} · {{category}}"), scroll=True, **_PANEL),
    ]  # fmt: skip


def _timer() -> list[dict[str, Any]]:
    return [
        _preset(_("Countdown"), _("Started by hand, for the minutes before you begin."),
                mode="countdown", seconds=300, before=_("We begin in"), over=_("Here we go!")),
        _preset(_("Stopwatch"), _("Started by hand."), mode="stopwatch"),
        _preset(_("Time since you went live"), "", mode="live"),
        _preset(_("Clock"), "", mode="clock"),
    ]  # fmt: skip


def _custom() -> list[dict[str, Any]]:
    return [
        _preset(_("Custom code"), _("HTML, CSS and JavaScript of your own.")),
        _preset(_("Greeting"), _("An example: code that greets whoever follows."),
                html=_CUSTOM_HTML, css=_CUSTOM_CSS, js=_CUSTOM_JS),
    ]  # fmt: skip


_MADE = {
    LayerType.ALERT_BOX: _alert_box,
    LayerType.CHAT_BOX: _chat_box,
    LayerType.EVENT_LIST: _event_list,
    LayerType.GOAL: _goal,
    LayerType.TEXT: _text,
    LayerType.TIMER: _timer,
    LayerType.CUSTOM: _custom,
}
