"""The account's popout tokens: those that work, and for 90 days those that were revoked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import filters, paging
from accounts.enums import Permission
from tokens.domain import secret
from tokens.enums import NEVER_BY_TOKEN, usable
from tokens.models import PopoutToken

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.utils.functional import Promise

    from accounts.actor import Actor

#: How long those that were revoked are kept, with who did it and why.
KEPT = timedelta(days=90)
#: What the list of those is ordered by.
ENDED = "revoked_at"


@dataclass(frozen=True)
class Granted:
    """One permission that a token lists; `why_not` says why it does not count now, and is empty where it does."""

    code: Permission
    why_not: str | Promise


def alive(
    actor: Actor, *, limit: int, q: str | None = None, before: str | None = None, after: str | None = None
) -> paging.Page[PopoutToken]:
    """A page of the tokens that are not revoked, with creator, member and rights. `q` is part of the label, the start,
    the end or a name. Raises BadCursor and TextTooLong.
    """
    found = PopoutToken.objects.alive().with_rights().filter(account=actor.account)
    return paging.newest_first(_among(actor, found, q), limit=limit, before=before, after=after)


def revoked(
    actor: Actor, *, limit: int, q: str | None = None, before: str | None = None, after: str | None = None
) -> paging.Page[PopoutToken]:
    """The same of those that were revoked lately, with who did it; the last one first."""
    found = PopoutToken.objects.filter(account=actor.account, revoked_at__gte=_long_ago())
    found = found.select_related("creator", "member__user", "revoked_by")
    return paging.newest_first(_among(actor, found, q), limit=limit, before=before, after=after, by=ENDED)


def numbers(actor: Actor) -> tuple[int, int]:
    """How many there are of each. One query."""
    found = PopoutToken.objects.filter(account=actor.account).aggregate(
        alive=Count("pk", filter=Q(revoked_at=None)), revoked=Count("pk", filter=Q(revoked_at__gte=_long_ago()))
    )
    return found["alive"], found["revoked"]


def forget_revoked() -> int:
    """Delete what is kept no longer, in every account; how many there were."""
    deleted, _models = PopoutToken.objects.filter(revoked_at__lt=_long_ago()).delete()
    return deleted


def granted(token: PopoutToken) -> list[Granted]:
    """What the token lists, and what of it counts now. Needs `with_rights()`."""
    creators, within = token.creators, usable(token.pages)

    def why_not(code: Permission) -> str | Promise:
        if code in NEVER_BY_TOKEN:
            return _("No token can use this.")
        if not token.has_creator:
            return _("Its creator has left the account.")
        if code not in creators:
            return _("Its creator may not do this any more.")
        return "" if code in within else _("The popouts that it is bound to cannot use this.")

    return [Granted(code, why_not(code)) for code in Permission if code in token.listed]


def _long_ago() -> datetime:
    return timezone.now() - KEPT


def _among(actor: Actor, tokens: QuerySet[PopoutToken], q: str | None) -> QuerySet[PopoutToken]:
    wanted = filters.text(secret.without(q or ""))
    if not wanted:
        return tokens
    fits = (
        Q(label__icontains=wanted)
        | Q(prefix__icontains=wanted)
        | Q(last_four__icontains=wanted)
        | Q(creator__name__icontains=wanted)
        | Q(member__user__name__icontains=wanted)
    )
    start, dots, end = wanted.partition("…")
    if dots:  # as it is shown
        fits |= Q(prefix__endswith=start, last_four__startswith=end)
    if actor.can(Permission.MEMBERS_READ) and actor.token_id is None:
        # Whoever may see addresses may look for them.
        fits |= Q(creator__email__icontains=wanted) | Q(member__user__email__icontains=wanted)
    return tokens.filter(fits)
