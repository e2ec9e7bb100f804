"""The popouts: unattended pages, opened by a token in their address (or by a session), that run inside OBS."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.actor import PageRefused, PermissionRefused
from accounts.enums import Permission
from accounts.gates import popout
from accounts.throttle import RateLimited
from accounts.unattended import guarded, in_obs
from connections.domain import chat_page, feed, music_page
from integrations.domain import obs_page
from tokens.options import Options, language, options

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    from accounts.actor import Actor
    from accounts.http import ActorRequest

#: Stands in the address for a token that the page has taken out of it (`static/js/popout/link.js`).
HIDDEN = "hidden"


@dataclass(frozen=True)
class Page:
    """What one popout loads. `shows_pictures`: emotes, badges or covers, from the places that `img-src` names."""

    sheet: str
    entry: str
    shows_pictures: bool = False


PAGES = {
    "events": Page("css/feed.css", "js/popout/events-page.js"),
    "chat": Page("css/chat.css", "js/popout/chat-page.js", shows_pictures=True),
    "music": Page("css/music.css", "js/popout/music-page.js", shows_pictures=True),
    "obs": Page("css/obs.css", "js/popout/obs-page.js"),
}


def answer(
    request: HttpRequest,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    status: int = 200,
    page: Page | None = None,
) -> HttpResponse:
    """A popout's response."""
    context = dict(context or {})
    if "options" not in context:
        context["options"] = options(request)
    if page:
        context |= {"sheet": page.sheet, "entry": page.entry}
    response = render(request, template, context, status=status)
    return guarded(request, response, shows_pictures=page is not None and page.shows_pictures)


def refused(request: HttpRequest, error: Exception) -> HttpResponse:
    """For whoever may not come in: the shell for a hidden token, nothing inside OBS, else a sentence."""
    if request.GET.get("token") == HIDDEN:
        return answer(request, "popout/shell.html", page=_page_of(request))
    status = 403 if isinstance(error, PermissionDenied) else getattr(error, "status", 401)
    if in_obs(request):
        response = answer(request, "popout/blank.html", status=status)
        if isinstance(error, RateLimited):
            # Nobody sits in front of it to reload the page.
            response["Refresh"] = error.headers["Retry-After"]
        return response
    if isinstance(error, RateLimited):
        sentence = error.text
    elif isinstance(error, PageRefused):
        sentence = _("This link is for another page. Ask whoever gave it to you for one that opens this page.")
    elif isinstance(error, PermissionRefused):
        sentence = _("This link may not open this page: it lacks the permission “{permission}”.").format(
            permission=error.permission.label
        )
    elif "token" in request.GET:
        sentence = _("This link no longer works. Ask whoever gave it to you for a new one.")
    else:
        sentence = _("Sign in to Lumio first, or open the full link with its token.")
    return answer(request, "popout/refused.html", {"sentence": sentence}, status=status)


def unattended(slug: str, permission: Permission) -> Callable[[Callable[..., dict[str, Any]]], Any]:
    """Make a popout of a function that returns the context of `popout/{slug}.html`: of an actor and the options."""

    def decorate(context_of: Callable[[Actor, Options], dict[str, Any]]) -> Any:
        @require_safe
        @in_its_language
        @popout(slug, permission, refused=refused)
        @wraps(context_of)
        def view(request: ActorRequest) -> HttpResponse:
            actor, wanted = request.actor, options(request)
            context = {
                "options": wanted,
                "account_id": actor.account.pk,
                "by_token": actor.token_id is not None,
                **feed.vocabulary(),
                **context_of(actor, wanted),
            }
            return answer(request, f"popout/{slug}.html", context, page=PAGES[slug])

        return view

    return decorate


def in_its_language(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Have the address decide on the language, if it names one of ours."""

    @wraps(view)
    def spoken(request: HttpRequest) -> HttpResponse:
        named = language(request)
        with translation.override(named) if named else nullcontext():
            return view(request)

    return spoken


@unattended("events", Permission.EVENTS_READ)
def events(actor: Actor, wanted: Options) -> dict[str, Any]:
    return {
        "feed": feed.feed(
            actor.account.pk, feed.Choice(wanted.groups, wanted.platforms, wanted.least, owed=wanted.owed)
        ),
        "channels": feed.channels(actor.account.pk),
        "can": actor.permissions,
    }


@unattended("chat", Permission.CHAT_READ)
def chat(actor: Actor, wanted: Options) -> dict[str, Any]:
    return chat_page.page(actor)


@unattended("music", Permission.SPOTIFY_READ)
def music(actor: Actor, wanted: Options) -> dict[str, Any]:
    return music_page.page(actor, has_controls=wanted.has_controls)


@unattended("obs", Permission.SETTINGS_READ)
def obs(actor: Actor, wanted: Options) -> dict[str, Any]:
    return obs_page.page(actor, has_controls=wanted.has_controls, wanted=wanted.obs)


def _page_of(request: HttpRequest) -> Page | None:
    """What the popout at this address loads."""
    return PAGES.get(request.path.rpartition("/")[2])
