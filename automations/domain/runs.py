"""Running automations by hand, and what they did."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import paging
from accounts.domain.audit import record
from accounts.enums import Action, Permission
from accounts.paging import Page
from automations.domain import access, nudges, triggers, variables
from automations.enums import RunState, TriggerType
from automations.models import Automation, Run, RunStep
from lumio.lib import batches
from lumio.lib.errors import Refusal
from lumio.lib.payload import UNSTORABLE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from accounts.actor import Actor

#: Variables that a run by hand takes, and characters of one.
MOST_VARIABLES = 20
VALUE_LENGTH = 500
#: Of one automation, and for how long.
KEPT_RUNS = 200
KEPT = timedelta(days=30)

ENDED = (RunState.DONE, RunState.FAILED, RunState.ABANDONED)


class BadVariables(Refusal):
    code = "bad_variables"
    status = 422
    sentence = _(
        "A run takes {most} variables at most. Their names have small letters and underscores, their values are texts "
        "of up to {length} characters."
    )


@transaction.atomic
def run(*, actor: Actor, automation_id: UUID | str, given: Mapping[str, Any] | None = None) -> Run:
    """Have it run now, also one that is switched off; the run, which has not begun. `given` are variables: text by
    name. Raises BadVariables."""
    actor.require(Permission.AUTOMATIONS_EXECUTE)
    _check(given or {})
    actor.account.take_turns()  # against whoever removes it meanwhile
    automation = access.get_automation(actor, automation_id, Permission.AUTOMATIONS_EXECUTE)
    made = Run.objects.create(
        account=actor.account,
        automation=automation,
        name=automation.name,
        trigger=TriggerType.MANUAL,
        by=actor.name[:200],
        variables=variables.by_hand(automation, given or {}),
    )
    RunStep.objects.bulk_create(triggers.copied(made, automation))
    record(actor, Action.AUTOMATION_RUN, automation, after={"run": made.pk})
    transaction.on_commit(partial(nudges.send, [made.pk]), robust=True)
    return access.get_run(actor, made.pk, Permission.AUTOMATIONS_EXECUTE)


def get(actor: Actor, run_id: int) -> Run:
    """With its steps."""
    return access.get_run(actor, run_id, Permission.AUTOMATIONS_HISTORY)


def page(
    actor: Actor,
    limit: int,
    *,
    automation_id: UUID | str | None = None,
    before: int | None = None,
    after: int | None = None,
) -> Page[Run]:
    """Runs of the account, or of one automation, with their steps, newest first; with `after` what follows, oldest
    first. Two queries, and one for the automation."""
    actor.require(Permission.AUTOMATIONS_HISTORY)
    rows = Run.objects.filter(account=actor.account)
    if automation_id is not None:
        rows = rows.filter(automation=access.get_automation(actor, automation_id, Permission.AUTOMATIONS_HISTORY))
    return paging.by_number(rows.prefetch_related("steps"), limit=limit, before=before, after=after)


def latest(actor: Actor) -> dict[UUID, Run]:
    """The newest run of each automation, without steps. One query."""
    actor.require(Permission.AUTOMATIONS_HISTORY)
    runs = Run.objects.filter(automation=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    newest = Automation.objects.filter(account=actor.account).annotate(newest=Subquery(runs)).values("newest")
    return {run.automation_id: run for run in Run.objects.filter(pk__in=newest) if run.automation_id}


def forget() -> int:
    """Delete runs that ended and are older than KEPT, or not among the KEPT_RUNS newest of their automation. How
    many."""
    old = Run.objects.filter(state__in=ENDED, created_at__lt=timezone.now() - KEPT)
    gone = batches.delete(old)
    for automation_id in Automation.objects.order_by("pk").values_list("pk", flat=True).iterator():
        runs = Run.objects.filter(automation=automation_id).order_by("-pk")
        first_too_many = runs.values_list("pk", flat=True)[KEPT_RUNS : KEPT_RUNS + 1].first()
        if first_too_many is not None:
            gone += batches.delete(runs.filter(state__in=ENDED, pk__lte=first_too_many))
    return gone


def _check(given: Mapping[str, Any]) -> None:
    are_fine = all(
        variables.NAME.fullmatch(name)
        and isinstance(value, str)
        and len(value) <= VALUE_LENGTH
        and not UNSTORABLE.search(value)
        for name, value in given.items()
    )
    if len(given) > MOST_VARIABLES or not are_fine:
        raise BadVariables(most=MOST_VARIABLES, length=VALUE_LENGTH)
