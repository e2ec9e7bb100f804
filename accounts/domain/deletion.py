"""The end of an account.

Its owner closes it, in one short transaction: from then on nobody gets in, no token and no invitation opens anything,
sockets close and sources stop, because all of these ask for a membership, and there is none any more. What is left is
deleted in the background (`finish`), however much it is, in small steps any of which may be the last before a crash.
Apps register what they have to give back and what grows without bound, in their `AppConfig.ready()`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import rights
from accounts.domain import people
from accounts.domain.accounts import instance_account
from accounts.domain.audit import record
from accounts.enums import Action, Permission
from accounts.models import Account, AuditEntry, Notification
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from django.db.models import Model

    from accounts.actor import Actor

log = logging.getLogger(__name__)

#: After this long every process has noticed that an account is closed, and stores nothing for it any more.
NOTICED = timedelta(seconds=15)
#: Rows of one transaction, and seconds between two: whoever stores what happens elsewhere goes first.
BATCH = 500
PAUSE = 0.05
#: Seconds of one run; the next goes on.
LONGEST = 50.0

_stops: list[Callable[[Account], None]] = []
_farewells: list[Callable[[Account], None]] = []
_large: list[type[Model]] = []


class NameDiffers(Refusal):
    code = "name_differs"
    sentence = _("This is not the account's name. Type {name} exactly as it stands there.")


def register(
    *,
    stop: Callable[[Account], None] | None = None,
    farewell: Callable[[Account], None] | None = None,
    large: tuple[type[Model], ...] = (),
) -> None:
    """Let an upper app take part. Called once.

    `stop(account)` ends what must not go on for a moment, in the transaction that closes the account.
    `farewell(account)` gives back what is held elsewhere; it may take its time, be interrupted and be called again.
    `large` are models with an `account` that have many rows and that no other row depends on.
    """
    if stop:
        _stops.append(stop)
    if farewell:
        _farewells.append(farewell)
    _large.extend(large)


@transaction.atomic
def close(*, actor: Actor, confirm_name: str) -> None:
    """End the actor's account. Its log goes with it, so that it ended is noted in the log of this Lumio itself.

    Raises NameDiffers unless `confirm_name` is the account's name, and PersonNeeded for a popout token.
    """
    people.in_person(actor)
    actor.require(Permission.ACCOUNT_DELETE)
    # The row is the lock: of two presses at once the second finds nobody in the account any more.
    account = Account.objects.select_for_update().get(pk=actor.account.pk)
    if account.closed_at is not None:
        return
    if confirm_name.strip() != account.name.strip():
        raise NameDiffers(name=account.name)
    number = account.members.count()
    account.closed_at = timezone.now()
    account.save(update_fields=["closed_at"])
    rights.changed(account.pk)
    account.members.all().delete()
    for stop in _stops:
        stop(account)
    before = {"name": account.name, "members": number}
    record(replace(actor, account=instance_account()), Action.ACCOUNT_DELETED, account, before=before)


def finish() -> int:
    """Delete what is left of closed accounts; how many are gone. The next run goes on where this one stopped."""
    give_up, gone = time.monotonic() + LONGEST, 0
    for account in Account.objects.filter(closed_at__lt=timezone.now() - NOTICED).order_by("closed_at"):
        try:
            gone += _finish(account, give_up)
        except Exception:  # whatever a farewell trips over: one account must not keep the others from being deleted
            log.exception("The closed account %s cannot be deleted yet", account.pk)
    return gone


def _finish(account: Account, give_up: float) -> bool:
    """Whether nothing of the account is left."""
    for farewell in _farewells:
        farewell(account)
    everything: list[type[Model]] = [*_large, Notification, AuditEntry]
    for model in everything:
        if not _empty(model, account, give_up):
            return False
    with transaction.atomic():
        account.delete()
    log.info("Deleted the account %s, closed at %s", account.pk, account.closed_at)
    return True


def _empty(model: type[Model], account: Account, give_up: float) -> bool:
    rows = model._default_manager.filter(account=account)
    while time.monotonic() < give_up:
        keys = list(rows.order_by().values_list("pk", flat=True)[:BATCH])
        if not keys:
            return True
        with transaction.atomic():
            rows.filter(pk__in=keys).delete()
        time.sleep(PAUSE)
    return False
