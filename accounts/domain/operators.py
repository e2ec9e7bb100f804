"""Whoever runs this Lumio, acting for the account of the instance itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts import rights
from accounts.actor import Actor
from accounts.authentication import address_of
from accounts.domain.accounts import instance_account
from accounts.domain.audit import record
from accounts.enums import ALL, Action, Via
from accounts.models import Account, User

if TYPE_CHECKING:
    from django.http import HttpRequest


def operator_actor(request: HttpRequest) -> Actor:
    """The person who asks, if Django admin lets them in. Raises PermissionDenied for everybody else."""
    user = request.user
    if user.is_anonymous or not (user.is_active and user.is_staff):
        raise PermissionDenied
    return Actor(
        account=instance_account(),
        user=user,
        permissions=frozenset(ALL),
        via=Via.SESSION,
        via_detail="Django admin",
        address=address_of(request),
    )


@transaction.atomic
def save_person(*, actor: Actor, person: User) -> None:
    """Store what an operator changed about somebody, and note what is of consequence.

    Who is switched off loses the pages that are open too, those of their popout tokens included. That is noted in each
    of their accounts and, like who becomes an operator, in the log of this Lumio itself.
    """
    before = User.objects.select_for_update().get(pk=person.pk)
    person.save()
    if person.is_staff != before.is_staff:
        record(actor, Action.OPERATOR_MADE if person.is_staff else Action.OPERATOR_UNMADE, person)
    if person.is_active != before.is_active:
        _note(actor, Action.SWITCHED_ON if person.is_active else Action.SWITCHED_OFF, person)
        rights.changed_for(person)
    if person.display_name != before.display_name:
        _note(actor, Action.NAME_CHANGED, person, {"name": before.display_name}, {"name": person.display_name})


def _note(
    actor: Actor,
    action: Action,
    person: User,
    before: dict[str, str] | None = None,
    after: dict[str, str] | None = None,
) -> None:
    for account in (actor.account, *Account.objects.filter(members__user=person)):
        record(replace(actor, account=account), action, person, before=before, after=after)
