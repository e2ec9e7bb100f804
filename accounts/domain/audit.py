"""The audit log: one line per action of consequence, written in the transaction of the action itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts.authentication import address_of, memberships
from accounts.enums import Action, Via
from accounts.models import AuditEntry

if TYPE_CHECKING:
    from django.db.models import Model
    from django.http import HttpRequest

    from accounts.actor import Actor
    from accounts.models import User


def record(
    actor: Actor,
    action: Action,
    target: Model | None = None,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> AuditEntry:
    """Write one line. `before` and `after` hold what changed, in JSON, never a secret."""
    return AuditEntry.objects.create(
        account=actor.account,
        actor_id=actor.user.pk if actor.user else None,
        actor_name=actor.name,
        via=actor.via,
        via_detail=actor.via_detail,
        action=action,
        target_type=(target._meta.model_name or "") if target else "",
        target_id=str(target.pk) if target else "",
        target_name=str(target)[:254] if target else "",
        before=before,
        after=after,
        address=actor.address,
    )


def record_of_person(
    action: Action,
    user: User,
    request: HttpRequest | None = None,
    *,
    via: Via = Via.SESSION,
    name: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    address: str | None = None,
) -> None:
    """What concerns a person and no single account: one line in each of theirs, as each is what an intruder reaches.

    `via` SYSTEM is an operator on the machine: the line then names the person as what was changed. `name` says which
    factor or browser it is about. `address` is theirs where there is no request to tell it.
    """
    by_person = via == Via.SESSION
    AuditEntry.objects.bulk_create(
        AuditEntry(
            account=member.account,
            actor_id=user.pk if by_person else None,
            actor_name=user.display_name if by_person else "Lumio",
            via=via,
            action=action,
            target_type="" if by_person else "user",
            target_id="" if by_person else str(user.pk),
            target_name=(name if by_person else f"{user.display_name}: {name}" if name else user.display_name)[:254],
            before=before,
            after=after,
            address=address_of(request) if request else address,
        )
        for member in memberships(user.pk)
    )
