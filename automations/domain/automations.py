"""Making, changing, switching and removing automations.

Steps act as the account itself. So whoever has an automation do something has to be allowed to do that by hand, too:
`obs:edit` for OBS and Streamer.bot, `chat:write` for chat.
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.domain.audit import record
from accounts.enums import Action, Permission
from automations import steps
from automations.domain import access
from automations.enums import StepType, TriggerType, Who
from automations.models import Automation, Step
from connections.platforms import PLATFORMS
from events import platforms
from integrations.models import Integration
from lumio.lib.errors import Refusal
from lumio.lib.labels import one_line
from lumio.lib.payload import UNSTORABLE

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from accounts.actor import Actor
    from accounts.models import Account

#: Of one account.
MOST_AUTOMATIONS = 100
NAME_LENGTH = 80
COMMAND_LENGTH = 40
#: What a command begins with. Twitch keeps what begins with a slash for itself, and "@" begins an answer.
SIGNS = frozenset(string.punctuation) - {"@", "/"}
#: Seconds.
LONGEST_COOLDOWN = 86_400
MOST = Decimal(1_000_000_000)

#: What a save may change: not when it last ran, which whoever stores events writes meanwhile.
STORED = (
    "name", "enabled", "trigger", "kinds", "least", "command", "who", "platforms", "cooldown", "viewer_cooldown",
    "version", "changed_at",
)  # fmt: skip

#: What steps of a type need, beside the right to change automations.
RIGHTS = {
    StepType.OBS: Permission.OBS_EDIT,
    StepType.STREAMERBOT: Permission.OBS_EDIT,
    StepType.CHAT: Permission.CHAT_WRITE,
}


class NameMissing(Refusal):
    code = "automation_name_missing"
    status = 422
    sentence = _("Give the automation a name, so that you find it again.")


class NameTooLong(Refusal):
    code = "automation_name_too_long"
    status = 422
    sentence = _("The name of an automation has {limit} characters at most.")


class NameTaken(Refusal):
    code = "automation_name_taken"
    status = 409
    sentence = _("There is an automation called {name} already. Choose another name, so that you can tell them apart.")


class NoSuchTrigger(Refusal):
    code = "no_such_trigger"
    status = 422
    sentence = _("Choose what starts the automation: {known}.")


class NothingStartsIt(Refusal):
    code = "nothing_starts_it"
    status = 422
    sentence = _("Choose at least one thing that happens on stream, or have it started by a command or by hand.")


class NoSuchKind(Refusal):
    code = "no_such_trigger_kind"
    status = 422
    sentence = _("“{kind}” starts no automation. What does: {known}.")


class BadCommand(Refusal):
    code = "bad_command"
    status = 422
    sentence = _(
        "A command is one word that begins with a sign, such as !lurk, and has {limit} characters at most. It cannot "
        "begin with / or @."
    )


class NoSuchAudience(Refusal):
    code = "no_such_audience"
    status = 422
    sentence = _("Choose who may use the command: {known}.")


class NoSuchPlatform(Refusal):
    code = "no_such_trigger_platform"
    status = 422
    sentence = _("There is no platform “{platform}”. There are: {known}.")


class BadLeast(Refusal):
    code = "bad_least"
    status = 422
    sentence = _("The amount from which on it runs is a number from 0 to {most}, with two decimal places at most.")


class BadCooldown(Refusal):
    code = "bad_cooldown"
    status = 422
    sentence = _("A cool-down is 0 to {most} seconds.")


class TooManyAutomations(Refusal):
    code = "too_many_automations"
    status = 409
    sentence = _("An account has {limit} automations at most. Remove one that you do not need.")


class ChangedMeanwhile(Refusal):
    code = "automation_changed_meanwhile"
    status = 409
    sentence = _("Somebody has saved this automation since you opened it. Nothing of yours was saved; open it again.")


#: What saving may refuse, beside PermissionRefused and 404.
SETTINGS: tuple[type[Refusal], ...] = (
    NameMissing, NameTooLong, NameTaken, NoSuchTrigger, NothingStartsIt, NoSuchKind, BadCommand, NoSuchAudience,
    NoSuchPlatform, BadLeast, BadCooldown, steps.BadStep, steps.TooManySteps,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What is to be set; None leaves it as it is. What the trigger has no use for is set to nothing.

    `steps` are `[{"type", "config"}]` as `automations.steps` has them, all of them, in order. `least` is a number, or a
    text of one.
    """

    name: str | None = None
    enabled: bool | None = None
    trigger: str | None = None
    kinds: list[str] | None = None
    least: Decimal | float | str | None = None
    command: str | None = None
    who: str | None = None
    platforms: list[str] | None = None
    cooldown: int | None = None
    viewer_cooldown: int | None = None
    steps: list[Any] | None = None


def listing(actor: Actor) -> list[Automation]:
    """By name, with their steps. Two queries."""
    actor.require(Permission.AUTOMATIONS_READ)
    return list(Automation.objects.filter(account=actor.account).order_by("name").prefetch_related("steps"))


def get(actor: Actor, automation_id: UUID | str) -> Automation:
    """One of them, with its steps."""
    return access.get_automation(actor, automation_id, Permission.AUTOMATIONS_READ)


def surroundings(account: Account, before: Iterable[Step] = ()) -> steps.Surroundings:
    """What steps may name in this account; `before` are the steps of the automation until now. One query."""
    tools = {str(id): tool for id, tool in Integration.objects.filter(account=account).values_list("pk", "tool")}
    named = {step.config["integration"] for step in before if "integration" in step.config}
    chats = [platform.slug for platform in PLATFORMS.values() if platform.chat]
    return steps.Surroundings(tools, chats, named - tools.keys())


@transaction.atomic
def create(*, actor: Actor, wanted: Changes) -> Automation:
    """Raises what SETTINGS names, and TooManyAutomations."""
    actor.require(Permission.AUTOMATIONS_CREATE)
    actor.account.take_turns()
    row = Automation(account=actor.account, created_by=actor.user, trigger=TriggerType.MANUAL)
    _apply(row, wanted)
    made = steps.checked(wanted.steps or [], surroundings(actor.account))
    _require(actor, made)
    if Automation.objects.filter(account=actor.account).count() >= MOST_AUTOMATIONS:
        raise TooManyAutomations(limit=MOST_AUTOMATIONS)
    row.save(force_insert=True)
    _put_steps(row, made)
    record(actor, Action.AUTOMATION_CREATED, row, after=_facts(row, made))
    return access.get_automation(actor, row.pk, Permission.AUTOMATIONS_CREATE)


@transaction.atomic
def save(*, actor: Actor, automation_id: UUID | str, version: int | None, wanted: Changes) -> Automation:
    """Change it. Runs that were triggered before do what it was then.

    `version` is the one that was changed; None for whatever there is now. Raises ChangedMeanwhile if somebody has saved
    since, and what SETTINGS names; nothing is changed then.
    """
    actor.require(Permission.AUTOMATIONS_EDIT)
    actor.account.take_turns()
    row = access.get_automation(actor, automation_id, Permission.AUTOMATIONS_EDIT)
    if version not in (None, row.version):
        raise ChangedMeanwhile
    stored = list(row.steps.all())
    steps_before = [{"type": step.type, "config": step.config} for step in stored]
    before = _facts(row, steps_before)
    _apply(row, wanted)
    made = steps_before
    if wanted.steps is not None:
        made = steps.checked(wanted.steps, surroundings(actor.account, stored))
    after = _facts(row, made)
    if after == before:
        return row
    if before | {"enabled": False} != after:  # to switch it off takes no more
        _require(actor, made)
    row.version += 1
    row.changed_at = timezone.now()
    row.save(update_fields=STORED)
    if made != steps_before:
        _put_steps(row, made)
    changed = [name for name in after if after[name] != before[name]]
    record(
        actor,
        Action.AUTOMATION_SWITCHED if changed == ["enabled"] else Action.AUTOMATION_CHANGED,
        row,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
    )
    return access.get_automation(actor, row.pk, Permission.AUTOMATIONS_EDIT)


def switch(*, actor: Actor, automation_id: UUID | str, on: bool) -> Automation:
    """Have it run by itself, or not any more. What was triggered goes on, and by hand it can be run either way."""
    return save(actor=actor, automation_id=automation_id, version=None, wanted=Changes(enabled=on))


@transaction.atomic
def remove(*, actor: Actor, automation_id: UUID | str) -> None:
    """Forget it. What it did stays in the history, and what was triggered goes on."""
    actor.require(Permission.AUTOMATIONS_DELETE)
    actor.account.take_turns()
    row = access.get_automation(actor, automation_id, Permission.AUTOMATIONS_DELETE)
    made = [{"type": step.type, "config": step.config} for step in row.steps.all()]
    record(actor, Action.AUTOMATION_REMOVED, row, before=_facts(row, made))
    # Locked before its runs are, as whoever triggers it does.
    Automation.objects.select_for_update().get(pk=row.pk).delete()


def _require(actor: Actor, made: list[dict[str, Any]]) -> None:
    """Raises PermissionRefused for the first step that the actor could not do by hand."""
    for step in made:
        if right := RIGHTS.get(step["type"]):
            actor.require(right)


def _put_steps(row: Automation, made: list[dict[str, Any]]) -> None:
    Step.objects.filter(automation=row).delete()
    Step.objects.bulk_create(Step(automation=row, position=position, **step) for position, step in enumerate(made))


def _apply(row: Automation, wanted: Changes) -> None:
    """Put `wanted` into the row, unsaved, or raise what is wrong with it."""
    if wanted.name is not None:
        row.name = one_line(UNSTORABLE.sub("", wanted.name))
    if wanted.enabled is not None:
        row.enabled = wanted.enabled
    if wanted.trigger is not None:
        row.trigger = _one_of(TriggerType, wanted.trigger, NoSuchTrigger)
    if wanted.kinds is not None:
        row.kinds = _kinds(wanted.kinds)
    if wanted.least is not None:
        row.least = _least(wanted.least)
    if wanted.command is not None:
        row.command = wanted.command.strip().lower()
    if wanted.who is not None:
        row.who = _one_of(Who, wanted.who, NoSuchAudience)
    if wanted.platforms is not None:
        row.platforms = _platforms(wanted.platforms)
    for name in ("cooldown", "viewer_cooldown"):
        seconds = getattr(wanted, name)
        if seconds is not None:
            if not 0 <= seconds <= LONGEST_COOLDOWN:
                raise BadCooldown(most=LONGEST_COOLDOWN)
            setattr(row, name, seconds)
    _settle(row)
    _check_name(row)


def _settle(row: Automation) -> None:
    """What starts it is complete, and there is nothing beside it."""
    if row.trigger == TriggerType.EVENT:
        if not row.kinds:
            raise NothingStartsIt
    else:
        row.kinds, row.least = [], Decimal(0)
    if row.trigger == TriggerType.COMMAND:
        _check_command(row.command)
    else:
        row.command, row.who = "", Who.EVERYBODY
    if row.trigger == TriggerType.MANUAL:
        row.platforms, row.cooldown, row.viewer_cooldown = [], 0, 0


def _check_name(row: Automation) -> None:
    if not row.name:
        raise NameMissing
    if len(row.name) > NAME_LENGTH:
        raise NameTooLong(limit=NAME_LENGTH)
    if Automation.objects.filter(account=row.account, name=row.name).exclude(pk=row.pk).exists():
        raise NameTaken(name=row.name)


def _check_command(command: str) -> None:
    is_word = command.isprintable() and not any(letter.isspace() for letter in command)
    if not 2 <= len(command) <= COMMAND_LENGTH or command[0] not in SIGNS or not is_word:
        raise BadCommand(limit=COMMAND_LENGTH)


def _one_of(known: type[TriggerType] | type[Who], value: str, refusal: type[Refusal]) -> str:
    if value not in known:
        raise refusal(known=", ".join(known))
    return str(known(value))


def _kinds(wanted: list[str]) -> list[str]:
    for kind in wanted:
        if kind not in steps.KINDS:
            raise NoSuchKind(kind=kind[:40], known=", ".join(steps.KINDS))
    return [kind.value for kind in steps.KINDS if kind in wanted]


def _platforms(wanted: list[str]) -> list[str]:
    known = platforms.known()
    for slug in wanted:
        if slug not in known:
            raise NoSuchPlatform(platform=slug[:20], known=", ".join(known))
    return [slug for slug in known if slug in wanted]


def _least(wanted: Decimal | float | str) -> Decimal:
    try:
        least = Decimal(str(wanted))
        is_fine = least.is_finite() and 0 <= least <= MOST and least == least.quantize(Decimal("0.01"))
    except InvalidOperation:
        is_fine = False
    if not is_fine:
        raise BadLeast(most=MOST)
    return least.quantize(Decimal("0.01"))


def _facts(row: Automation, made: list[dict[str, Any]]) -> dict[str, Any]:
    """What the audit log says of it, and what a change is told by."""
    return {
        "name": row.name,
        "enabled": row.enabled,
        "trigger": str(row.trigger),
        "kinds": row.kinds,
        "least": f"{row.least:.2f}",
        "command": row.command,
        "who": str(row.who),
        "platforms": row.platforms,
        "cooldown": row.cooldown,
        "viewer_cooldown": row.viewer_cooldown,
        "steps": made,
    }
