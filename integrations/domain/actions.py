"""Streamer.bot's actions: listing them, and having one run."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from accounts.domain.audit import record
from accounts.enums import Action, Permission
from integrations.domain import access, commands
from integrations.enums import Tool
from integrations.tools.failures import OutcomeUnknown
from lumio.lib.errors import Refusal
from lumio.lib.payload import UNSTORABLE, text

if TYPE_CHECKING:
    from uuid import UUID

    from accounts.actor import Actor
    from integrations.models import Integration

ID_LENGTH = 100
MOST_ARGUMENTS = 20
TEXT_LENGTH = 1_000
#: Characters of an argument that the audit log keeps.
QUOTED = 200
#: What becomes `%name%` over there.
NAME = re.compile(r"[A-Za-z0-9_]{1,64}")
#: The largest whole number that survives JavaScript.
LARGEST = 2**53 - 1


class BadArguments(Refusal):
    code = "bad_action_arguments"
    status = 422
    sentence = _(
        "An action takes {most} arguments at most. Their names have letters, digits and underscores, their values are "
        "texts of up to {length} characters, numbers, true or false."
    )


def get(actor: Actor, integration_id: UUID | str, permission: Permission) -> Integration:
    """The Streamer.bot of that id. An OBS has no actions: that is a 404."""
    return access.get_integration(actor, integration_id, permission, Tool.STREAMERBOT)


def listing(*, actor: Actor, integration: Integration) -> list[dict[str, Any]]:
    """What `streamerbot.parse.Action` has, in Streamer.bot's order. Raises ToolFailure."""
    actor.require(Permission.SETTINGS_READ)
    found: list[dict[str, Any]] = commands.ask(integration, "actions", {})["actions"]
    return found


def run(*, actor: Actor, integration: Integration, action_id: str, arguments: dict[str, Any]) -> str:
    """Have Streamer.bot queue an action; its name. When it has run, nobody tells.

    Raises BadArguments and ToolFailure: ActionGone, ActionOff, and OutcomeUnknown if it may be queued all the same.
    """
    actor.require(Permission.OBS_EDIT)
    check(arguments)
    asked = {"id": text(action_id, ID_LENGTH), "arguments": arguments}
    line = {"id": asked["id"], "arguments": [f"{name}={value}"[:QUOTED] for name, value in arguments.items()]}
    try:
        name: str = commands.ask(integration, "do", asked)["name"]
    except OutcomeUnknown:
        record(actor, Action.STREAMERBOT_RAN, integration, after={**line, "outcome": "unknown"})
        raise
    record(actor, Action.STREAMERBOT_RAN, integration, after={"action": name, **line})
    return name


def check(arguments: dict[str, Any]) -> None:
    """Raises BadArguments unless an action can be given these."""
    are_fine = all(NAME.fullmatch(name) and _is_fine(value) for name, value in arguments.items())
    if len(arguments) > MOST_ARGUMENTS or not are_fine:
        raise BadArguments(most=MOST_ARGUMENTS, length=TEXT_LENGTH)


def _is_fine(value: Any) -> bool:
    match value:
        case bool():
            return True
        case str():
            return len(value) <= TEXT_LENGTH and not UNSTORABLE.search(value)
        case int():
            return abs(value) <= LARGEST
        case float():
            return math.isfinite(value)
        case _:
            return False
