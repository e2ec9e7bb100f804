"""What is asked for of an automation, its steps apart: those are in `step_forms`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.answers import Flag, Text, Whole
from automations.domain import automations, runs
from automations.domain.automations import Changes
from automations.enums import StepType, TriggerType, Who
from automations.steps import KINDS
from connections.platforms import name_of
from events import platforms, words

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from automations.models import Automation

#: What APIs say of a step's `config`.
CONFIG = "What the type can be set to, see the guide to automations."
#: Fields as they are, apart from the version and the kinds.
PLAIN = ("name", "enabled", "trigger", "command", "who", "platforms", "cooldown", "viewer_cooldown")


class AutomationForm(forms.Form):
    """`version` is that of the automation that is changed, none for a new one."""

    version = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
    name = forms.CharField(
        label=_("Name"), max_length=automations.NAME_LENGTH, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    enabled = forms.BooleanField(label=_("Runs by itself"), required=False, initial=True)
    trigger = forms.ChoiceField(choices=TriggerType.choices, initial=TriggerType.EVENT)
    kinds = forms.MultipleChoiceField(required=False, choices=[(kind.value, kind.label) for kind in KINDS])
    least = forms.DecimalField(
        label=_("From this amount on"),
        required=False,
        min_value=0,
        max_value=automations.MOST,
        decimal_places=2,
        help_text=_("Of money in whole units of any currency, else bits, viewers, gifts or months. Empty for any."),
    )
    command = forms.CharField(
        label=_("Command"),
        required=False,
        max_length=automations.COMMAND_LENGTH,
        help_text=_("The first word of the message, with its sign: !lurk. Capitals make no difference."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    who = forms.ChoiceField(
        label=_("Who may use it"),
        required=False,
        choices=Who.choices,
        initial=Who.EVERYBODY,
        help_text=_("Those further up may, too."),
    )
    platforms = forms.MultipleChoiceField(required=False)
    cooldown = forms.IntegerField(
        label=_("Seconds between two runs"),
        required=False,
        min_value=0,
        max_value=automations.LONGEST_COOLDOWN,
        help_text=_("What comes sooner starts nothing. Empty for no pause."),
    )
    viewer_cooldown = forms.IntegerField(
        label=_("Seconds between two runs for the same viewer"),
        required=False,
        min_value=0,
        max_value=automations.LONGEST_COOLDOWN,
    )

    def __init__(self, data: Any = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        known = self.fields["platforms"]
        known.choices = [(slug, name_of(slug)) for slug in platforms.known()]  # type: ignore[attr-defined]

    @property
    def triggers(self) -> list[tuple[str, str | Promise, str, bool]]:
        """Value, label and icon of each, and whether it is chosen."""
        icons = {TriggerType.EVENT: "zap", TriggerType.COMMAND: "message-square", TriggerType.MANUAL: "play"}
        return [(one.value, one.label, icons[one], one.value == self["trigger"].value()) for one in TriggerType]

    @property
    def kinds_in_groups(self) -> list[tuple[str | Promise, list[tuple[str, str | Promise, str, bool]]]]:
        """By group value, label and icon of each kind, and whether it is chosen."""
        chosen = self["kinds"].value() or ()
        groups: dict[str, list[tuple[str, str | Promise, str, bool]]] = {}
        for kind in KINDS:
            sentence = words.SENTENCES[kind]
            row = (kind.value, kind.label, sentence.icon, kind.value in chosen)
            groups.setdefault(sentence.group, []).append(row)
        return [(label, groups[group]) for group, label in words.GROUPS.items() if group in groups]

    @property
    def chats(self) -> list[tuple[str, str, bool]]:
        """Slug and name of each platform, and whether it is chosen."""
        chosen = self["platforms"].value() or ()
        return [(slug, name_of(slug), slug in chosen) for slug in platforms.known()]

    @property
    def changes(self) -> dict[str, Any]:
        """Of a form that is valid: what `Changes` takes, its steps apart."""
        given = self.cleaned_data
        return {
            **{name: given[name] for name in PLAIN},
            "who": given["who"] or Who.EVERYBODY,
            "kinds": given["kinds"],
            "least": given["least"] or 0,
            "cooldown": given["cooldown"] or 0,
            "viewer_cooldown": given["viewer_cooldown"] or 0,
        }


def initial_of(row: Automation) -> dict[str, Any]:
    """What the form begins with for an automation that is changed."""
    plain = {name: getattr(row, name) for name in (*PLAIN, "kinds", "version")}
    return plain | {
        "least": row.least.normalize() if row.least else None,
        "cooldown": row.cooldown or None,
        "viewer_cooldown": row.viewer_cooldown or None,
    }


def changes_of(form: AutomationForm, steps: list[dict[str, Any]]) -> Changes:
    """All that a valid form and its steps ask for."""
    return Changes(**form.changes, steps=steps)


class StepIn(serializers.Serializer):
    """Something that an automation does."""

    type = Text(max_length=12, help_text=f"{', '.join(StepType)}.")
    config = serializers.DictField(required=False, default=dict, help_text=CONFIG)


class AutomationPatch(serializers.Serializer):
    """What is left out stays as it is."""

    version = Whole(required=False, min_value=1, help_text="Of what was changed: 409 if there is a newer one.")
    name = Text(required=False, max_length=automations.NAME_LENGTH)
    enabled = Flag(required=False, help_text="Whether it runs by itself.")
    trigger = Text(required=False, max_length=10, help_text=f"{', '.join(TriggerType)}.")
    kinds = serializers.ListField(
        child=Text(max_length=40), required=False, max_length=100, help_text=f"Of events: {', '.join(KINDS)}."
    )
    least = serializers.FloatField(
        required=False, help_text="Of events: from this amount on. Money in whole units, else as counted."
    )
    command = Text(
        required=False, allow_blank=True, max_length=automations.COMMAND_LENGTH, help_text="With its sign: !lurk."
    )
    who = Text(required=False, max_length=12, help_text=f"Who may use the command: {', '.join(Who)}.")
    platforms = serializers.ListField(
        child=Text(max_length=20), required=False, max_length=20, help_text="That count; empty for all."
    )
    cooldown = Whole(required=False, help_text="Seconds in which it runs once at most.")
    viewer_cooldown = Whole(required=False, help_text="The same for each viewer.")
    steps = StepIn(many=True, required=False, help_text="All of them, in order.")


class AutomationInput(AutomationPatch):
    """What is left out has its usual value: run by hand, no steps."""

    version = None  # type: ignore[assignment]  # there is none yet
    name = Text(max_length=automations.NAME_LENGTH)


class AutomationRunInput(serializers.Serializer):
    variables = serializers.DictField(
        child=Text(allow_blank=True, max_length=runs.VALUE_LENGTH),
        required=False,
        default=dict,
        help_text="What stands in for {{name}} and the like: names of small letters and underscores.",
    )
