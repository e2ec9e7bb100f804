from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, User


class SetupForm(forms.Form):
    """The first person and the first account of an instance."""

    account_name = forms.CharField(
        label=_("Name of your account"),
        max_length=Account._meta.get_field("name").max_length,
        help_text=_("Your channel's name, for example. Your team will see it."),
    )
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        help_text=_("You sign in with it. Lumio sends no mail."),
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=128,
        strip=False,
        help_text=_("At least ten characters."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        fields = super().clean() or self.cleaned_data
        if "password" in fields:
            try:
                validate_password(fields["password"], User(email=fields.get("email", "")))
            except forms.ValidationError as error:
                self.add_error("password", error)
        return fields
