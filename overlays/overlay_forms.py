"""What is asked for when an overlay is made or set up otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.answers import Text, Whole
from overlays import presets
from overlays.domain import overlays
from overlays.domain.overlays import TRANSPARENT, Changes
from overlays.enums import TimerAct

if TYPE_CHECKING:
    from django.utils.functional import Promise
    from django_stubs_ext import StrOrPromise

    from overlays.models import Overlay


def _name(help_text: StrOrPromise = "") -> forms.CharField:
    return forms.CharField(
        label=_("Name"),
        max_length=overlays.NAME_LENGTH,
        help_text=help_text,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


def _language() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("Language"), choices=settings.LANGUAGES, help_text=_("Of amounts and of Lumio's own words on it.")
    )


def _background() -> forms.CharField:
    return forms.CharField(
        label=_("Background"),
        required=False,
        max_length=20,
        help_text=_("Transparent, or a colour as #rrggbb."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


def _pixels(label: StrOrPromise) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=overlays.SIZES[0], max_value=overlays.SIZES[-1])


def size_of(width: int, height: int) -> str:
    """How a size is written in a form."""
    return f"{width}x{height}"


class NewOverlayForm(forms.Form):
    """`preset` is what it begins with."""

    name = _name(_("What you tell several apart by, for example by the scene they are in."))
    preset = forms.ChoiceField(
        choices=[(slug, preset.label) for slug, preset in presets.PRESETS.items()], widget=forms.RadioSelect
    )
    size = forms.ChoiceField(choices=[(size_of(width, height), "") for width, height, _label in presets.SIZES])
    language = _language()

    @property
    def sizes(self) -> list[tuple[str, int, int, str | Promise, bool]]:
        """How each is written, width, height, what it is for, and whether it is chosen."""
        chosen = self["size"].value()
        return [
            (size := size_of(width, height), width, height, label, size == chosen)
            for width, height, label in presets.SIZES
        ]

    @property
    def presets(self) -> list[tuple[str, presets.Preset, bool]]:
        """Slug, preset, and whether it is chosen."""
        chosen = self["preset"].value()
        return [(slug, preset, slug == chosen) for slug, preset in presets.PRESETS.items()]

    @property
    def changes(self) -> Changes:
        """Of a form that is valid."""
        given = self.cleaned_data
        width, _x, height = given["size"].partition("x")
        return Changes(name=given["name"], width=int(width), height=int(height), language=given["language"])


class OverlayForm(forms.Form):
    """The settings of an overlay, its layers apart."""

    name = _name()
    width = _pixels(_("Width"))
    height = _pixels(_("Height"))
    background = _background()
    language = _language()

    def __init__(self, data: Any = None, *, overlay: Overlay) -> None:
        super().__init__(data, initial={name: getattr(overlay, name) for name in self.base_fields})

    @property
    def changes(self) -> Changes:
        """Of a form that is valid."""
        given = self.cleaned_data
        return Changes(**given | {"background": given["background"] or TRANSPARENT})


class OverlayPatch(serializers.Serializer):
    """What is left out stays as it is, or has its usual value."""

    name = Text(required=False, max_length=overlays.NAME_LENGTH)
    width = Whole(required=False, help_text="Pixels, 16 to 8192.")
    height = Whole(required=False, help_text="Pixels, 16 to 8192.")
    background = Text(required=False, max_length=20, help_text="transparent, or a colour as #rrggbb.")
    language = Text(required=False, max_length=10, help_text="Of Lumio's own words on it: en or de.")


class OverlayInput(OverlayPatch):
    """What is left out has its usual value."""

    preset = Text(required=False, max_length=20, help_text=f"What it begins with: {', '.join(presets.PRESETS)}.")


class TimerIn(serializers.Serializer):
    act = Text(max_length=10, help_text=f"{', '.join(TimerAct)}.")
