"""GraphQL: the same as `accounts.audit_rest`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import graphene
from graphene.types.generic import GenericScalar

from accounts import paging
from accounts.domain import audit_log
from accounts.enums import Permission
from accounts.gates import field
from accounts.scalars import BigInt, DateTime

if TYPE_CHECKING:
    from accounts.actor import Actor


class AuditActor(graphene.ObjectType):
    id = graphene.ID(description="A person's; null where Lumio acted by itself.")
    name = graphene.String(required=True, description="As it was then.")


class AuditTarget(graphene.ObjectType):
    type = graphene.String(required=True)
    id = graphene.String(required=True)
    name = graphene.String(required=True, description="As it was then.")


class AuditLine(graphene.ObjectType):
    """One thing that somebody did. Ids may belong to what is no longer there."""

    id = BigInt(required=True, description="Also its place in the list.")
    created_at = DateTime(required=True)
    actor = graphene.Field(AuditActor, required=True)
    via = graphene.String(required=True, description="How they came in.")
    via_detail = graphene.String(required=True, description="Which token it was, say.")
    action = graphene.String(required=True)
    target = graphene.Field(AuditTarget)
    before = GenericScalar(description="What changed, as it was. Never a secret.")
    after = GenericScalar(description="What changed, as it is since.")
    address = graphene.String(description="Where they came from, as far as it is known.")


class Query(graphene.ObjectType):
    audit_log = graphene.List(
        graphene.NonNull(AuditLine),
        before=BigInt(),
        after=BigInt(),
        limit=graphene.Int(default_value=paging.PAGE),
        who=graphene.String(description=f"A person's id, or `{audit_log.LUMIO}` for what nobody did."),
        via=graphene.List(graphene.NonNull(graphene.String)),
        action=graphene.List(graphene.NonNull(graphene.String)),
        q=graphene.String(description="Part of the target's name."),
        since=graphene.String(),
        until=graphene.String(),
        description="Newest first; with `after` what follows, oldest first. Both take an `id`, itself excluded.",
    )

    @staticmethod
    @field(Permission.AUDIT_READ)
    def resolve_audit_log(
        root: Any,
        actor: Actor,
        limit: int | None,
        before: int | None = None,
        after: int | None = None,
        **wanted: Any,
    ) -> list[dict[str, Any]]:
        before, after = paging.number(before, "before", 0, paging.LAST), paging.number(after, "after", 0, paging.LAST)
        page = audit_log.page(
            actor, audit_log.Filter.parse(**wanted), limit=paging.limit(limit), before=before, after=after
        )
        return [audit_log.shown(entry) for entry in page.rows]
