"""How alerts are played, as a form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.answers import Whole
from overlays.domain import controls, queue
from overlays.enums import OnReturn
from overlays.layers import ALERTS

if TYPE_CHECKING:
    from overlays.models import AlertQueue


class SettingsForm(forms.Form):
    """All of an account's settings. Each kind of alert has a field, `priority_{kind}`."""

    on_return = forms.ChoiceField(
        label=_("When an overlay was hidden and is seen again"),
        choices=OnReturn,
        help_text=_("What becomes of the alerts that came while no overlay with an alert box could be seen."),
    )
    guard_most = forms.IntegerField(
        label=_("Alerts of one kind at most"),
        min_value=0,
        max_value=controls.GUARD_MOST,
        help_text=_(
            "Of follows, raids and whatever else costs nothing, so that robots cannot flood your stream. More are held "
            "back; what was paid for never is. 0: no limit."
        ),
    )
    guard_seconds = forms.IntegerField(label=_("Within so many seconds"), min_value=1, max_value=controls.GUARD_SECONDS)

    def __init__(self, data: Any = None, *, row: AlertQueue) -> None:
        named = ("on_return", "guard_most", "guard_seconds")
        super().__init__(data, initial={name: getattr(row, name) for name in named})
        for kind in ALERTS:
            self.fields[f"priority_{kind}"] = forms.IntegerField(
                label=kind.label, min_value=0, max_value=9, initial=queue.priority_of(row, kind)
            )

    @property
    def priorities(self) -> list[forms.BoundField]:
        return [self[f"priority_{kind}"] for kind in ALERTS]

    @property
    def wanted(self) -> controls.Settings:
        """Of a form that is valid."""
        given = self.cleaned_data
        return controls.Settings(
            on_return=given["on_return"],
            guard_most=given["guard_most"],
            guard_seconds=given["guard_seconds"],
            priorities={kind.value: given[f"priority_{kind}"] for kind in ALERTS},
        )


class AlertSettingsInput(serializers.Serializer):
    """What is left out stays as it is."""

    on_return = serializers.ChoiceField(OnReturn.choices, required=False)
    guard_most = Whole(required=False, min_value=0, max_value=controls.GUARD_MOST)
    guard_seconds = Whole(required=False, min_value=1, max_value=controls.GUARD_SECONDS)
    priorities = serializers.DictField(child=Whole(min_value=0, max_value=9), required=False)
