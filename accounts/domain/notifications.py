"""Notifications: what the people of an account should know, in the bell of every page and, where it is set up, by mail.

An upper app registers each kind once, in its `AppConfig.ready()`:

    notifications.register(
        Kind(
            code="connection_lost",
            title=_("A platform sign-in has ended"),
            permission=Permission.CONNECTIONS_READ,
            mail_permission=Permission.CONNECTIONS_EDIT,
            text=lambda params: stored(params["failure"], params).text,
            action=_("Reconnect"),
            url=lambda params: f"{reverse('connections:index')}#card-{params['slug']}",
        )
    )

and then says, in the transaction of the change itself, what begins and what is over:

    notifications.notify(account, "connection_lost", subject=f"connection:{row.pk}", params={…})
    notifications.resolve(account, "connection_lost", subject=f"connection:{row.pk}")

Open pages follow within half a minute. Rows are forgotten after 90 days.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Subquery
from django.http import Http404
from django.utils import timezone

from accounts import paging
from accounts.domain import people
from accounts.models import Member, Notification, NotificationMail, NotificationRead
from accounts.paging import Page
from lumio.lib import secrets

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet
    from django.utils.functional import Promise

    from accounts.actor import Actor
    from accounts.enums import Permission
    from accounts.models import Account, Role

#: How many the bell shows.
LATEST = 10
KEPT_FOR = timedelta(days=90)

Params = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """One sort of notification.

    `code` is stored and never changes. Members with `permission` see it; those who also hold `mail_permission` have it
    by mail, which nobody has without one. `title` names the kind in a few words and is the subject of the mail.

    `text` makes the sentence, in the language of the moment, and `url` the path of the dashboard that the button
    `action` leads to. Both get the stored params, also those of an older version. The sentence stays on screen in
    streamer mode: names of channels may stand in it, ids and addresses may not.
    """

    code: str
    title: str | Promise
    permission: Permission
    text: Callable[[Params], str]
    action: str | Promise
    url: Callable[[Params], str]
    mail_permission: Permission | None = None
    tone: Literal["bad", "warn", "info"] = "bad"

    def is_mailed_to(self, role: Role) -> bool:
        return self.mail_permission is not None and {self.permission, self.mail_permission} <= role.codes


@dataclass(frozen=True)
class Entry:
    """A notification as one reader has it. What is resolved counts as read; `read` is None for a popout token."""

    id: int
    code: str
    tone: str
    text: str
    action: str
    url: str
    created_at: datetime
    resolved_at: datetime | None
    read: bool | None


@dataclass(frozen=True)
class Bell:
    """What every page shows: how many are unread, and the latest."""

    unread: int
    latest: list[Entry]

    @property
    def badge(self) -> str:
        """The number as there is room for it; empty for none."""
        return "99+" if self.unread > 99 else str(self.unread or "")

    @property
    def fingerprint(self) -> str:
        """Changes with everything the bell shows, so that a look-up that finds nothing new can say so."""
        return secrets.fingerprint(self)


KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Let an upper app notify. Called once for each kind, from `AppConfig.ready()`."""
    KINDS[kind.code] = kind


# --- What happens -------------------------------------------------------------------------------------------------


@transaction.atomic
def notify(account: Account, code: str, *, subject: str, params: Params) -> None:
    """Tell whoever looks after the account. Repeated before it is resolved, only its params become the new ones."""
    kind = KINDS[code]
    row, is_new = Notification.objects.get_or_create(
        account=account, code=code, subject=subject, resolved_at=None, defaults={"params": params}
    )
    if is_new:
        _queue_mails(row, kind)
    elif row.params != params:
        row.params = params
        row.save(update_fields=["params"])


def resolve(account: Account, code: str, *, subject: str) -> None:
    """It is over: nobody need read it any more. Without one that is open this does nothing."""
    rows = Notification.objects.filter(account=account, code=code, subject=subject, resolved_at=None)
    rows.update(resolved_at=timezone.now())


def _queue_mails(row: Notification, kind: Kind) -> None:
    if not settings.LUMIO_SENDS_MAIL or kind.mail_permission is None:
        return
    members = Member.objects.filter(account=row.account, user__is_active=True, user__wants_mail=True)
    NotificationMail.objects.bulk_create(
        NotificationMail(notification=row, user_id=member.user_id, due_at=row.created_at)
        for member in members.select_related("role")
        if kind.is_mailed_to(member.role)
    )


def forget_old() -> None:
    """Delete what nobody will look for any more, resolved or not."""
    Notification.objects.filter(created_at__lte=timezone.now() - KEPT_FOR).delete()


# --- What a reader sees -------------------------------------------------------------------------------------------


def listing(actor: Actor, *, limit: int, before: int | None = None, after: int | None = None) -> Page[Entry]:
    """What the actor may see, newest first; with `after` what follows, oldest first. Both exclude the id they name."""
    found = paging.by_number(_marked(actor), limit=limit, before=before, after=after)
    return Page([_entry(row, actor, is_marked=row.is_marked) for row in found.rows], found.has_more)


def unread(actor: Actor) -> int:
    """How many the person has neither read nor seen resolved; none for a popout token, which reads nothing."""
    return _unread(actor).count() if actor.token_id is None else 0


def bell(actor: Actor) -> Bell:
    """One query: each of the newest brings along how many are unread."""
    number = _unread(actor).order_by().values("account").annotate(number=Count("pk")).values("number")
    newest = list(_marked(actor).annotate(unread=Subquery(number)).order_by("-pk")[:LATEST])
    counted = (newest[0].unread or 0) if newest and actor.token_id is None else 0
    return Bell(counted, [_entry(row, actor, is_marked=row.is_marked) for row in newest])


def mark_read(actor: Actor, notification_id: int) -> Entry:
    """Raises Http404 for one that the actor may not see, PersonNeeded for a popout token. Twice does no harm."""
    user = people.in_person(actor)
    row = _visible(actor).filter(pk=notification_id).first()
    if row is None:
        raise Http404
    NotificationRead.objects.get_or_create(notification=row, user=user)
    return _entry(row, actor, is_marked=True)


def mark_all_read(actor: Actor) -> int:
    """How many that were. Raises PersonNeeded for a popout token."""
    user = people.in_person(actor)
    marks = [NotificationRead(notification=row, user=user) for row in _unread(actor)]
    NotificationRead.objects.bulk_create(marks, ignore_conflicts=True)
    return len(marks)


def _visible(actor: Actor) -> QuerySet[Notification]:
    codes = [code for code, kind in KINDS.items() if actor.can(kind.permission)]
    return Notification.objects.filter(account=actor.account, code__in=codes)


def _marked(actor: Actor) -> QuerySet[Any]:
    """With `is_marked`: whether the person has read it."""
    marks = NotificationRead.objects.filter(notification=OuterRef("pk"), user=actor.user)
    return _visible(actor).annotate(is_marked=Exists(marks))


def _unread(actor: Actor) -> QuerySet[Notification]:
    return _visible(actor).filter(resolved_at=None).exclude(reads__user=actor.user)


def _entry(row: Notification, actor: Actor, *, is_marked: bool) -> Entry:
    kind = KINDS[row.code]
    return Entry(
        id=row.pk,
        code=row.code,
        tone=kind.tone,
        text=kind.text(row.params),
        action=str(kind.action),
        url=kind.url(row.params),
        created_at=row.created_at,
        resolved_at=row.resolved_at,
        read=is_marked or row.resolved_at is not None if actor.token_id is None else None,
    )
