"""From a request to an Actor. The popout-token app registers its authenticator here (see its `apps.py`).

A request that carries `?token=` is judged by that token alone: its cookie is not read (least privilege, no
confused deputy). Everything else is judged by the session.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from accounts.enums import Via
from accounts.models import Member, User
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest


class WrongAccount(Refusal):
    code = "wrong_account"
    status = 409
    sentence = _("This was opened for another account than the one you work in now. Reload the page and try again.")


class NoAccount(Refusal):
    code = "no_account"
    status = 403
    sentence = _("You are not a member of any account. Ask an account owner for an invitation.")


#: Session key with the id of the account a person works in.
ACCOUNT_KEY = "account"

#: Takes the token's text and where it was used ("/popout/events"), gives the actor, or None for any token that
#: is unknown, revoked or malformed.
TokenAuthenticator = Callable[[str, str], Actor | None]
_token_authenticators: list[TokenAuthenticator] = []


def register_token_authenticator(authenticator: TokenAuthenticator) -> None:
    """Let an upper app recognise its tokens. Called once, from `AppConfig.ready()`."""
    _token_authenticators.append(authenticator)


def actor_from_token(token: str, page: str, *, address: str | None = None) -> Actor | None:
    """The actor behind a token, or None for every kind of token that does not work."""
    found = next((actor for authenticate in _token_authenticators if (actor := authenticate(token, page))), None)
    return found and replace(found, address=address)


def actor_of_member(member: Member, *, address: str | None = None) -> Actor:
    return Actor(
        account=member.account,
        user=member.user,
        permissions=member.role.codes,
        via=Via.SESSION,
        role_name=member.role.label,
        address=address,
    )


def memberships(user_id: UUID) -> list[Member]:
    """Every membership of a user, oldest first, with account, role and user loaded."""
    return list(
        Member.objects.filter(user_id=user_id, user__is_active=True)
        .select_related("account", "role", "user")
        .order_by("created_at")
    )


def actor_from_session(user: User, account_id: str | None, *, address: str | None = None) -> Actor | None:
    """The signed-in person in the account their session names, else in their first one; None without any."""
    return _actor_among(memberships(user.pk), account_id, address)


def _actor_among(members: list[Member], account_id: str | None, address: str | None) -> Actor | None:
    chosen = next((member for member in members if str(member.account_id) == account_id), None)
    member = chosen or (members[0] if members else None)
    return actor_of_member(member, address=address) if member else None


def address_of(request: HttpRequest) -> str | None:
    """Where a request comes from; None where nobody can tell, as behind a proxy on a UNIX socket."""
    return request.META.get("REMOTE_ADDR") or None


def memberships_of(request: HttpRequest) -> list[Member]:
    """The memberships of the signed-in person, read once for each request; the actor comes from the same ones."""
    if not hasattr(request, "_lumio_memberships"):
        request._lumio_memberships = memberships(request.user.pk)  # type: ignore[attr-defined, arg-type]
    return request._lumio_memberships  # type: ignore[attr-defined]


def carries_token(request: HttpRequest) -> bool:
    """Whether the request is judged by a popout token, and its cookie not read."""
    return "token" in request.GET


def actor_from(request: HttpRequest) -> Actor | None:
    """The actor of a request.

    Raises WrongAccount if the request names another account than the actor's, NoAccount for a person without any.
    """
    actor = caller_of(request)
    if actor is not None:
        _check_account(request, actor)
    return actor


def caller_of(request: HttpRequest) -> Actor | None:
    """Who makes a request, worked out once and kept on it, whatever account it names. Raises NoAccount."""
    if not hasattr(request, "_lumio_actor"):
        request._lumio_actor = _work_out(request)  # type: ignore[attr-defined]
    return request._lumio_actor  # type: ignore[attr-defined]


def _work_out(request: HttpRequest) -> Actor | None:
    if request.headers.get("Authorization", "").lower().startswith("bearer "):
        return None  # a popout token belongs into the address; whoever sends one so must not pass by the cookie
    if carries_token(request):
        return actor_from_token(request.GET["token"], request.path, address=address_of(request))
    if not request.user.is_authenticated:
        return None
    actor = _actor_among(memberships_of(request), request.session.get(ACCOUNT_KEY), address_of(request))
    if actor is None:
        raise NoAccount
    return actor


def _check_account(request: HttpRequest, actor: Actor) -> None:
    """Two tabs, two accounts: a form or a call made for the one must not act on the other.

    Forms carry the account's id as `account`, API calls may send it as `Lumio-Account`.
    """
    named = request.headers.get("Lumio-Account", request.POST.get("account") or None)
    if named is not None and named != str(actor.account.pk):
        raise WrongAccount
