"""Who was ever seen on an account's channels, taken down with what they did."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import OuterRef, Subquery

from events.domain import bulk
from events.enums import Kind, Origin
from events.models import ChannelStatus, LogRow, Viewer

if TYPE_CHECKING:
    from uuid import UUID

#: Somebody who was seen so long ago is taken down anew; in between the row is left alone.
REFRESHED_AFTER = timedelta(minutes=5)

#: Whom a viewer is told by: account, platform, the platform's id.
Identity = tuple["UUID", str, str]

_STREAM = ChannelStatus.objects.filter(account=OuterRef("account"), platform=OuterRef("platform"), live=True)
#: With `live_since`, when the stream of their channel began that runs now. Composed once, as each event asks for it.
_VIEWERS = Viewer.objects.annotate(live_since=Subquery(_STREAM.values("live_since")))

_KEPT = (
    "ON CONFLICT (account_id, platform, user_id) DO UPDATE SET login = excluded.login, name = excluded.name,"
    " avatar = excluded.avatar, last_seen_at = excluded.last_seen_at,"
    " first_message_at = COALESCE(events_viewer.first_message_at, excluded.first_message_at),"
    " last_message_at = COALESCE(excluded.last_message_at, events_viewer.last_message_at)"
)


def note(rows: Sequence[LogRow]) -> None:
    """Take down who did these new rows, which are about to be stored, in `publish`'s transaction.

    A live chat message that is the first we know of its writer gets `extra["first"] = True`, and the first of theirs
    since the stream began `extra["first_of_stream"] = True`. Costs one query, and one write if anybody is new or was
    not seen for a while.
    """
    done = [row for row in rows if row.actor_id and not row.actor_anonymous and row.origin != Origin.TEST]
    if not done:
        return
    known, changed = _known(done), {}
    for row in done:
        identity = (row.account_id, row.platform, row.actor_id)
        viewer = known.get(identity)
        is_message = row.kind == Kind.CHAT_MESSAGE
        is_first = is_message and (viewer is None or viewer.first_message_at is None)
        is_first_of_stream = is_message and not is_first and _has_been_silent(viewer, row)
        if row.origin == Origin.LIVE and (is_first or is_first_of_stream):
            row.extra = {**row.extra, "first" if is_first else "first_of_stream": True}
        if viewer is None:
            viewer = known[identity] = Viewer(
                account_id=row.account_id, platform=row.platform, user_id=row.actor_id, first_seen_at=row.received_at
            )
        elif not (is_first or is_first_of_stream) and row.received_at - viewer.last_seen_at <= REFRESHED_AFTER:
            continue
        # Not every event says who somebody is beyond their id.
        viewer.login, viewer.name = row.actor_login or viewer.login, row.actor_name or viewer.name
        viewer.avatar = row.actor_avatar or viewer.avatar
        viewer.last_seen_at = row.received_at
        if is_first:
            viewer.first_message_at = row.received_at
        if is_message:
            viewer.last_message_at = row.received_at
        changed[identity] = viewer
    if changed:
        bulk.insert(Viewer, bulk.encoded(list(changed.values())), conflict=_KEPT)


def _has_been_silent(viewer: Viewer | None, row: LogRow) -> bool:
    """Whether they have not written since the stream began. Of somebody new in these rows nothing is silent."""
    since: datetime | None = getattr(viewer, "live_since", None)
    if viewer is None or since is None or row.received_at < since:
        return False
    return viewer.last_message_at is None or viewer.last_message_at < since


def _known(rows: Iterable[LogRow]) -> dict[Identity, Viewer]:
    identities = {(row.account_id, row.platform, row.actor_id) for row in rows}
    viewers = bulk.having(_VIEWERS, ("account_id", "platform", "user_id"), identities)
    return {(viewer.account_id, viewer.platform, viewer.user_id): viewer for viewer in viewers}
