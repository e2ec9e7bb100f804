"""REST: the account as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from accounts import confirmation
from accounts.answers import Time, checked, envelope
from accounts.domain import deletion, export, people
from accounts.downloads import Zip, download, file_name
from accounts.enums import Permission
from accounts.gates import ApiView
from accounts.person_forms import AccountInput, change_account

if TYPE_CHECKING:
    from django.http.response import HttpResponseBase
    from rest_framework.request import Request


class AccountSettingsOut(serializers.Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    time_zone = serializers.CharField(help_text="IANA name. Empty: UTC.")
    created_at = Time()


class DeletionQuery(serializers.Serializer):
    confirm_name = serializers.CharField()


class AccountSettings(ApiView):
    gates: ClassVar = {
        "GET": Permission.ACCOUNT_READ,
        "PUT": Permission.ACCOUNT_EDIT,
        "DELETE": Permission.ACCOUNT_DELETE,
    }
    refusals: ClassVar = {"DELETE": (people.PersonNeeded, confirmation.NotConfirmed, deletion.NameDiffers)}

    @extend_schema(operation_id="account_read", responses=AccountSettingsOut)
    def get(self, request: Request) -> Response:
        """The account's settings."""
        return envelope(request, AccountSettingsOut(self.actor.account).data)

    @extend_schema(operation_id="account_update", request=AccountInput, responses=AccountSettingsOut)
    def put(self, request: Request) -> Response:
        """Change the account's name and time zone."""
        return envelope(request, AccountSettingsOut(change_account(self.actor, request.data)).data)

    @extend_schema(
        operation_id="account_delete",
        responses={204: None},
        parameters=[OpenApiParameter("confirm_name", str, required=True, description="The account's name.")],
    )
    def delete(self, request: Request) -> Response:
        """Delete the account and all that is in it, for good. Signed in, and lately asked again who one is."""
        confirmation.require(request._request, self.actor)
        deletion.close(actor=self.actor, **checked(DeletionQuery, request.query_params))
        return Response(status=204)


class AccountExport(ApiView):
    gates: ClassVar = {"GET": Permission.ACCOUNT_EDIT}
    refusals: ClassVar = {"GET": (people.PersonNeeded, confirmation.NotConfirmed, export.ExportRunning)}
    renderer_classes = [Zip, JSONRenderer]

    @extend_schema(operation_id="account_export", responses={(200, Zip.media_type): OpenApiTypes.BINARY})
    def get(self, request: Request) -> HttpResponseBase:
        """All of the account as a ZIP of JSON files, without secrets. Signed in, and lately asked again who one is."""
        confirmation.require(request._request, self.actor)
        pieces = iter(()) if request.method == "HEAD" else export.begin(self.actor)
        name = file_name("export", self.actor.account, "zip")
        return download(request, pieces, name=name, kind=Zip.media_type)
