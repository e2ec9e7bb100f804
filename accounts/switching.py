"""Which of their accounts a signed-in person works in. The session holds it, so each browser has its own."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.authentication import ACCOUNT_KEY, memberships_of

if TYPE_CHECKING:
    from django.http import HttpRequest

    from accounts.actor import Actor
    from accounts.models import Account, Member


def choose(request: HttpRequest, account_id: UUID) -> Member:
    """Work in this account from now on. A 404 unless the person is a member of it."""
    member = next((member for member in memberships_of(request) if member.account_id == account_id), None)
    if member is None:
        raise Http404
    enter(request, member.account)
    return member


def enter(request: HttpRequest, account: Account) -> None:
    """Work in `account`, which the person is known to be a member of."""
    request.session[ACCOUNT_KEY] = str(account.pk)


def forget(request: HttpRequest, account: Account) -> None:
    """Choose none, if it was `account`: the person has left it and need not be told."""
    if request.session.get(ACCOUNT_KEY) == str(account.pk):
        del request.session[ACCOUNT_KEY]


def settle(request: HttpRequest, actor: Actor) -> None:
    """Say so, once, when the account that was chosen is no longer this person's and another one is shown instead."""
    chosen = request.session.get(ACCOUNT_KEY)
    if chosen is None or chosen == str(actor.account.pk):
        return
    enter(request, actor.account)
    sentence = _("You are no longer a member of the account you worked in. This is {account}.")
    messages.warning(request, sentence.format(account=actor.account.name))
