"""Second factors and passkeys, where Lumio differs from allauth's ways."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING
from uuid import UUID

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from lumio.lib import crypto

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.contrib.auth.base_user import AbstractBaseUser
    from django.utils.functional import Promise

    from accounts.models import User

#: allauth hands over a secret without saying whose it is, so all of them share one place.
_PLACE = crypto.Context(table="mfa_authenticator", row_id=UUID(int=0), field="data", account_id=UUID(int=0))


class FactorAdapter(DefaultMFAAdapter):
    """Secrets are encrypted as every other one, and passkeys belong to `LUMIO_URL`'s host, whatever a request says."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("That did not match. Codes change every half minute, and a recovery code works once."),
        "cannot_generate_recovery_codes": _("Set up an authenticator app or a passkey first."),
    }

    def encrypt(self, text: str) -> str:
        return base64.b64encode(crypto.encrypt(text, context=_PLACE)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Raises `crypto.CannotDecrypt`."""
        try:
            blob = base64.b64decode(encrypted_text, validate=True)
        except binascii.Error as error:
            raise crypto.CannotDecrypt("This value is damaged.") from error
        return crypto.decrypt(blob, context=_PLACE).reveal()

    def get_totp_issuer(self) -> str:
        return "Lumio"

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return gettext("Passkey") if number == 1 else gettext("Passkey {number}").format(number=number)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": settings.LUMIO_HOST, "name": "Lumio"}


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
    """What a person has set up. `codes_left` is None without recovery codes."""

    totp: Authenticator | None
    passkeys: Sequence[Authenticator]
    codes_left: int | None

    @property
    def is_on(self) -> bool:
        return bool(self.totp or self.passkeys)

    @property
    def codes_left_label(self) -> str:
        left = self.codes_left or 0
        return ngettext("{left} code is left.", "{left} codes are left.", left).format(left=left)


def of(user: User) -> Factors:
    totp, codes_left, passkeys = None, None, []
    for row in Authenticator.objects.filter(user_id=user.pk).order_by("created_at"):
        if row.type == Authenticator.Type.TOTP:
            totp = row
        elif row.type == Authenticator.Type.WEBAUTHN:
            passkeys.append(row)
        else:
            codes_left = len(row.wrap().get_unused_codes())
    return Factors(totp=totp, passkeys=passkeys, codes_left=codes_left)
