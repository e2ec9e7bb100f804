"""GraphQL: the same as `lumio.preflight_rest`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import graphene

from accounts import throttle
from accounts.domain.findings import Group, Tone
from accounts.enums import Permission
from accounts.gates import field
from accounts.scalars import DateTime
from lumio import preflight
from lumio.models import PreflightState
from lumio.preflight_shown import as_api

if TYPE_CHECKING:
    from accounts.actor import Actor


class PreflightFinding(graphene.ObjectType):
    """What one check found of one thing."""

    group = graphene.String(required=True, description=", ".join(Group))
    subject = graphene.String(required=True, description="Of what. Empty where the detail says it")
    code = graphene.String(required=True, description="Stable, for programs")
    tone = graphene.String(required=True, description=", ".join(Tone))
    detail = graphene.String(required=True, description="The same in words: what is wrong, and what helps")
    fix = graphene.String(required=True, description="Path of the page where it is mended; empty where all is well")


class Preflight(graphene.ObjectType):
    """A look at everything before a stream begins."""

    id = graphene.ID(required=True)
    state = graphene.String(required=True, description=", ".join(PreflightState))
    tone = graphene.String(description="The worst that was found; null until it is done")
    summary = graphene.String(required=True, description="How it stands, in a few words")
    by = graphene.String(required=True, description="Who started it; empty for somebody who is gone")
    checks_total = graphene.Int(required=True, description="0 until it has begun")
    checks_done = graphene.Int(required=True)
    findings = graphene.List(graphene.NonNull(PreflightFinding), required=True, description="So far, the worst first")
    created_at = DateTime(required=True)
    ended_at = DateTime()
    shared_until = DateTime(description="Until when its shared address can be read")


class Query(graphene.ObjectType):
    preflights = graphene.List(graphene.NonNull(Preflight), description="The last ten checks, newest first")
    preflight = graphene.Field(Preflight, id=graphene.ID(required=True), description="One check.")

    @staticmethod
    @field(Permission.CONNECTIONS_READ)
    def resolve_preflights(root: Any, actor: Actor) -> list[dict[str, Any]]:
        return [as_api(row) for row in preflight.listing(actor)]

    @staticmethod
    @field(Permission.CONNECTIONS_READ)
    def resolve_preflight(root: Any, actor: Actor, id: str) -> dict[str, Any]:
        return as_api(preflight.get(actor, id))


class StartPreflight(graphene.Mutation):
    """Check everything, or answer with the check that is under way."""

    preflight = graphene.Field(Preflight, required=True)

    @staticmethod
    @field(Permission.CONNECTIONS_EDIT, limit=throttle.PREFLIGHTS)
    def mutate(root: Any, actor: Actor) -> StartPreflight:
        return StartPreflight(preflight=as_api(preflight.start(actor)))


class SharePreflight(graphene.Mutation):
    """Let whoever has the address read it for a day."""

    class Arguments:
        id = graphene.ID(required=True)

    preflight = graphene.Field(Preflight, required=True)
    address = graphene.String(required=True, description="Told this once")

    @staticmethod
    @field(Permission.CONNECTIONS_EDIT)
    def mutate(root: Any, actor: Actor, id: str) -> SharePreflight:
        row, address = preflight.share(actor, id)
        return SharePreflight(preflight=as_api(row), address=address.reveal())


class UnsharePreflight(graphene.Mutation):
    """Have the address open nothing any more."""

    class Arguments:
        id = graphene.ID(required=True)

    preflight = graphene.Field(Preflight, required=True)

    @staticmethod
    @field(Permission.CONNECTIONS_EDIT)
    def mutate(root: Any, actor: Actor, id: str) -> UnsharePreflight:
        return UnsharePreflight(preflight=as_api(preflight.unshare(actor, id)))


class Mutation(graphene.ObjectType):
    start_preflight = StartPreflight.Field()
    share_preflight = SharePreflight.Field()
    unshare_preflight = UnsharePreflight.Field()
