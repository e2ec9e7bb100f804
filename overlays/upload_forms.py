"""What is asked for when an upload is called otherwise."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from overlays.domain.uploads import NAME_LENGTH


class RenameForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=NAME_LENGTH, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
