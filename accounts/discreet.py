"""Pages that a code in the address opens, for whoever has it: an invitation, a one-time link to connect."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from lumio.lib.errors import Refusal

View = Callable[..., "HttpResponse"]


def discreet(refused: Callable[[HttpRequest, Refusal], HttpResponse]) -> Callable[[View], View]:
    """Kept by nobody, with no Referer that holds the code, and counted against the address it is asked for from.

    `refused(request, refusal)` answers who asks too often.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            return hushed(view(request, *args, **kwargs))

        guarded.too_many = lambda request, refusal: hushed(refused(request, refusal))  # type: ignore[attr-defined]
        return guarded

    return decorate


def hushed(response: HttpResponse) -> HttpResponse:
    """The same response, kept by nobody and naming its address to nobody."""
    response["Cache-Control"] = "no-store"
    # `no-referrer` would also take the Origin from our own forms, and the CSRF check then refuses them.
    response["Referrer-Policy"] = "strict-origin"
    return response
