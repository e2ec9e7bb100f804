"""What a pre-flight check looks at here: whether popouts are open, and tokens that open nothing any more."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from accounts.domain.findings import Check, Finding, Group, Kind, Tone, at
from tokens.domain import open_pages
from tokens.models import PopoutToken

if TYPE_CHECKING:
    from accounts.actor import Actor


_tokens = at("tokens:index")
_token = at("tokens:token", "token")

POPOUTS_OPEN = Kind("popouts_open", Tone.GOOD, _("Popouts that are open: {number}."), subject=_("Popouts"))
POPOUTS_CLOSED = Kind(
    "popouts_closed",
    Tone.WARN,
    _("No popout is open, neither in OBS nor elsewhere."),
    _("Popout tokens"),
    _tokens,
    subject=_("Popouts"),
)
POPOUTS_UNKNOWN = Kind(
    "popouts_unknown",
    Tone.WARN,
    _("Whether popouts are open cannot be told, as Lumio's Valkey does not answer."),
    _("Popout tokens"),
    _tokens,
    subject=_("Popouts"),
)
TOKEN_OPENS_NOTHING = Kind(
    "token_opens_nothing",
    Tone.WARN,
    _("It opens nothing any more: its maker has left or lost the rights to it. Make a new one."),
    _("See the token"),
    _token,
    subject=_("Popout token {name}"),
)

KINDS = (POPOUTS_OPEN, POPOUTS_CLOSED, POPOUTS_UNKNOWN, TOKEN_OPENS_NOTHING)


def checks(actor: Actor) -> list[Check]:
    """One, if there are tokens."""
    tokens = list(PopoutToken.objects.alive().with_rights().filter(account=actor.account))
    return [Check(Group.PAGES, "", partial(popouts, tokens))] if tokens else []


def popouts(tokens: list[PopoutToken]) -> list[Finding]:
    dead = [one for one in tokens if not one.effective]
    lost = [TOKEN_OPENS_NOTHING.found(token=str(one.pk), name=one.label or one.hint) for one in dead]
    pages = open_pages.of(tokens)
    if pages is None:
        return [POPOUTS_UNKNOWN.found(), *lost]
    number = sum(map(len, pages.values()))
    return [POPOUTS_OPEN.found(number=number) if number else POPOUTS_CLOSED.found(), *lost]
