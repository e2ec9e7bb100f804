"""Popout tokens at the door, and rows of one account."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import Error as DatabaseError
from django.db.models import Q
from django.shortcuts import get_object_or_404
from django.utils import timezone

from accounts.actor import Actor
from accounts.enums import Permission, Via
from accounts.models import Member
from tokens.domain import secret
from tokens.models import PopoutToken

if TYPE_CHECKING:
    from uuid import UUID

log = logging.getLogger(__name__)

#: How often a token's last use is written at most.
USE_NOTED_EVERY = timedelta(minutes=1)


def authenticate(token: str, page: str) -> Actor | None:
    """The actor behind a popout token used on `page`; None for one that is malformed, unknown or revoked.

    One query at most: the token, its account, its creator's role at this moment and the assigned member. A token
    whose creator left opens nothing. A use is written down at most once a minute.
    """
    digest = secret.parse(token)
    if digest is None:
        return None
    found = PopoutToken.objects.alive().with_rights().select_related("account").filter(digest=digest).first()
    if found is None or not found.has_creator:
        return None
    _note_use(found, page)
    member = found.member if found.member and found.member.user.is_active else None
    return Actor(
        account=found.account,
        user=member.user if member else found.creator,
        permissions=found.effective,
        via=Via.POPOUT_TOKEN,
        via_detail=f"popout token …{found.last_four}" + (", assigned to a member" if member else ""),
        token_id=found.pk,
        pages=frozenset(found.pages),
    )


def _note_use(token: PopoutToken, page: str) -> None:
    now = timezone.now()
    due = now - USE_NOTED_EVERY
    if token.last_used_at and token.last_used_at > due:
        return
    # Conditional, so that of many pages opening at once only the first one writes.
    unnoted = PopoutToken.objects.filter(Q(last_used_at=None) | Q(last_used_at__lte=due), pk=token.pk)
    try:
        unnoted.update(last_used_at=now, last_used_page=page[:80])
    except DatabaseError as error:
        # A page on air is not kept out because the database takes no writes (locked, full, read-only).
        log.warning("The use of a popout token could not be noted: %s", error)


def get_token(actor: Actor, token_id: UUID, permission: Permission) -> PopoutToken:
    """A token of the actor's account that is not revoked; anything else is a 404."""
    actor.require(permission)
    return get_object_or_404(PopoutToken.objects.alive().with_rights(), account=actor.account, pk=token_id)


def get_member(actor: Actor, member_id: UUID) -> Member:
    """A member of the actor's account, for whoever may see members; anybody else's is a 404."""
    actor.require(Permission.MEMBERS_READ)
    return get_object_or_404(Member.objects.select_related("user"), account=actor.account, pk=member_id)
