from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from connections.domain.credentials import LONGEST


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
