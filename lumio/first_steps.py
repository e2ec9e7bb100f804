"""The first steps: from a fresh account to events on stream, at one platform. Each step is read from what is there, so
nothing of the guide is stored, and it says by itself what is done, what comes next and what went wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from django.db.models import Exists, F, OuterRef
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actor import system_actor
from accounts.domain import explain
from accounts.enums import Permission
from accounts.models import Account
from connections.domain import channels
from connections.domain.channels import CardState
from connections.enums import Purpose
from connections.models import Connection
from connections.platforms import PLATFORMS
from connections.platforms.base import Section
from events.domain import samples
from events.enums import Kind, Origin
from events.models import Event
from lumio.lib import secrets
from overlays.domain import matching, sources
from overlays.models import Overlay
from tokens.models import PopoutToken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from accounts.actor import Actor
    from accounts.models import Role
    from connections.domain.channels import Card
    from connections.platforms.base import Platform

#: For so long a new account is reminded that nothing is on stream yet.
REMINDED_FOR = timedelta(days=14)
#: Which platform is looked at unless somebody chooses: the one that is furthest.
NEAREST = {CardState.READY: 1, CardState.NO_CREDENTIALS: 2, CardState.UNAVAILABLE: 3}


class StepState(StrEnum):
    DONE = "done"
    NOW = "now"
    WRONG = "wrong"
    LATER = "later"


@dataclass(frozen=True)
class Step:
    """One step. `trouble` is the sentence about what went wrong, `done` the one about what is there; either may be
    empty. Whoever lacks all of what it `needs` is told the `roles` that have it.
    """

    slug: str
    title: str
    text: str
    state: StepState
    done: str = ""
    trouble: str = ""
    needs: tuple[Permission, ...] = ()
    roles: Sequence[Role] | None = None

    @property
    def template(self) -> str:
        return f"first_steps/_{self.slug}.html"

    @property
    def is_open(self) -> bool:
        """Whether there is something to do about it now."""
        return self.state in (StepState.NOW, StepState.WRONG)


@dataclass(frozen=True)
class Stage:
    """What was made for OBS: an overlay and a popout token, those in use first."""

    overlay: Overlay | None = None
    overlay_is_open: bool = False
    token: PopoutToken | None = None

    @property
    def token_was_used(self) -> bool:
        return self.token is not None and self.token.last_used_at is not None


@dataclass(frozen=True)
class Guide:
    """The steps at one platform. `card` is that of the Connections page, None for who may not see those; `event` the
    last one from there, None for who may not see events."""

    platform: Platform
    #: Those to choose from.
    platforms: list[Platform]
    steps: list[Step]
    card: Card | None
    event: Event | None
    stage: Stage

    @property
    def next(self) -> Step | None:
        """What is to be done now."""
        return next((step for step in self.steps if step.is_open), None)

    @property
    def number_done(self) -> int:
        return sum(step.state == StepState.DONE for step in self.steps)

    @property
    def is_done(self) -> bool:
        return self.number_done == len(self.steps)

    @property
    def fingerprint(self) -> str:
        """Changes with everything that is shown, so that a look-up that finds nothing new can say so."""
        rows = [row and row.pk for row in (self.event, self.stage.overlay, self.stage.token)]
        said = [(step.slug, step.state, step.done, step.trouble, step.roles) for step in self.steps]
        return secrets.fingerprint((self.platform.slug, said, rows, self.card and self.card.fingerprint))


class Left(StrEnum):
    """What the home page leads to the guide for."""

    EVERYTHING = "everything"
    STAGE = "stage"
    NOTHING = "nothing"


def left(account: Account) -> Left:
    """EVERYTHING until the first event, which may be a test event of somebody who is connected; STAGE while nothing was
    made for OBS, for REMINDED_FOR. One query."""
    of_account = {"account": OuterRef("pk")}
    events, tokens = _events().filter(**of_account), PopoutToken.objects.alive().filter(**of_account)
    streaming = [slug for slug, platform in PLATFORMS.items() if platform.section == Section.STREAMING]
    connected = Connection.objects.filter(**of_account, purpose=Purpose.CHANNEL, platform__in=streaming)
    has_events, made = (
        Account.objects.filter(pk=account.pk)
        .annotate(
            has_events=Exists(events.exclude(origin=Origin.TEST)) | (Exists(events) & Exists(connected)),
            made=Exists(Overlay.objects.filter(**of_account)) | Exists(tokens),
        )
        .values_list("has_events", "made")
        .get()
    )
    if not has_events:
        return Left.EVERYTHING
    is_new = account.created_at > timezone.now() - REMINDED_FOR
    return Left.STAGE if is_new and not made else Left.NOTHING


def guide(actor: Actor, slug: str = "", *, has_events: bool = True) -> Guide:
    """The steps at a platform of streaming, or at the one where the account is furthest. Nine queries at most, eight
    where `left` has told that there are no events.

    How far it is, every member is told; what it is called and what is wrong, whoever may see connections. Raises
    Http404.
    """
    is_told = actor.can(Permission.CONNECTIONS_READ)
    found = channels.cards(actor if is_told else system_actor(actor.account))
    cards = {card.platform.slug: card for card in found if card.platform.section == Section.STREAMING}
    nearest = min(cards, key=lambda one: NEAREST.get(cards[one].state, 0))
    card = cards.get(slug or nearest)
    if card is None:
        raise Http404
    events = _events().filter(account=actor.account, platform=card.platform.slug)
    event = events.defer("raw").order_by("-seq").first() if has_events else None
    stage = _stage(actor.account)
    steps = [_app(card), _credentials(card), _connect(card), _event(card, event), _obs(card, event, stage)]
    if not is_told:
        steps = [replace(step, done="", trouble="") for step in steps]
    return Guide(
        platform=card.platform,
        platforms=[card.platform for card in cards.values()],
        steps=_with_roles(actor, steps),
        card=card if is_told else None,
        event=event if actor.can(Permission.EVENTS_READ) else None,
        stage=stage,
    )


def sample(account: Account) -> str:
    """The kind of a test event: a follow, or what the account's alerts show instead. One query."""
    shown = matching.kinds_of(matching.boxes_of([account.pk]).get(account.pk, ()))
    return next((kind for kind in samples.SAMPLES if kind in shown), Kind.FOLLOW)


def _app(card: Card) -> Step:
    """Nobody can ask whether there is one before its credentials are here; sign-ins tell what is wrong with it."""
    name, trouble = card.platform.name, _trouble_of_app(card)
    is_there = card.state != CardState.NO_CREDENTIALS
    return Step(
        "app",
        _("Make an app at {platform}").format(platform=name),
        _("Lumio reaches {platform} through an app that belongs to you. It takes two minutes, once.").format(
            platform=name
        ),
        StepState.WRONG if trouble else StepState.DONE if is_there else StepState.NOW,
        trouble=trouble,
        needs=(Permission.CONNECTIONS_EDIT,),
    )


def _trouble_of_app(card: Card) -> str:
    name = card.platform.name
    if card.state == CardState.UNAVAILABLE:
        return card.reason or _("{platform} has been switched off by whoever runs this Lumio.").format(platform=name)
    if card.never_came_back:
        return _(
            "A sign-in was started but never came back. If {platform} showed an error page, its app lacks the redirect "
            "URI below, or has it spelled differently."
        ).format(platform=name)
    if _address_changed(card):
        return _(
            "The address of this Lumio has changed. Add the redirect URI below to your app at {platform}, then save "
            "Client ID and Client Secret once more."
        ).format(platform=name)
    return ""


def _credentials(card: Card) -> Step:
    match card.state:
        case CardState.UNAVAILABLE:
            state = StepState.LATER
        case CardState.CREDENTIALS_REJECTED:
            state = StepState.WRONG
        case CardState.NO_CREDENTIALS:
            state = StepState.NOW
        case _:
            state = StepState.NOW if _address_changed(card) else StepState.DONE
    return Step(
        "credentials",
        _("Save its Client ID and Client Secret"),
        _("Both are stored encrypted and never shown again."),
        state,
        trouble=card.trouble if state == StepState.WRONG else "",
        needs=(Permission.CONNECTIONS_EDIT,),
    )


def _connect(card: Card) -> Step:
    states = {
        CardState.READY: StepState.NOW,
        CardState.NEEDS_SIGN_IN: StepState.WRONG,
        CardState.CONNECTED: StepState.DONE,
    }
    state, done = states.get(card.state, StepState.LATER), ""
    if card.connection and state == StepState.DONE:
        done = _("Connected as {name}.").format(name=card.connection.channel_name)
    return Step(
        "connect",
        _("Connect your channel"),
        _("Sign in at the platform and allow what Lumio asks for. From then on the sign-in renews itself."),
        state,
        done=done,
        trouble=card.trouble if state == StepState.WRONG else "",
        needs=(Permission.CONNECTIONS_EDIT,),
    )


def _event(card: Card, event: Event | None) -> Step:
    state, trouble = StepState.LATER, ""
    if event:
        state = StepState.DONE
    elif card.state == CardState.CONNECTED:
        state = StepState.NOW
        if card.webhook and not card.webhook.is_reachable:
            state = StepState.WRONG
        elif card.needs_attention:
            state = StepState.WRONG
            trouble = card.life.trouble or card.trouble
    return Step(
        "event",
        _("See your first event"),
        _("Follows, subs, cheers and raids arrive by themselves as soon as somebody does something."),
        state,
        trouble=trouble,
    )


def _obs(card: Card, event: Event | None, stage: Stage) -> Step:
    state, done = StepState.LATER, ""
    if stage.overlay_is_open:
        state, done = StepState.DONE, _("An overlay is open.")
    elif stage.token_was_used:
        state, done = StepState.DONE, _("A popout has been opened.")
    elif event or card.state == CardState.CONNECTED:
        state = StepState.NOW
    return Step(
        "obs",
        _("Put it into OBS"),
        _("An overlay shows alerts and chat above your picture. A popout is a page with the event feed or the chat."),
        state,
        done=done,
        needs=(Permission.OVERLAYS_READ,) if stage.overlay else (Permission.OVERLAYS_CREATE, Permission.TOKENS_CREATE),
    )


def _address_changed(card: Card) -> bool:
    """Whether a sign-in that is still to come would fail for it."""
    return card.address_changed and card.state != CardState.CONNECTED


def _with_roles(actor: Actor, steps: list[Step]) -> list[Step]:
    """The steps, those that this person may not do with the roles that may. One query at most."""
    if all(_may(actor, step) for step in steps):
        return steps
    roles = explain.roles_of(actor.account)
    return [
        step
        if _may(actor, step)
        else replace(step, roles=[role for role in roles if not role.codes.isdisjoint(step.needs)])
        for step in steps
    ]


def _may(actor: Actor, step: Step) -> bool:
    return not step.needs or actor.can_any(*step.needs)


def _events() -> QuerySet[Event]:
    """What happened, without the lines that say that nothing was heard."""
    return Event.objects.exclude(kind=Kind.SOURCE_GAP)


def _stage(account: Account) -> Stage:
    """Two queries."""
    is_open = Exists(sources.connected().filter(overlay=OuterRef("pk")))
    overlays = Overlay.objects.filter(account=account).annotate(is_open=is_open)
    overlay = overlays.order_by("-is_open", "-created_at").first()
    tokens = PopoutToken.objects.alive().filter(account=account)
    token = tokens.order_by(F("last_used_at").desc(nulls_last=True), "-created_at").first()
    return Stage(overlay, overlay is not None and overlay.is_open, token)
