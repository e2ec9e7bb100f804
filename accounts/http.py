"""The request as a gated view sees it, and the answer to what a page asks for again and again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.actor import Actor
from accounts.models import User


class ActorRequest(HttpRequest):
    """A request that came through a `page` or `popout` gate."""

    actor: Actor


class PersonRequest(HttpRequest):
    """A request that came through the `person` gate."""

    user: User


def render_part(request: HttpRequest, template: str, context: Mapping[str, Any], *, looks: str) -> HttpResponse:
    """A part of a page, for htmx. 204 while it `looks` as it did (`?seen=`): nothing is redrawn under a finger."""
    if request.GET.get("seen") == looks:
        return HttpResponse(status=204)
    return render(request, template, context)
