from __future__ import annotations

from typing import Any

from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as code_forms
from allauth.mfa.base.internal.flows import check_rate_limit
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms as passkey_forms
from allauth.mfa.webauthn.internal import auth as passkeys
from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, User
from lumio.lib import crypto
from lumio.lib.secrets import digest

#: Seconds in which an authenticator app's code would be taken: its own half minute and one on each side.
CODE_LIVES = 90


class EmailField(forms.EmailField):
    """An address as it is stored, in small letters, and short enough: some capitals become two small letters."""

    def to_python(self, value: Any) -> str:
        return (super().to_python(value) or "").lower()


class SetupForm(forms.Form):
    """The first person and the first account of an instance."""

    account_name = forms.CharField(
        label=_("Name of your account"),
        max_length=Account._meta.get_field("name").max_length,
        help_text=_("Your channel's name, for example. Your team will see it."),
    )
    email = EmailField(
        label=_("E-mail address"),
        max_length=254,
        help_text=_("You sign in with it. Lumio does not try it out, so check the spelling."),
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


class OneTimeCode(code_forms.BaseAuthenticateForm):
    """The code of an authenticator app, once: allauth remembers it for half a minute only. Or a recovery code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        code = self.fields["code"]
        code.widget.attrs |= {"inputmode": "numeric", "placeholder": "", "autofocus": True}
        code.help_text = _("From your authenticator app, or one of your recovery codes.")

    def clean_code(self) -> str:
        """allauth's way, except that a secret which cannot be read keeps none of the others from being tried."""
        forget_failures = check_rate_limit(self.user)
        code: str = self.cleaned_data["code"]
        # An app before recovery codes: what failed is noted as its.
        tried = list(
            Authenticator.objects.filter(user=self.user).exclude(type=Authenticator.Type.WEBAUTHN).order_by("-type")
        )
        problem = "incorrect_code"
        for authenticator in tried:
            try:
                fits = authenticator.wrap().validate_code(code)
            except crypto.CannotDecrypt:
                problem = "factor_unreadable"
                continue
            if fits and _is_first_use(authenticator, code):
                authenticator.user = self.user
                self.authenticator = authenticator
                forget_failures()
                return code
        if tried:
            self._emit_authentication_failed(tried[0])
        raise get_adapter().validation_error(problem)


def _is_first_use(authenticator: Authenticator, code: str) -> bool:
    """Recovery codes see to it themselves."""
    if authenticator.type != Authenticator.Type.TOTP:
        return True
    return cache.add(f"code:{authenticator.pk}:{digest(normalize_user_code(code))}", True, CODE_LIVES)


class CodeForm(OneTimeCode, code_forms.AuthenticateForm):
    """After the password."""


class ConfirmCodeForm(OneTimeCode, code_forms.ReauthenticateForm):
    """Before something sensitive."""


class Answer(forms.JSONField):
    """What a passkey answered, or anybody made up: nested so deeply, or a number so long, that Python gives up."""

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except (RecursionError, ValueError) as error:
            raise get_adapter().validation_error("incorrect_code") from error


class FromPasskey(forms.Form):
    """What the browser answered. Only `LUMIO_URL` itself counts: the overlay host may be a subdomain of it."""

    credential = Answer(widget=forms.HiddenInput)

    def clean_credential(self) -> Any:
        _check_origin(passkeys.parse_authentication_response(self.cleaned_data["credential"]))
        try:
            return super().clean_credential()  # type: ignore[misc]  # of the form this is mixed into
        except (AttributeError, LookupError, TypeError, ValueError) as error:  # made-up answers, past what is parsed
            raise get_adapter().validation_error("incorrect_code") from error


class PasskeyForm(FromPasskey, passkey_forms.AuthenticateWebAuthnForm):
    """After the password."""


class PasskeySignInForm(FromPasskey, passkey_forms.LoginWebAuthnForm):
    """Instead of the password."""


class ConfirmPasskeyForm(FromPasskey, passkey_forms.ReauthenticateWebAuthnForm):
    """Before something sensitive."""


class AddPasskeyForm(passkey_forms.AddWebAuthnForm):
    """A key that the device keeps and opens with a PIN, a finger or a face: it also signs in without a password."""

    name = forms.CharField(
        label=_("Name"),
        max_length=60,
        required=False,
        help_text=_("So that you can tell your passkeys apart: the device or password manager that keeps it."),
    )
    credential = Answer(widget=forms.HiddenInput)
    passwordless = None  # always

    def clean(self) -> dict[str, Any]:
        self.cleaned_data["passwordless"] = True
        if credential := self.cleaned_data.get("credential"):
            try:
                _check_origin(passkeys.parse_registration_response(credential))
                return super().clean()
            except (AttributeError, LookupError, TypeError, ValueError) as error:
                raise get_adapter().validation_error("incorrect_code") from error
        return self.cleaned_data


class RenamePasskeyForm(passkey_forms.EditWebAuthnForm):
    name = forms.CharField(label=_("Name"), max_length=60)


def _check_origin(answer: Any) -> None:
    if answer.response.client_data.origin != settings.LUMIO_URL:
        raise get_adapter().validation_error("incorrect_code")
