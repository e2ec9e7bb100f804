"""The page with a Streamer.bot's actions, each with a button that runs it."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts import throttle
from accounts.enums import Permission
from accounts.gates import page
from integrations.domain import actions
from integrations.tools.failures import OutcomeUnknown
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from uuid import UUID

    from accounts.http import ActorRequest

#: Actions of one page; words find the others.
MOST_SHOWN = 200
WORDS_LENGTH = 100


@require_GET
@page(Permission.SETTINGS_READ)
def index(request: ActorRequest, streamerbot_id: UUID) -> HttpResponse:
    """The actions, or why there are none to be seen."""
    row = actions.get(request.actor, streamerbot_id, Permission.SETTINGS_READ)
    words = request.GET.get("q", "").strip()[:WORDS_LENGTH]
    found: list[dict[str, Any]] = []
    trouble = ""
    try:
        throttle.require(throttle.STREAMERBOT_LISTS, request.actor)
        found = actions.listing(actor=request.actor, integration=row)
    except Refusal as refusal:
        trouble = refusal.text
    fitting = sorted((one for one in found if _has(one, words)), key=_place)
    context = {
        "integration": row,
        "words": words,
        "trouble": trouble,
        "groups": [(group, list(some)) for group, some in groupby(fitting[:MOST_SHOWN], lambda one: one["group"])],
        "more": max(0, len(fitting) - MOST_SHOWN),
        "may_run": request.actor.can(Permission.OBS_EDIT),
    }
    return render(request, "integrations/actions.html", context)


@require_POST
@page(Permission.OBS_EDIT)
def run(request: ActorRequest, streamerbot_id: UUID) -> HttpResponse:
    """Without arguments, for trying; `action` is its id. What comes of it is said on the page this leads back to."""
    row = actions.get(request.actor, streamerbot_id, Permission.OBS_EDIT)
    try:
        throttle.require(throttle.STREAMERBOT_RUNS, request.actor)
        name = actions.run(actor=request.actor, integration=row, action_id=request.POST.get("action", ""), arguments={})
    except OutcomeUnknown as unknown:
        messages.warning(request, unknown.text)
    except Refusal as refusal:
        messages.error(request, refusal.text)
    else:
        messages.success(request, _("{label} has “{action}” in its queue.").format(label=row.label, action=name))
    words = request.POST.get("q", "")[:WORDS_LENGTH]
    query = f"?{urlencode({'q': words})}" if words else ""
    return redirect(f"{reverse('integrations:actions', args=[row.pk])}{query}")


def _has(action: dict[str, Any], words: str) -> bool:
    return words.casefold() in f"{action['group']} {action['name']}".casefold()


def _place(action: dict[str, Any]) -> tuple[str, str, str]:
    """Groups by name, those without one first."""
    return action["group"].casefold(), action["group"], action["name"].casefold()
