"""REST: pictures, videos and sounds for overlays."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from accounts import filters, paging, throttle
from accounts.answers import Time, created, envelope, sent
from accounts.enums import Permission
from accounts.gates import ApiView
from overlays.domain import access, media, traces, uploads
from overlays.enums import UploadKind
from overlays.upload_forms import UploadPatch
from overlays.upload_shown import shown, shown_one

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request

KIND = OpenApiParameter("kind", str, enum=UploadKind.values, description="Only those of one kind.")


class UploadInput(serializers.Serializer):
    """A form with a file in it (`multipart/form-data`)."""

    file = serializers.FileField(help_text="What it is, its first bytes say.")


class UseOut(serializers.Serializer):
    """A layer that shows an upload."""

    overlay_id = serializers.UUIDField()
    overlay_name = serializers.CharField()
    layer_id = serializers.UUIDField()
    layer_name = serializers.CharField()


class UploadOut(serializers.Serializer):
    """A picture, video or sound."""

    id = serializers.UUIDField()
    cursor = serializers.CharField(help_text="Its place in the list.")
    kind = serializers.CharField(help_text="image, video or sound.")
    name = serializers.CharField()
    url = serializers.CharField(help_text="Where it is served, on the host of overlays, to whoever knows the address.")
    content_type = serializers.CharField()
    size = serializers.IntegerField(help_text="In bytes, as it is kept.")
    width = serializers.IntegerField(allow_null=True, help_text="Of a picture, in pixels.")
    height = serializers.IntegerField(allow_null=True)
    used_by = UseOut(many=True, help_text="Layers that show it.")
    created_at = Time()


class UsageOut(serializers.Serializer):
    """How much room there is."""

    used = serializers.IntegerField(help_text="Bytes that the account's files take.")
    quota = serializers.IntegerField(help_text="Bytes that they may take.")


class UploadList(ApiView):
    gates: ClassVar = {"GET": Permission.OVERLAYS_READ, "POST": Permission.OVERLAYS_EDIT}
    limits: ClassVar = {"POST": throttle.UPLOADS}
    refusals: ClassVar = {
        "GET": (filters.BadFilter,),
        "POST": (
            media.NotTaken,
            media.SvgNotTaken,
            media.FileTooLarge,
            media.TooManyPixels,
            traces.Damaged,
            uploads.QuotaExceeded,
            uploads.TooManyUploads,
        ),
    }
    parser_classes = [MultiPartParser]

    @extend_schema(responses=UploadOut(many=True), parameters=[KIND, *paging.BY_CURSOR])
    def get(self, request: Request) -> Response:
        """The account's pictures, videos and sounds."""
        limit = paging.limit(request.query_params.get("limit"))
        kind, before, after = (request.query_params.get(name, "") for name in ("kind", "before", "after"))
        page = uploads.listing(self.actor, kind=kind, limit=limit, before=before, after=after)
        data = UploadOut(shown(self.actor.account, page.rows), many=True).data
        return envelope(request, data, page.links(request, paging.cursor_of))

    @extend_schema(request=UploadInput, responses={201: UploadOut})
    def post(self, request: Request) -> Response:
        """Upload a picture, a video or a sound.

        PNG, JPEG, GIF, WebP, MP3, Ogg, WAV, M4A and FLAC up to 10 MB, MP4 and WebM up to 50 MB. What pictures and MP4
        files tell of where and with what they were made is taken out.
        """
        file = sent(UploadInput, request)["file"]
        added = uploads.add(actor=self.actor, file=file.file, size=file.size, name=file.name)
        return created(UploadOut(shown_one(added)).data, reverse("rest_upload", args=[added.pk]))


class UploadDetail(ApiView):
    gates: ClassVar = {
        "GET": Permission.OVERLAYS_READ,
        "PATCH": Permission.OVERLAYS_EDIT,
        "DELETE": Permission.OVERLAYS_EDIT,
    }
    refusals: ClassVar = {"PATCH": (uploads.NameMissing, uploads.NameTooLong)}

    @extend_schema(responses=UploadOut)
    def get(self, request: Request, upload_id: UUID) -> Response:
        """One upload, and which layers show it."""
        row = access.get_upload(self.actor, upload_id, Permission.OVERLAYS_READ)
        return envelope(request, UploadOut(shown_one(row)).data)

    @extend_schema(request=UploadPatch, responses=UploadOut)
    def patch(self, request: Request, upload_id: UUID) -> Response:
        """Call it otherwise. Its address stays."""
        row = access.get_upload(self.actor, upload_id, Permission.OVERLAYS_EDIT)
        row = uploads.rename(actor=self.actor, upload=row, name=sent(UploadPatch, request)["name"])
        return envelope(request, UploadOut(shown_one(row)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, upload_id: UUID) -> Response:
        """Remove it for good. Layers that show it show nothing in its place."""
        row = access.get_upload(self.actor, upload_id, Permission.OVERLAYS_EDIT)
        uploads.remove(actor=self.actor, upload=row)
        return Response(status=204)


class UploadUsage(ApiView):
    gates: ClassVar = {"GET": Permission.OVERLAYS_READ}

    @extend_schema(responses=UsageOut)
    def get(self, request: Request) -> Response:
        """How much room the account's files take, and may take."""
        return envelope(request, UsageOut(uploads.usage(self.actor.account)).data)
