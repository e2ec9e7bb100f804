from __future__ import annotations

from typing import Any

from django.contrib.auth.management.commands import createsuperuser

from accounts.actor import system_actor
from accounts.domain.accounts import instance_account
from accounts.domain.audit import record
from accounts.enums import Action
from accounts.models import User


class Command(createsuperuser.Command):
    """Django's own, which also notes in the log of this Lumio that there is another operator."""

    def handle(self, *args: Any, **options: Any) -> str | None:
        known = set(User.objects.filter(is_superuser=True).values_list("pk", flat=True))
        said = super().handle(*args, **options)
        for person in User.objects.filter(is_superuser=True).exclude(pk__in=known):
            record(system_actor(instance_account()), Action.OPERATOR_MADE, person)
        return said
