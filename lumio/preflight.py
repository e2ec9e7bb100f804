"""Pre-flight checks: starting one, running it in a worker, looking at the last ten, and sharing one for a day.

A check asks whoever can be asked, so it may take its time: each has a thread and a time limit of its own, and what one
finds is stored when it is found. Findings are kept as codes and params; `lumio.preflight_shown` puts them into words.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import timedelta
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.db import connections, transaction
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actor import system_actor
from accounts.domain.audit import record
from accounts.enums import Action, Permission
from lumio import preflight_checks
from lumio.lib.errors import Refusal
from lumio.lib.ids import key
from lumio.lib.secrets import Secret, digest, new_secret
from lumio.models import Preflight, PreflightState

if TYPE_CHECKING:
    from accounts.actor import Actor
    from accounts.domain.findings import Check, Finding

log = logging.getLogger(__name__)

#: Seconds that one check may take, and how many are under way at the same time.
LIMIT = 10.0
AT_ONCE = 8
#: How long whoever has the address of a shared one can read it.
SHARED_FOR = timedelta(hours=24)


class NotDone(Refusal):
    code = "preflight_not_done"
    status = 409
    sentence = _("This check is not done, so there is nothing to share yet. Wait for it to end, or start another one.")


class NotShared(Refusal):
    code = "preflight_not_shared"
    status = 404
    sentence = _("This link shows nothing any more. Ask whoever sent it to you for a new one.")


# --- What people do -------------------------------------------------------------------------------------------------


def listing(actor: Actor) -> list[Preflight]:
    """The account's, newest first. One query."""
    actor.require(Permission.CONNECTIONS_READ)
    return _newest(actor)


def get(actor: Actor, preflight_id: UUID | str, permission: Permission = Permission.CONNECTIONS_READ) -> Preflight:
    """One of the actor's account; anything else is a 404."""
    actor.require(permission)
    rows = Preflight.objects.select_related("by", "account")
    return get_object_or_404(rows, account=actor.account, pk=key(preflight_id))


@transaction.atomic
def start(actor: Actor) -> Preflight:
    """Have a worker check everything; the one that is under way already, if there is one."""
    actor.require(Permission.CONNECTIONS_EDIT)
    actor.account.take_turns()
    known = _newest(actor)
    if known and known[0].is_under_way:
        return known[0]
    row = Preflight.objects.create(account=actor.account, by=actor.user)
    kept = [row.pk, *(one.pk for one in known[: Preflight.KEPT - 1])]
    Preflight.objects.filter(account=actor.account).exclude(pk__in=kept).delete()
    record(actor, Action.PREFLIGHT_STARTED, row)
    transaction.on_commit(lambda: _nudge(row.pk), robust=True)
    return row


@transaction.atomic
def share(actor: Actor, preflight_id: UUID | str) -> tuple[Preflight, Secret]:
    """Let whoever has the address that this returns read one for a day. An older address of it opens nothing any more.

    The address exists only in what this returns. Raises NotDone.
    """
    row = get(actor, preflight_id, Permission.CONNECTIONS_EDIT)
    if row.state != PreflightState.DONE:
        raise NotDone
    code = new_secret()
    row.share_digest, row.shared_until = digest(code), timezone.now() + SHARED_FOR
    row.save(update_fields=["share_digest", "shared_until"])
    record(actor, Action.PREFLIGHT_SHARED, row, after={"until": row.shared_until.isoformat()})
    return row, Secret(f"{settings.LUMIO_URL}{reverse('shared_preflight', args=[code])}")


@transaction.atomic
def unshare(actor: Actor, preflight_id: UUID | str) -> Preflight:
    """Have the address open nothing any more."""
    row = get(actor, preflight_id, Permission.CONNECTIONS_EDIT)
    if row.is_shared:
        record(actor, Action.PREFLIGHT_UNSHARED, row)
    row.share_digest = row.shared_until = None
    row.save(update_fields=["share_digest", "shared_until"])
    return row


def shared(code: str) -> Preflight:
    """The one that an address opens. Raises NotShared."""
    rows = Preflight.objects.select_related("account").filter(account__closed_at=None, shared_until__gt=timezone.now())
    row = rows.filter(share_digest=digest(code)).first()
    if row is None:
        raise NotShared
    return row


def _newest(actor: Actor) -> list[Preflight]:
    rows = Preflight.objects.filter(account=actor.account).select_related("by")
    return list(rows.order_by("-created_at", "-pk")[: Preflight.KEPT])


# --- In a worker ----------------------------------------------------------------------------------------------------


def run(preflight_id: UUID | str) -> None:
    """Check everything, unless another worker does. What a check finds is stored at once."""
    now = timezone.now()
    waiting = Preflight.objects.filter(pk=preflight_id, begun_at=None, created_at__gt=now - Preflight.TAKEN_WITHIN)
    if not waiting.update(begun_at=now):
        return
    row = Preflight.objects.select_related("account").get(pk=preflight_id)
    checks = preflight_checks.checks(system_actor(row.account))
    results: list[dict[str, Any] | None] = [None] * len(checks)
    mine = Preflight.objects.filter(pk=row.pk, ended_at=None)
    mine.update(results=results)
    for place, findings in carry_out(checks):
        results[place] = _kept(checks[place], findings)
        if not mine.update(results=results):
            return  # its account was deleted, or ten others were started
    mine.update(ended_at=timezone.now())


def carry_out(checks: Sequence[Check]) -> Iterator[tuple[int, list[Finding]]]:
    """The place of each check and what it found, as it finds it; that it could not be checked, after LIMIT seconds or
    if it raises. A thread that is late goes on by itself, and nobody waits for it."""
    answers: SimpleQueue[tuple[int, list[Finding]]] = SimpleQueue()
    waiting = deque(range(len(checks)))
    began: dict[int, float] = {}
    while waiting or began:
        while waiting and len(began) < AT_ONCE:
            place = waiting.popleft()
            began[place] = time.monotonic()
            Thread(target=_look, args=(checks[place], place, answers), name="preflight", daemon=True).start()
        try:
            patience = min(began.values()) + LIMIT - time.monotonic()
            place, findings = answers.get(timeout=max(0.0, patience))
        except Empty:
            for place in [place for place, at in began.items() if at + LIMIT <= time.monotonic()]:
                del began[place]
                yield place, [preflight_checks.NOT_CHECKED.found()]
        else:
            if began.pop(place, None) is not None:
                yield place, findings


def _look(check: Check, place: int, answers: SimpleQueue[tuple[int, list[Finding]]]) -> None:
    try:
        found = check.look()
    except Exception:
        log.exception("A pre-flight check failed")
        found = [preflight_checks.NOT_CHECKED.found()]
    finally:
        connections.close_all()
    answers.put((place, found))


def _kept(check: Check, findings: Sequence[Finding]) -> dict[str, Any]:
    said = [{"code": one.kind.code, "params": dict(one.params)} for one in findings]
    return {"group": check.group.value, "subject": check.subject, "findings": said}


def _nudge(preflight_id: UUID) -> None:
    """Tell a worker. Nobody waits for Valkey, which takes seconds to be given up."""
    Thread(target=_tell_a_worker, args=(preflight_id,), name="preflight", daemon=True).start()


def _tell_a_worker(preflight_id: UUID) -> None:
    """Best effort: where none hears it, the page says so."""
    from lumio.celery import app  # a dozen MiB, which most processes never need

    seconds = Preflight.TAKEN_WITHIN.total_seconds()
    try:
        app.send_task("lumio.tasks.run_preflight", [str(preflight_id)], expires=seconds, retry=False)
    except Exception as error:  # whatever carries it has its own
        log.warning("No worker could be told of a pre-flight check: %s", error)
