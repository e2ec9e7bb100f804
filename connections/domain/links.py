"""One-time links: somebody who cannot sign in here authorises one platform for one purpose.

Whoever holds such a link acts for the member who made it, with what that member may do at this very moment. The audit
log names the member and the link, so that it does not claim that they pressed the button themselves.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from accounts.domain.audit import record
from accounts.enums import Action, Via
from connections.domain import access, oauth
from connections.enums import ASKS, LinkLifetime, Purpose
from connections.models import ConnectLink
from lumio.lib.errors import Refusal
from lumio.lib.secrets import Secret, digest, new_secret

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from connections.models import Connection
    from connections.platforms.base import Platform

#: Links of one account that are open at the same time.
MOST_OPEN = 20
#: How long a link that has run out stays in the database.
KEPT = timedelta(days=1)


class TooManyLinks(Refusal):
    code = "too_many_links"
    status = 409
    sentence = _("There are {most} links open already. Withdraw one that nobody needs any more, then make a new one.")


@transaction.atomic
def create(
    *, actor: Actor, platform: Platform, purpose: Purpose, lifetime: LinkLifetime = LinkLifetime.DAY
) -> tuple[ConnectLink, Secret]:
    """Make a link, and the code that belongs into its address. The code exists only in what this returns.

    Raises Http404 for a bot where there are none, TooManyLinks, and what would keep anybody from connecting now.
    """
    oauth.ready(actor, platform, purpose)
    if actor.user is None:
        raise ValueError("A link needs a person behind it.")
    actor.account.take_turns()
    links = ConnectLink.objects.filter(account=actor.account)
    links.filter(expires_at__lt=timezone.now() - KEPT).delete()
    if links.open().count() >= MOST_OPEN:
        raise TooManyLinks(most=MOST_OPEN)
    code = Secret(new_secret())
    link = ConnectLink.objects.create(
        account=actor.account,
        platform=platform.slug,
        purpose=purpose,
        code_digest=digest(code.reveal()),
        created_by=actor.user,
        expires_at=timezone.now() + lifetime.length,
    )
    record(actor, Action.CONNECT_LINK_MADE, link, after={"lifetime": lifetime.value})
    return link, code


def open_links(actor: Actor) -> list[ConnectLink]:
    """The account's links that are still open, of the kinds the actor may make, newest first."""
    purposes = [purpose for purpose, permission in ASKS.items() if actor.can(permission)]
    links = ConnectLink.objects.open().with_rights().filter(account=actor.account, purpose__in=purposes)
    return list(links.order_by("-created_at", "-pk"))


@transaction.atomic
def withdraw(*, actor: Actor, link: ConnectLink) -> None:
    """End a link now, also for who is at the platform with it. Once it is used, there is nothing to withdraw."""
    actor.require(ASKS[Purpose(link.purpose)])
    if ConnectLink.objects.open().filter(pk=link.pk).update(expires_at=timezone.now()):
        record(actor, Action.CONNECT_LINK_WITHDRAWN, link)


def address_of(code: Secret) -> str:
    """The complete address that is sent to whoever is to connect."""
    return f"{settings.LUMIO_URL}{reverse('connect_link', args=[code.reveal()])}"


def find(code: str) -> ConnectLink:
    """The link with this code. Raises LinkGone unless it works."""
    link = ConnectLink.objects.with_rights().filter(code_digest=digest(code)).first()
    if link is None or not link.works:
        raise oauth.LinkGone
    return link


def held(link_id: UUID | str) -> ConnectLink | None:
    """The link that a sign-in was begun with, by its id; whether it still works or not."""
    return ConnectLink.objects.with_rights().filter(pk=link_id).first()


def begin(*, link: ConnectLink, session_key: str, address: str | None = None) -> str:
    """Start the sign-in; the address the browser goes to. Raises LinkGone, or another Refusal of `oauth.begin`."""
    return oauth.begin(
        actor=_maker(link, address),
        platform=access.get_platform(link.platform),
        purpose=Purpose(link.purpose),
        session_key=session_key,
        link=link,
    )


def finish(
    *, link: ConnectLink, platform: Platform, session_key: str, answer: Mapping[str, str], address: str | None = None
) -> Connection:
    """As `oauth.finish`. Raises LinkGone for a link that works no more, or that somebody was faster with."""
    return oauth.finish(
        actor=_maker(link, address), platform=platform, session_key=session_key, answer=answer, link=link
    )


def _maker(link: ConnectLink, address: str | None) -> Actor:
    """Whoever made the link, with what they may do now, as somebody else acts for them."""
    return Actor(
        account=link.account,
        user=link.created_by,
        permissions=link.rights,
        via=Via.CONNECT_LINK,
        via_detail=f"one-time link for {link}",
        address=address,
    )
