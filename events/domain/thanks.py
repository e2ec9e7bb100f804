"""Who was thanked for what: a tick on an event, shared by everybody in the account.

The tick stands in the event's own row, so it is wherever the row is and is forgotten with it. Whoever has a page open
is told by a row of the log (`event.thanked`), so whoever was away is told too. The audit log has no line of it: nothing
of consequence is done, and the row says who.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.enums import Permission
from events.domain import access
from events.domain.publish import publish_local
from events.enums import THANKED_FOR, Kind, Origin
from events.models import LiveHead
from events.types import Person, StreamEvent
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from accounts.actor import Actor
    from events.models import Event


class NothingToThankFor(Refusal):
    code = "nothing_to_thank_for"
    status = 409
    sentence = _("Nobody is thanked for this kind of event. Tick a follow, a sub, a tip, a cheer, a raid or the like.")


@transaction.atomic
def tick(*, actor: Actor, seq: int, thanked: bool) -> Event:
    """Have the event ticked as thanked for, or take the tick back. Who ticked first stays named.

    Raises PermissionRefused, Http404 or NothingToThankFor.
    """
    # Two who tick at the same time take turns, by the lock that `publish` takes anyway.
    LiveHead.objects.select_for_update(no_key=True).filter(account=actor.account).first()
    event = access.get_event(actor, seq, Permission.EVENTS_CREATE)
    if event.kind not in THANKED_FOR:
        raise NothingToThankFor
    if thanked == (event.thanked_at is not None):
        return event
    event.thanked_at = timezone.now() if thanked else None
    event.thanked_by = Person(name=actor.name).named if thanked else {}
    event.save(update_fields=["thanked_at", "thanked_by"])
    told = StreamEvent(
        kind=Kind.EVENT_THANKED,
        platform=event.platform,
        channel_id=event.channel_id,
        external_id=f"thanked-{uuid.uuid4()}",
        occurred_at=event.thanked_at or timezone.now(),
        extra={"seq": seq, "thanked": event.thanked},
    )
    publish_local(actor.account.pk, [told], Origin.TEST if event.origin == Origin.TEST else Origin.LIVE)
    return event
