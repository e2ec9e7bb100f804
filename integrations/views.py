"""StreamElements tokens. They are listed on the Connections page, which these views lead back to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.enums import Permission
from accounts.gates import page
from accounts.http import render_part
from integrations import section
from integrations.domain import access
from integrations.domain import tokens as se_tokens
from integrations.enums import TokenState
from integrations.forms import TokenForm
from integrations.streamelements.failures import TokenRefused
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from uuid import UUID

    from accounts.http import ActorRequest

#: What is said beside the field for the JWT.
ABOUT_THE_JWT = (se_tokens.NotAJwt, se_tokens.JwtEnded, se_tokens.AddedBefore, TokenRefused)


@require_GET
@page(Permission.CONNECTIONS_READ)
def tokens(request: ActorRequest) -> HttpResponse:
    """The list, for htmx."""
    shown = section.rows(request.actor)
    return render_part(request, "integrations/_tokens.html", {"shown": shown}, looks=shown["fingerprint"])


@require_http_methods(["GET", "POST"])
@page(Permission.CONNECTIONS_CREATE)
@sensitive_post_parameters("token")
@sensitive_variables("form")
def add(request: ActorRequest) -> HttpResponse:
    """The form of the dialog as a page of its own: where it comes back to with what is wrong."""
    form = TokenForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            added = se_tokens.add(actor=request.actor, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error("token" if isinstance(refusal, ABOUT_THE_JWT) else None, refusal.text)
        else:
            _tell(request, added)
            return _back()
    return render(request, "integrations/add.html", {"form": form}, status=422 if form.is_bound else 200)


@require_POST
@page(Permission.CONNECTIONS_DELETE)
def remove(request: ActorRequest, se_token_id: UUID) -> HttpResponse:
    token = access.get_token(request.actor, se_token_id, Permission.CONNECTIONS_DELETE)
    se_tokens.remove(actor=request.actor, token=token)
    messages.success(request, _("The token was removed. Nothing arrives through it any more."))
    return _back()


def _tell(request: ActorRequest, added: se_tokens.Listed) -> None:
    if added.row.state == TokenState.VERIFIED:
        said = _("Added. StreamElements says that it belongs to {channel}.").format(channel=added.row.channel_name)
        messages.success(request, said)
    else:
        said = _("Added. StreamElements could not be asked about it right now. Lumio keeps trying; tips follow then.")
        messages.warning(request, said)
    if added.mismatch:
        messages.warning(request, added.mismatch)


def _back() -> HttpResponse:
    return redirect(f"{reverse('connections:index')}#streamelements")
