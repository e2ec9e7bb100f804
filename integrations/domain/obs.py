"""What a person may know of the account's OBS, and have them do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from accounts.domain.audit import record
from accounts.enums import Action, Permission
from events import bus, channels
from events.domain import watching
from integrations.domain import access, commands, live
from integrations.enums import Route, Tool
from integrations.models import Integration
from integrations.obs import state
from integrations.obs.acts import NotAnAct, NotForThisAct, understood
from integrations.tools.failures import (
    BeyondReach,
    Busy,
    CannotPause,
    LinkLost,
    Misunderstood,
    NoBridge,
    NoPicture,
    NotConnected,
    NothingRecorded,
    OutcomeUnknown,
    Refused,
    SwitchedOff,
    ToolFailure,
    stored,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from accounts.actor import Actor
    from integrations.domain.live import Link
    from lumio.lib.errors import Refusal

#: Links over which OBS answers.
UP = frozenset({"connected", "limited"})
#: Why OBS does not do what it is asked.
REFUSALS: tuple[type[Refusal], ...] = (
    SwitchedOff, NotConnected, NoBridge, Busy, Refused, BeyondReach, NothingRecorded, CannotPause, NoPicture, LinkLost,
    Misunderstood, OutcomeUnknown,
)  # fmt: skip
NOT_UNDERSTOOD: tuple[type[Refusal], ...] = (NotAnAct, NotForThisAct)
#: Pixels of a picture of a scene.
WIDTH = 320


@dataclass(frozen=True)
class Switched:
    """What OBS showed before ("" if nobody knows), and whether it was switched."""

    was: str
    is_switched: bool


def listing(actor: Actor) -> list[dict[str, Any]]:
    """Every OBS of the account as its page is told, `state.blank` filled, oldest first. Somebody looks, so figures are
    asked for from now on, for half a minute."""
    actor.require(Permission.SETTINGS_READ)
    watching.watch(channels.obs(actor.account.pk))
    return [message["data"] for message in messages([actor.account.pk])[actor.account.pk]]


def get(actor: Actor, integration_id: UUID | str, permission: Permission) -> Integration:
    return access.get_integration(actor, integration_id, permission, Tool.OBS)


def state_of(actor: Actor, row: Integration) -> dict[str, Any]:
    """The same of one."""
    return next(data for data in listing(actor) if data["integration"] == str(row.pk))


def act(actor: Actor, row: Integration, name: str, given: Mapping[str, Any]) -> None:
    """Have OBS do something. Arguments that are None count as absent.

    Raises what NOT_UNDERSTOOD and REFUSALS name. When this returns, OBS has said yes; what came of it, its state says.
    """
    actor.require(Permission.OBS_EDIT)
    wanted, arguments = understood(name, given)
    what = {"act": wanted.value, **arguments}
    try:
        commands.ask(row, "act", what)
    except OutcomeUnknown:
        record(actor, Action.OBS_CONTROLLED, row, after={**what, "outcome": "unknown"})
        raise
    record(actor, Action.OBS_CONTROLLED, row, after=what)


def switch(row: Integration, scene: str, *, only_from: str | None = None, within: float = 5.0) -> Switched:
    """Have OBS show a scene, with `only_from` only in place of that one, at Lumio's own wish: callers answer for who
    wanted it. No database is asked, so that several can be asked at once. Raises what REFUSALS names."""
    return Switched(**commands.ask(row, "switch", {"scene": scene, "only_from": only_from}, within=within))


def screenshot(actor: Actor, row: Integration, scene: str) -> str:
    """A small picture of a scene as a data URL. Raises what REFUSALS names."""
    actor.require(Permission.SETTINGS_READ)
    image: str = commands.ask(row, "screenshot", {"scene": scene, "width": WIDTH})["image"]
    return image


def messages(account_ids: list[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """The messages of each account's channel as they would be sent now. One query and two round trips to Valkey."""
    rows = _rows(account_ids)
    links = live.links_of(account_ids)
    pictures = watching.kept_parts([(channels.obs(row.account_id), str(row.pk)) for row in rows])
    found: dict[UUID, list[dict[str, Any]]] = {account_id: [] for account_id in account_ids}
    for row in rows:
        kept = pictures.get((channels.obs(row.account_id), str(row.pk)))
        link = links.get(row.account_id, {}).get(row.pk)
        found[row.account_id].append(_message(row, link, kept))
    return found


def gone(integration: Integration) -> None:
    """Pages forget an OBS that was removed."""
    channel = channels.obs(integration.account_id)
    watching.forget(channel, part=str(integration.pk))
    bus.announce(channel, state.removed(str(integration.pk)))


def _message(row: Integration, link: Link | None, kept: dict[str, Any] | None) -> dict[str, Any]:
    """What the link is like counts for more than the picture: that may be of before."""
    if row.is_enabled and link and link["state"] in UP and kept:
        return kept
    data = state.blank(integration=str(row.pk), label=row.label, via=row.route)
    if not row.is_enabled:
        return state.message(data | {"trouble": _trouble(SwitchedOff(**live.named(row)))})
    if link is None:
        nobody = NoBridge if row.route == Route.BRIDGE else NotConnected
        return state.message(data | {"trouble": _trouble(nobody(**live.named(row)))})
    failure = link.get("failure")
    return state.message(
        data
        | {
            # Connected, and nothing read yet.
            "link": "connecting" if link["state"] in UP else link["state"],
            "version": link.get("version", ""),
            "trouble": _trouble(stored(failure["code"], live.named(row) | failure["params"])) if failure else None,
        }
    )


def _trouble(failure: ToolFailure) -> dict[str, Any]:
    """With the sentence in the language of now, and what a page needs to say it in its own."""
    return {"code": failure.code, "detail": failure.text, "params": failure.params}


def _rows(account_ids: Sequence[UUID]) -> list[Integration]:
    rows = Integration.objects.filter(account_id__in=account_ids, tool=Tool.OBS)
    return list(rows.order_by("created_at", "pk"))
