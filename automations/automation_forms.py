"""What is asked for of an automation, its steps apart: those are in `step_forms`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from automations.domain import automations
from automations.domain.automations import Changes
from automations.enums import TriggerType, Who
from automations.steps import KINDS
from connections.platforms import name_of
from events import platforms, words

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from automations.models import Automation

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
