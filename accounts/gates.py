"""One gate per kind of door. Each leaves a mark, `gate`, that `tests/test_doors.py` reads.

    @page(Permission.CONNECTIONS_READ)            a dashboard page: session only
    @person                                       a page of one's own: session only, with an account or without
    @popout("events", Permission.EVENTS_READ)     an unattended page: popout token, or session
    class TokenList(ApiView): gates = {"GET": …}  REST: popout token, or session with CSRF
    @field(Permission.TOKENS_READ)                a GraphQL resolver, same callers as REST
    class Accept(PersonView), @field_of_person    the same two for a person, with an account or without
    class Invitation(PublicView)                  REST for anybody, like @public
    @public("why anybody may come in")            everything else, with its reason

Sockets declare one permission per channel in `events/channels.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django_htmx.http import HttpResponseClientRedirect
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import MethodNotAllowed, NotAuthenticated, PermissionDenied
from rest_framework.parsers import JSONParser
from rest_framework.permissions import BasePermission
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import confirmation, throttle
from accounts.actor import Actor, PageRefused, PermissionRefused
from accounts.authentication import NoAccount, actor_from, carries_token
from accounts.domain import people
from accounts.switching import settle
from lumio.lib import jsonbody
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from django.http import Http404, HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase
    from rest_framework.request import Request

    from accounts.enums import Permission
    from accounts.models import User

#: Cache-Control of what was made for one person or token.
NOT_KEPT = "private, no-store"

View = Callable[..., "HttpResponseBase"]
#: A view, or a GraphQL resolver.
AnyView = TypeVar("AnyView", bound=Callable[..., Any])


@dataclass(frozen=True)
class Gate:
    """The mark on a door: the permissions of which any one opens it, or none with the reason why it asks for none."""

    permissions: tuple[Permission, ...] = ()
    reason: str = ""

    @property
    def is_public(self) -> bool:
        return not self.permissions and self not in {ANY_MEMBER, ANY_PERSON}

    def admit(self, actor: Actor) -> None:
        """Raise PermissionRefused, naming the first permission, unless `actor` may come in."""
        if self.permissions:
            actor.require_any(*self.permissions)


ANY_MEMBER = Gate(reason="any authenticated caller")
ANY_PERSON = Gate(reason="any signed-in person, also one who is a member of no account")


def any_of(*permissions: Permission) -> Gate:
    """A gate that any one of several permissions opens."""
    return Gate(permissions)


def gate_of(asked: Permission | Gate | None) -> Gate:
    if asked is None:
        return ANY_MEMBER
    return asked if isinstance(asked, Gate) else Gate((asked,))


class NotSignedIn(Refusal):
    code = "not_authenticated"
    status = 401
    sentence = _("Sign in first, or put a popout token that still works into the address: ?token=lm_pop_….")


class CsrfFailed(Refusal):
    code = "csrf_failed"
    status = 403
    sentence = _("The X-CSRFToken header is missing or does not belong to this session.")


def page(permission: Permission | Gate | None = None) -> Callable[[View], View]:
    """A dashboard page or form: signed-in members with `permission` (None: every member). Tokens do not open it."""
    gate = gate_of(permission)

    def decorate(view: View) -> View:
        @wraps(view)
        def gated(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            actor = None if carries_token(request) else actor_from(request)
            if actor is None:
                return _to_sign_in(request)
            gate.admit(actor)
            settle(request, actor)
            request.actor = actor  # type: ignore[attr-defined]
            response = view(request, *args, **kwargs)
            # After signing out, the back button must not show what was on the page.
            response.headers.setdefault("Cache-Control", NOT_KEPT)
            return response

        gated.gate = gate  # type: ignore[attr-defined]
        return gated

    return decorate


def person(view: View) -> View:
    """A page of a signed-in person's own, also of one who is a member of no account. Tokens do not open it."""

    @wraps(view)
    def gated(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if carries_token(request) or not request.user.is_authenticated:
            return _to_sign_in(request)
        with suppress(NoAccount):
            request.actor = actor_from(request)  # type: ignore[attr-defined]
        response = view(request, *args, **kwargs)
        response.headers.setdefault("Cache-Control", NOT_KEPT)
        return response

    gated.gate = ANY_MEMBER  # type: ignore[attr-defined]
    return gated


def popout(
    slug: str, permission: Permission | Gate, *, refused: Callable[[HttpRequest, Exception], HttpResponse]
) -> Any:
    """An unattended page: a popout token with `permission` that is not bound to other pages than this one, or a session
    with it where there is no token.

    `refused(request, error)` answers everybody else: the error is NotSignedIn (no token or session, or one that no
    longer works), PageRefused, PermissionRefused or RateLimited.
    """
    gate = gate_of(permission)

    def decorate(view: View) -> View:
        @wraps(view)
        def gated(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            try:
                actor = require_actor(request)
                # First, as it may be the binding that takes the permission away.
                actor.require_page(slug)
                gate.admit(actor)
            except (NotSignedIn, PageRefused, PermissionRefused) as error:
                return refused(request, error)
            request.actor = actor  # type: ignore[attr-defined]
            return view(request, *args, **kwargs)

        gated.gate = gate  # type: ignore[attr-defined]
        gated.too_many = refused  # type: ignore[attr-defined]
        return gated

    return decorate


def public(reason: str) -> Callable[[AnyView], AnyView]:
    """A door without a lock, and why."""

    def decorate(view: AnyView) -> AnyView:
        view.gate = Gate(reason=reason)  # type: ignore[attr-defined]
        return view

    return decorate


def field(
    permission: Permission | Gate,
    *,
    limit: throttle.Limit | None = None,
    in_browser: bool = False,
    confirmed: bool = False,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A GraphQL resolver or `mutate`: callers with `permission`, or ANY_MEMBER. Passes the actor as second argument.

    `limit` is how often the account may do this, beside what counts for every call. What goes on `in_browser` gets the
    key of its session as `session_key`. What must be `confirmed` is for whoever has lately shown again who they are.
    """
    gate = gate_of(permission)

    def decorate(resolver: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(resolver)
        def gated(root: Any, info: Any, **kwargs: Any) -> Any:
            actor = require_actor(info.context)
            gate.admit(actor)
            if limit:
                throttle.require(limit, actor)
            if confirmed:
                confirmation.require(info.context, actor)
            if in_browser:
                kwargs["session_key"] = info.context.session.session_key or ""
            return resolver(root, actor, **kwargs)

        gated.gate = gate  # type: ignore[attr-defined]
        return gated

    return decorate


def field_of_person(resolver: Callable[..., Any]) -> Callable[..., Any]:
    """A GraphQL `mutate` for a signed-in person, with an account or without. Passes the request as second argument;
    its `user` is the person."""

    @wraps(resolver)
    def gated(root: Any, info: Any, **kwargs: Any) -> Any:
        require_person(info.context)
        return resolver(root, info.context, **kwargs)

    gated.gate = ANY_PERSON  # type: ignore[attr-defined]
    return gated


def require_person(request: HttpRequest) -> User:
    """The signed-in person, with an account or without. Raises NotSignedIn; PersonNeeded for a popout token."""
    with suppress(NoAccount):
        return people.in_person(require_actor(request))
    return cast("User", request.user)


def require_actor(request: HttpRequest) -> Actor:
    """The actor of an API request or popout. Raises NotSignedIn without one."""
    actor = actor_from(request)
    if actor is None:
        raise NotSignedIn
    return actor


def check_csrf(request: HttpRequest) -> None:
    """Sessions prove that the request is ours; popout tokens need not, as no browser adds them by itself."""
    if carries_token(request):
        return
    try:
        SessionAuthentication().enforce_csrf(request)  # type: ignore[arg-type]  # it wants the plain request
    except PermissionDenied as error:
        raise CsrfFailed from error


class ActorAuthentication(BaseAuthentication):
    """REST: the actor behind the popout token or the session."""

    def authenticate(self, request: Request) -> tuple[Any, Actor] | None:
        actor = actor_from(request._request)
        if actor is None:
            return None
        check_csrf(request._request)
        return actor.user, actor

    def authenticate_header(self, request: Request) -> str:
        return "PopoutToken"


class PersonAuthentication(BaseAuthentication):
    """REST: the signed-in person, with an account or without."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        try:
            user = require_person(request._request)
        except NotSignedIn:
            return None
        check_csrf(request._request)
        return user, None

    def authenticate_header(self, request: Request) -> str:
        return "PopoutToken"


class HoldsPermission(BasePermission):
    """Asks the actor for what the view's `gates` name for this method; a method they do not name is not there."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not view.knows(request):
            raise NotAuthenticated(NotSignedIn.sentence)
        if request.method == "OPTIONS":
            return True
        gate = view.gates.get("GET" if request.method == "HEAD" else request.method)
        if gate is None:
            raise MethodNotAllowed(request.method or "")
        # None where an endpoint is for others than members; it then has neither permissions nor limits.
        actor = cast("Actor", request.auth)
        gate_of(gate).admit(actor)
        if limit := view.limits.get(request.method):
            throttle.require(limit, actor)
        return True


class Json(JSONParser):
    """Request bodies: JSON as `lumio.lib.jsonbody` takes it."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        return jsonbody.parse(stream.read(limit + 1), limit=limit)


class ApiView(APIView):
    """A REST endpoint. `gates` names a permission (or ANY_MEMBER) for each method; `self.actor` is who asks.

    `limits` names how often the account may call a method that costs more than others, `refusals` what a method may
    refuse besides what every endpoint may, for the OpenAPI document.
    """

    gates: ClassVar[dict[str, Permission | Gate]]
    limits: ClassVar[dict[str, throttle.Limit]] = {}
    refusals: ClassVar[dict[str, tuple[type[Refusal] | type[Http404], ...]]] = {}
    authentication_classes = [ActorAuthentication]
    permission_classes = [HoldsPermission]
    parser_classes = [Json]

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers["Cache-Control"] = NOT_KEPT
        return response

    def options(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # type: ignore[override]  # DRF's
        """What may be asked for here, in the header `Allow`."""
        return Response(status=204)

    @property
    def allowed_methods(self) -> list[str]:
        named = list(self.gates)
        return [*named, *(["HEAD"] if "GET" in named else []), "OPTIONS"]

    def knows(self, request: Request) -> bool:
        """Whether whoever asks is somebody that this endpoint is for."""
        return isinstance(request.auth, Actor)

    @property
    def actor(self) -> Actor:
        return cast("Actor", self.request.auth)


class PersonView(ApiView):
    """A REST endpoint for signed-in people, with an account or without; `self.person` is who asks."""

    authentication_classes = [PersonAuthentication]

    def knows(self, request: Request) -> bool:
        return request.successful_authenticator is not None

    @property
    def person(self) -> User:
        return cast("User", self.request.user)


class PublicView(ApiView):
    """A REST endpoint for anybody; its `gates` say why."""

    authentication_classes = []

    def knows(self, request: Request) -> bool:
        return True


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """To the sign-in page and from there back to the page the person was on, without a token in the address."""
    if request.method in {"GET", "HEAD"} and not request.headers.get("HX-Request"):
        back = request.path if carries_token(request) else request.get_full_path()
        return redirect_to_login(back)
    # A form or a fragment: its own address is no page, the one it was on is.
    origin = request.headers.get("HX-Current-URL") or request.headers.get("Referer") or ""
    ours = url_has_allowed_host_and_scheme(origin, {request.get_host()}, require_https=request.is_secure())
    parts = urlsplit(origin if ours else reverse(settings.LOGIN_REDIRECT_URL))
    query = "" if "token" in parse_qs(parts.query) else parts.query
    response = redirect_to_login(parts._replace(scheme="", netloc="", query=query, fragment="").geturl())
    return HttpResponseClientRedirect(response.url) if request.headers.get("HX-Request") else response
