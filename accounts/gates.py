"""One gate per kind of door. Each leaves a mark, `gate`, that `tests/test_doors.py` reads.

    @page(Permission.CONNECTIONS_READ)            a dashboard page: session only
    @popout(Permission.EVENTS_READ)               an unattended page: popout token, or session
    class TokenList(ApiView): gates = {"GET": …}  REST: popout token, or session with CSRF
    @field(Permission.TOKENS_READ)                a GraphQL resolver, same callers as REST
    @public("why anybody may come in")            everything else, with its reason

Sockets declare one permission per channel in `events/channels.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.views import redirect_to_login
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.views import APIView

from accounts.actor import Actor
from accounts.authentication import actor_from
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from rest_framework.request import Request

    from accounts.enums import Permission

View = Callable[..., "HttpResponse"]


@dataclass(frozen=True)
class Gate:
    """The mark on a door: the permission it asks for, or None with the reason why it asks for none."""

    permission: Permission | None
    reason: str = ""


ANY_MEMBER = Gate(None, "any authenticated caller")


class NotSignedIn(Refusal):
    code = "not_authenticated"
    status = 401
    sentence = _("Sign in first, or use a popout token that still works.")


def page(permission: Permission | None = None) -> Callable[[View], View]:
    """A dashboard page or form: signed-in members with `permission` (None: every member). Tokens do not open it."""

    def decorate(view: View) -> View:
        @wraps(view)
        def gated(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            actor = actor_from(request) if "token" not in request.GET else None
            if actor is None:
                return redirect_to_login(request.get_full_path() if "token" not in request.GET else request.path)
            if permission is not None:
                actor.require(permission)
            request.actor = actor  # type: ignore[attr-defined]
            return view(request, *args, **kwargs)

        gated.gate = Gate(permission) if permission else ANY_MEMBER  # type: ignore[attr-defined]
        return gated

    return decorate


def public(reason: str) -> Callable[[View], View]:
    """A door without a lock, and why."""

    def decorate(view: View) -> View:
        view.gate = Gate(None, reason)  # type: ignore[attr-defined]
        return view

    return decorate


class ActorAuthentication(BaseAuthentication):
    """REST: the actor behind the popout token or the session. Sessions need the CSRF token, popout tokens do not."""

    def authenticate(self, request: Request) -> tuple[Any, Actor] | None:
        actor = actor_from(request._request)
        if actor is None:
            return None
        if "token" not in request._request.GET:
            SessionAuthentication().enforce_csrf(request)
        return actor.user, actor

    def authenticate_header(self, request: Request) -> str:
        return "PopoutToken"


class HoldsPermission(BasePermission):
    """Asks the actor for the permission that the view declares for this method."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not isinstance(request.auth, Actor):
            raise NotAuthenticated
        gate = view.gates.get(request.method)
        if gate is not None and gate is not ANY_MEMBER:
            request.auth.require(gate)
        return True


class ApiView(APIView):
    """A REST endpoint. `gates` names a permission (or ANY_MEMBER) for each method; `self.actor` is who asks."""

    gates: ClassVar[dict[str, Permission | Gate]]
    authentication_classes: ClassVar = [ActorAuthentication]
    permission_classes: ClassVar = [HoldsPermission]

    @property
    def actor(self) -> Actor:
        return self.request.auth


def field(permission: Permission | Gate) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A GraphQL resolver or `mutate`: callers with `permission`, or ANY_MEMBER. Passes the actor as second argument."""

    def decorate(resolver: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(resolver)
        def gated(root: Any, info: Any, **kwargs: Any) -> Any:
            actor = actor_from(info.context)
            if actor is None:
                raise NotSignedIn
            if not isinstance(permission, Gate):
                actor.require(permission)
            return resolver(root, actor, **kwargs)

        gated.gate = permission if isinstance(permission, Gate) else Gate(permission)  # type: ignore[attr-defined]
        return gated

    return decorate
