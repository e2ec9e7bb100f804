"""REST: what is connected, app credentials (write-only), disconnecting. Connecting itself needs a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from rest_framework import serializers
from rest_framework.response import Response

from accounts.enums import Permission
from accounts.gates import ApiView
from connections.domain import access, channels, credentials

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request

    from connections.models import AppCredentials, Connection


class CredentialsInput(serializers.Serializer):
    client_id = serializers.CharField(max_length=credentials.LONGEST, trim_whitespace=False)
    client_secret = serializers.CharField(max_length=credentials.LONGEST, trim_whitespace=False)


def connection_json(connection: Connection) -> dict[str, Any]:
    return {
        "id": str(connection.pk),
        "platform": connection.platform,
        "purpose": connection.purpose,
        "channel_id": connection.channel_id,
        "channel_name": connection.channel_name,
        "avatar_url": connection.avatar_url,
        "state": connection.state,
        "failure_code": connection.failure_code or None,
        "scopes": connection.scopes,
        "expires_at": connection.expires_at,
        "connected_at": connection.connected_at,
        "updated_at": connection.updated_at,
    }


def credentials_json(row: AppCredentials) -> dict[str, Any]:
    return {
        "platform": row.platform,
        "client_id_hint": row.client_id_hint,
        "redirect_uri": row.redirect_uri,
        "updated_at": row.updated_at,
    }


def envelope(request: Request, data: Any) -> Response:
    return Response({"data": data, "_links": {"self": request.path}})


class ConnectionList(ApiView):
    gates: ClassVar = {"GET": Permission.CONNECTIONS_READ}

    def get(self, request: Request) -> Response:
        return envelope(request, [connection_json(row) for row in channels.connections(self.actor)])


class ConnectionDetail(ApiView):
    gates: ClassVar = {"DELETE": Permission.CONNECTIONS_EDIT}

    def delete(self, request: Request, connection_id: UUID) -> Response:
        connection = access.get_connection(self.actor, connection_id, Permission.CONNECTIONS_EDIT)
        channels.disconnect(actor=self.actor, connection=connection)
        return Response(status=204)


class Credentials(ApiView):
    """One platform's pair. Reading gives the hint, never a value."""

    gates: ClassVar = {
        "GET": Permission.CONNECTIONS_EDIT,
        "PUT": Permission.CONNECTIONS_EDIT,
        "DELETE": Permission.CONNECTIONS_EDIT,
    }

    def get(self, request: Request, platform: str) -> Response:
        return envelope(request, credentials_json(credentials.get(self.actor, platform)))

    def put(self, request: Request, platform: str) -> Response:
        found = access.get_platform(platform)
        given = CredentialsInput(data=request.data)
        given.is_valid(raise_exception=True)
        saved = credentials.save(actor=self.actor, platform=found, **given.validated_data)
        return envelope(request, credentials_json(saved.row) | {"checked": saved.checked})

    def delete(self, request: Request, platform: str) -> Response:
        credentials.delete(actor=self.actor, row=credentials.get(self.actor, platform))
        return Response(status=204)
