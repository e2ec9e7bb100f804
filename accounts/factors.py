"""Second factors and passkeys, where Lumio differs from allauth's ways."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from uuid import UUID

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from lumio.lib import crypto
from lumio.lib.sealed import Change, Sealed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.contrib.auth.base_user import AbstractBaseUser
    from django.utils.functional import Promise

    from accounts.models import User

#: What is encrypted in allauth's data of an authenticator app and of recovery codes.
SECRETS = ("secret", "seed")
#: allauth hands over a secret without saying whose it is, so all of them share one place.
_PLACE = crypto.Context(table="mfa_authenticator", row_id=UUID(int=0), field="data", account_id=UUID(int=0))


class FactorAdapter(DefaultMFAAdapter):
    """Secrets are encrypted as every other one, and passkeys belong to `LUMIO_URL`'s host, whatever a request says."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("That did not match. Codes change every half minute, and a recovery code works once."),
        "cannot_generate_recovery_codes": _("Set up an authenticator app or a passkey first."),
        "factor_unreadable": _(
            "That did not match, and one of your second factors cannot be read any more. Use another one, or ask "
            "whoever runs this Lumio to take the second factor away."
        ),
    }

    def encrypt(self, text: str) -> str:
        return base64.b64encode(crypto.encrypt(text, context=_PLACE)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Raises `crypto.CannotDecrypt`."""
        return crypto.decrypt(_blob(encrypted_text), context=_PLACE).reveal()

    def get_totp_issuer(self) -> str:
        return "Lumio"

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return gettext("Passkey") if number == 1 else gettext("Passkey {number}").format(number=number)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": settings.LUMIO_HOST, "name": "Lumio"}


def _blob(text: str) -> bytes:
    """The blob behind a stored text; empty, which is none, for a text that is damaged."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""


def _each_secret(data: dict[str, Any], change: Change) -> dict[str, Any]:
    """allauth's data of one factor with a change made to every blob in it. A passkey's holds none."""

    def changed(text: str) -> str:
        blob = _blob(text)
        new = change(blob)
        return text if new == blob else base64.b64encode(new).decode()

    return {name: changed(value) if name in SECRETS else value for name, value in data.items()}


SEALED = (
    Sealed(
        Authenticator,
        "data",
        "authenticator apps and recovery codes",
        "Each person concerned signs in with what is left and sets them up again. Who has nothing left gets a link "
        "from `manage.py reset_link ADDRESS --without-second-factor`.",
        lambda row, field: _PLACE,
        _each_secret,
    ),
)


def why_no_passkeys() -> str | Promise | None:
    """Why no browser offers passkeys at `LUMIO_URL`, in a sentence; None where they do."""
    try:
        ip_address(settings.LUMIO_HOST.strip("[]"))
    except ValueError:
        pass
    else:
        return _(
            "Passkeys need a name in the address, and this Lumio is opened by number. On one machine it can be "
            "opened as http://localhost:8000; elsewhere it needs a domain name and https."
        )
    if settings.IS_HTTPS or settings.LUMIO_HOST == "localhost" or settings.LUMIO_HOST.endswith(".localhost"):
        return None
    return _("Browsers offer passkeys over https and on localhost only. This Lumio is opened over plain http.")


@dataclass(frozen=True)
class Factors:
    """What a person has set up. `codes_left` is None without recovery codes, and 0 where they cannot be read."""

    totp: Authenticator | None
    passkeys: Sequence[Authenticator]
    codes_left: int | None
    #: Whether the app's secret can be read; a lost key leaves an app that can only be removed.
    totp_works: bool = True

    @property
    def is_on(self) -> bool:
        return bool(self.totp or self.passkeys)

    @property
    def codes_left_label(self) -> str:
        left = self.codes_left or 0
        return ngettext("{left} code is left.", "{left} codes are left.", left).format(left=left)


def of(user: User) -> Factors:
    totp, codes_left, passkeys, totp_works = None, None, [], True
    for row in Authenticator.objects.filter(user_id=user.pk).order_by("created_at"):
        if row.type == Authenticator.Type.TOTP:
            totp, totp_works = row, _is_readable(row, "secret")
        elif row.type == Authenticator.Type.WEBAUTHN:
            passkeys.append(row)
        else:
            codes_left = len(row.wrap().get_unused_codes()) if _is_readable(row, "seed") else 0
    return Factors(totp=totp, passkeys=passkeys, codes_left=codes_left, totp_works=totp_works)


def _is_readable(row: Authenticator, name: str) -> bool:
    try:
        FactorAdapter().decrypt(row.data[name])
    except crypto.CannotDecrypt:
        return False
    return True
