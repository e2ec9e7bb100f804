"""The Tokens page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.enums import Permission
from accounts.gates import page
from lumio.lib.errors import Refusal
from tokens.domain import access, tokens
from tokens.domain.links import links
from tokens.forms import TokenForm

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from accounts.http import ActorRequest


@require_GET
@page(Permission.TOKENS_READ)
def index(request: ActorRequest) -> HttpResponse:
    context = {
        "tokens": tokens.listing(request.actor),
        "may_create": request.actor.can(Permission.TOKENS_CREATE),
        "may_delete": request.actor.can(Permission.TOKENS_DELETE),
    }
    return render(request, "tokens/index.html", context)


@require_http_methods(["GET", "POST"])
@page(Permission.TOKENS_CREATE)
@sensitive_variables("secret")
def create(request: ActorRequest) -> HttpResponse:
    """The form, and after it the one page that ever shows the secret: no redirect, so nothing has to carry it."""
    form = TokenForm(
        request.actor, request.POST if request.method == "POST" else None, preset=request.GET.get("preset", "")
    )
    if not form.is_valid():
        return render(request, "tokens/new.html", {"form": form}, status=422 if form.is_bound else 200)
    try:
        token, secret = tokens.create(actor=request.actor, **form.cleaned_data)
    except Refusal as refusal:  # rights that went away while the form was open
        form.add_error(None, refusal.text)
        return render(request, "tokens/new.html", {"form": form}, status=422)
    context = {"token": token, "secret": secret.reveal(), "links": links(token, secret)}
    response = render(request, "tokens/created.html", context)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@page(Permission.TOKENS_DELETE)
def revoke(request: ActorRequest, token_id: UUID) -> HttpResponse:
    token = access.get_token(request.actor, token_id)
    tokens.revoke(actor=request.actor, token=token)
    messages.success(request, _("The token {token} no longer works.").format(token=token))
    return redirect("tokens:index")
