"""What a person can do with an account as a whole."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from accounts.domain.audit import record
from accounts.enums import DEFAULT_ROLES, OWNER, Action, Permission
from accounts.models import Account, Member, Role, User
from lumio.lib.errors import Refusal


class TooManyAccounts(Refusal):
    code = "too_many_accounts"
    status = 409
    sentence = _("You own as many accounts as whoever runs this Lumio allows. Ask them for more, or use one you have.")


def may_open(user: User) -> bool:
    """Whether `user` may own one account more. One query."""
    return _owned(user) < settings.LUMIO_ACCOUNTS_PER_PERSON


@transaction.atomic
def open_account(*, user: User, name: str) -> Account:
    """Another account of one's own; raises TooManyAccounts."""
    # The person's row is the lock: of two presses at once the second counts what the first has made.
    User.objects.select_for_update().get(pk=user.pk)
    if not may_open(user):
        raise TooManyAccounts
    return create_account(name=name, owner=user)


@transaction.atomic
def change(*, actor: Actor, name: str, time_zone: str) -> Account:
    """Set the account's name and time zone."""
    actor.require(Permission.ACCOUNT_EDIT)
    account = Account.objects.get(pk=actor.account.pk)
    before = {"name": account.name, "time_zone": account.time_zone}
    after = {"name": name, "time_zone": time_zone}
    if before != after:
        account.name, account.time_zone = name, time_zone
        account.save(update_fields=["name", "time_zone"])
        record(actor, Action.ACCOUNT_CHANGED, account, before=before, after=after)
    return account


def instance_account() -> Account:
    """The account of this Lumio itself, made on first use."""
    account, __ = Account.objects.get_or_create(is_instance=True, defaults={"name": "Lumio"})
    return account


def is_claimed() -> bool:
    """Whether anybody has an account here."""
    return Account.objects.filter(is_instance=False).exists()


def _owned(user: User) -> int:
    return Member.objects.filter(user=user, role__slug=OWNER.slug).count()


@transaction.atomic
def create_account(*, name: str, owner: User) -> Account:
    """A new account with the default roles, owned by `owner`."""
    account = Account.objects.create(name=name)
    roles = [
        Role(
            account=account,
            slug=default.slug,
            name=default.name,
            colour=default.colour,
            permissions=sorted(default.permissions),
        )
        for default in DEFAULT_ROLES
    ]
    Role.objects.bulk_create(roles)
    owning = next(role for role in roles if role.slug == OWNER.slug)
    Member.objects.create(account=account, user=owner, role=owning)
    actor = Actor(account=account, user=owner, permissions=owning.codes, role_name=owning.label)
    record(actor, Action.ACCOUNT_CREATED, account)
    return account
