"""The bridge page, found by the secret in its address, on the overlay's host alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_safe

from accounts.gates import public
from accounts.unattended import guarded, in_obs, nothing, on_overlay_host
from integrations.domain import bridge as bridges

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

#: On the machine that the page runs on; their ports are the streamer's choice.
TOOLS = "ws://127.0.0.1:*"


@public("whoever has the secret in its address may open it; it is for OBS, which has no session")
@require_safe
@sensitive_variables("secret")
@on_overlay_host
def bridge(request: HttpRequest, secret: str) -> HttpResponse:
    if bridges.find(secret) is None:
        response = nothing(request)
    else:
        response = render(request, "bridge.html", {"in_obs": in_obs(request)})
    return guarded(request, response, connects_to=[TOOLS])
