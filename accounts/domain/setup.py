"""Claiming a fresh instance: whoever has the one-time link creates the first account and owns it."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.domain.accounts import create_account, is_claimed
from accounts.models import SetupCode, User
from lumio.lib.errors import Refusal
from lumio.lib.secrets import digest, new_secret


class SetupLinkUsed(Refusal):
    code = "setup_link_used"
    status = 410
    sentence = _("This set-up link has been used, or a newer one has replaced it.")


class EmailTaken(Refusal):
    code = "email_taken"
    status = 409
    sentence = _("Somebody already signs in with this e-mail address.")


def new_setup_code() -> str | None:
    """A code for the set-up link, which ends every earlier one; None once the instance is claimed."""
    if is_claimed():
        return None
    code = new_secret()
    SetupCode.objects.update_or_create(pk=SetupCode.ONLY, defaults={"digest": digest(code)})
    return code


def is_open(code: str) -> bool:
    """Whether the link with this code still sets the instance up."""
    return SetupCode.objects.filter(digest=digest(code)).exists() and not is_claimed()


@transaction.atomic
def claim(*, code: str, email: str, password: str, account_name: str) -> User:
    """Create the first person and their account. Of two people with the same link the second gets SetupLinkUsed."""
    # Deleting is the claim: the database lets only one transaction take the row away.
    taken, _ = SetupCode.objects.filter(digest=digest(code)).delete()
    if not taken or is_claimed():
        raise SetupLinkUsed
    if User.objects.filter(email__iexact=email).exists():
        raise EmailTaken
    user = User.objects.create_user(email, password)
    create_account(name=account_name, owner=user)
    return user
