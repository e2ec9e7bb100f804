"""GraphQL: the same as `overlays.upload_rest`, but for bringing a file, which GraphQL has no place for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import graphene

from accounts import paging
from accounts.answers import taken
from accounts.enums import Permission
from accounts.gates import field
from accounts.scalars import BigInt, DateTime
from overlays.domain import access, uploads
from overlays.upload_forms import UploadPatch
from overlays.upload_shown import shown, shown_one

if TYPE_CHECKING:
    from accounts.actor import Actor
    from overlays.domain.uploads import Usage


class UploadUse(graphene.ObjectType):
    """A layer that shows an upload."""

    overlay_id = graphene.ID(required=True)
    overlay_name = graphene.String(required=True)
    layer_id = graphene.ID(required=True)
    layer_name = graphene.String(required=True)


class Upload(graphene.ObjectType):
    """A picture, video or sound. New ones come over REST, as POST /v1/uploads."""

    id = graphene.ID(required=True)
    cursor = graphene.String(required=True, description="Its place in the list")
    kind = graphene.String(required=True, description="image, video or sound")
    name = graphene.String(required=True)
    url = graphene.String(
        required=True, description="Where it is served, on the host of overlays, to whoever knows the address"
    )
    content_type = graphene.String(required=True)
    size = graphene.Int(required=True, description="In bytes, as it is kept")
    width = graphene.Int(description="Of a picture, in pixels")
    height = graphene.Int()
    used_by = graphene.List(graphene.NonNull(UploadUse), required=True, description="Layers that show it")
    created_at = DateTime(required=True)


class UploadUsage(graphene.ObjectType):
    """How much room the account's files take, and may take."""

    used = BigInt(required=True, description="Bytes")
    quota = BigInt(required=True, description="Bytes")


class Query(graphene.ObjectType):
    uploads = graphene.List(
        graphene.NonNull(Upload),
        kind=graphene.String(description="Only those of one kind: image, video or sound"),
        limit=graphene.Int(default_value=paging.PAGE),
        before=graphene.String(),
        after=graphene.String(),
        description="Newest first; with `after` what follows, oldest first. Both take a `cursor`, itself excluded.",
    )
    upload = graphene.Field(Upload, id=graphene.ID(required=True), description="One upload, and which layers show it.")
    upload_usage = graphene.Field(UploadUsage, description="How much room the account's files take, and may take.")

    @staticmethod
    @field(Permission.OVERLAYS_READ)
    def resolve_uploads(
        root: Any,
        actor: Actor,
        limit: int,
        kind: str | None = None,
        before: str | None = None,
        after: str | None = None,
    ) -> list[dict[str, Any]]:
        page = uploads.listing(actor, kind=kind or "", limit=paging.limit(limit), before=before, after=after)
        return shown(actor.account, page.rows)

    @staticmethod
    @field(Permission.OVERLAYS_READ)
    def resolve_upload(root: Any, actor: Actor, id: str) -> dict[str, Any]:
        return shown_one(access.get_upload(actor, id, Permission.OVERLAYS_READ))

    @staticmethod
    @field(Permission.OVERLAYS_READ)
    def resolve_upload_usage(root: Any, actor: Actor) -> Usage:
        return uploads.usage(actor.account)


class RenameUpload(graphene.Mutation):
    """Calls it otherwise. Its address stays."""

    class Arguments:
        id = graphene.ID(required=True)
        name = graphene.String(required=True)

    upload = graphene.Field(Upload, required=True)

    @staticmethod
    @field(Permission.OVERLAYS_EDIT)
    def mutate(root: Any, actor: Actor, id: str, name: str) -> RenameUpload:
        row = access.get_upload(actor, id, Permission.OVERLAYS_EDIT)
        return RenameUpload(
            upload=shown_one(uploads.rename(actor=actor, upload=row, **taken(UploadPatch, {"name": name})))
        )


class DeleteUpload(graphene.Mutation):
    """Removes it for good. Layers that show it show nothing in its place."""

    class Arguments:
        id = graphene.ID(required=True)

    id = graphene.ID(required=True)

    @staticmethod
    @field(Permission.OVERLAYS_EDIT)
    def mutate(root: Any, actor: Actor, id: str) -> DeleteUpload:
        row = access.get_upload(actor, id, Permission.OVERLAYS_EDIT)
        uploads.remove(actor=actor, upload=row)
        return DeleteUpload(id=id)


class Mutation(graphene.ObjectType):
    rename_upload = RenameUpload.Field()
    delete_upload = DeleteUpload.Field()
