"""REST: popout tokens, and who a caller is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.http import Http404
from django.urls import reverse
from django.views.decorators.debug import sensitive_variables
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts import paging, throttle
from accounts.answers import Time, created, envelope
from accounts.enums import Permission
from accounts.gates import ANY_MEMBER, ApiView
from accounts.rest import AccountOut
from tokens.domain import access, tokens

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request

    from tokens.models import PopoutToken


class TokenInput(serializers.Serializer):
    label = serializers.CharField(required=False, allow_blank=True, default="", max_length=tokens.LABEL_LENGTH)  # type: ignore[assignment]
    permissions = serializers.ListField(child=serializers.CharField(max_length=80), max_length=100)
    member_id = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text="Who the audit log names for what the token does."
    )


class TokenPersonOut(serializers.Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField()


class OwnLinkOut(serializers.Serializer):
    self = serializers.CharField()


class TokenOut(serializers.Serializer):
    """A token without its secret."""

    id = serializers.UUIDField()
    cursor = serializers.CharField(help_text="Its place in the list.")
    label = serializers.CharField()  # type: ignore[assignment]  # the base class has an attribute of that name
    last_four = serializers.CharField()
    permissions = serializers.ListField(child=serializers.CharField())
    effective = serializers.ListField(
        child=serializers.CharField(), help_text="What it may do now, its creator's rights considered."
    )
    creator = TokenPersonOut()
    member = TokenPersonOut(allow_null=True)
    created_at = Time()
    last_used_at = Time(allow_null=True)
    last_used_page = serializers.CharField()
    _links = OwnLinkOut()


class MadeTokenOut(TokenOut):
    token = serializers.CharField(help_text="The secret, here and never again.")


class CallerOut(serializers.Serializer):
    account = AccountOut()
    name = serializers.CharField(allow_null=True)
    via = serializers.CharField(help_text="session or popout_token.")
    token_id = serializers.UUIDField(allow_null=True)
    permissions = serializers.ListField(child=serializers.CharField(), help_text="What the caller may do now.")


def shown(token: PopoutToken) -> dict[str, Any]:
    """A token as `TokenOut` takes it."""
    member = token.member
    return {
        "id": token.pk,
        "cursor": paging.cursor_of(token),
        "label": token.label,
        "last_four": token.last_four,
        "permissions": token.permissions,
        "effective": [code.value for code in Permission if code in token.effective],
        "creator": {"id": token.creator.pk, "name": token.creator.display_name},
        "member": {"id": member.pk, "name": member.user.display_name} if member else None,
        "created_at": token.created_at,
        "last_used_at": token.last_used_at,
        "last_used_page": token.last_used_page,
        "_links": {"self": reverse("rest-token", args=[token.pk])},
    }


class TokenList(ApiView):
    gates: ClassVar = {"GET": Permission.TOKENS_READ, "POST": Permission.TOKENS_CREATE}
    limits: ClassVar = {"POST": throttle.TOKEN_CREATE}
    refusals: ClassVar = {
        "POST": (
            tokens.LabelTooLong,
            tokens.NoPermissions,
            tokens.UnknownPermission,
            tokens.NeverByToken,
            tokens.MoreThanHeld,
            Http404,
        )
    }

    @extend_schema(responses=TokenOut(many=True), parameters=paging.BY_CURSOR)
    def get(self, request: Request) -> Response:
        """The account's popout tokens that are not revoked."""
        limit = paging.limit(request.query_params.get("limit"))
        before, after = (request.query_params.get(name) for name in ("before", "after"))
        page = tokens.page(self.actor, limit=limit, before=before, after=after)
        data = TokenOut([shown(token) for token in page.rows], many=True).data
        return envelope(request, data, page.links(request, paging.cursor_of))

    @extend_schema(request=TokenInput, responses={201: MadeTokenOut})
    @sensitive_variables("secret")
    def post(self, request: Request) -> Response:
        """Make a token. `data.token` is the secret, here and never again."""
        given = TokenInput(data=request.data)
        given.is_valid(raise_exception=True)
        wanted = given.validated_data
        member = access.get_member(self.actor, wanted["member_id"]) if wanted["member_id"] else None
        token, secret = tokens.create(
            actor=self.actor, label=wanted["label"], permissions=wanted["permissions"], member=member
        )
        made = shown(access.get_token(self.actor, token.pk))
        return created(MadeTokenOut({**made, "token": secret.reveal()}).data, made["_links"]["self"])


class TokenDetail(ApiView):
    gates: ClassVar = {"GET": Permission.TOKENS_READ, "DELETE": Permission.TOKENS_DELETE}

    @extend_schema(responses=TokenOut)
    def get(self, request: Request, token_id: UUID) -> Response:
        """One token."""
        return envelope(request, TokenOut(shown(access.get_token(self.actor, token_id))).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, token_id: UUID) -> Response:
        """Revoke a token for good. Pages that are open with it lose their sockets within a second."""
        tokens.revoke(actor=self.actor, token=access.get_token(self.actor, token_id))
        return Response(status=204)


class Me(ApiView):
    gates: ClassVar = {"GET": ANY_MEMBER}

    @extend_schema(responses=CallerOut)
    def get(self, request: Request) -> Response:
        """Who the caller is, in which account, and what they may do now."""
        actor = self.actor
        caller = {
            "account": {"id": actor.account.pk, "name": actor.account.name},
            "name": actor.user.display_name if actor.user else None,
            "via": actor.via.value,
            "token_id": actor.token_id,
            "permissions": [code.value for code in Permission if actor.can(code)],
        }
        return envelope(request, CallerOut(caller).data)
