"""REST: popout tokens, and who a caller is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.urls import reverse
from django.views.decorators.debug import sensitive_variables
from rest_framework import serializers
from rest_framework.response import Response

from accounts.enums import Permission
from accounts.gates import ANY_MEMBER, ApiView
from tokens.domain import access, tokens

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request

    from tokens.models import PopoutToken


class TokenInput(serializers.Serializer):
    label = serializers.CharField(required=False, allow_blank=True, default="", max_length=tokens.LABEL_LENGTH)  # type: ignore[assignment]
    permissions = serializers.ListField(child=serializers.CharField(max_length=80), max_length=100)
    member_id = serializers.UUIDField(required=False, allow_null=True, default=None)


def shown(token: PopoutToken) -> dict[str, Any]:
    """A token without its secret. `effective` is what it may do now, its creator's rights considered."""
    return {
        "id": str(token.pk),
        "label": token.label,
        "last_four": token.last_four,
        "permissions": token.permissions,
        "effective": [code.value for code in Permission if code in token.effective],
        "creator": {"id": str(token.creator.pk), "name": token.creator.display_name},
        "member": {"id": str(token.member.pk), "name": token.member.user.display_name} if token.member else None,
        "created_at": token.created_at.isoformat(),
        "last_used_at": token.last_used_at.isoformat() if token.last_used_at else None,
        "last_used_page": token.last_used_page,
        "_links": {"self": reverse("rest-token", args=[token.pk])},
    }


class TokenList(ApiView):
    gates: ClassVar = {"GET": Permission.TOKENS_READ, "POST": Permission.TOKENS_CREATE}

    def get(self, request: Request) -> Response:
        data = [shown(token) for token in tokens.listing(self.actor)]
        return Response({"data": data, "_links": {"self": request.path}})

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
        data = shown(access.get_token(self.actor, token.pk)) | {"token": secret.reveal()}
        headers = {"Location": data["_links"]["self"]}
        return Response({"data": data, "_links": data["_links"]}, status=201, headers=headers)


class TokenDetail(ApiView):
    gates: ClassVar = {"DELETE": Permission.TOKENS_DELETE}

    def delete(self, request: Request, token_id: UUID) -> Response:
        tokens.revoke(actor=self.actor, token=access.get_token(self.actor, token_id))
        return Response(status=204)


class Me(ApiView):
    """Who the caller is, in which account, and what they may do now."""

    gates: ClassVar = {"GET": ANY_MEMBER}

    def get(self, request: Request) -> Response:
        actor = self.actor
        data = {
            "account": {"id": str(actor.account.pk), "name": actor.account.name},
            "name": actor.user.display_name if actor.user else None,
            "via": actor.via.value,
            "token_id": str(actor.token_id) if actor.token_id else None,
            "permissions": [code.value for code in Permission if actor.can(code)],
        }
        return Response({"data": data, "_links": {"self": request.path}})
