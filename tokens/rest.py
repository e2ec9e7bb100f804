"""REST: popout tokens, the pages that are open with them, and who a caller is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.http import Http404
from django.views.decorators.debug import sensitive_variables
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts import filters, paging, throttle
from accounts.answers import Time, created, envelope
from accounts.domain import granting
from accounts.enums import Permission
from accounts.gates import ANY_MEMBER, ApiView
from accounts.rest import AccountOut
from tokens.domain import access, listing, open_pages, tokens
from tokens.enums import Revocation
from tokens.forms import TokenChange, TokenInput
from tokens.shown import PAGES, shown, shown_revoked

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request

#: Of making a token, and of changing one.
REFUSALS = (
    tokens.LabelTooLong,
    tokens.NoPermissions,
    granting.UnknownPermission,
    tokens.NeverByToken,
    granting.MoreThanHeld,
    tokens.UnknownPopout,
    tokens.PopoutStaysShut,
    Http404,
)
SEARCH = OpenApiParameter("q", str, description="Only those whose label, start, end or names of people hold this.")


class TokenPersonOut(serializers.Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField()


class OwnLinkOut(serializers.Serializer):
    self = serializers.CharField()


class EveryTokenOut(serializers.Serializer):
    """A token without its secret, whether it works or was revoked."""

    id = serializers.UUIDField()
    cursor = serializers.CharField(help_text="Its place in the list.")
    label = serializers.CharField()  # type: ignore[assignment]  # the base class has an attribute of that name
    prefix = serializers.CharField(help_text="What it begins with: lm_pop_ and four characters more.")
    last_four = serializers.CharField()
    permissions = serializers.ListField(child=serializers.CharField(), help_text="What it lists.")
    pages = serializers.ListField(child=serializers.CharField(), help_text=PAGES)
    creator = TokenPersonOut()
    member = TokenPersonOut(allow_null=True)
    created_at = Time()
    last_used_at = Time(allow_null=True)
    last_used_page = serializers.CharField()


class TokenOut(EveryTokenOut):
    effective = serializers.ListField(
        child=serializers.CharField(),
        help_text="What it may do now: what it lists, cut at its creator's rights and at what its popouts can use.",
    )
    _links = OwnLinkOut()


class MadeTokenOut(TokenOut):
    token = serializers.CharField(help_text="The secret, here and never again.")


class RevokedTokenOut(EveryTokenOut):
    revoked_at = Time()
    revoked_by = TokenPersonOut(allow_null=True, help_text="Null where Lumio did it by itself.")
    reason = serializers.ChoiceField(choices=Revocation.choices)
    note = serializers.CharField(help_text="Why, in the words of whoever revoked it.")


class OpenPageOut(serializers.Serializer):
    id = serializers.CharField()
    page = serializers.CharField(help_text="Its path; /v1/ws for a program that did not say.")
    browser = serializers.CharField()
    address = serializers.CharField(help_text="Without its last part; empty where it is not known.")
    since = Time()


class CallerOut(serializers.Serializer):
    account = AccountOut()
    name = serializers.CharField(allow_null=True)
    via = serializers.CharField(help_text="session or popout_token.")
    token_id = serializers.UUIDField(allow_null=True)
    permissions = serializers.ListField(child=serializers.CharField(), help_text="What the caller may do now.")
    pages = serializers.ListField(child=serializers.CharField(), help_text=PAGES)


def _asked(request: Request) -> dict[str, Any]:
    """Which page of a list is asked for. Raises OutOfRange."""
    cursors = {name: request.query_params.get(name) for name in ("q", "before", "after")}
    return {"limit": paging.limit(request.query_params.get("limit")), **cursors}


class TokenList(ApiView):
    gates: ClassVar = {"GET": Permission.TOKENS_READ, "POST": Permission.TOKENS_CREATE}
    limits: ClassVar = {"POST": throttle.TOKEN_CREATE}
    refusals: ClassVar = {"GET": (filters.BadFilter,), "POST": REFUSALS}

    @extend_schema(responses=TokenOut(many=True), parameters=[SEARCH, *paging.BY_CURSOR])
    def get(self, request: Request) -> Response:
        """The account's popout tokens that are not revoked."""
        page = listing.alive(self.actor, **_asked(request))
        data = TokenOut([shown(token) for token in page.rows], many=True).data
        return envelope(request, data, page.links(request, paging.cursor_of))

    @extend_schema(request=TokenInput, responses={201: MadeTokenOut})
    @sensitive_variables("secret")
    def post(self, request: Request) -> Response:
        """Make a token. `data.token` is the secret, here and never again."""
        given = TokenInput(data=request.data)
        given.is_valid(raise_exception=True)
        token, secret = tokens.create(actor=self.actor, **given.wanted(self.actor))
        made = shown(access.get_token(self.actor, token.pk, Permission.TOKENS_CREATE))
        return created(MadeTokenOut({**made, "token": secret.reveal()}).data, made["_links"]["self"])


class TokenDetail(ApiView):
    gates: ClassVar = {
        "GET": Permission.TOKENS_READ,
        "PUT": Permission.TOKENS_EDIT,
        "DELETE": Permission.TOKENS_DELETE,
    }
    refusals: ClassVar = {"PUT": REFUSALS}

    @extend_schema(responses=TokenOut)
    def get(self, request: Request, token_id: UUID) -> Response:
        """One token."""
        token = access.get_token(self.actor, token_id, Permission.TOKENS_READ)
        return envelope(request, TokenOut(shown(token)).data)

    @extend_schema(request=TokenChange, responses=TokenOut)
    def put(self, request: Request, token_id: UUID) -> Response:
        """Change what a token may do and whom it names. Its secret stays; what is left out stays as well.

        It counts from the next request, and on open sockets within a second. Permissions that are on the token already
        may stay there, whoever changes it; what is added has to be held by whoever adds it.
        """
        token = access.get_token(self.actor, token_id, Permission.TOKENS_EDIT)
        given = TokenChange(data=request.data)
        given.is_valid(raise_exception=True)
        changed = tokens.change(actor=self.actor, token=token, **given.wanted(self.actor))
        return envelope(request, TokenOut(shown(changed)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, token_id: UUID) -> Response:
        """Revoke a token for good. Pages that are open with it lose their sockets within a second."""
        token = access.get_token(self.actor, token_id, Permission.TOKENS_DELETE)
        tokens.revoke(actor=self.actor, token=token)
        return Response(status=204)


class RevokedTokenList(ApiView):
    gates: ClassVar = {"GET": Permission.TOKENS_READ}
    refusals: ClassVar = {"GET": (filters.BadFilter,)}

    @extend_schema(responses=RevokedTokenOut(many=True), parameters=[SEARCH, *paging.BY_CURSOR])
    def get(self, request: Request) -> Response:
        """The tokens that were revoked within the last 90 days, with who did it and why; the last one first."""
        page = listing.revoked(self.actor, **_asked(request))
        data = RevokedTokenOut([shown_revoked(token) for token in page.rows], many=True).data
        return envelope(request, data, page.links(request, lambda token: paging.cursor_of(token, listing.ENDED)))


class OpenPageList(ApiView):
    gates: ClassVar = {"GET": Permission.TOKENS_READ}
    refusals: ClassVar = {"GET": (open_pages.PagesUnknown,)}

    @extend_schema(responses=OpenPageOut(many=True))
    def get(self, request: Request, token_id: UUID) -> Response:
        """The pages that are open with a token now, the oldest first."""
        token = access.get_token(self.actor, token_id, Permission.TOKENS_READ)
        return envelope(request, OpenPageOut(open_pages.of_one(token), many=True).data)


class OpenPageDetail(ApiView):
    gates: ClassVar = {"DELETE": Permission.TOKENS_EDIT}
    refusals: ClassVar = {"DELETE": (open_pages.PageNotOpen, open_pages.PagesUnknown)}

    @extend_schema(responses={204: None})
    def delete(self, request: Request, token_id: UUID, page_id: UUID) -> Response:
        """Have an open page go blank. The token works on: whoever loads the page again has it again."""
        token = access.get_token(self.actor, token_id, Permission.TOKENS_EDIT)
        open_pages.close(actor=self.actor, token=token, page_id=page_id)
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
            "pages": sorted(actor.pages),
        }
        return envelope(request, CallerOut(caller).data)
