"""Why a tool cannot be reached, or does not do what it was asked. Stored as code and params, shown as a sentence.

Each names one cause and what helps against it: “the test failed” sends people to their passwords when it was the
firewall.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from lumio.lib.errors import Refusal


class ToolFailure(Refusal):
    """`tool` is its name, `address` where it was looked for ("127.0.0.1:4455")."""

    status = 502
    #: Whether trying the same again cannot help until a person has changed something.
    is_final: ClassVar[bool] = False


class NotRunning(ToolFailure):
    code = "tool_refused"
    sentence = _(
        "Nothing answers at {address}. Start {tool}, switch its WebSocket server on, and check that the port is the "
        "same."
    )


class NoAnswer(ToolFailure):
    code = "tool_no_answer"
    sentence = _(
        "{address} did not answer within 5 seconds. Check the firewall, and that the router forwards the port to the "
        "computer that {tool} runs on."
    )


class UnknownHost(ToolFailure):
    code = "tool_unknown_host"
    status = 422
    sentence = _("There is no computer called {host}. Check the spelling, or enter its IP address.")


class HostNotAllowed(ToolFailure):
    code = "tool_host_not_allowed"
    status = 422
    is_final = True
    sentence = _(
        "This Lumio does not connect to {host}: the address is not a public one. For a tool on your own computer use "
        "the bridge page instead."
    )


class NotATool(ToolFailure):
    """Something listens there, and it is no server of this kind."""

    code = "tool_other_program"
    sentence = _("Another program answers at {address}, not the WebSocket server of {tool}. Check the port.")


class WrongPassword(ToolFailure):
    code = "tool_wrong_password"
    status = 409
    is_final = True
    sentence = _("{tool} does not accept the password. Copy it from its WebSocket server settings and save it here.")


class PasswordMissing(ToolFailure):
    code = "tool_password_missing"
    status = 409
    is_final = True
    sentence = _("{tool} asks for a password, and none is saved here. Copy it from its WebSocket server settings.")


class PasswordUnreadable(ToolFailure):
    """The encryption key is not there. It may come back."""

    code = "tool_password_unreadable"
    status = 409
    sentence = _(
        "The saved password cannot be read with this Lumio's encryption keys. Put the missing key back, or enter the "
        "password again."
    )


class TooOld(ToolFailure):
    code = "tool_too_old"
    status = 409
    is_final = True
    sentence = _("This {tool} is too old for Lumio. Update it, then try again.")


class Kicked(ToolFailure):
    """4011: the streamer pressed “Kick” in OBS. Coming back by ourselves would be rude."""

    code = "tool_kicked"
    status = 409
    is_final = True
    sentence = _("The connection was ended in {tool}. Click Disable, then Enable, to connect anew.")


class LinkLost(ToolFailure):
    code = "tool_link_lost"
    sentence = _("The connection to {tool} broke off. Lumio connects again by itself.")


class Misunderstood(ToolFailure):
    """An answer that makes no sense, or is larger than any should be."""

    code = "tool_misunderstood"
    sentence = _(
        "{tool} answered something that Lumio does not understand. Restart it, and update it if that is not enough."
    )


class Refused(ToolFailure):
    """The tool says no to one request; the connection is fine. `reason` is its own words, or a code."""

    code = "tool_says_no"
    status = 409
    sentence = _("{tool} did not do it: {reason}")


class ActionGone(ToolFailure):
    code = "tool_action_gone"
    status = 404
    sentence = _("{tool} has no such action any more. Choose another one.")


class ActionOff(ToolFailure):
    """It would be accepted, and not run. `action` is its name."""

    code = "tool_action_off"
    status = 409
    sentence = _("The action “{action}” is switched off in {tool}. Enable it there.")


class BeyondReach(ToolFailure):
    """An older OBS, or one that is reached through `window.obsstudio`, cannot be asked for this."""

    code = "tool_beyond_reach"
    status = 409
    sentence = _(
        "Lumio cannot have this {tool} do that. Update it, and if it is connected in part only, switch its WebSocket "
        "server on."
    )


class NothingRecorded(ToolFailure):
    """OBS itself would say yes to a pause of nothing."""

    code = "tool_nothing_recorded"
    status = 409
    sentence = _("{tool} records nothing right now, so there is nothing to pause.")


class CannotPause(ToolFailure):
    """OBS said yes, and the recording goes on."""

    code = "tool_cannot_pause"
    status = 409
    sentence = _(
        "{tool} did not pause the recording. Right after its start it cannot, and never while it shares the stream's "
        "encoder: choose another one in OBS under Settings, Output."
    )


class NoPicture(ToolFailure):
    code = "tool_no_picture"
    status = 409
    sentence = _("{tool} has no picture of this scene. It may have been renamed or removed.")


class Busy(ToolFailure):
    """OBS starts, quits or changes its scene collection (status 207)."""

    code = "tool_busy"
    status = 409
    sentence = _("{tool} is busy, for example with changing the scene collection. Try again in a moment.")


class NotConnected(ToolFailure):
    """No process holds a connection to it right now."""

    code = "tool_not_connected"
    status = 409
    sentence = _("{tool} is not connected right now, so nothing was done.")


class NoBridge(ToolFailure):
    code = "tool_no_bridge"
    status = 409
    sentence = _(
        "The bridge page is not open. Add its address as a browser source in OBS on the computer that {tool} runs on, "
        "or look whether OBS is running."
    )


class BridgeBlocked(ToolFailure):
    """The browser lets no page of this address reach loopback (Local Network Access), see `obs.md`, section 9."""

    code = "tool_bridge_blocked"
    status = 409
    sentence = _(
        "The browser with the bridge page does not let it reach {tool}. Allow the page to reach apps on this device, "
        "or open it in OBS instead, as a browser source."
    )


class UnlockedTooOften(ToolFailure):
    """For each answer to a challenge somebody could try passwords (`integrations.domain.unlocking`)."""

    code = "tool_unlocked_too_often"
    status = 429
    sentence = _(
        "{tool} was connected to too often within a minute, so Lumio waits. It tries again by itself. If this goes on, "
        "make a new address for the bridge page."
    )


class SwitchedOff(ToolFailure):
    code = "tool_switched_off"
    status = 409
    is_final = True
    sentence = _("{tool} is switched off in Lumio. Click Enable on the Connections page.")


class OutcomeUnknown(ToolFailure):
    code = "tool_outcome_unknown"
    sentence = _("No answer came from {tool}, so this may or may not have been done. Look there before you try again.")


STORED: dict[str, type[ToolFailure]] = {
    failure.code: failure
    for failure in (
        NotRunning, NoAnswer, UnknownHost, HostNotAllowed, NotATool, WrongPassword, PasswordMissing, PasswordUnreadable,
        TooOld, Kicked, LinkLost, Misunderstood, Refused, ActionGone, ActionOff, BeyondReach,
        NothingRecorded, CannotPause, NoPicture, Busy, NotConnected, NoBridge, BridgeBlocked, UnlockedTooOften,
        SwitchedOff, OutcomeUnknown,
    )
}  # fmt: skip


def stored(code: str, params: dict[str, Any]) -> ToolFailure:
    """The failure that was stored; one that this version does not know is a lost connection."""
    known = {"tool": "", "address": "", "host": "", "reason": "", "action": ""} | params
    return STORED.get(code, LinkLost)(**known)
