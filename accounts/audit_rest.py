"""REST: the audit log, as rows and as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer

from accounts import filters, paging
from accounts.answers import Time, envelope
from accounts.domain import audit_log
from accounts.downloads import Csv, download, file_name
from accounts.enums import Permission, Via
from accounts.gates import ApiView

if TYPE_CHECKING:
    from django.http.response import HttpResponseBase
    from rest_framework.request import Request
    from rest_framework.response import Response


class AuditActorOut(serializers.Serializer):
    id = serializers.UUIDField(allow_null=True, help_text="A person's; null where Lumio acted by itself.")
    name = serializers.CharField(help_text="As it was then.")


class AuditTargetOut(serializers.Serializer):
    type = serializers.CharField()
    id = serializers.CharField()
    name = serializers.CharField(help_text="As it was then.")


class AuditLineOut(serializers.Serializer):
    """One thing that somebody did. Ids may belong to what is no longer there."""

    id = serializers.IntegerField(min_value=1, help_text="Also its place in the list.")
    created_at = Time()
    actor = AuditActorOut()
    via = serializers.CharField(help_text=f"How they came in: {', '.join(Via.values)}.")
    via_detail = serializers.CharField(help_text="Which token it was, say; empty where there is no more to tell.")
    action = serializers.CharField(help_text="New ones come with new versions.")
    target = AuditTargetOut(allow_null=True)
    before = serializers.DictField(allow_null=True, help_text="What changed, as it was. Never a secret.")
    after = serializers.DictField(allow_null=True, help_text="What changed, as it is since.")
    address = serializers.CharField(allow_null=True, help_text="Where they came from, as far as it is known.")


def _filter(name: str, description: str, **schema: Any) -> OpenApiParameter:
    return OpenApiParameter(name, {"type": "string", **schema}, description=description)


FILTERS = [
    _filter("who", f"Who did it: a person's id, or `{audit_log.LUMIO}` for what nobody did."),
    _filter("via", f"Only of those who came in so, separated by commas: {', '.join(Via.values)}."),
    _filter("action", f"Only these, separated by commas. Several at once: {', '.join(audit_log.GROUPS)}."),
    _filter("q", "Part of the target's name.", maxLength=filters.LONGEST_TEXT),
    _filter("since", "What was done from this moment on (ISO 8601; without a time zone, UTC)."),
    _filter("until", "What was done before this moment."),
]


def _wanted(request: Request) -> audit_log.Filter:
    return audit_log.Filter.parse(**{one.name: request.query_params.get(one.name) for one in FILTERS})


class AuditLog(ApiView):
    gates: ClassVar = {"GET": Permission.AUDIT_READ}
    refusals: ClassVar = {"GET": (filters.BadFilter,)}

    @extend_schema(responses=AuditLineOut(many=True), parameters=[*paging.BY_ID, *FILTERS])
    def get(self, request: Request) -> Response:
        """Who did what in the account."""
        asked = request.query_params
        limit = paging.limit(asked.get("limit"))
        before, after = (paging.number(asked.get(name), name, 0, paging.LAST) for name in ("before", "after"))
        page = audit_log.page(self.actor, _wanted(request), limit=limit, before=before, after=after)
        data = AuditLineOut([audit_log.shown(entry) for entry in page.rows], many=True).data
        return envelope(request, data, page.links(request, lambda entry: entry.pk))


class AuditTable(ApiView):
    gates: ClassVar = {"GET": Permission.AUDIT_READ}
    refusals: ClassVar = {"GET": (filters.BadFilter,)}
    renderer_classes = [Csv, JSONRenderer]

    @extend_schema(operation_id="audit_csv", responses={(200, Csv.media_type): OpenApiTypes.STR}, parameters=FILTERS)
    def get(self, request: Request) -> HttpResponseBase:
        """The same as a table for spreadsheets, all of it at once. That somebody took it is noted."""
        wanted = _wanted(request)
        pieces = iter(()) if request.method == "HEAD" else audit_log.export(self.actor, wanted)
        name = file_name("audit-log", self.actor.account, "csv")
        return download(request, pieces, name=name, kind=Csv.media_type)
