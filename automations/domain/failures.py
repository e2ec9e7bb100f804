"""Why a step did not do what it should: stored as code and params, shown as a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from automations.enums import StepState, StepType
from connections.domain import chat, orders
from connections.platforms import failures as of_platforms
from integrations.domain.actions import BadArguments
from integrations.obs.acts import NotAnAct, NotForThisAct
from integrations.tools import failures as of_tools
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from automations.models import RunStep


class IntegrationGone(Refusal):
    code = "integration_gone"
    status = 404
    sentence = _("The {tool} that this step used was removed from Lumio. Choose another one in the automation.")


class TookTooLong(Refusal):
    code = "step_took_too_long"
    status = 502
    sentence = _(
        "It was not done within {seconds} seconds, so the next step was begun. It may have been done all the same."
    )


class BrokenOff(Refusal):
    code = "step_broken_off"
    status = 502
    sentence = _(
        "Lumio was stopped while it did this, so it may or may not have been done. It is not done a second time."
    )


class TooLate(Refusal):
    code = "step_too_late"
    status = 409
    sentence = _("Lumio was not running when this was due. Doing it so much later could have surprised you on air.")


class WentWrong(Refusal):
    code = "step_went_wrong"
    status = 500
    sentence = _("Something went wrong in Lumio itself. Its log says what; tell whoever runs this Lumio.")


_OURS: dict[str, type[Refusal]] = {
    one.code: one for one in (IntegrationGone, TookTooLong, BrokenOff, TooLate, WentWrong)
}
_OF_TOOLS: dict[str, type[Refusal]] = {one.code: one for one in (NotAnAct, NotForThisAct, BadArguments)}
_OF_CHAT: dict[str, type[Refusal]] = {
    one.code: one for one in (chat.NothingToSay, chat.TextTooLong, chat.UnknownPlatform, chat.NowhereToSend)
} | orders.OURS


#: After these it may have been done all the same.
UNSURE = frozenset({TookTooLong.code, BrokenOff.code, of_tools.OutcomeUnknown.code, orders.OutcomeUnknown.code})


def problem(step: RunStep) -> Refusal | None:
    """Why a step was not done, or why nobody can tell; None for any other."""
    if step.state not in (StepState.FAILED, StepState.UNKNOWN, StepState.LEFT_OUT):
        return None
    code, params = step.failure_code, step.failure_params
    if step.type == StepType.CHAT:
        known = _OURS | _OF_CHAT
        return known[code](**params) if code in known else of_platforms.stored(code, params)
    known = _OURS | _OF_TOOLS
    return known[code](**params) if code in known else of_tools.stored(code, params)


def plain(params: Mapping[str, Any]) -> dict[str, Any]:
    """What JSON holds of the params of a refusal."""
    return {name: value if isinstance(value, int | float | None) else str(value) for name, value in params.items()}
