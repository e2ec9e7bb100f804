"""The door at which platforms deliver. No session and no token: what comes in is signed."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.gates import public
from accounts.problems import problem_of, respond
from accounts.throttle import unlimited
from connections.domain import access, deliveries
from connections.platforms.webhooks import Delivery
from lumio.lib.jsonbody import BodyTooLarge

#: Bytes of a body.
LARGEST = 1024 * 1024


def answers_itself(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Says what is wrong without the help of any middleware: `lumio.asgi` calls this door without them."""

    @wraps(view)
    def answering(request: HttpRequest, platform: str, code: str) -> HttpResponse:
        try:
            return view(request, platform, code)
        except Exception as error:
            if problem := problem_of(error):
                return respond(problem)
            raise

    return answering


@csrf_exempt
@require_POST
@unlimited
@public("what comes in is signed by the platform, and stored for the account of the address alone")
@answers_itself
def deliver(request: HttpRequest, platform: str, code: str) -> HttpResponse:
    found = access.get_delivering_platform(platform)
    body = request.read(LARGEST + 1)  # as it came: the signature is over these very bytes
    if len(body) > LARGEST:
        raise BodyTooLarge(limit=LARGEST)
    headers = {name.lower(): value for name, value in request.headers.items()}
    deliveries.receive(found, code, Delivery(headers, body))
    return HttpResponse(status=204)
