"""What platforms deliver to an account's address: for whom it is, whether to believe it, and storing it once.

Whoever delivers is told that it was taken only when it is stored; told anything else, the platform delivers again.
What comes again is the same by its id.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from django.db import transaction
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from connections.domain import webhooks
from connections.domain.desk import DESK, Outcome, Parcel
from connections.domain.dressing import dressed
from connections.models import Webhook
from connections.platforms.webhooks import DEAF_SINCE, SUBSCRIPTIONS, DeliveryRefused, Listening, NotSigned
from events.models import IngestSource
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from connections.platforms.base import Platform
    from connections.platforms.webhooks import Delivery

#: Seconds for which a line is not looked up again, and how many are kept in mind.
KNOWN_FOR, MOST_KNOWN = 1.0, 10_000


class NotYet(Refusal):
    code = "not_listening_yet"
    status = 503
    sentence = _("Lumio is about to listen to this channel. Deliver this again in a few seconds.")
    headers = MappingProxyType({"Retry-After": "5"})


@dataclass(frozen=True, slots=True)
class Line:
    """An address, with its listener, and the source that what comes there belongs to; None before ingest began."""

    hook: Webhook
    source: IngestSource | None

    @property
    def listening(self) -> Listening:
        """For whom it is, with the ids of our subscriptions once all are known."""
        ids = (self.source.memory.get(SUBSCRIPTIONS) or {}).values() if self.source else ()
        return Listening(self.hook.channel_id or "", () if "" in ids else ids)


class Lines:
    """The lines that something came over a moment ago: in a busy chat most of the work would be to look them up.

    What was looked up before is believed for what it lets in alone, as `_publish` asks again whether it still holds.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, Line]] = {}

    def known(self, platform: Platform, code: str) -> Line | None:
        looked_up_at, line = self._known.get(code, (0.0, None))
        is_fresh = line is not None and line.hook.platform == platform.slug
        return line if is_fresh and time.monotonic() - looked_up_at < KNOWN_FOR else None

    def look_up(self, platform: Platform, code: str) -> Line:
        """Raises Http404 for an address that leads nowhere."""
        hook = Webhook.objects.with_listener().filter(platform=platform.slug, code=code).first()
        if hook is None or hook.channel_id is None:
            raise Http404
        line = Line(hook, IngestSource.objects.filter(key=hook.source_key).first())
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known[code] = time.monotonic(), line
        return line


LINES = Lines()


def receive(platform: Platform, code: str, delivery: Delivery) -> None:
    """Store what was delivered to the address with that code; once this returns, it is stored.

    Raises Http404 for an address that leads nowhere, a DeliveryRefused for what is not to be believed, and NotYet or
    DatabaseAway where the platform is to deliver it again.
    """
    # Also for an address that nobody has: a wrong guess takes as long as a right one.
    is_authentic = platform.is_authentic(delivery)
    if is_authentic and (known := LINES.known(platform, code)):
        with suppress(DeliveryRefused, NotYet, Http404):
            _take(platform, known, delivery)
            return
    line = LINES.look_up(platform, code)
    try:
        if not is_authentic:
            raise NotSigned(platform=platform.name)
        _take(platform, line, delivery)
    except DeliveryRefused as refusal:
        webhooks.refused(line.hook, refusal.code)
        raise


def _take(platform: Platform, line: Line, delivery: Delivery) -> None:
    hook, source = line.hook, line.source
    event = dressed(platform.read(delivery, line.listening))
    if source is None:
        raise NotYet
    match DESK.store(Parcel(hook, source.key, event)):
        case Outcome.STORED:
            webhooks.delivered(hook)
        case Outcome.SWITCHED_OFF:
            _miss(source)
            raise Http404
        case Outcome.NOBODY_LISTENS:
            raise NotYet


@transaction.atomic
def _miss(source: IngestSource) -> None:
    """Leave word for whoever listens next that something was turned away, and since when.

    The row is read anew, as whoever listened until now may have written to it; a source that is gone misses nothing.
    """
    row = IngestSource.objects.select_for_update().filter(pk=source.pk).first()
    if row is not None and not row.memory.get(DEAF_SINCE):
        row.memory[DEAF_SINCE] = timezone.now().isoformat()
        row.save(update_fields=["memory"])
