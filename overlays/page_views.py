"""Overlays as OBS opens them: found by the key in their address, on the overlays' host alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csp.constants import NONE
from django.conf import settings
from django.shortcuts import render
from django.templatetags.static import static
from django.utils import translation
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_safe

from accounts.gates import public
from accounts.unattended import guarded, nothing, on_overlay_host
from connections.platforms import PLATFORMS
from overlays import words
from overlays.domain import access
from overlays.domain.definition import for_viewers

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from overlays.models import Overlay

#: Of what frames a custom layer's code: an origin that is nobody's, no script but the one that evaluates the code, and
#: nothing to reach but pictures and sounds that the account uploaded. Whoever embeds it must not let it navigate, which
#: the overlay's own policy sees to.
SANDBOX = (
    "sandbox allow-scripts; default-src 'none'; script-src {script} 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src {uploads} data:; media-src {uploads} data:; font-src data:; connect-src 'none'; form-action 'none'; "
    "base-uri 'none'; frame-ancestors {overlays} {dashboard}"
)


@public("whoever has the key in its address may open it; it is for OBS, which has no session")
@require_safe
@sensitive_variables("key")
@on_overlay_host
def page(request: HttpRequest, key: str) -> HttpResponse:
    """It asks for everything else over its socket."""
    return _shown(request, access.find(key), framed_by=NONE)


@public("whoever has the key in its address may open it; the dashboard frames it, without a cookie of its own")
@require_safe
@sensitive_variables("key")
@on_overlay_host
def preview(request: HttpRequest, key: str) -> HttpResponse:
    """The same inside the dashboard, which sends it what is being edited. It opens no socket and plays no alert."""
    return _shown(request, access.find(key), framed_by=settings.LUMIO_URL)


@public("the empty frame for custom code: the same for everybody, it knows nothing and reaches nothing")
@require_safe
@on_overlay_host
def custom(request: HttpRequest) -> HttpResponse:
    response = render(request, "overlays/custom.html")
    overlays = settings.LUMIO_OVERLAY_URL
    response["Content-Security-Policy"] = SANDBOX.format(
        script=overlays + static("js/overlay/frame.js"),
        uploads=f"{overlays}/uploads/",
        overlays=overlays,
        dashboard=settings.LUMIO_URL,
    )
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-cache"
    response["X-Robots-Tag"] = "noindex"
    response["X-DNS-Prefetch-Control"] = "off"  # no policy forbids asking for names
    response.xframe_options_exempt = True  # Django's own mark
    return response


def _shown(request: HttpRequest, overlay: Overlay | None, *, framed_by: str) -> HttpResponse:
    if overlay is None:
        return guarded(request, nothing(request))
    is_preview = framed_by != NONE
    with translation.override(overlay.language):
        response = render(
            request,
            "overlays/page.html",
            {
                "overlay": overlay,
                "words": words.catalogue(),
                "platforms": PLATFORMS.values(),
                # What is known before the socket is: in a preview everything, as there is no socket.
                "facts": {
                    "time_zone": overlay.account.time_zone,
                    "framed_by": framed_by if is_preview else None,
                    "definition": for_viewers(overlay) if is_preview else None,
                },
            },
        )
    return guarded(request, response, shows_pictures=True, framed_by=framed_by)
