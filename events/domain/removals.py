"""What moderation takes out of a chat is marked in the stored chat too. Its words stay for moderators."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import F, Q

from events.enums import Kind
from events.models import ChatLine, LogRow

#: What was said longer ago is on nobody's screen any more.
REACH = timedelta(days=1)
#: What Lumio has a platform do, the platform tells as well, by a clock of its own, and sometimes first.
ECHO = timedelta(seconds=5)
SAID = (Kind.CHAT_MESSAGE, Kind.CHAT_ANNOUNCEMENT)


def apply(rows: Sequence[LogRow]) -> None:
    """Mark what these new rows of the chat log take out of it, after they are stored, in the same transaction."""
    for row in rows:
        which = _which(row)
        if which is not None:
            ChatLine.objects.alias(number=F("seq") + 0).filter(
                which,
                _standing(row),
                account_id=row.account_id,
                platform=row.platform,
                channel_id=row.channel_id,
                kind__in=SAID,
            ).update(removed_at=row.occurred_at, removed_by=row.extra.get("moderator") or {})


def _standing(row: LogRow) -> Q:
    """What nobody has taken out before. Of what one did through Lumio, Lumio knows better than the platform who."""
    standing = Q(removed_at=None)
    return standing | Q(removed_at__gte=row.occurred_at - ECHO) if row.extra.get("via") == "lumio" else standing


def _which(row: LogRow) -> Q | None:
    """Which of what was said before; None where nothing is taken out."""
    before, lately = Q(seq__lt=row.seq), Q(received_at__gt=row.received_at - REACH)
    match row.kind:
        case Kind.CHAT_MESSAGE_DELETED if "seq" in row.extra:  # Lumio's own, which no upstream connection delivered
            return Q(seq=row.extra["seq"], external_id=row.extra.get("message_id"))
        case Kind.CHAT_MESSAGE_DELETED:
            return before & Q(source=row.source, external_id=row.extra.get("message_id"))
        case Kind.CHAT_USER_CLEARED if row.actor_id:  # without an id it is nobody's, not everybody's who has none
            # Computed, or SQLite would walk through all that is kept by the index of `seq`, at every ban.
            return Q(number__lt=row.seq) & lately & Q(actor_id=row.actor_id)
        case Kind.CHAT_CLEARED:
            return before & lately
    return None
