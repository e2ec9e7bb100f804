"""The pages that have an overlay open, or had it lately: each tells what it is like (`overlays.models.Source`)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.domain import sessions
from accounts.domain.audit import record
from accounts.enums import Action, Permission
from events import bus, channels
from events.sockets import files_version
from overlays.models import Source

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from accounts.actor import Actor
    from overlays.models import Overlay

#: One that was silent for so long is not there any more, whatever it said last.
STALE_AFTER = timedelta(seconds=45)
#: For so long one that has gone is shown …
SHOWN_FOR = timedelta(hours=1)
#: … and then remembered, but no more of one overlay than these: whoever has its key can come with ever new ids.
KEPT_FOR = timedelta(days=1)
MOST_KEPT = 50


@dataclass(frozen=True)
class SourceShown:
    """`browser` is as people name it ("OBS on Windows"), `obs_version` as OBS writes it, "" in an ordinary browser.

    `is_visible` and `is_active` (on air) are None where nobody says. `is_current`: whether it runs the files of now.
    `frames` a second are those that it draws, None if it does not say.
    """

    id: UUID
    browser: str
    obs_version: str
    is_connected: bool
    is_visible: bool | None
    is_active: bool | None
    is_current: bool
    frames: int | None
    connected_at: datetime
    seen_at: datetime


@dataclass(frozen=True)
class State:
    """What a page says of itself."""

    visible: bool | None = None
    active: bool | None = None
    frames: int | None = None

    @property
    def is_seen(self) -> bool:
        """Whether an alert would be seen there, as far as anybody knows."""
        return self.visible is not False and self.active is not False


def note(
    overlay_id: UUID,
    source_id: UUID,
    state: State,
    *,
    version: str,
    obs_version: str,
    user_agent: str,
    connected_at: datetime,
    now: datetime,
) -> bool:
    """The page is there and like this. False, and nothing noted, if the id is of a page of another overlay."""
    told = {
        "connected": True,
        "visible": state.visible,
        "active": state.active,
        "frames": state.frames,
        "version": version,
        "connected_at": connected_at,
        "seen_at": now,
    }
    if Source.objects.filter(pk=source_id, overlay=overlay_id).update(**told):
        return True
    browser, system = sessions.recognise(user_agent)
    row = Source(
        id=source_id,
        overlay_id=overlay_id,
        obs_version=obs_version,
        browser=browser,
        system=system,
        **told,
    )
    _forget_oldest(overlay_id)
    Source.objects.bulk_create([row], ignore_conflicts=True)
    return Source.objects.filter(pk=source_id, overlay=overlay_id).exists()


def last_known(overlay_id: UUID, source_id: UUID, now: datetime) -> State | None:
    """How a page was that connects again before anybody took it for gone; None for any other."""
    row = Source.objects.filter(pk=source_id, overlay=overlay_id, seen_at__gt=now - STALE_AFTER).first()
    return State(row.visible, row.active, row.frames) if row else None


def gone(source_id: UUID, connected_at: datetime, now: datetime) -> bool:
    """The page that connected at that moment is no longer there. False if it has connected again since: servers find
    out late about connections that broke."""
    rows = Source.objects.filter(pk=source_id, connected_at=connected_at)
    return bool(rows.update(connected=False, seen_at=now))


def connected() -> QuerySet[Source]:
    """The pages that are there at this moment."""
    return Source.objects.filter(connected=True, seen_at__gt=timezone.now() - STALE_AFTER)


def of(overlays: Iterable[Overlay]) -> dict[UUID, list[SourceShown]]:
    """The pages of each of these overlays that are connected, or were within the hour, the newest first. One query."""
    now = timezone.now()
    found: dict[UUID, list[SourceShown]] = defaultdict(list)
    rows = Source.objects.filter(overlay__in=overlays, seen_at__gt=now - SHOWN_FOR)
    for row in rows.order_by("-connected_at"):
        found[row.overlay_id].append(_shown(row, now))
    return dict(found)


def forget(now: datetime) -> int:
    """Delete those that have been gone for long. How many."""
    return Source.objects.filter(seen_at__lt=now - KEPT_FOR).delete()[0]


@transaction.atomic
def reload(*, actor: Actor, overlay: Overlay) -> None:
    """Have every open page of an overlay load itself again."""
    actor.require(Permission.OVERLAYS_EDIT)
    record(actor, Action.OVERLAY_RELOADED, overlay)
    told = {"id": "reload", "type": "overlay.reload", "data": {"at": timezone.now().isoformat()}}
    bus.announce_on_commit(channels.overlay(overlay.pk), told)


def _forget_oldest(overlay_id: UUID) -> None:
    left = Source.objects.filter(overlay=overlay_id, connected=False).order_by("-seen_at")
    Source.objects.filter(pk__in=list(left.values_list("pk", flat=True)[MOST_KEPT:])).delete()


def _shown(row: Source, now: datetime) -> SourceShown:
    is_connected = row.connected and row.seen_at > now - STALE_AFTER
    return SourceShown(
        id=row.pk,
        browser=sessions.name_of(row.browser, row.system),
        obs_version=row.obs_version,
        is_connected=is_connected,
        is_visible=row.visible if is_connected else None,
        is_active=row.active if is_connected else None,
        is_current=row.version == files_version(),
        frames=row.frames if is_connected else None,
        connected_at=row.connected_at,
        seen_at=row.seen_at,
    )
