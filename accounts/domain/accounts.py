"""What a person can do with an account as a whole."""

from __future__ import annotations

from django.db import transaction

from accounts.actor import Actor
from accounts.domain.audit import record
from accounts.enums import DEFAULT_ROLES, OWNER, Action
from accounts.models import Account, Member, Role, User


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
