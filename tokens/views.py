"""The Tokens page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import paging
from accounts.discreet import hushed
from accounts.enums import Permission
from accounts.gates import page
from lumio.lib.errors import Refusal
from tokens.domain import access, listing, open_pages, secret, tokens
from tokens.domain.links import links
from tokens.enums import BY_SLUG
from tokens.forms import RevokeForm, TokenForm

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse
    from django.utils.functional import Promise

    from accounts.http import ActorRequest
    from events.domain.presence import OpenPage
    from tokens.domain.listing import Granted
    from tokens.models import PopoutToken

GET_OR_POST = ["GET", "HEAD", "POST"]
#: Permissions that a row shows; the token's own page has all.
CHIPS = 6


@dataclass(frozen=True)
class Shown:
    """A token as its row and its page show it. `pages` are open now, None while nobody can tell."""

    token: PopoutToken
    granted: list[Granted]
    pages: list[OpenPage] | None

    @property
    def chips(self) -> list[Granted]:
        return self.granted[:CHIPS]

    @property
    def more(self) -> int:
        return len(self.granted) - CHIPS

    @property
    def reasons(self) -> list[str | Promise]:
        """Why some of its permissions do not count, each reason once."""
        return list(dict.fromkeys(one.why_not for one in self.granted if one.why_not))

    @property
    def opens_nothing(self) -> bool:
        return all(one.why_not for one in self.granted)

    @property
    def bound(self) -> list[str | Promise]:
        return [BY_SLUG[slug].label for slug in self.token.pages if slug in BY_SLUG]


def _shown(found: list[PopoutToken]) -> list[Shown]:
    pages = open_pages.of(found)
    return [Shown(token, listing.granted(token), None if pages is None else pages[token.pk]) for token in found]


@require_safe
@page(Permission.TOKENS_READ)
def index(request: ActorRequest) -> HttpResponse:
    """The tokens that work, newest first; `q` finds some of them."""
    return _list(request, "alive")


@require_safe
@page(Permission.TOKENS_READ)
def revoked(request: ActorRequest) -> HttpResponse:
    """Those that were revoked lately, with who did it and why."""
    return _list(request, "revoked")


def _list(request: ActorRequest, tab: str) -> HttpResponse:
    actor, wanted, before = request.actor, request.GET.get("q", ""), request.GET.get("before", "")
    if (masked := secret.without(wanted)) != wanted:
        # Whoever looks a whole token up has it in the address, and so in the history and in a Referer: away with it.
        return hushed(redirect(f"{request.path}?{urlencode({'q': masked})}"))
    find = listing.alive if tab == "alive" else listing.revoked
    found = find(actor, q=wanted, limit=paging.PAGE, before=before)
    by = "created_at" if tab == "alive" else listing.ENDED
    alive, revoked = listing.numbers(actor)
    context = {
        "tab": tab,
        "q": wanted,
        "alive": alive,
        "revoked": revoked,
        "rows": _shown(found.rows) if tab == "alive" else found.rows,
        "next": urlencode({"before": paging.cursor_of(found.rows[-1], by), "q": wanted}) if found.has_more else "",
        "is_later": bool(before),
        **_rights(request),
    }
    return render(request, "tokens/index.html", context)


def _name(token: PopoutToken) -> str:
    """For messages, which streamer mode does not look through: without its end."""
    return _("The token “{label}”").format(label=token.label) if token.label else _("The token")


def _rights(request: ActorRequest) -> dict[str, Any]:
    may = request.actor.can
    return {
        "may_create": may(Permission.TOKENS_CREATE),
        "may_edit": may(Permission.TOKENS_EDIT),
        "may_delete": may(Permission.TOKENS_DELETE),
    }


@require_http_methods(GET_OR_POST)
@page(Permission.TOKENS_CREATE)
@sensitive_variables("value")
def create(request: ActorRequest) -> HttpResponse:
    """The form, and after it the one page that ever shows the secret: no redirect, so nothing has to carry it."""
    form = TokenForm(
        request.actor, request.POST if request.method == "POST" else None, preset=request.GET.get("preset", "")
    )
    if not form.is_valid():
        return render(request, "tokens/new.html", {"form": form}, status=422 if form.is_bound else 200)
    try:
        made, value = tokens.create(actor=request.actor, **form.cleaned_data)
    except Refusal as refusal:  # rights that went away while the form was open
        form.add_error(None, refusal.text)
        return render(request, "tokens/new.html", {"form": form}, status=422)
    context = {"token": made, "secret": value.reveal(), "links": links(made, value)}
    return hushed(render(request, "tokens/created.html", context))


@require_http_methods(GET_OR_POST)
@page(Permission.TOKENS_READ)
def token(request: ActorRequest, token_id: UUID) -> HttpResponse:
    """One token: what it may do now and why not more, where it is open, and a form for whoever may change it."""
    actor, posted = request.actor, request.method == "POST"
    found = access.get_token(actor, token_id, Permission.TOKENS_EDIT if posted else Permission.TOKENS_READ)
    form = TokenForm(actor, request.POST if posted else None, token=found)
    if form.is_valid():
        try:
            changed = tokens.change(actor=actor, token=found, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, refusal.text)
        else:
            sentence = _("{token} is saved. It counts at once, on open pages too.")
            messages.success(request, sentence.format(token=_name(changed)))
            return redirect("tokens:token", found.pk)
    [shown] = _shown([found])
    context = {"token": found, "shown": shown, "form": form, **_rights(request)}
    return render(request, "tokens/token.html", context, status=422 if form.is_bound else 200)


@require_http_methods(GET_OR_POST)
@page(Permission.TOKENS_DELETE)
def revoke(request: ActorRequest, token_id: UUID) -> HttpResponse:
    """Asks first, as the dialog of the list does where there is a script."""
    found = access.get_token(request.actor, token_id, Permission.TOKENS_DELETE)
    form = RevokeForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        context = {"token": found, "form": form, **_rights(request)}
        return render(request, "tokens/revoke.html", context, status=422 if form.is_bound else 200)
    tokens.revoke(actor=request.actor, token=found, note=form.cleaned_data["note"])
    messages.success(request, _("{token} no longer works.").format(token=_name(found)))
    return redirect("tokens:index" if request.actor.can(Permission.TOKENS_READ) else "dashboard")


@require_POST
@page(Permission.TOKENS_EDIT)
def close_page(request: ActorRequest, token_id: UUID, page_id: UUID) -> HttpResponse:
    found = access.get_token(request.actor, token_id, Permission.TOKENS_EDIT)
    try:
        closed = open_pages.close(actor=request.actor, token=found, page_id=page_id)
    except Refusal as refusal:
        messages.error(request, refusal.text)
    else:
        messages.success(request, _("{page} is closed. Whoever loads it again has it again.").format(page=closed.page))
    return redirect("tokens:token", found.pk) if request.actor.can(Permission.TOKENS_READ) else redirect("dashboard")
