"""Answering a tool's challenge for the bridge page, which never learns the password.

Whoever has the page's address could have challenges of their own answered: to try passwords against the answers at
leisure, or to unlock the tool itself from the streamer's network. So there is one answer for each connection and a few
a minute, OBS only gets one to what looks as it makes it, and each leaves a line in the audit log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from accounts.actor import system_actor
from accounts.domain.audit import record
from accounts.enums import Action
from accounts.throttle import Limit, spend
from events.work import in_database
from integrations.domain import live, vault
from integrations.enums import Tool
from integrations.models import Integration
from integrations.obs import handshake
from integrations.tools import challenge as challenges
from integrations.tools.failures import Misunderstood, PasswordMissing, SwitchedOff, UnlockedTooOften

if TYPE_CHECKING:
    from uuid import UUID

#: For each account. A tool that is restarted again and again needs no more.
UNLOCKS = Limit("bridge-unlocks", 10)

ANSWERS = {Tool.OBS: handshake.answer, Tool.STREAMERBOT: challenges.answer}


class Unlocking:
    """Answers for one connection, once."""

    def __init__(self, row: Integration) -> None:
        self._row = row
        self._is_used = False

    async def __call__(self, salt: str, challenge: str) -> str:
        """What proves that the password is known. Raises PasswordMissing, PasswordUnreadable, UnlockedTooOften,
        SwitchedOff, and Misunderstood for what OBS does not say."""
        if self._is_used:
            raise Misunderstood(**live.named(self._row))
        self._is_used = True
        return await in_database(_answer, self._row.pk, live.named(self._row), salt, challenge)


@transaction.atomic
def _answer(integration_id: UUID, named: dict[str, str], salt: str, challenge: str) -> str:
    # Read anew: it may have been switched off or got another password since the connection began.
    row = Integration.objects.select_related("account").filter(pk=integration_id, is_enabled=True).first()
    if row is None:
        raise SwitchedOff(**named)
    password = vault.password_of(row)
    if password is None:
        raise PasswordMissing(**named)
    authentication = ANSWERS[Tool(row.tool)](password, salt, challenge)
    if spend(UNLOCKS, row.account_id).is_exceeded:
        raise UnlockedTooOften(**named)
    record(system_actor(row.account), Action.BRIDGE_UNLOCKED, row)
    return authentication
