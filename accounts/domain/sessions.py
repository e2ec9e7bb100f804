"""Where a person is signed in, and ending that."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import transaction
from django.utils.translation import gettext

from accounts import rights
from accounts.domain.audit import record_of_person
from accounts.enums import Action
from accounts.sessions import SessionStore
from lumio.lib.secrets import digest

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from django.http import HttpRequest

    from accounts.models import User

#: "Last seen" is as exact as this. Every page would cost a write otherwise.
SEEN_EVERY = timedelta(minutes=5)
#: What a process that listens on a unix socket, without a proxy's word, knows of addresses.
NO_ADDRESS = "0.0.0.0"  # noqa: S104  # not an address to listen on

_BROWSERS = (
    (r"\bEdg(?:e|A|iOS)?/", "Edge"),
    (r"\bOPR/|\bOpera\b", "Opera"),
    (r"\bVivaldi/", "Vivaldi"),
    (r"\bSamsungBrowser/", "Samsung Internet"),
    (r"\bFirefox/|\bFxiOS/", "Firefox"),
    (r"\bOBS/", "OBS"),
    (r"Chrom(?:e|ium)/|\bCriOS/", "Chrome"),
    (r"\bSafari/", "Safari"),
)
_SYSTEMS = (
    (r"\biPhone\b", "iPhone"),
    (r"\biPad\b", "iPad"),
    (r"\bAndroid\b", "Android"),
    (r"\bWindows\b", "Windows"),
    (r"\bCrOS\b", "ChromeOS"),
    (r"\bMac OS X\b|\bMacintosh\b", "macOS"),
    (r"\bLinux\b", "Linux"),
)


@dataclass(frozen=True)
class SignedIn:
    """One browser. `address` is empty where nobody knows it."""

    id: int
    browser: str
    address: str
    began_at: datetime
    seen_at: datetime
    is_current: bool


def of(user: User, current_key: str | None) -> list[SignedIn]:
    """The person's sessions that still work, the one with `current_key` first, then the one seen last."""
    listed = [
        SignedIn(
            id=row.pk,
            browser=describe(row.user_agent),
            address="" if row.ip == NO_ADDRESS else row.ip,
            began_at=row.created_at,
            seen_at=row.last_seen_at,
            is_current=row.session_key == current_key,
        )
        for row in UserSession.objects.purge_and_list(user)
    ]
    return sorted(listed, key=lambda session: (not session.is_current, -session.seen_at.timestamp()))


def seen(request: HttpRequest) -> None:
    """Note, once in a while, that the request's session is in use, and from where.

    allauth does so at a sign-in through its own pages. The set-up link signs in as well.
    """
    key = request.session.session_key
    if key and cache.add(f"seen:{digest(key)}", True, SEEN_EVERY.total_seconds()):
        UserSession.objects.create_from_request(request)


def end(*, user: User, session_id: int, request: HttpRequest) -> bool:
    """End one session of `user`'s and close its sockets; False if they have none with this id."""
    return _end(user, UserSession.objects.filter(user=user, pk=session_id), request) > 0


def end_others(*, user: User, request: HttpRequest) -> int:
    """End every session but the request's; how many that were."""
    others = UserSession.objects.filter(user=user).exclude(session_key=request.session.session_key)
    return _end(user, others, request)


def end_all(*, user: User, request: HttpRequest | None = None) -> int:
    """End every session; how many that were."""
    return _end(user, UserSession.objects.filter(user=user), request)


@transaction.atomic
def _end(user: User, rows: Iterable[UserSession], request: HttpRequest | None) -> int:
    ended = list(rows)
    for row in ended:
        row.end()
        record_of_person(Action.SESSION_ENDED, user, request, name=describe(row.user_agent))
    if ended:
        rights.changed_for(user)
    return len(ended)


def forget_expired() -> None:
    """Delete what no browser can use any more. Strangers begin sessions too, so the table would only grow."""
    SessionStore.clear_expired()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()


def describe(user_agent: str) -> str:
    """A browser as people name it: "Firefox on Windows"."""
    return name_of(*recognise(user_agent))


def recognise(user_agent: str) -> tuple[str, str]:
    """The browser and the system it runs on, each empty if it is none that we know."""
    browser = next((name for pattern, name in _BROWSERS if re.search(pattern, user_agent)), "")
    system = next((name for pattern, name in _SYSTEMS if re.search(pattern, user_agent)), "")
    return browser, system


def name_of(browser: str, system: str) -> str:
    """What `recognise` found, in the reader's language."""
    if browser and system:
        return gettext("{browser} on {system}").format(browser=browser, system=system)
    return browser or system or gettext("Unknown browser")
