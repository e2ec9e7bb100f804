"""Telling whoever should know, after commit, that a token is not what it was: the ingest processes, open pages, and the
people who look after the account.

What is said of one token is said of its channel: another token of the same channel makes it good.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.domain import notifications
from accounts.domain.notifications import Kind
from accounts.enums import Permission
from events import bus, channels
from integrations.domain import bridge
from integrations.streamelements.failures import stored

if TYPE_CHECKING:
    from accounts.models import Account
    from integrations.models import Integration, StreamElementsToken


def tokens_changed(account_id: UUID) -> None:
    bus.wake_ingest_on_commit()
    bus.announce_on_commit(
        channels.status(account_id),
        {"id": "streamelements", "type": "integration.changed", "data": {"integration": "streamelements"}},
    )


def integration_changed(row: Integration) -> None:
    """An OBS or a Streamer.bot is there, is set up otherwise, or is gone: whoever connects to it looks again."""
    integrations_gone(row.account_id)
    integration_tried(row)


def integrations_gone(account_id: UUID) -> None:
    """The same where no page needs to know."""
    bus.wake_ingest_on_commit()
    bridge.changed_on_commit(account_id)


def integration_tried(row: Integration) -> None:
    """Something came of trying to reach it."""
    bus.announce_on_commit(
        channels.status(row.account_id),
        {"id": f"integration:{row.pk}", "type": "integration.changed", "data": {"integration": row.tool}},
    )


def broken(row: StreamElementsToken) -> None:
    """Only a person can have its tips arrive again."""
    params = {"name": row.name, "code": row.failure_code}
    notifications.notify(row.account, BROKEN.code, subject=subject_of(row), params=params)


def ends_soon(row: StreamElementsToken) -> None:
    """Nothing but another JWT outlasts `expires_at`."""
    assert row.expires_at is not None  # noqa: S101  for the type checker
    params = {"name": row.name, "ends": row.expires_at.isoformat()}
    notifications.notify(row.account, ENDS.code, subject=subject_of(row), params=params)


def well(account: Account, subject: str) -> None:
    """There is another token, or none is wanted any more: what was said is over."""
    for kind in (BROKEN, ENDS):
        notifications.resolve(account, kind.code, subject=subject)


def subject_of(row: StreamElementsToken) -> str:
    return str(row.source_id)


def _named(params: dict[str, Any]) -> str:
    return params["name"] or _("a channel that was never verified")


def _broken_text(params: dict[str, Any]) -> str:
    why = stored(params["code"]).text
    return _("No tips arrive for {name} any more. {why}").format(name=_named(params), why=why)


def _ends_text(params: dict[str, Any]) -> str:
    ends = parse_datetime(params["ends"])
    return _(
        "The StreamElements token of {name} ends on {date}. Nothing can renew it: add a new one before then, and "
        "remove this one afterwards."
    ).format(name=_named(params), date=date_format(ends, "DATE_FORMAT") if ends else "")


def _section(params: dict[str, Any]) -> str:
    return f"{reverse('connections:index')}#streamelements"


BROKEN = Kind(
    code="tip_token_broken",
    title=gettext_lazy("Tips no longer arrive"),
    permission=Permission.CONNECTIONS_READ,
    mail_permission=Permission.CONNECTIONS_CREATE,
    text=_broken_text,
    action=gettext_lazy("See what to do"),
    url=_section,
)
ENDS = Kind(
    code="tip_token_ends",
    title=gettext_lazy("A StreamElements token ends soon"),
    permission=Permission.CONNECTIONS_READ,
    mail_permission=Permission.CONNECTIONS_CREATE,
    text=_ends_text,
    action=gettext_lazy("Add a new one"),
    url=_section,
    tone="warn",
)


def register() -> None:
    for kind in (BROKEN, ENDS):
        notifications.register(kind)
