"""Pages that nobody sits in front of: opened by what stands in their address, in OBS most of all."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from csp.constants import NONE, SELF
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpResponse
from django.http.request import split_domain_port

from accounts import throttle

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.http import HttpRequest

#: Of an address that leads nowhere. Without a body the browser would put a page of its own on air.
NOTHING = "<!doctype html><title>Lumio</title>"


def on_overlay_host(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Nothing on any other host: the dashboard's has cookies, and pages of the LAN's are not OBS's business."""

    @wraps(view)
    def found(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        host, _ = split_domain_port(request.get_host())
        if host != settings.LUMIO_OVERLAY_HOST:
            return guarded(request, nothing(request))
        return view(request, *args, **kwargs)

    return found


def in_obs(request: HttpRequest) -> bool:
    """Whether the page runs inside OBS, where nothing may become readable on air."""
    return "OBS/" in request.headers.get("User-Agent", "")


def nothing(request: HttpRequest) -> HttpResponse:
    """The answer to an address that leads nowhere. It counts against the caller, who is told to wait in the end; an
    address that leads somewhere never does."""
    allowance = throttle.allowance_of(request)
    if allowance.is_exceeded:
        return HttpResponse(NOTHING, status=429, headers=throttle.RateLimited(allowance).headers)
    return HttpResponse(NOTHING, status=404)


def guarded(
    request: HttpRequest,
    response: HttpResponse,
    *,
    connects_to: Sequence[str] = (),
    shows_pictures: bool = False,
    framed_by: str = NONE,
) -> HttpResponse:
    """The same response, kept nowhere, found by nobody, framed by nobody but `framed_by`, and telling nobody where it
    came from.

    It connects to nothing but our own socket and `connects_to`, and shows no pictures from elsewhere unless it
    `shows_pictures`.
    """
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    socket = f"{'wss' if request.is_secure() else 'ws'}://{request.get_host()}"
    response["Content-Security-Policy"] = build_policy(
        replace={
            "style-src": settings.OBS_STYLE_SRC,
            # 'self' covers sockets since CSP 3, which not every browser source knows.
            "connect-src": [SELF, socket, *connects_to],
            "form-action": [NONE],
            "frame-ancestors": [framed_by],
            **({} if shows_pictures else {"img-src": [SELF, "data:"]}),
        }
    )
    response.xframe_options_exempt = framed_by != NONE  # Django's own mark
    return response
