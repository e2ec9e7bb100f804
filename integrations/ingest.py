"""Which StreamElements channels should be listened to, and how their listeners reach the tokens.

A channel is listened to once, with the newest of its tokens that works, under a key that all of them have: so what is
stored has the same source whichever token it came through, and a tip is one tip. A token that was never verified has a
source of its own, which does nothing but ask whose it is.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ParamSpec, TypeVar
from uuid import UUID

from django.db import Error as DatabaseError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from events.enums import SourceState
from events.ingest.base import Failure, Outlet, SourceSpec
from events.ingest.threads import in_thread
from integrations.domain import vault, verification
from integrations.enums import TokenState
from integrations.models import StreamElementsToken
from integrations.streamelements import ingest
from integrations.streamelements.failures import TokenRefused
from integrations.streamelements.parse import Stream
from integrations.streamelements.timing import Timing
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from integrations.streamelements.api import Channel
    from lumio.lib.secrets import Secret

P = ParamSpec("P")
R = TypeVar("R")


def wanted_sources() -> list[SourceSpec]:
    """One for each channel with a token that works, one for each token whose channel is not known yet. One query."""
    rows = StreamElementsToken.objects.filter(account__closed_at=None).exclude(state=TokenState.BROKEN)
    newest = {row.source_id: row for row in rows.order_by("created_at", "pk")}
    return [_source(row) for row in newest.values()]


def _source(row: StreamElementsToken) -> SourceSpec:
    run = listen if row.state == TokenState.VERIFIED else find_out
    return SourceSpec(
        key=str(row.source_id),
        account_id=row.account_id,
        run=partial(run, row),
        # With another token it is another subscription.
        revision=str(row.pk),
    )


async def listen(row: StreamElementsToken, outlet: Outlet, *, timing: Timing | None = None) -> None:
    """Deliver the tips of a channel."""
    stream = Stream(row.platform, row.channel_id)
    await ingest.listen(stream, outlet, TokenGrant(row.pk), began=row.created_at, timing=timing)


async def find_out(row: StreamElementsToken, outlet: Outlet, *, timing: Timing | None = None) -> None:
    """Ask whose a token is until StreamElements says so."""
    for pause in (timing or Timing()).pauses():
        try:
            await in_thread(_verify, row.pk)
        except TokenRefused as refusal:
            await outlet.health(SourceState.STOPPED, active=0, failure=Failure.of(refusal))
            return
        except (Refusal, DatabaseError) as error:
            failure = Failure.of(error) if isinstance(error, Refusal) else None
            await outlet.health(SourceState.RECONNECTING, active=0, failure=failure)
        else:
            return
        await asyncio.sleep(pause)


def _verify(token_id: UUID) -> None:
    row = StreamElementsToken.objects.filter(pk=token_id, state=TokenState.UNVERIFIED).first()
    if row is not None:
        verification.verify(row)


class OutOfReach(Refusal):
    """A passing state like any other for whoever listens: a socket must not end because the database is away."""

    code = "tip_token_out_of_reach"
    status = 503
    sentence = _("Lumio's database does not answer right now, so this token cannot be read.")


class Gone(Refusal):
    """Removed, or refused by StreamElements: this source is about to be stopped."""

    code = "tip_token_gone"
    status = 409
    sentence = _("This token is no longer there.")


@dataclass(frozen=True, slots=True)
class TokenGrant:
    """`streamelements.ingest.Grant`: one token, read anew for each operation."""

    token_id: UUID

    async def jwt(self) -> Secret:
        return await _asked(self._jwt)

    async def confirmed(self, channel: Channel) -> None:
        await _asked(self._confirmed, channel)

    async def lost(self) -> None:
        await in_thread(verification.lost, self.token_id)

    async def tip_given(self, at: datetime) -> None:
        with suppress(DatabaseError):  # the next tip says it again
            await in_thread(self._tip_given, at)

    def _jwt(self) -> Secret:
        return vault.read(self._row())

    def _confirmed(self, channel: Channel) -> None:
        verification.confirm(self.token_id, channel)
        verification.verify_others(self._row())

    def _tip_given(self, at: datetime) -> None:
        row = StreamElementsToken.objects.filter(pk=self.token_id).first()
        if row is not None:
            of_channel = StreamElementsToken.objects.filter(source__key=row.source_id)
            of_channel.filter(Q(last_tip_at=None) | Q(last_tip_at__lt=at)).update(last_tip_at=at)

    def _row(self) -> StreamElementsToken:
        row = StreamElementsToken.objects.filter(pk=self.token_id).exclude(state=TokenState.BROKEN).first()
        if row is None:
            raise Gone
        return row


async def _asked(question: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
    try:
        return await in_thread(question, *args, **kwargs)
    except DatabaseError as error:
        raise OutOfReach from error
