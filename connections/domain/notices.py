"""Telling whoever should know, after commit, that a connection is not what it was: the ingest processes, open pages,
and the people who look after the account."""

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
from connections.enums import Purpose
from connections.platforms import name_of
from connections.platforms.failures import stored
from events import bus, channels

if TYPE_CHECKING:
    from connections.models import Connection
    from lumio.lib.errors import Refusal


def connection_changed(account_id: UUID, platform: str) -> None:
    bus.wake_ingest_on_commit()
    bus.announce_on_commit(
        channels.status(account_id),
        {"id": f"connection:{platform}", "type": "connection.changed", "data": {"platform": platform}},
    )


def lost(row: Connection, failure: Refusal) -> None:
    """Only a person can bring this sign-in back."""
    params = {"platform": row.platform, "name": row.channel_name, "code": failure.code, "params": failure.params}
    notifications.notify(row.account, LOST[Purpose(row.purpose)].code, subject=_subject(row), params=params)


def ends_soon(row: Connection) -> None:
    """Nothing but a new sign-in outlasts `grant_ends_at`."""
    assert row.grant_ends_at is not None  # noqa: S101  for the type checker
    params = {"platform": row.platform, "name": row.channel_name, "ends": row.grant_ends_at.isoformat()}
    notifications.notify(row.account, ENDS.code, subject=_subject(row), params=params)


def well(row: Connection) -> None:
    """There is a new sign-in, or none is wanted any more: what was said of the old one is over."""
    for kind in (LOST[Purpose(row.purpose)], ENDS):
        notifications.resolve(row.account, kind.code, subject=_subject(row))


def _subject(row: Connection) -> str:
    return f"connection:{row.pk}"


def _lost_text(params: dict[str, Any]) -> str:
    why = stored(params["code"], params["params"]).text
    return _("{name} at {platform} is no longer signed in. {why}").format(
        name=params["name"], platform=name_of(params["platform"]), why=why
    )


def _ends_text(params: dict[str, Any]) -> str:
    ends = parse_datetime(params["ends"])
    return _("The sign-in of {name} at {platform} ends on {date}. Nothing can renew it: reconnect before then.").format(
        name=params["name"], platform=name_of(params["platform"]), date=date_format(ends, "DATE_FORMAT") if ends else ""
    )


def _card(params: dict[str, Any]) -> str:
    return f"{reverse('connections:index')}#card-{params['platform']}"


LOST = {
    Purpose.CHANNEL: Kind(
        code="connection_lost",
        title=gettext_lazy("A channel is no longer signed in"),
        permission=Permission.CONNECTIONS_READ,
        mail_permission=Permission.CONNECTIONS_EDIT,
        text=_lost_text,
        action=gettext_lazy("See what to do"),
        url=_card,
    ),
    Purpose.BOT: Kind(
        code="bot_lost",
        title=gettext_lazy("A bot is no longer signed in"),
        permission=Permission.BOT_CONNECTIONS_READ,
        mail_permission=Permission.BOT_CONNECTIONS_CREATE,
        text=_lost_text,
        action=gettext_lazy("See what to do"),
        url=lambda params: reverse("connections:bots"),
    ),
}
ENDS = Kind(
    code="connection_ends",
    title=gettext_lazy("A sign-in ends soon"),
    permission=Permission.CONNECTIONS_READ,
    mail_permission=Permission.CONNECTIONS_EDIT,
    text=_ends_text,
    action=gettext_lazy("Reconnect"),
    url=_card,
    tone="warn",
)


def register() -> None:
    for kind in (*LOST.values(), ENDS):
        notifications.register(kind)
