"""The pauses that a platform asks for: whoever has the same app keeps them, in every process and after a restart."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from accounts import throttle
from accounts.throttle import Limit
from connections.domain import grants, vault
from connections.models import AppCredentials
from connections.platforms import name_of
from connections.platforms.failures import RateLimited, SecretUnreadable
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from uuid import UUID

    from connections.models import Connection

T = TypeVar("T")

#: How many pauses lately make the next one how much longer: twice for each before it, up to so many seconds.
LATELY, LONGEST = Limit("platform-pause", most=16, seconds=10 * 60), 5 * 60


class PausedUntil(Refusal):
    """The platform wants to be left alone by this app, for hours perhaps. `until` is the moment."""

    code = "paused_until"
    status = 429
    sentence = _("{platform} was asked too often and wants a pause. Lumio asks it again at {time}.")

    def __init__(self, *, platform: str, until: datetime) -> None:
        super().__init__(platform=platform, time="")
        self.until = until
        self.retry_after = max(1, round((until - timezone.now()).total_seconds()))
        self.headers = {"Retry-After": str(self.retry_after)}

    @property
    def text(self) -> str:
        """With the day only where it is another one. The clock is that of the instance, and says so."""
        local = timezone.localtime(self.until)
        form = "TIME_FORMAT" if local.date() == timezone.localtime().date() else "DATETIME_FORMAT"
        time = f"{date_format(local, form)} {local.tzname()}"
        return str(self.sentence).format(platform=self.params["platform"], time=time)


def until(account_id: UUID, platform: str) -> datetime | None:
    """When the pause of an account's app is over; None where there is none."""
    found = AppCredentials.objects.filter(account_id=account_id, platform=platform, paused_until__gt=timezone.now())
    return found.values_list("paused_until", flat=True).first()


def call(connection: Connection, ask: Callable[[grants.Access], T]) -> T:
    """`grants.call` that keeps pauses. Raises PausedUntil, GrantUnusable, and what `ask` raises besides RateLimited."""
    end = until(connection.account_id, connection.platform)
    if end is not None:
        raise PausedUntil(platform=name_of(connection.platform), until=end)
    try:
        return grants.call(connection.pk, ask)
    except RateLimited as limited:
        end = _pause(connection, int(limited.retry_after or 0))
        raise PausedUntil(platform=name_of(connection.platform), until=end) from limited


def _pause(connection: Connection, seconds: int) -> datetime:
    """Begin a pause of so many seconds; longer if this is not the first one lately. When it ends."""
    before = throttle.spend(LATELY, f"{connection.account_id}:{connection.platform}").used - 1
    end = timezone.now() + timedelta(seconds=max(seconds, min(seconds * 2**before, LONGEST)))
    rows = AppCredentials.objects.filter(pk__in=_of_same_app(connection))
    rows.filter(Q(paused_until=None) | Q(paused_until__lt=end)).update(paused_until=end)
    return end


def _of_same_app(connection: Connection) -> list[UUID]:
    """The accounts' own rows for one Client ID: it is the app that was asked for a pause."""
    rows = AppCredentials.objects.filter(platform=connection.platform)
    own = rows.filter(account_id=connection.account_id).first()
    if own is None:
        return []
    client_id = _client_id(own)
    alike = rows.filter(client_id_hint=own.client_id_hint)
    return [row.pk for row in alike if row.pk == own.pk or (client_id and _client_id(row) == client_id)]


def _client_id(row: AppCredentials) -> str | None:
    try:
        return vault.read(row, "client_id_encrypted").reveal()
    except SecretUnreadable:
        return None
