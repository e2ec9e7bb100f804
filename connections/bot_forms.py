from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from connections.domain.discord import LONGEST


class DiscordForm(forms.Form):
    """The Discord bot's token. What is wrong with it is said by `domain.discord`."""

    token = forms.CharField(
        label=_("Bot token"),
        max_length=LONGEST + 100,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
