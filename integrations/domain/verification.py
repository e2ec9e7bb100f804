"""What StreamElements says of a token: whose it is, or that it is over."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.actor import system_actor
from accounts.domain.audit import record
from accounts.enums import Action
from events.domain import sources
from integrations.domain import notices, vault
from integrations.enums import TokenState
from integrations.models import StreamElementsToken
from integrations.streamelements import api
from integrations.streamelements.failures import TipFailure, TokenRefused

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from integrations.streamelements.api import Channel


def verify(row: StreamElementsToken) -> None:
    """Ask, and write down what is said. Raises a TipFailure; a token that is refused is broken then."""
    try:
        channel = api.channel_of(vault.read(row))
    except TokenRefused:
        lost(row.pk)
        raise
    confirm(row.pk, channel)


def verify_others(row: StreamElementsToken) -> None:
    """The same for the other tokens of its channel, which nothing is asked of otherwise."""
    for other in _siblings(row).filter(state=TokenState.VERIFIED):
        with suppress(TipFailure):  # what is final is written down by now, the rest passes
            verify(other)


def belongs_to(row: StreamElementsToken, channel: Channel) -> None:
    """Put down, unsaved, that the token works, whose it is, and what listens for it from now on."""
    row.state, row.verified_at = TokenState.VERIFIED, timezone.now()
    row.channel_id, row.channel_name, row.channel_provider = channel.id, channel.name, channel.provider
    row.source_id = row.channel_key


@transaction.atomic
def confirm(token_id: UUID, channel: Channel) -> None:
    """The token works."""
    row = _locked(token_id)
    if row is None or row.state == TokenState.BROKEN:
        return
    before = row.source_id
    belongs_to(row, channel)
    row.save(
        update_fields=["state", "verified_at", "channel_id", "channel_name", "channel_provider", "source"],
    )
    if row.source_id != before:
        sources.remove(row.own_key)
        notices.well(row.account, row.own_key)
        notices.well(row.account, row.channel_key)
        notices.tokens_changed(row.account_id)


@transaction.atomic
def lost(token_id: UUID) -> None:
    """StreamElements no longer accepts the token. Its tips go on arriving if the channel has another."""
    row = _locked(token_id)
    if row is None or row.state == TokenState.BROKEN:
        return
    row.state, row.failure_code, row.failed_since = TokenState.BROKEN, TokenRefused.code, timezone.now()
    row.save(update_fields=["state", "failure_code", "failed_since"])
    record(system_actor(row.account), Action.TIP_TOKEN_BROKEN, row, after={"failure": row.failure_code})
    if not _siblings(row).filter(state=TokenState.VERIFIED).exists():
        notices.broken(row)
    notices.tokens_changed(row.account_id)


def _locked(token_id: UUID) -> StreamElementsToken | None:
    locked = StreamElementsToken.objects.select_for_update(of=("self",))
    return locked.select_related("account").filter(pk=token_id).first()


def _siblings(row: StreamElementsToken) -> QuerySet[StreamElementsToken]:
    return StreamElementsToken.objects.filter(source__key=row.source_id).exclude(pk=row.pk)
