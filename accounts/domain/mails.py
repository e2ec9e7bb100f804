"""Mail about notifications. `notify` queues one for each person who is to have it; a worker sends what is due.

Whoever moves a row's `due_at` has the turn, so workers that sweep at once send nothing twice. A worker that is killed
between sending a mail and deleting its row leaves it to the next one: the Message-ID stays the same, by which mail
servers and programs know a mail they have.
"""

from __future__ import annotations

import logging
import smtplib
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.template.loader import render_to_string
from django.utils import timezone, translation

from accounts.domain import people
from accounts.domain.notifications import KINDS
from accounts.models import Member, NotificationMail, NotificationRead

if TYPE_CHECKING:
    from datetime import datetime

    from django.core.mail.backends.base import BaseEmailBackend

log = logging.getLogger(__name__)

#: Longer than a mail takes with a slow server, whose every answer may take `EMAIL_TIMEOUT`.
LEASE = timedelta(minutes=10)
#: Before another try: doubled each time.
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(minutes=30)
#: Older notifications are not worth a mail.
GIVEN_UP_AFTER = timedelta(days=1)
#: Seconds after which a sweep begins no further mail: the next one takes what is left, the longest overdue first.
BEGINS_FOR = 40.0
SWEEP = 500

#: What a server says of one mail. Anything else that goes wrong is about the server, or the way to it.
REFUSALS = (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError)


def send_due() -> int:
    """Send what is due, until the mail server fails. The number of mails sent."""
    _give_up()
    if not settings.LUMIO_SENDS_MAIL:
        return 0
    until = time.monotonic() + BEGINS_FOR
    due = NotificationMail.objects.filter(due_at__lte=timezone.now()).order_by("due_at")
    sent = 0
    server = get_connection()
    try:
        for pk, due_at in list(due.values_list("pk", "due_at")[:SWEEP]):
            if time.monotonic() > until:
                break
            mail = _claim(pk, due_at)
            if mail is None:
                continue
            try:
                sent += _send(mail, server)
            except REFUSALS as refusal:
                _refused(mail, refusal)
            except UnicodeError:  # a domain in letters of which no name can be made
                log.warning("No mail can be addressed to user %s", mail.user_id)
                mail.delete()
            except OSError as error:  # which smtplib's own errors are, too
                _postpone(mail, f"{type(error).__name__}: {error}")
                break
    finally:
        server.close()
    return sent


def _claim(pk: int, due_at: datetime) -> NotificationMail | None:
    """The row, if nobody else took it since it was read."""
    leased_until = timezone.now() + LEASE
    if not NotificationMail.objects.filter(pk=pk, due_at=due_at).update(due_at=leased_until):
        return None
    return NotificationMail.objects.select_related("notification__account", "user").filter(pk=pk).first()


def _send(mail: NotificationMail, server: BaseEmailBackend) -> bool:
    """Whether it was sent: nobody gets one who is no longer concerned. Either way the row is gone."""
    is_wanted = _is_wanted(mail)
    if is_wanted:
        server.open()
        _message(mail, server).send()
    mail.delete()
    return is_wanted


def _is_wanted(mail: NotificationMail) -> bool:
    row, user = mail.notification, mail.user
    kind = KINDS.get(row.code)
    if kind is None or row.resolved_at is not None or not user.wants_mail or not user.is_active:
        return False
    if NotificationRead.objects.filter(notification=row, user=user).exists():
        return False
    member = Member.objects.filter(account=row.account, user=user).select_related("role").first()
    return member is not None and kind.is_mailed_to(member.role)


def _message(mail: NotificationMail, server: BaseEmailBackend) -> EmailMessage:
    """The mail in its reader's language and time zone. Its subject has no word of the params."""
    row, user = mail.notification, mail.user
    kind = KINDS[row.code]
    with (
        translation.override(user.language or settings.LANGUAGE_CODE),
        timezone.override(people.zone_of(user.time_zone)),
    ):
        context = {
            "account": row.account,
            "text": kind.text(row.params),
            "action": kind.action,
            "url": kind.url(row.params),
            "home": settings.LUMIO_URL,
        }
        return EmailMessage(
            subject=" ".join(f"{row.account.name}: {kind.title}".split()),
            body=render_to_string("notifications/mail.txt", context),
            to=[user.email],
            headers={
                "Message-ID": f"<notification.{row.pk}.{user.pk.hex}@{settings.LUMIO_HOST}>",
                "Auto-Submitted": "auto-generated",
            },
            connection=server,
        )


def _refused(mail: NotificationMail, refusal: smtplib.SMTPRecipientsRefused | smtplib.SMTPResponseException) -> None:
    """The server does not take this mail now (4xx) or, an address that there is not, ever (5xx)."""
    # Codes alone: the server's words usually repeat the address.
    if isinstance(refusal, smtplib.SMTPRecipientsRefused):
        code = max(code for code, _answer in refusal.recipients.values())
        if code >= 500:
            log.warning("The mail server refuses the address of user %s for good: %d", mail.user_id, code)
            mail.delete()
            return
    else:
        code = refusal.smtp_code
    _postpone(mail, f"{type(refusal).__name__} {code}")


def _postpone(mail: NotificationMail, reason: str) -> None:
    if mail.attempts == 0:
        log.warning("A mail cannot be sent, Lumio tries again for a day: %s", reason)
    pause = min(FIRST_PAUSE * 2 ** min(mail.attempts, 16), LONGEST_PAUSE)
    NotificationMail.objects.filter(pk=mail.pk).update(due_at=timezone.now() + pause, attempts=mail.attempts + 1)


def _give_up() -> None:
    old = NotificationMail.objects.filter(notification__created_at__lte=timezone.now() - GIVEN_UP_AFTER)
    number, _by_model = old.delete()
    if number:
        log.error("Gave up sending %d mails after a day of trying.", number)
