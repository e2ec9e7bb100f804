"""REST: one-time links with which somebody else connects a platform."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.http import Http404
from django.urls import reverse
from django.views.decorators.debug import sensitive_variables
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.answers import Time, created, envelope
from accounts.gates import ApiView, any_of
from connections.domain import access, links, oauth
from connections.enums import ASKS
from connections.link_forms import LinkInput
from connections.platforms import failures

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request

#: Each link then asks for what connecting for its own purpose does.
MAKERS = any_of(*ASKS.values())


class LinkMakerOut(serializers.Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField(source="display_name")


class ConnectLinkOut(serializers.Serializer):
    """A link without its address."""

    id = serializers.UUIDField()
    platform = serializers.CharField()
    purpose = serializers.CharField(help_text="channel or bot.")
    works = serializers.BooleanField(help_text="False while whoever made it may not do this any more.")
    created_by = LinkMakerOut()
    created_at = Time()
    expires_at = Time()


class MadeConnectLinkOut(ConnectLinkOut):
    address = serializers.CharField(help_text="What to send to whoever is to connect, here and never again.")


class ConnectLinkList(ApiView):
    gates: ClassVar = {"GET": MAKERS, "POST": MAKERS}
    refusals: ClassVar = {
        "POST": (
            links.TooManyLinks,
            oauth.SwitchedOff,
            failures.NoCredentials,
            failures.SecretUnreadable,
            Http404,
        )
    }

    @extend_schema(responses=ConnectLinkOut(many=True))
    def get(self, request: Request) -> Response:
        """The one-time links that are open, of the kinds the caller may make."""
        found = links.open_links(self.actor)
        return envelope(request, ConnectLinkOut(found, many=True).data)

    @extend_schema(request=LinkInput, responses={201: MadeConnectLinkOut})
    @sensitive_variables("code")
    def post(self, request: Request) -> Response:
        """Make a one-time link. `data.address` is the link itself, here and never again.

        A link for a `channel` needs `connections:edit`, one for a `bot` `bot-connections:create`.
        """
        given = LinkInput(data=request.data)
        given.is_valid(raise_exception=True)
        link, code = links.create(actor=self.actor, **given.wanted)
        made = ConnectLinkOut(access.get_link(self.actor, link.pk)).data
        location = reverse("rest_connect_link", args=[link.pk])
        return created({**made, "address": links.address_of(code)}, location)


class ConnectLinkDetail(ApiView):
    gates: ClassVar = {"GET": MAKERS, "DELETE": MAKERS}

    @extend_schema(responses=ConnectLinkOut)
    def get(self, request: Request, link_id: UUID) -> Response:
        """One open link."""
        return envelope(request, ConnectLinkOut(access.get_link(self.actor, link_id)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, link_id: UUID) -> Response:
        """Withdraw a link. It opens nothing any more, also for who is at the platform with it."""
        links.withdraw(actor=self.actor, link=access.get_link(self.actor, link_id))
        return Response(status=204)
