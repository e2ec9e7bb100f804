"""How often the API may be asked: by one popout token, one person or one address, and for what costs more, one account.

One counter in the cache per caller and window of time, shared by REST, GraphQL and the popouts. While Valkey is away
every process counts for itself. `Throttle`, the middleware, asks before a view runs, and tells what is left in the
three `RateLimit-*` headers of every answer under `/v1/`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from accounts.authentication import caller_of
from accounts.problems import problem_of, respond
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from accounts.actor import Actor

API = "/v1/"

View = TypeVar("View", bound="Callable[..., HttpResponseBase]")


@dataclass(frozen=True)
class Limit:
    """At most `most` times within a window of `seconds`. `name` is part of the counter's key."""

    name: str
    most: int
    seconds: int = 60


#: Everything a caller asks for counts against one of these three.
TOKEN = Limit("token", 600)
PERSON = Limit("person", 600)
ADDRESS = Limit("address", 120)

#: What costs more, or does more harm, than an ordinary call: counted for the account, on top of the above.
TOKEN_CREATE = Limit("token-create", 30, 300)
INVITE = Limit("invite", 30, 300)
CREDENTIALS_CHECK = Limit("credentials-check", 20, 300)
BOT_ASKS = Limit("bot-asks", 20, 60)
TOOL_TESTS = Limit("tool-tests", 20, 60)
PREFLIGHTS = Limit("preflights", 20, 60)
STREAMERBOT_LISTS = Limit("streamerbot-lists", 60, 60)
STREAMERBOT_RUNS = Limit("streamerbot-runs", 120, 60)
AUTOMATION_RUNS = Limit("automation-runs", 120, 60)
TEST_EVENTS = Limit("test-events", 60, 60)
#: More than people type, and more than a handful of moderators do in a raid of bots.
CHAT_SENDS = Limit("chat-sends", 120, 60)
CHAT_ACTS = Limit("chat-acts", 300, 60)
MUSIC_CONTROL = Limit("music-control", 60, 30)
#: A fader that is dragged is several acts a second.
OBS_ACTS = Limit("obs-acts", 600, 60)
UPLOADS = Limit("uploads", 60, 60)
OBS_PICTURES = Limit("obs-pictures", 120, 60)


@dataclass(frozen=True)
class Allowance:
    """What is left of a limit; `used` counts the call that asked. `reset` is in seconds, at least 1."""

    limit: Limit
    used: int
    reset: int

    @property
    def is_exceeded(self) -> bool:
        return self.used > self.limit.most

    @property
    def headers(self) -> dict[str, str]:
        return {
            "RateLimit-Limit": str(self.limit.most),
            "RateLimit-Remaining": str(max(self.limit.most - self.used, 0)),
            "RateLimit-Reset": str(self.reset),
        }


class RateLimited(Refusal):
    code = "rate_limited"
    status = 429
    sentence = _("Too many requests. Wait {seconds} seconds, then try again.")

    def __init__(self, allowance: Allowance) -> None:
        super().__init__(seconds=allowance.reset)
        self.headers = {"Retry-After": str(allowance.reset), **allowance.headers}


class Counter(Protocol):
    """What `lumio.cache` adds to Django's caches."""

    def hit(self, key: str, seconds: int, most: int) -> int: ...


def spend(limit: Limit, who: object) -> Allowance:
    """Count one use of `limit` by `who` and say what is left. Never raises."""
    now = time.time()
    window = int(now // limit.seconds)
    used = cast(Counter, cache).hit(f"limit:{limit.name}:{who}:{window}", limit.seconds, limit.most)
    return Allowance(limit, used, max(1, ceil((window + 1) * limit.seconds - now)))


def require(limit: Limit, actor: Actor) -> None:
    """Count one use of `limit` by the actor's account. Raises RateLimited when that was one too many."""
    allowance = spend(limit, actor.account.pk)
    if allowance.is_exceeded:
        raise RateLimited(allowance)


def allowance_of(request: HttpRequest) -> Allowance:
    """Count the request, once, against whoever makes it: the popout token, else the person, else the address."""
    if not hasattr(request, "_lumio_allowance"):
        request._lumio_allowance = spend(*_limit_of(request))  # type: ignore[attr-defined]
    return request._lumio_allowance  # type: ignore[attr-defined]


def _limit_of(request: HttpRequest) -> tuple[Limit, object]:
    try:
        actor = caller_of(request)
    except Refusal:
        actor = None
    if actor is not None and actor.token_id is not None:
        return TOKEN, actor.token_id
    if actor is not None and actor.user is not None:
        return PERSON, actor.user.pk
    return ADDRESS, _network(request.META.get("REMOTE_ADDR") or "")


def _network(text: str) -> str:
    """An address as one household has it: an IPv6 one without its last 64 bits."""
    try:
        address = ip_address(text)
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(ip_network((address.packed, 64), strict=False).network_address)
    return str(address)


def unlimited(view: View) -> View:
    """A door where nobody is counted: many come through it from one address, and what they bring is signed."""
    view.is_unlimited = True  # type: ignore[attr-defined]
    return view


def _is_limited(request: HttpRequest) -> bool:
    """Whether a call under `/v1/` counts. Known once its view is; addresses that lead nowhere have none."""
    view = request.resolver_match and request.resolver_match.func
    return request.path.startswith(API) and not getattr(view, "is_unlimited", False)


class Throttle:
    """Middleware, the last one: refuses whoever asks too often, before the view has begun.

    A view that answers in a form of its own has it as `too_many(request, refusal)`; popouts and GraphQL do. Of the
    pages only those count.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        # Who asks was not found out while the database is away, and waiting for it once more would help nobody.
        is_known = response.status_code != 503 or hasattr(request, "_lumio_allowance")
        if is_known and _is_limited(request):
            # Addresses that lead nowhere have no view, so they are only counted now.
            allowance = allowance_of(request)
            if allowance.is_exceeded and response.status_code == 404:
                response = _problem(request, RateLimited(allowance))
            for name, value in allowance.headers.items():
                response.headers.setdefault(name, value)
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponseBase | None:
        answer = getattr(view, "too_many", _problem if _is_limited(request) else None)
        if answer is None:
            return None
        allowance = allowance_of(request)
        if not allowance.is_exceeded:
            return None
        refusal = RateLimited(allowance)
        response: HttpResponseBase = answer(request, refusal)
        for name, value in refusal.headers.items():
            response[name] = value
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """What a view under `/v1/` that is not REST framework's refuses is a problem too, never a page."""
        if request.path.startswith(API) and (problem := problem_of(exception)):
            return respond(problem)
        return None


def _problem(request: HttpRequest, refusal: Refusal) -> HttpResponseBase:
    problem = problem_of(refusal)
    assert problem is not None  # noqa: S101  # of a Refusal there always is one
    return respond(problem)
