"""GraphQL: the same as `tokens.rest`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import graphene
from django.views.decorators.debug import sensitive_variables

from accounts import paging, throttle
from accounts.enums import Permission
from accounts.gates import ANY_MEMBER, field
from accounts.scalars import DateTime
from lumio.lib.ids import key
from tokens.domain import access, listing, open_pages, tokens
from tokens.forms import TokenChange, TokenInput
from tokens.shown import PAGES, shown, shown_revoked

if TYPE_CHECKING:
    from accounts.actor import Actor
    from tokens.models import PopoutToken as Token

OLDER_AND_NEWER = (
    "Newest first; with `after` what follows, oldest first. Both take a `cursor`, itself excluded. `q` is part of the "
    "label, the start, the end or a name."
)


class TokenPerson(graphene.ObjectType):
    """Somebody a token names: its creator, the member assigned to it, or who revoked it."""

    id = graphene.ID(required=True)
    name = graphene.String(required=True)


class OpenPage(graphene.ObjectType):
    """A page that is open with a token now."""

    id = graphene.ID(required=True)
    page = graphene.String(required=True, description="Its path; /v1/ws for a program that did not say.")
    browser = graphene.String(required=True)
    address = graphene.String(required=True, description="Without its last part; empty where it is not known.")
    since = DateTime(required=True)


class EveryToken(graphene.Interface):
    """A popout token without its secret, whether it works or was revoked."""

    id = graphene.ID(required=True)
    cursor = graphene.String(required=True, description="Its place in the list.")
    label = graphene.String(required=True)
    prefix = graphene.String(required=True, description="What it begins with: lm_pop_ and four characters more.")
    last_four = graphene.String(required=True)
    permissions = graphene.List(graphene.NonNull(graphene.String), required=True, description="What it lists.")
    pages = graphene.List(graphene.NonNull(graphene.String), required=True, description=PAGES)
    creator = graphene.Field(TokenPerson, required=True)
    member = graphene.Field(TokenPerson)
    created_at = DateTime(required=True)
    last_used_at = DateTime()
    last_used_page = graphene.String(required=True)


class PopoutToken(graphene.ObjectType):
    """A popout token without its secret."""

    class Meta:
        interfaces = (EveryToken,)

    effective = graphene.List(
        graphene.NonNull(graphene.String),
        required=True,
        description="What it may do now: what it lists, cut at its creator's rights and at what its popouts can use.",
    )
    open_pages = graphene.List(
        graphene.NonNull(OpenPage), description="The pages that are open with it now; null while nobody can tell."
    )


class RevokedPopoutToken(graphene.ObjectType):
    """A popout token that was revoked within the last 90 days."""

    class Meta:
        interfaces = (EveryToken,)

    revoked_at = DateTime(required=True)
    revoked_by = graphene.Field(TokenPerson, description="Null where Lumio did it by itself.")
    reason = graphene.String(required=True, description="by_hand, leaked_in_chat or leaked_in_referer.")
    note = graphene.String(required=True, description="Why, in the words of whoever revoked it.")


class Query(graphene.ObjectType):
    popout_tokens = graphene.List(
        graphene.NonNull(PopoutToken),
        q=graphene.String(),
        before=graphene.String(),
        after=graphene.String(),
        limit=graphene.Int(default_value=paging.PAGE),
        description=OLDER_AND_NEWER,
    )
    popout_token = graphene.Field(
        PopoutToken, id=graphene.ID(required=True), description="One popout token that is not revoked."
    )
    revoked_popout_tokens = graphene.List(
        graphene.NonNull(RevokedPopoutToken),
        q=graphene.String(),
        before=graphene.String(),
        after=graphene.String(),
        limit=graphene.Int(default_value=paging.PAGE),
        description=f"By when they were revoked. {OLDER_AND_NEWER}",
    )
    my_permissions = graphene.List(graphene.NonNull(graphene.String), description="What the caller may do now.")

    @staticmethod
    @field(Permission.TOKENS_READ)
    def resolve_popout_tokens(
        root: Any,
        actor: Actor,
        limit: int | None,
        q: str | None = None,
        before: str | None = None,
        after: str | None = None,
    ) -> list[dict[str, Any]]:
        return _shown(listing.alive(actor, limit=paging.limit(limit), q=q, before=before, after=after).rows)

    @staticmethod
    @field(Permission.TOKENS_READ)
    def resolve_popout_token(root: Any, actor: Actor, id: str) -> dict[str, Any]:
        [found] = _shown([access.get_token(actor, key(id), Permission.TOKENS_READ)])
        return found

    @staticmethod
    @field(Permission.TOKENS_READ)
    def resolve_revoked_popout_tokens(
        root: Any,
        actor: Actor,
        limit: int | None,
        q: str | None = None,
        before: str | None = None,
        after: str | None = None,
    ) -> list[dict[str, Any]]:
        found = listing.revoked(actor, limit=paging.limit(limit), q=q, before=before, after=after)
        return [shown_revoked(token) for token in found.rows]

    @staticmethod
    @field(ANY_MEMBER)
    def resolve_my_permissions(root: Any, actor: Actor) -> list[str]:
        return [code.value for code in Permission if actor.can(code)]


class CreatePopoutTokenInput(graphene.InputObjectType):
    label = graphene.String(default_value="")
    permissions = graphene.List(graphene.NonNull(graphene.String), required=True)
    pages = graphene.List(graphene.NonNull(graphene.String), description=PAGES)
    member_id = graphene.ID(description="A member of the account, who names the actor in the audit log.")


class CreatePopoutToken(graphene.Mutation):
    """Makes a token. `token` is the secret, here and never again."""

    class Arguments:
        input = CreatePopoutTokenInput(required=True)

    popout_token = graphene.Field(PopoutToken, required=True)
    token = graphene.String(required=True)

    @staticmethod
    @field(Permission.TOKENS_CREATE, limit=throttle.TOKEN_CREATE)
    @sensitive_variables("secret")
    def mutate(root: Any, actor: Actor, input: dict[str, Any]) -> CreatePopoutToken:
        token, secret = tokens.create(actor=actor, **_wanted(actor, TokenInput, input))
        [made] = _shown([access.get_token(actor, token.pk, Permission.TOKENS_CREATE)])
        return CreatePopoutToken(popout_token=made, token=secret.reveal())


class UpdatePopoutTokenInput(graphene.InputObjectType):
    """What is left out stays as it is."""

    label = graphene.String()
    permissions = graphene.List(graphene.NonNull(graphene.String))
    pages = graphene.List(graphene.NonNull(graphene.String), description=PAGES)
    member_id = graphene.ID(description="Who the audit log names for what the token does; null: nobody.")


class UpdatePopoutToken(graphene.Mutation):
    """Changes what a token may do and whom it names, at once. Its secret stays."""

    class Arguments:
        id = graphene.ID(required=True)
        input = UpdatePopoutTokenInput(required=True)

    popout_token = graphene.Field(PopoutToken, required=True)

    @staticmethod
    @field(Permission.TOKENS_EDIT)
    def mutate(root: Any, actor: Actor, id: str, input: dict[str, Any]) -> UpdatePopoutToken:
        token = access.get_token(actor, key(id), Permission.TOKENS_EDIT)
        [changed] = _shown([tokens.change(actor=actor, token=token, **_wanted(actor, TokenChange, input))])
        return UpdatePopoutToken(popout_token=changed)


class DeletePopoutToken(graphene.Mutation):
    """Revokes a token for good."""

    class Arguments:
        id = graphene.ID(required=True)

    popout_token = graphene.Field(PopoutToken, required=True)

    @staticmethod
    @field(Permission.TOKENS_DELETE)
    def mutate(root: Any, actor: Actor, id: str) -> DeletePopoutToken:
        token = access.get_token(actor, key(id), Permission.TOKENS_DELETE)
        tokens.revoke(actor=actor, token=token)
        return DeletePopoutToken(popout_token=shown(token) | {"open_pages": []})


class ClosePopoutPage(graphene.Mutation):
    """Has an open page go blank. The token works on: whoever loads the page again has it again."""

    class Arguments:
        token_id = graphene.ID(required=True)
        page_id = graphene.ID(required=True)

    id = graphene.ID(required=True, description="The page's.")

    @staticmethod
    @field(Permission.TOKENS_EDIT)
    def mutate(root: Any, actor: Actor, token_id: str, page_id: str) -> ClosePopoutPage:
        token = access.get_token(actor, key(token_id), Permission.TOKENS_EDIT)
        return ClosePopoutPage(id=open_pages.close(actor=actor, token=token, page_id=page_id).id)


class Mutation(graphene.ObjectType):
    create_popout_token = CreatePopoutToken.Field()
    update_popout_token = UpdatePopoutToken.Field()
    delete_popout_token = DeletePopoutToken.Field()
    close_popout_page = ClosePopoutPage.Field()


def _shown(found: list[Token]) -> list[dict[str, Any]]:
    """Tokens with their open pages, which are asked for once for all of them."""
    pages = open_pages.of(found)
    return [shown(token) | {"open_pages": None if pages is None else pages[token.pk]} for token in found]


def _wanted(actor: Actor, serializer: type[TokenChange], input: dict[str, Any]) -> tokens.Wanted:
    """What a caller wants of a token. Null counts as left out, but for the member, whom it takes away."""
    given = serializer(data={name: value for name, value in input.items() if value is not None or name == "member_id"})
    given.is_valid(raise_exception=True)
    return given.wanted(actor)
