from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.answers import Text
from connections.domain import credentials
from connections.domain.credentials import LONGEST, PasteMistake
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from accounts.actor import Actor
    from connections.domain.credentials import Saved
    from connections.platforms.base import Platform


class CredentialsForm(forms.Form):
    """One platform's pair. What is wrong with a value is said by `domain.credentials`, the same on every door."""

    client_id = forms.CharField(
        label=_("Client ID"),
        max_length=LONGEST,
        strip=False,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "input input--mono"}),
    )
    client_secret = forms.CharField(
        label=_("Client Secret"),
        max_length=LONGEST,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "input input--mono"}),
    )

    def save(self, actor: Actor, platform: Platform) -> Saved | None:
        """What was saved; None for a form that says what is wrong with it."""
        if not self.is_valid():
            return None
        try:
            return credentials.save(actor=actor, platform=platform, **self.cleaned_data)
        except PasteMistake as mistake:
            self.add_error(mistake.field, mistake.text)
        except Refusal as refusal:
            self.add_error(None, refusal.text)
        return None


class CredentialsInput(serializers.Serializer):
    client_id = Text(
        max_length=credentials.LONGEST,
        trim_whitespace=False,
        required=False,
        default="",
        allow_blank=True,
        help_text="Left out, the saved one stays: for a new secret of the same app.",
    )
    client_secret = Text(max_length=credentials.LONGEST, trim_whitespace=False)
