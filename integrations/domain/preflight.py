"""What a pre-flight check asks of OBS, Streamer.bot and the bridge page, and what it knows of StreamElements tokens."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.http import Http404
from django.utils.translation import gettext_lazy as _

from accounts.domain.findings import Check, Finding, Group, Kind, Params, Tone, at
from accounts.enums import Permission
from events.enums import SourceState
from events.ingest.base import Failure
from integrations.domain import access, election, integrations, testing, tokens
from integrations.enums import Route, TokenState
from integrations.streamelements.failures import stored as stored_tip
from integrations.tools.failures import NoBridge, ToolFailure, stored

if TYPE_CHECKING:
    from uuid import UUID

    from accounts.actor import Actor
    from integrations.domain.tokens import Listed
    from integrations.models import Integration


_edit = at("integrations:edit_integration", "integration")
_bridge = at("integrations:bridge")
_tips = at("connections:index", part="streamelements")


def _why(params: Params) -> dict[str, str]:
    failure = params["failure"]
    return {"why": stored(failure["code"], failure["params"]).text}


def _why_no_tips(params: Params) -> dict[str, str]:
    return {"why": stored_tip(params["code"]).text if params["code"] else ""}


TOOL_ANSWERS = Kind("tool_answers", Tone.GOOD, _("{tool} {version} answers after {milliseconds} ms."))
TOOL_SILENT = Kind("tool_silent", Tone.BAD, "{why}", _("Check its settings"), _edit, _why)
TOOL_OPEN = Kind(
    "tool_open",
    Tone.WARN,
    _("{tool} asks for no password, so every program on its network can control it. Set one there and here."),
    _("Check its settings"),
    _edit,
)
BRIDGE_OPEN = Kind("bridge_open", Tone.GOOD, _("The bridge page is open."), subject=_("Bridge page"))
BRIDGE_CLOSED = Kind(
    "bridge_closed",
    Tone.BAD,
    _("The bridge page is not open. Start OBS, or add the page's address to it as a browser source."),
    _("Bridge page"),
    _bridge,
    subject=_("Bridge page"),
)
BRIDGE_UNKNOWN = Kind(
    "bridge_unknown",
    Tone.WARN,
    _("Whether the bridge page is open cannot be told, as Lumio's Valkey does not answer."),
    _("Bridge page"),
    _bridge,
    subject=_("Bridge page"),
)
TIPS_ARRIVE = Kind("tips_arrive", Tone.GOOD, _("Tips arrive."))
TIP_TOKEN_BROKEN = Kind("tip_token_broken", Tone.BAD, "{why}", _("Replace the token"), _tips, _why_no_tips)
TIP_TOKEN_OVER = Kind(
    "tip_token_over",
    Tone.BAD,
    _("The token has run out, so no tips arrive. Add a new one."),
    _("Replace the token"),
    _tips,
)
TIP_TOKEN_ENDS = Kind(
    "tip_token_ends",
    Tone.WARN,
    _("The token ends {until}, and nothing can renew it. Add a new one before."),
    _("Replace the token"),
    _tips,
)
TIPS_LATE = Kind("tips_late", Tone.WARN, _("Tips may arrive late. {why}"), _("See the token"), _tips, _why_no_tips)
NO_TIPS = Kind("no_tips", Tone.BAD, _("Tips do not arrive. {why}"), _("See the token"), _tips, _why_no_tips)

KINDS = (
    TOOL_ANSWERS, TOOL_SILENT, TOOL_OPEN, BRIDGE_OPEN, BRIDGE_CLOSED, BRIDGE_UNKNOWN, TIPS_ARRIVE, TIP_TOKEN_BROKEN,
    TIP_TOKEN_OVER, TIP_TOKEN_ENDS, TIPS_LATE, NO_TIPS,
)  # fmt: skip


def checks(actor: Actor) -> list[Check]:
    """Every tool that is switched on, the bridge page if one of them needs it, and every StreamElements token."""
    rows = [one.row for one in integrations.listing(actor) if one.row.is_enabled]
    found = [Check(Group.TOOLS, row.label, partial(tool, row)) for row in rows]
    if any(row.route == Route.BRIDGE for row in rows):
        found.insert(0, Check(Group.TOOLS, "", partial(bridge, actor)))
    for one in tokens.listing(actor):
        name = one.row.name or one.platform
        found.append(Check(Group.TIPS, f"StreamElements: {name}", partial(tips, actor, one.row.pk)))
    return found


def bridge(actor: Actor) -> list[Finding]:
    pages = election.pages(actor.account.pk)
    return [BRIDGE_UNKNOWN.found() if pages is None else BRIDGE_OPEN.found() if pages else BRIDGE_CLOSED.found()]


def tool(row: Integration) -> list[Finding]:
    """Say hello to it. Without the bridge page nothing is said, as that is a finding of its own."""
    try:
        found = testing.reach(row)
    except NoBridge:
        return []
    except ToolFailure as error:
        return [TOOL_SILENT.found(integration=str(row.pk), failure=Failure.of(error).as_json)]
    named = {"tool": row.get_tool_display(), "integration": str(row.pk)}
    answers = TOOL_ANSWERS.found(**named, version=found.version, milliseconds=found.latency_ms)
    return [answers] if found.is_protected else [answers, TOOL_OPEN.found(**named)]


def tips(actor: Actor, token_id: UUID) -> list[Finding]:
    """What is known of a token and its channel: it is asked about every quarter of an hour anyway."""
    try:
        one = tokens.Listed(access.get_token(actor, token_id, Permission.CONNECTIONS_READ))
    except Http404:
        return []
    if one.row.state == TokenState.BROKEN:
        return [TIP_TOKEN_BROKEN.found(code=one.row.failure_code)]
    if one.row.days_left is not None and one.row.days_left < 0:
        return [TIP_TOKEN_OVER.found()]
    found = [_arriving(one)]
    if one.row.ends_soon and one.row.expires_at:
        found.append(TIP_TOKEN_ENDS.found(until=one.row.expires_at.isoformat()))
    return found


def _arriving(one: Listed) -> Finding:
    code = one.row.source.failure_code if one.row.source else ""
    if one.state == SourceState.DELIVERING:
        return TIPS_LATE.found(code=code) if one.trouble else TIPS_ARRIVE.found()
    return TIPS_LATE.found(code=code) if one.state == SourceState.RECONNECTING else NO_TIPS.found(code=code)
