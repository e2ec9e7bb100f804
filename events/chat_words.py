"""The words of the chat page beyond those of `events/words.py`, in the reader's language.

They travel in the page as `catalogue()`; the modules of `static/js/popout/` put them together. What has a number comes
as (for one, for all others).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import Promise

WORDS: dict[str, str | Promise] = {
    # What became of a line
    "deleted": _("deleted"),
    "deleted_by": _("deleted by {name}"),
    "timed_out": _("timed out for {time}"),
    "timed_out_by": _("timed out for {time} by {name}"),
    "banned": _("banned"),
    "banned_by": _("banned by {name}"),
    "restored": _("may write again"),
    "restored_by": _("may write again, says {name}"),
    "pending_delete": _("Deleting…"),
    "pending_timeout": _("Timing out…"),
    "pending_ban": _("Banning…"),
    "pending_unban": _("Lifting it…"),
    # What a line is
    "first": _("First message"),
    "first_of_stream": _("First this stream"),
    "quote": _("{name}: {text}"),
    # Gaps
    "gap": _("Not connected from {since} to {until}"),
    "gap_missing": _("Some messages from {since} to {until} are missing here"),
    # Following the end
    "paused": _("Paused"),
    "jump": _("Jump to latest"),
    # Moderation
    "act_on": _("What to do about {name}"),
    "did_delete": _("Message of {name} deleted"),
    "did_timeout": _("{name} is timed out for {time}"),
    "did_ban": _("{name} is banned"),
    "did_unban": _("{name} may write again"),
    "did_undo": _("Undone: {name} may write again"),
    "ban_whom": _("Ban {name}?"),
    "timeout_whom": _("Time out {name}"),
    "bad_time": _("Timeouts here go from {shortest} to {longest}."),
    "nothing_to_undo": _("There is nothing left to undo."),
    "undo": _("Undo"),
    "dismiss": _("Dismiss"),
    # The send box
    "message_all": _("Message to all platforms"),
    "message_to": _("Message to {names}"),
    "speaks_as": _("as {name}"),
    "used": _("{n} of {longest} on {platform}"),
    "too_long": _("{platform} takes {longest} characters: {n} too many"),
    "nowhere": _("Choose where to send it."),
    "must_wait": _("{platform} takes the next message in {n} s"),
    "sending": _("Sending…"),
    "sent": _("Sent"),
    "confirmed": _("In the chat"),
    "waits": _("Waits its turn"),
    "waits_for": _("Goes out in {n} s"),
    "not_delivered": _("Not delivered"),
    "try_again": _("Try again"),
    # The search
    "found": _("{n} of {all} messages"),
    # Acts, in the reasons why one is missing
    "send": _("Send"),
    "reply": _("Reply"),
    "delete": _("Delete"),
    "timeout": _("Time out"),
    "ban": _("Ban"),
    "unban": _("Lift a ban or timeout"),
    # The card
    "unknown_moment": _("not known"),
    "no_follow": _("does not follow"),
    "remove": _("Remove"),
    "with_reason": _("{what}: {reason}"),
}

#: Words with a number in them: for one, and for more.
COUNTED: dict[str, tuple[str | Promise, str | Promise]] = {
    "restored_messages": (_("{n} message restored"), _("{n} messages restored")),
    "left_out": (
        _("{n} message was left out while you were reading"),
        _("{n} messages were left out while you were reading"),
    ),
    "messages": (_("{n} message"), _("{n} messages")),
}


def catalogue() -> dict[str, str | list[str]]:
    """The words for a page."""
    counted = {key: [str(one), str(more)] for key, (one, more) in COUNTED.items()}
    return {**{key: str(words) for key, words in WORDS.items()}, **counted}
