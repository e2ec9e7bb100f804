"""The Connections page, the App Credentials page and the way out to a platform and back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET, require_POST

from accounts.enums import Permission
from accounts.gates import any_of, page
from accounts.http import render_part
from connections import bot_admin, link_views, parts
from connections.domain import access, channels, dependents, dressing, oauth, webhooks
from connections.domain import credentials as app_credentials
from connections.enums import ASKS, Purpose
from connections.forms import CredentialsForm
from connections.platforms import PLATFORMS
from connections.platforms.base import Section
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from accounts.http import ActorRequest
    from connections.domain.webhooks import Address
    from connections.models import AppCredentials, Connection, OAuthAttempt
    from connections.platforms.base import Platform

#: In the session: the page that the last sign-in was begun on, where that was not the one of connections.
BEGUN_ON = "sign_in_begun_on"


@require_GET
@page(Permission.CONNECTIONS_READ)
def index(request: ActorRequest) -> HttpResponse:
    cards = channels.cards(request.actor)
    asked = request.GET.get("connected")
    # Somebody else can send a link with ?connected=, so the banner is shown only where it is true.
    connected = next(
        (card.platform for card in cards if card.platform.slug == asked and card.state == channels.CardState.CONNECTED),
        None,
    )
    context = {
        "cards": cards,
        "streaming": [card for card in cards if card.platform.section == Section.STREAMING],
        "music": [card for card in cards if card.platform.section == Section.MUSIC],
        "dependents": dependents.of(request.actor.account, [card.bot for card in cards if card.bot]),
        "parts": parts.drawn_for(request.actor),
        "connected": connected,
    }
    return render(request, "connections/index.html", _rights(request) | context)


@require_GET
@page(Permission.CONNECTIONS_READ)
def card(request: ActorRequest, platform: str) -> HttpResponse:
    """One card, for htmx."""
    found = channels.card(request.actor, access.get_platform(platform))
    context = _rights(request) | {"card": found}
    return render_part(request, "connections/_card_fresh.html", context, looks=found.fingerprint)


@require_POST
@page(Permission.CONNECTIONS_EDIT)
def connect(request: ActorRequest, platform: str) -> HttpResponse:
    """Connect and Reconnect. Answers with a page that leaves: a redirect would have to pass `form-action` at every
    station of the platform's own sign-in."""
    found = access.get_platform(platform)
    if request.POST.get("page") == "first_steps":
        request.session[BEGUN_ON] = reverse("first_steps", args=[found.slug])
    else:
        request.session.pop(BEGUN_ON, None)
    try:
        url = oauth.begin(actor=request.actor, platform=found, session_key=_session_key(request))
    except Refusal as refusal:
        messages.error(request, refusal.text)
        return redirect(_page_of(request, None))
    return render(request, "connections/leaving.html", {"platform": found, "url": url})


@require_GET
@page(any_of(*ASKS.values()))
@sensitive_variables("answer")
def _finish(request: ActorRequest, platform: str) -> HttpResponse:
    found = access.get_platform(platform)
    answer = oauth.answer_of(request.GET)
    page_of_it = _page_of(request, oauth.attempted(answer))
    try:
        oauth.finish(actor=request.actor, platform=found, session_key=_session_key(request), answer=answer)
    except Refusal as refusal:
        messages.error(request, refusal.text, extra_tags="sign-in")
        return redirect(page_of_it)
    return redirect(f"{page_of_it}?{urlencode({'connected': found.slug})}")


def _page_of(request: HttpRequest, attempt: OAuthAttempt | None) -> str:
    """The address of the page that a sign-in was begun on."""
    if attempt and attempt.purpose == Purpose.BOT:
        return reverse("connections:bots")
    return request.session.get(BEGUN_ON) or reverse("connections:index")


@wraps(_finish)
def callback(request: HttpRequest, platform: str) -> HttpResponseBase:
    """Where the platform sends people back to, also those who came by a one-time link and need no sign-in here.

    Whoever is signed out by now starts again from the page: the code in this address must not travel through the
    sign-in.
    """
    attempt = oauth.attempted(request.GET)
    if link := link_views.link_behind(request, attempt):
        return link_views.finish(request, platform, link)
    if not request.user.is_authenticated:
        messages.warning(request, _("You were signed out while you were away, so nothing was linked. Connect again."))
        return redirect_to_login(_page_of(request, attempt))
    if bot_admin.began(request, attempt):
        return bot_admin.finish(request, platform)
    return _finish(request, platform)


@require_POST
@page(Permission.CONNECTIONS_EDIT)
def test(request: ActorRequest, connection_id: UUID) -> HttpResponse:
    connection = access.get_connection(request.actor, connection_id, Permission.CONNECTIONS_EDIT)
    try:
        tested = channels.test(actor=request.actor, connection=connection)
    except Refusal as refusal:
        messages.error(request, refusal.text)
    else:
        messages.success(request, _test_text(PLATFORMS[connection.platform], tested))
    return _to_card(connection)


@require_POST
@page(Permission.CONNECTIONS_EDIT)
def refresh_emotes(request: ActorRequest, connection_id: UUID) -> HttpResponse:
    connection = access.get_connection(request.actor, connection_id, Permission.CONNECTIONS_EDIT)
    dressing.refresh(actor=request.actor, connection=connection)
    messages.success(request, _("Emotes and badges are asked for anew. New messages have them within half a minute."))
    return _to_card(connection)


@require_GET
@page(Permission.CONNECTIONS_READ)
def renewal(request: ActorRequest) -> HttpResponse:
    """How Lumio keeps sign-ins fresh, for whoever wants to know."""
    return render(request, "connections/renewal.html")


@require_POST
@page(Permission.CONNECTIONS_EDIT)
def disconnect(request: ActorRequest, connection_id: UUID) -> HttpResponse:
    connection = access.get_connection(request.actor, connection_id, Permission.CONNECTIONS_EDIT)
    channels.disconnect(actor=request.actor, connection=connection)
    name = PLATFORMS[connection.platform].name
    messages.success(request, _("Disconnected from {platform}. Your app credentials were kept.").format(platform=name))
    return _to_card(connection)


def _to_card(connection: Connection) -> HttpResponse:
    return redirect(f"{reverse('connections:index')}#card-{connection.platform}")


@dataclass(frozen=True)
class Entry:
    """One platform on the App Credentials page."""

    platform: Platform
    saved: AppCredentials | None
    form: CredentialsForm
    #: Who is signed in through this pair, and would no longer be.
    connections: Sequence[Connection] = ()
    #: Where the platform delivers, if it calls us.
    webhook: Address | None = None

    @property
    def address_changed(self) -> bool:
        """Whether another redirect URI was shown when these were saved."""
        return self.saved is not None and self.saved.redirect_uri != self.platform.redirect_uri


@require_GET
@page(Permission.CONNECTIONS_EDIT)
def credentials(request: ActorRequest) -> HttpResponse:
    return _credentials_page(request)


@require_POST
@page(Permission.CONNECTIONS_EDIT)
@sensitive_post_parameters("client_id", "client_secret")
def save_credentials(request: ActorRequest, platform: str) -> HttpResponse:
    found = access.get_platform(platform)
    form = CredentialsForm(request.POST, auto_id=f"{found.slug}-%s")
    if saved := form.save(request.actor, found):
        messages.success(request, saved.text)
        return redirect("connections:index")
    return _credentials_page(request, form_of={found.slug: form}, status=422)


@require_POST
@page(Permission.CONNECTIONS_EDIT)
def delete_credentials(request: ActorRequest, platform: str) -> HttpResponse:
    found = access.get_platform(platform)
    app_credentials.delete(actor=request.actor, row=app_credentials.get(request.actor, found.slug))
    messages.success(request, _("The app credentials for {platform} were deleted.").format(platform=found.name))
    return redirect("connections:credentials")


@require_POST
@page(Permission.CONNECTIONS_EDIT)
def renew_webhook(request: ActorRequest, platform: str) -> HttpResponse:
    found = access.get_platform(platform)
    try:
        webhooks.renew(actor=request.actor, platform=found)
    except Refusal as refusal:
        messages.error(request, refusal.text)
        return redirect("connections:credentials")
    messages.success(request, _("There is a new webhook URL. Enter it at {platform} now.").format(platform=found.name))
    return redirect(f"{reverse('connections:credentials')}#{found.slug}")


def _credentials_page(
    request: ActorRequest, *, form_of: dict[str, CredentialsForm] | None = None, status: int = 200
) -> HttpResponse:
    rows = {row.platform: row for row in app_credentials.listing(request.actor)}
    forms = form_of or {}
    linked = app_credentials.signed_in_through(request.actor)
    addresses = webhooks.of_account(request.actor)
    entries = [
        Entry(
            platform,
            rows.get(slug),
            forms.get(slug) or CredentialsForm(auto_id=f"{slug}-%s"),
            linked.get(slug, ()),
            addresses.get(slug),
        )
        for slug, platform in PLATFORMS.items()
    ]
    return render(request, "connections/credentials.html", {"entries": entries}, status=status)


def _test_text(platform: Platform, tested: channels.Tested) -> str:
    answered = _("{platform} answered in {milliseconds} ms: signed in as {name}.").format(
        platform=platform.name, milliseconds=tested.milliseconds, name=tested.name
    )
    if not platform.listens:
        return answered
    subscribed = _("{active} of {wanted} subscriptions are active.").format(
        active=tested.life.active, wanted=tested.life.wanted
    )
    return f"{answered} {subscribed}"


def _rights(request: ActorRequest) -> dict[str, bool]:
    return {
        "may_edit": request.actor.can(Permission.CONNECTIONS_EDIT),
        "may_see_bots": request.actor.can(Permission.BOT_CONNECTIONS_READ),
    }


def _session_key(request: ActorRequest) -> str:
    return request.session.session_key or ""
