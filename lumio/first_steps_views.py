"""The guide for the first steps: its page, and the two forms on it that no other page has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from accounts.enums import Permission
from accounts.gates import page
from accounts.http import render_part
from connections.forms import CredentialsForm
from events.domain import samples
from lumio import first_steps

if TYPE_CHECKING:
    from accounts.http import ActorRequest
    from lumio.first_steps import Guide


@require_safe
@page()
def index(request: ActorRequest, platform: str = "") -> HttpResponse:
    """The page; to htmx the steps alone."""
    guide = first_steps.guide(request.actor, platform)
    if not request.headers.get("HX-Request"):
        return _drawn(request, guide)
    return render_part(request, "first_steps/_fresh.html", _context(request, guide), looks=guide.fingerprint)


@require_POST
@page(Permission.CONNECTIONS_EDIT)
@sensitive_post_parameters("client_id", "client_secret")
def save_credentials(request: ActorRequest, platform: str) -> HttpResponse:
    guide = first_steps.guide(request.actor, platform)
    form = CredentialsForm(request.POST)
    if saved := form.save(request.actor, guide.platform):
        messages.success(request, saved.text)
        return redirect("first_steps", platform)
    return _drawn(request, guide, form=form, status=422)


@require_POST
@page(Permission.EVENTS_CREATE)
def send_test_event(request: ActorRequest, platform: str) -> HttpResponse:
    """Somebody follows who does not exist, or does what the account's alerts show."""
    guide = first_steps.guide(request.actor, platform)
    kind = first_steps.sample(request.actor.account)
    row = samples.send(actor=request.actor, kind=kind, platform=guide.platform.slug)
    messages.success(request, _("Sent as event {seq}, marked TEST.").format(seq=row.seq))
    return redirect("first_steps", platform)


def _drawn(
    request: ActorRequest, guide: Guide, *, form: CredentialsForm | None = None, status: int = 200
) -> HttpResponse:
    return render(request, "first_steps/index.html", _context(request, guide, form), status=status)


def _context(request: ActorRequest, guide: Guide, form: CredentialsForm | None = None) -> dict[str, object]:
    return {"guide": guide, "form": form or CredentialsForm(), "can": request.actor.permissions}
