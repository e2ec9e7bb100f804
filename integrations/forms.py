from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.answers import Text
from integrations.domain import tokens
from integrations.domain.tokens import JWT_LENGTH, LABEL_LENGTH
from integrations.enums import StreamPlatform


class TokenForm(forms.Form):
    """What is wrong with a JWT is said by `domain.tokens`, the same on every door."""

    platform = forms.ChoiceField(
        label=_("Platform"), choices=StreamPlatform.choices, help_text=_("Which channel the tips belong to.")
    )
    token = forms.CharField(
        label=_("JWT Token"),
        max_length=JWT_LENGTH,
        help_text=_("At streamelements.com: your account, Channels, Show secrets, JWT Token."),
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "input input--mono"}),
    )
    label = forms.CharField(
        label=_("Label"),
        max_length=LABEL_LENGTH,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": _("Main Channel"), "autocomplete": "off"}),
    )


class SeTokenInput(serializers.Serializer):
    platform = Text(max_length=20, help_text="Which stream the tips belong to: twitch, youtube, kick or trovo.")
    token = Text(max_length=tokens.JWT_LENGTH, help_text="The JWT of the channel, from StreamElements' dashboard.")
    label = Text(required=False, allow_blank=True, default="", max_length=tokens.LABEL_LENGTH)  # type: ignore[assignment]
