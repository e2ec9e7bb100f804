"""What is asked for when an upload is called otherwise."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.answers import Text
from overlays.domain import uploads
from overlays.domain.uploads import NAME_LENGTH


class RenameForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=NAME_LENGTH, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


class UploadPatch(serializers.Serializer):
    """What it is called is all that can be changed of it."""

    name = Text(max_length=uploads.NAME_LENGTH)
