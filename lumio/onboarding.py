"""The way from a fresh account to events on stream, as the dashboard's checklist shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.enums import Permission
from accounts.models import Account
from connections.enums import GrantState, Purpose
from connections.models import AppCredentials, Connection
from connections.platforms import PLATFORMS
from connections.platforms.base import Section
from events.models import Event
from tokens.models import PopoutToken

if TYPE_CHECKING:
    from accounts.actor import Actor


@dataclass(frozen=True)
class Step:
    """One line of the checklist. `url` is empty when this person may not do it."""

    title: str
    text: str
    action: str
    url: str
    done: bool


def steps(actor: Actor) -> list[Step]:
    """What is done and what comes next, in order. One query."""
    of_account = {"account": OuterRef("pk")}
    streaming = [slug for slug, platform in PLATFORMS.items() if platform.section == Section.STREAMING]
    channels = Connection.objects.filter(**of_account, purpose=Purpose.CHANNEL, platform__in=streaming)
    done = (
        Account.objects.filter(pk=actor.account.pk)
        .annotate(
            credentials=Exists(AppCredentials.objects.filter(**of_account)),
            connection=Exists(channels),
            signed_in=Exists(channels.filter(state=GrantState.CONNECTED)),
            token=Exists(PopoutToken.objects.filter(**of_account, revoked_at=None)),
            event=Exists(Event.objects.filter(**of_account)),
        )
        .values("credentials", "connection", "signed_in", "token", "event")
        .get()
    )
    may_test = actor.can(Permission.EVENTS_READ) and actor.can(Permission.EVENTS_CREATE)
    may_connect = actor.can(Permission.CONNECTIONS_EDIT)
    return [
        Step(
            _("Set up app credentials"),
            _("Lumio reaches a platform through an app that belongs to you. It takes two minutes, once."),
            _("Set up"),
            reverse("connections:credentials") if may_connect else "",
            done["credentials"],
        ),
        Step(
            _("Connect your channel"),
            _("Sign in at the platform and allow what Lumio asks for. From then on the sign-in renews itself."),
            _("Connect"),
            reverse("connections:index") if may_connect else "",
            # What broke before the first event keeps it from coming; later the home page says so.
            done["connection"] if done["event"] else done["signed_in"],
        ),
        Step(
            _("Create a popout token"),
            _("It makes the link that puts your event feed into OBS or onto a second screen."),
            _("Create token"),
            reverse("tokens:create") if actor.can(Permission.TOKENS_CREATE) else "",
            done["token"],
        ),
        Step(
            _("See your first event"),
            _("Follows, subs, cheers and raids arrive by themselves as soon as somebody does something."),
            _("Send a test event"),
            f"{reverse('events')}?test=#test-event" if may_test else "",
            done["event"],
        ),
    ]
