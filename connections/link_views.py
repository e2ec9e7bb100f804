"""One-time links: the pages their holders see without signing in, and the page of the dashboard that makes them.

The code stands in one address, the link's own. What comes after it, the way back from the platform included, goes by
what this browser's session holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.authentication import address_of
from accounts.discreet import discreet, hushed
from accounts.gates import any_of, page, public
from connections.domain import access, links
from connections.domain.oauth import LinkGone, answer_of
from connections.enums import ASKS, Purpose
from connections.link_forms import LinkForm
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from uuid import UUID

    from accounts.http import ActorRequest
    from connections.models import ConnectLink, OAuthAttempt
    from connections.platforms.base import Platform, Scope

#: Session key: {"link": id} of what was begun in this browser, with "channel" (its name) once that is connected.
HELD = "connect_link"

#: The page that each purpose is looked after on.
PAGES = {Purpose.CHANNEL: "connections:index", Purpose.BOT: "connections:bots"}

GET_OR_POST = ["GET", "HEAD", "POST"]


# --- What holders see -----------------------------------------------------------------------------------------------


def _refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    return render(request, "connect/refused.html", {"refusal": refusal}, status=refusal.status)


@public("opened by its one-time code")
@discreet(_refused)
@require_http_methods(GET_OR_POST)
@sensitive_variables("code")
def by_code(request: HttpRequest, code: str) -> HttpResponse:
    """The link itself: who asks for what, and the button that leaves for the platform."""
    try:
        link = links.find(code)
    except LinkGone as refusal:
        return _refused(request, refusal)
    return _leave(request, link) if request.method == "POST" else _ask(request, link)


@public("shows what the holder of a one-time link began in this very browser")
@discreet(_refused)
@require_http_methods(GET_OR_POST)
def begun(request: HttpRequest) -> HttpResponse:
    """Back from the platform: done, or what went wrong and the button once more."""
    held = request.session.get(HELD)
    if held is None:
        return render(request, "connect/elsewhere.html", status=404)
    link = links.held(held["link"])
    if link is not None and "channel" in held:
        context = {"link": link, "channel": held["channel"], "platform": access.get_platform(link.platform)}
        return render(request, "connect/done.html", context)
    if link is None or not link.works:
        return _refused(request, LinkGone())
    return _leave(request, link) if request.method == "POST" else _ask(request, link)


def link_behind(request: HttpRequest, attempt: OAuthAttempt | None) -> ConnectLink | None:
    """The link that a platform's answer belongs to; None for a sign-in from the dashboard.

    Without a state, as Twitch answers where it does not trust the redirect URI, there is no attempt: where nobody is
    signed in, the answer belongs to what this browser began.
    """
    if attempt is not None:
        return links.held(attempt.link_id) if attempt.link_id else None
    held = None if request.user.is_authenticated else request.session.get(HELD)
    return links.held(held["link"]) if held else None


@require_GET
@sensitive_variables("answer")
def finish(request: HttpRequest, platform: str, link: ConnectLink) -> HttpResponse:
    """The callback of a sign-in that was begun with a link, whoever is or is not signed in here."""
    answer = answer_of(request.GET)
    try:
        connection = links.finish(
            link=link,
            platform=access.get_platform(platform),
            session_key=request.session.session_key or "",
            answer=answer,
            address=address_of(request),
        )
    except LinkGone:
        if "channel" not in request.session.get(HELD, {}):  # not the second tab of who is done already
            messages.error(request, _("Nothing was connected, and Lumio kept no access to what you signed in to."))
    except Refusal as refusal:
        messages.error(request, refusal.text)
    else:
        request.session[HELD] = {"link": str(link.pk), "channel": connection.channel_name}
    return hushed(redirect("connect_begun"))


def _ask(request: HttpRequest, link: ConnectLink) -> HttpResponse:
    asked = _asked(access.get_platform(link.platform), Purpose(link.purpose))
    return render(request, "connect/ask.html", {"link": link} | asked)


def _leave(request: HttpRequest, link: ConnectLink) -> HttpResponse:
    """Answers with a page that leaves, as Connect on the dashboard does."""
    platform = access.get_platform(link.platform)
    request.session[HELD] = {"link": str(link.pk)}
    if request.session.session_key is None:
        request.session.save()  # the sign-in is bound to its key
    try:
        url = links.begin(link=link, session_key=request.session.session_key or "", address=address_of(request))
    except LinkGone as refusal:
        return _refused(request, refusal)
    except Refusal as refusal:
        messages.error(request, refusal.text)
        return redirect("connect_begun")
    return render(request, "connect/leaving.html", {"platform": platform, "url": url})


def _asked(platform: Platform, purpose: Purpose) -> dict[str, Any]:
    """What both pages show of what is asked for: every scope under the feature that needs it."""
    scopes = platform.oauth.scopes_for(purpose)
    features: dict[str, list[Scope]] = {}
    for scope in scopes:
        features.setdefault(str(scope.unlocks), []).append(scope)
    return {
        "platform": platform,
        "purpose": purpose,
        "features": features,
        "number": len(scopes),
        "sign_in_at": urlsplit(platform.oauth.authorize_url).netloc,
    }


# --- The dashboard ----------------------------------------------------------------------------------------------------


@require_http_methods(GET_OR_POST)
@page(any_of(*ASKS.values()))
@sensitive_variables("code", "address")
def make(request: ActorRequest, platform: str) -> HttpResponse:
    """The form, the open links, and after the form the one page that ever shows the link: no redirect, so nothing has
    to carry it. `?purpose=` says what is to be connected."""
    found = access.get_platform(platform)
    purpose = _purpose(request.GET.get("purpose", Purpose.CHANNEL))
    request.actor.require(ASKS[purpose])
    if not found.oauth.scopes_for(purpose):
        raise Http404
    form = LinkForm(request.POST if request.method == "POST" else None)
    made, address = None, ""
    if form.is_valid():
        try:
            made, code = links.create(actor=request.actor, platform=found, purpose=purpose, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, refusal.text)
        else:
            address = links.address_of(code)
    opened = [(link, access.get_platform(link.platform)) for link in links.open_links(request.actor)]
    context = {"form": form, "made": made, "address": address, "open": opened, "back": reverse(PAGES[purpose])}
    response = render(
        request, "connections/link.html", context | _asked(found, purpose), status=422 if form.errors else 200
    )
    if made:
        response["Cache-Control"] = "no-store"
    return response


@require_POST
@page(any_of(*ASKS.values()))
def withdraw(request: ActorRequest, link_id: UUID) -> HttpResponse:
    link = access.get_link(request.actor, link_id)
    links.withdraw(actor=request.actor, link=link)
    messages.success(request, _("The link is withdrawn. It opens nothing any more."))
    return redirect(f"{reverse('connections:link', args=[link.platform])}?{urlencode({'purpose': link.purpose})}")


def _purpose(text: str) -> Purpose:
    try:
        return Purpose(text)
    except ValueError:
        raise Http404 from None
