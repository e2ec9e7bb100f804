"""The panic button: one press makes the stream harmless, the next puts back what was.

Pressed, alerts are silent and held, those that waited are gone, and no overlay shows chat. That is one transaction, and
pages hear of it at its end. Only then each OBS that has a safe scene is asked to show it, all at once and each for
ASKED_FOR at most, so nothing waits for an OBS that does not answer; what could not be done is kept beside its scene.

Who presses says what is wanted and takes turns under the lock of the alert queue, so pressing twice does the same as
once. While somebody asks an OBS nobody else does: they look again afterwards, and do what was pressed meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actor import system_actor
from accounts.domain.audit import record
from accounts.enums import Action, Permission
from integrations.domain import obs
from integrations.enums import ObsAct, Tool
from integrations.models import Integration
from integrations.obs.acts import NAME_LENGTH
from integrations.tools.failures import OutcomeUnknown, ToolFailure, stored
from lumio.lib.errors import Refusal
from lumio.lib.payload import UNSTORABLE
from overlays.domain import queue
from overlays.domain.notices import changed_on_commit
from overlays.enums import SceneState
from overlays.models import AlertQueue, Overlay, Panic, SafeScene

if TYPE_CHECKING:
    from datetime import datetime

    from django.utils.functional import Promise

    from accounts.actor import Actor
    from accounts.models import Account

#: Seconds that an OBS has to answer.
ASKED_FOR = 4.0
#: After so long whoever asked is taken for dead.
GIVEN_UP_AFTER = timedelta(seconds=15)
#: How the audit log names who switches the scene: Lumio, by …
VIA = "panic"

WORDS: Mapping[str, str | Promise] = {
    SceneState.ASKED: _("OBS is being asked."),
    SceneState.SAFE: _("Shows the safe scene."),
    SceneState.RESTORED: _("Shows again what it showed before."),
    SceneState.KEPT: _("Somebody had chosen another scene meanwhile, which stays."),
}


class NoSuchObs(Refusal):
    code = "no_such_obs"
    status = 422
    sentence = _("There is no such OBS here. Choose one that stands on the Connections page, and each once.")


class BadSafeScene(Refusal):
    code = "bad_safe_scene"
    status = 422
    sentence = _("Enter the name of a scene as OBS has it, with {most} characters at most.")


class PanicIsOn(Refusal):
    code = "panic_is_on"
    status = 409
    sentence = _("The panic button is pressed at the moment. Restore first, then change its settings.")


#: What changing the settings may refuse, beside PermissionRefused.
SETTINGS: tuple[type[Refusal], ...] = (NoSuchObs, BadSafeScene, PanicIsOn)


@dataclass(frozen=True)
class SceneShown:
    """An OBS, its safe scene and how far it is with it. `detail` is a sentence, "" while nothing was asked; `code` says
    why it failed."""

    integration: UUID
    label: str
    scene: str
    state: str
    code: str
    detail: str

    @property
    def is_failed(self) -> bool:
        return self.state == SceneState.FAILED


@dataclass(frozen=True)
class Shown:
    """The panic button as one looks at it. `since` and `by` are None and "" while it is not pressed."""

    since: datetime | None
    by: str
    scenes: Sequence[SceneShown]

    @property
    def on(self) -> bool:
        return self.since is not None

    @property
    def failed(self) -> list[SceneShown]:
        """The OBS that could not be switched, or put back."""
        return [one for one in self.scenes if one.is_failed]


@dataclass(frozen=True)
class _Wish:
    """What an OBS is to show by now, and in place of what."""

    row: SafeScene
    scene: str
    only_from: str | None
    is_on: bool


# --- For people -----------------------------------------------------------------------------------------------------


def shown(actor: Actor) -> Shown:
    """How it is now, also for those who may press it or change it and nothing else. Two queries."""
    actor.require_any(Permission.EVENTS_READ, Permission.EVENTS_CREATE, Permission.OVERLAYS_EDIT)
    row = Panic.objects.filter(account=actor.account).first() or Panic()
    scenes = SafeScene.objects.filter(account=actor.account).select_related("integration")
    now = timezone.now()
    return Shown(row.since, row.by, [_scene(one, now) for one in scenes.order_by("integration__created_at")])


def press(actor: Actor, *, on: bool) -> None:
    """Make the stream harmless, or restore it. To want what is so already only asks the OBS again that failed.

    When this returns, every OBS was asked; what came of it, `shown` says.
    """
    actor.require(Permission.EVENTS_CREATE)
    with queue.locked(actor.account.pk) as alerts:
        panic = Panic.objects.filter(pk=alerts.pk).first() or Panic(account=actor.account)
        if on == (panic.since is not None):
            is_lost = Q(state=SceneState.ASKED, asked_until__lte=timezone.now())
            SafeScene.objects.filter(Q(state=SceneState.FAILED) | is_lost, account=actor.account).update(turn=0)
        else:
            (_begin if on else _end)(actor, alerts, panic)
            panic.turn += 1
            panic.save()
            for overlay_id in Overlay.objects.filter(account=actor.account).values_list("pk", flat=True):
                changed_on_commit(overlay_id)
    _switch(actor.account)


@transaction.atomic
def change(actor: Actor, scenes: Sequence[tuple[str, str]]) -> None:
    """Choose the safe scene of each OBS: the id of its integration, and the scene. Those that are not named have none.

    Whoever chooses has Lumio switch scenes for people who may not, so it takes `obs:edit` beside `overlays:edit`.
    Raises what SETTINGS names.
    """
    actor.require(Permission.OVERLAYS_EDIT)
    actor.require(Permission.OBS_EDIT)
    wanted = {_key(integration_id): scene for integration_id, scene in scenes}
    known = Integration.objects.filter(account=actor.account, tool=Tool.OBS, pk__in=wanted).in_bulk()
    if len(wanted) != len(scenes) or known.keys() != wanted.keys():
        raise NoSuchObs
    if not all(0 < len(scene) <= NAME_LENGTH and not UNSTORABLE.search(scene) for scene in wanted.values()):
        raise BadSafeScene(most=NAME_LENGTH)
    with queue.locked(actor.account.pk) as alerts:
        panic = Panic.objects.filter(pk=alerts.pk).first() or Panic()
        if panic.since:
            raise PanicIsOn
        rows = list(SafeScene.objects.filter(account=alerts.pk).select_related("integration"))
        before = {row.pk: row.scene for row in rows}
        if before == wanted:
            return
        SafeScene.objects.filter(account=alerts.pk).exclude(pk__in=wanted).delete()
        for pk, scene in wanted.items():
            if before.get(pk) != scene:
                SafeScene(integration=known[pk], account=actor.account, scene=scene, turn=panic.turn).save()
        alerts.version += 1
        was = [f"{row.integration.label}: {row.scene}" for row in rows]
        now = [f"{known[pk].label}: {scene}" for pk, scene in wanted.items()]
        record(actor, Action.PANIC_SETTINGS_CHANGED, before={"scenes": was}, after={"scenes": now})


def choices(actor: Actor) -> list[tuple[Integration, list[str]]]:
    """Every OBS that may have a safe scene, and the scenes that it has now, as far as anybody knows."""
    actor.require(Permission.OVERLAYS_EDIT)
    messages = obs.messages([actor.account.pk])[actor.account.pk]
    scenes = {one["id"]: [scene["name"] for scene in one["data"]["scenes"]] for one in messages}
    rows = Integration.objects.filter(account=actor.account, tool=Tool.OBS).order_by("created_at", "pk")
    return [(row, scenes.get(str(row.pk), [])) for row in rows]


# --- For the rest of Lumio ------------------------------------------------------------------------------------------


def pressed_in(account_ids: Collection[UUID]) -> set[UUID]:
    """In which of these accounts it is pressed. One query."""
    return set(Panic.objects.filter(pk__in=account_ids).exclude(since=None).values_list("pk", flat=True))


def uses(account: Account) -> dict[UUID, list[str]]:
    """For `integrations.domain.dependents`: an OBS that has a safe scene."""
    rows = SafeScene.objects.filter(account=account).values_list("pk", flat=True)
    return {integration_id: [str(_("Panic button"))] for integration_id in rows}


# --- Alerts and chat ------------------------------------------------------------------------------------------------


def _begin(actor: Actor, alerts: AlertQueue, panic: Panic) -> None:
    now = timezone.now()
    panic.since, panic.by = now, actor.name
    panic.was_paused, panic.was_muted = alerts.paused, alerts.muted
    alerts.paused = alerts.muted = True
    cleared = queue.clear(alerts, now)
    record(actor, Action.PANIC_PRESSED, after={"cleared": cleared})


def _end(actor: Actor, alerts: AlertQueue, panic: Panic) -> None:
    panic.since, panic.by = None, ""
    alerts.paused, alerts.muted = panic.was_paused, panic.was_muted
    alerts.version += 1
    record(actor, Action.PANIC_RESTORED, after={"paused": alerts.paused, "muted": alerts.muted})


# --- OBS ------------------------------------------------------------------------------------------------------------


def _switch(account: Account) -> None:
    """Bring every OBS to where the button is, until that is so."""
    while wishes := _claimed(account):
        told = {one["id"]: one["data"]["program"] or "" for one in obs.messages([account.pk])[account.pk]}
        with ThreadPoolExecutor(len(wishes)) as threads:
            asked = {threads.submit(_ask, wish): wish for wish in wishes}
            for answer in as_completed(asked):
                wish = asked[answer]
                _note(account, wish, answer.result(), shown_before=told.get(str(wish.row.pk), ""))


def _claimed(account: Account) -> list[_Wish]:
    """What is still to be asked for and nobody asks for yet; from now on we do."""
    now = timezone.now()
    wishes = []
    with queue.locked(account.pk) as alerts:
        panic = Panic.objects.filter(pk=alerts.pk).first() or Panic()
        late = SafeScene.objects.filter(account=account).exclude(turn=panic.turn).select_related("integration")
        for row in late:
            if row.asked_until and row.asked_until > now:
                continue
            row.turn = panic.turn
            is_on = panic.since is not None
            if is_on or row.before:
                row.state, row.asked_until = SceneState.ASKED, now + GIVEN_UP_AFTER
                scene, only_from = (row.scene, None) if is_on else (row.before, row.scene)
                wishes.append(_Wish(row, scene, only_from, is_on))
            else:
                row.state, row.asked_until = SceneState.IDLE, None
            row.save()
            alerts.version += 1
    return wishes


def _ask(wish: _Wish) -> obs.Switched | ToolFailure:
    """In a thread of its own, so without the database."""
    try:
        return obs.switch(wish.row.integration, wish.scene, only_from=wish.only_from, within=ASKED_FOR)
    except ToolFailure as failure:
        return failure


def _note(account: Account, wish: _Wish, answer: obs.Switched | ToolFailure, *, shown_before: str) -> None:
    """What came of it, for whoever looks and for whoever restores. `shown_before` is what it showed as far as we knew,
    for an OBS that may have done it and did not say so."""
    with queue.locked(account.pk) as alerts:
        row = SafeScene.objects.filter(pk=wish.row.pk).first()
        if row is None:  # removed meanwhile
            return
        row.asked_until, row.failure_code, row.failure_params = None, "", {}
        if isinstance(answer, ToolFailure):
            row.state, row.failure_code = SceneState.FAILED, answer.code
            if wish.is_on and isinstance(answer, OutcomeUnknown) and shown_before != row.scene:
                row.before = row.before or shown_before
            row.failure_params = {name: answer.params[name] for name in ("tool", "reason") if name in answer.params}
        elif wish.is_on:
            row.state = SceneState.SAFE
            # An OBS that was not put back last time shows the safe scene still: what it showed before that counts.
            row.before = row.before if answer.was == row.scene else answer.was
        else:
            is_there = answer.is_switched or answer.was == wish.scene
            row.state = SceneState.RESTORED if is_there else SceneState.KEPT
            row.before = ""
        row.save()
        alerts.version += 1
        _record(account, wish, answer)


def _record(account: Account, wish: _Wish, answer: obs.Switched | ToolFailure) -> None:
    """A line for what was done to OBS, as `integrations.domain.obs.act` writes them."""
    what: dict[str, Any] = {"act": ObsAct.PROGRAM.value, "scene": wish.scene}
    if isinstance(answer, OutcomeUnknown):
        what["outcome"] = "unknown"
    elif isinstance(answer, ToolFailure) or not answer.is_switched:
        return
    record(replace(system_actor(account), via_detail=VIA), Action.OBS_CONTROLLED, wish.row.integration, after=what)


# --- Inside ---------------------------------------------------------------------------------------------------------


def _scene(row: SafeScene, now: datetime) -> SceneShown:
    is_lost = row.state == SceneState.ASKED and (row.asked_until is None or row.asked_until <= now)
    state = SceneState.FAILED if is_lost else row.state
    failure = None
    if state == SceneState.FAILED:
        code = OutcomeUnknown.code if is_lost else row.failure_code
        failure = stored(code, {"tool": Tool(row.integration.tool).label} | row.failure_params)
    return SceneShown(
        integration=row.pk,
        label=row.integration.label,
        scene=row.scene,
        state=state,
        code=failure.code if failure else "",
        detail=failure.text if failure else str(WORDS.get(state, "")),
    )


def _key(integration_id: str) -> UUID:
    try:
        return UUID(integration_id)
    except ValueError:
        raise NoSuchObs from None
