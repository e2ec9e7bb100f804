"""What a person can change about themselves. It counts in every account, so no account's permission is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.contrib.auth import logout
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from accounts.authentication import actor_of_member, address_of, memberships
from accounts.domain import members, sessions, streamer_mode
from accounts.domain.accounts import instance_account
from accounts.domain.audit import record, record_of_person
from accounts.domain.setup import EmailTaken
from accounts.enums import Action, Permission
from accounts.models import User
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from django.http import HttpRequest

#: What `change` takes.
FIELDS = ("name", "language", "time_zone", "hour_cycle", "row_times", "streamer_mode", "wants_mail")


class PersonNeeded(Refusal):
    code = "session_only"
    status = 403
    sentence = _("A popout token stands for a page, not for a person. Sign in to do this.")


class OwnsAccounts(Refusal):
    code = "owns_accounts"
    status = 409
    sentence = _("You own {accounts}. Delete what you own first; an account cannot be without its owner.")


class OperatorStays(Refusal):
    code = "operator_stays"
    status = 409
    sentence = _("You may use Django admin. Have another operator take that away from you first.")


def in_person(actor: Actor) -> User:
    """The person who acts; raises PersonNeeded for popout tokens, which must not change whoever made them."""
    if actor.token_id is not None or actor.user is None:
        raise PersonNeeded
    return actor.user


def zone_of(time_zone: str) -> ZoneInfo | None:
    """What a person's time zone is; None, which is UTC, without one and for a name that this machine does not know."""
    try:
        return ZoneInfo(time_zone) if time_zone else None
    except (ZoneInfoNotFoundError, ValueError):
        return None


def seen(actor: Actor) -> dict[str, Any]:
    """The caller as the APIs show it. A popout token learns no more of its person than the name the team sees."""
    person = actor.user if actor.token_id is None else None
    return {
        "account": actor.account,
        "display_name": actor.user.display_name if actor.user else None,
        "role": actor.role_name or None,
        "via": actor.via.value,
        "token_id": actor.token_id,
        "pages": sorted(actor.pages),
        "permissions": [code.value for code in Permission if actor.can(code)],
        "person": person,
        "hides": person is not None and streamer_mode.hides(person, actor.account.pk),
    }


@transaction.atomic
def change(*, user: User, address: str | None = None, **values: Any) -> None:
    """Set some of FIELDS, validated by the caller. They take effect with the next page, on every device.

    Another name is noted in every account, as it is by their names that the log tells people apart.
    """
    unknown = values.keys() - set(FIELDS)
    if unknown:
        raise TypeError(f"not a field of a person's own: {unknown}")
    before = user.display_name
    for name, value in values.items():
        setattr(user, name, value)
    if values:
        user.save(update_fields=list(values))
    if user.display_name != before:
        after = {"name": user.display_name}
        record_of_person(Action.NAME_CHANGED, user, before={"name": before}, after=after, address=address)


@transaction.atomic
def delete(*, user: User, request: HttpRequest) -> None:
    """Delete a person's sign-in: they leave every account, and what only they have is gone. For somebody who owns none.

    Lines of the audit logs keep their name, as these are the team's. Raises OwnsAccounts or OperatorStays.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    if user.is_staff:
        raise OperatorStays
    seats = memberships(user.pk)
    if owned := [seat.account.name for seat in seats if seat.role.is_owner]:
        raise OwnsAccounts(accounts=", ".join(owned))
    address = address_of(request)
    for seat in seats:
        members.leave(actor=actor_of_member(seat, address=address))
    sessions.end_all(user=user, request=request)
    actor = Actor(account=instance_account(), user=user, permissions=frozenset(), address=address)
    record(actor, Action.SIGN_IN_DELETED, user)
    logout(request)
    user.delete()


def change_email(*, user: User, email: str, request: HttpRequest | None = None) -> None:
    """Sign in with another address from now on; raises EmailTaken. Noted in every account, without the addresses."""
    from allauth.account.models import EmailAddress

    email = email.lower()
    if email == user.email:
        return
    before = user.email
    user.email = email
    try:
        with transaction.atomic():
            others = type(user).objects.exclude(pk=user.pk)
            if others.filter(email__iexact=email).exists():
                raise EmailTaken
            user.save(update_fields=["email"])
            # What allauth remembered of the old address would still open the door.
            EmailAddress.objects.filter(user=user).delete()
            record_of_person(Action.EMAIL_CHANGED, user, request)
    except (EmailTaken, IntegrityError):
        user.email = before
        raise EmailTaken from None
