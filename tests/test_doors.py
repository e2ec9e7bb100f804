"""Who gets through which door. A new door fails here until it has a gate and a line in the table below."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from types import ModuleType
from typing import Any
from uuid import UUID

import graphene
import graphql
import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import path

from accounts.actor import Actor
from accounts.authentication import actor_of_member
from accounts.domain.notifications import Kind
from accounts.enums import ALL, Permission
from accounts.gates import ApiView
from accounts.models import Account
from events.channels import TOPICS, Channel
from events.domain.presence import OpenPage
from lumio.schema import schema
from tests import doors, factories
from tests.doors import Door
from tokens.domain import tokens

#: Door → what it asks for: permissions, "member" (whoever is signed in or has a token), "person" (whoever is signed in,
#: also without an account) or "public".
DOORS = {
    "page /": "public",
    "page /language": "public",
    "page /connect": "public",
    "page /connect/<str:code>": "public",
    "page /setup/<str:code>": "public",
    "page /account/accounts": "member",
    "page /account/accounts/new": "member",
    "page /account/accounts/<uuid:account_id>/switch": "member",
    "page /account/accounts/<uuid:account_id>/leave": "member",
    "page /account/delete": "member",
    "page /account/streamer-mode": "member",
    "page /account/password/change/": "member",
    "page /account/password/set/": "member",
    "page /account/reset/done/": "public",
    "page /account/^reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[0-9A-Za-z-]+)/$": "public",
    "page /account/security": "member",
    "page /account/security/end-session": "member",
    "page /dashboard": "member",
    "page /dashboard/account": "account:read",
    "page /dashboard/account/delete": "account:delete",
    "page /dashboard/account/export": "account:edit",
    "page /invite": "public",
    "page /invite/<str:code>": "public",
    "page /dashboard/members": "members:read",
    "page /dashboard/members/<uuid:member_id>": "members:read",
    "page /dashboard/members/<uuid:member_id>/role": "members:edit",
    "page /dashboard/members/<uuid:member_id>/remove": "members:delete",
    "page /dashboard/members/invite": "members:create",
    "page /dashboard/members/invitations/<uuid:invitation_id>/withdraw": "members:create or members:delete",
    "page /dashboard/audit": "audit:read",
    "page /dashboard/audit/export": "audit:read",
    "page /dashboard/events": "events:read",
    "page /dashboard/notifications": "member",
    "page /dashboard/notifications/<int:notification_id>/read": "member",
    "page /dashboard/notifications/latest": "member",
    "page /dashboard/notifications/read": "member",
    "page /dashboard/profile": "member",
    "page /dashboard/profile/email": "member",
    "page /dashboard/connections": "connections:read",
    "page /dashboard/connections/<slug:platform>/card": "connections:read",
    "page /dashboard/connections/<slug:platform>/connect": "connections:edit",
    "page /dashboard/connections/<uuid:connection_id>/disconnect": "connections:edit",
    "page /dashboard/connections/<uuid:connection_id>/test": "connections:edit",
    "page /dashboard/connections/<uuid:connection_id>/emotes": "connections:edit",
    "page /dashboard/connections/<slug:platform>/webhook/renew": "connections:edit",
    "page /dashboard/connections/<slug:platform>/link": "connections:edit or bot-connections:create",
    "page /dashboard/connections/links/<uuid:link_id>/withdraw": "connections:edit or bot-connections:create",
    "page /dashboard/connections/renewal": "connections:read",
    "page /dashboard/bots": "bot-connections:read",
    "page /dashboard/bots/<slug:platform>/pause": "bot-connections:create",
    "page /dashboard/bots/<slug:platform>/rejoin": "bot-connections:create",
    "page /dashboard/connections/bot": "bot-connections:read",
    "page /dashboard/connections/bot/<slug:platform>/card": "bot-connections:read",
    "page /dashboard/connections/bot/<slug:platform>/connect": "bot-connections:create",
    "page /dashboard/connections/bot/<slug:platform>/disconnect": "bot-connections:delete",
    "page /dashboard/connections/bot/<slug:platform>/hello": "bot-connections:create",
    "page /dashboard/connections/bot/<slug:platform>/moderator": "bot-connections:read",
    "page /dashboard/connections/credentials": "connections:edit",
    "page /dashboard/connections/credentials/<slug:platform>": "connections:edit",
    "page /dashboard/connections/credentials/<slug:platform>/delete": "connections:edit",
    "page /dashboard/connections/streamelements": "connections:read",
    "page /dashboard/connections/streamelements/add": "connections:create",
    "page /dashboard/connections/streamelements/<uuid:se_token_id>/remove": "connections:delete",
    "page /connections/<slug:platform>/callback": "connections:edit or bot-connections:create",
    "page /connections/<slug:platform>/callback/": "connections:edit or bot-connections:create",
    "page /dashboard/roles": "roles:read",
    "page /dashboard/roles/new": "roles:create",
    "page /dashboard/roles/<uuid:role_id>": "roles:read",
    "page /dashboard/roles/<uuid:role_id>/delete": "roles:delete",
    "page /dashboard/tokens": "tokens:read",
    "page /dashboard/tokens/new": "tokens:create",
    "page /dashboard/tokens/revoked": "tokens:read",
    "page /dashboard/tokens/<uuid:token_id>": "tokens:read",
    "page /dashboard/tokens/<uuid:token_id>/revoke": "tokens:delete",
    "page /dashboard/tokens/<uuid:token_id>/pages/<uuid:page_id>/close": "tokens:edit",
    "page /popout/events": "events:read",
    "page /v1/docs": "public",
    "page /v1/gql": "member",
    "page /v1/graphiql": "public",
    "page /v1/openapi.json": "public",
    "page /v1/schema": "public",
    "page /v1/webhooks/<slug:platform>/<slug:code>": "public",
    "GET /v1/account": "account:read",
    "PUT /v1/account": "account:edit",
    "DELETE /v1/account": "account:delete",
    "GET /v1/account/export": "account:edit",
    "GET /v1/accounts": "member",
    "POST /v1/accounts/<uuid:account_id>/switch": "member",
    "GET /v1/audit": "audit:read",
    "GET /v1/audit.csv": "audit:read",
    "GET /v1/bot-connections": "bot-connections:read",
    "DELETE /v1/bot-connections/<slug:platform>": "bot-connections:delete",
    "POST /v1/bot-connections/<slug:platform>/authorize": "bot-connections:create",
    "POST /v1/bot-connections/<slug:platform>/hello": "bot-connections:create",
    "GET /v1/bot-status": "bot-connections:read",
    "POST /v1/bot-toggle": "bot-connections:create",
    "POST /v1/bot-rejoin": "bot-connections:create",
    "GET /v1/chat": "chat:read",
    "GET /v1/connections": "connections:read",
    "GET /v1/connections/<uuid:connection_id>": "connections:read",
    "DELETE /v1/connections/<uuid:connection_id>": "connections:edit",
    "POST /v1/connections/<uuid:connection_id>/test": "connections:edit",
    "POST /v1/connections/<slug:platform>/authorize": "connections:edit",
    "GET /v1/connections/credentials": "connections:edit",
    "GET /v1/connections/credentials/<slug:platform>": "connections:edit",
    "PUT /v1/connections/credentials/<slug:platform>": "connections:edit",
    "DELETE /v1/connections/credentials/<slug:platform>": "connections:edit",
    "GET /v1/connections/links": "connections:edit or bot-connections:create",
    "POST /v1/connections/links": "connections:edit or bot-connections:create",
    "GET /v1/connections/links/<uuid:link_id>": "connections:edit or bot-connections:create",
    "DELETE /v1/connections/links/<uuid:link_id>": "connections:edit or bot-connections:create",
    "GET /v1/webhooks": "connections:edit",
    "POST /v1/webhooks/renew": "connections:edit",
    "GET /v1/events": "events:read",
    "GET /v1/events/<int:seq>": "events:read",
    "POST /v1/events/test": "events:create",
    "GET /v1/me": "member",
    "PUT /v1/me": "member",
    "GET /v1/members": "members:read",
    "GET /v1/members/<uuid:member_id>": "members:read",
    "PUT /v1/members/<uuid:member_id>": "members:edit",
    "DELETE /v1/members/<uuid:member_id>": "members:delete",
    "POST /v1/members/leave": "member",
    "GET /v1/invites": "members:read",
    "POST /v1/invites": "members:create",
    "GET /v1/invites/<uuid:invitation_id>": "members:read",
    "DELETE /v1/invites/<uuid:invitation_id>": "members:create or members:delete",
    "GET /v1/invitations/<str:code>": "public",
    "POST /v1/invitations/<str:code>/accept": "person",
    "GET /v1/notifications": "member",
    "POST /v1/notifications/<int:notification_id>/read": "member",
    "POST /v1/notifications/read": "member",
    "GET /v1/se-tokens": "connections:read",
    "POST /v1/se-tokens": "connections:create",
    "GET /v1/se-tokens/<uuid:se_token_id>": "connections:read",
    "DELETE /v1/se-tokens/<uuid:se_token_id>": "connections:delete",
    "GET /v1/members/<uuid:member_id>/rights": "members:read",
    "GET /v1/permissions": "member",
    "GET /v1/roles": "roles:read",
    "POST /v1/roles": "roles:create",
    "GET /v1/roles/<uuid:role_id>": "roles:read",
    "PUT /v1/roles/<uuid:role_id>": "roles:edit",
    "DELETE /v1/roles/<uuid:role_id>": "roles:delete",
    "GET /v1/status": "events:read or chat:read or connections:read",
    "GET /v1/tokens": "tokens:read",
    "POST /v1/tokens": "tokens:create",
    "GET /v1/tokens/me": "member",
    "GET /v1/tokens/revoked": "tokens:read",
    "GET /v1/tokens/<uuid:token_id>": "tokens:read",
    "PUT /v1/tokens/<uuid:token_id>": "tokens:edit",
    "DELETE /v1/tokens/<uuid:token_id>": "tokens:delete",
    "GET /v1/tokens/<uuid:token_id>/pages": "tokens:read",
    "DELETE /v1/tokens/<uuid:token_id>/pages/<uuid:page_id>": "tokens:edit",
    "query account": "account:read",
    "query accounts": "member",
    "query appCredentials": "connections:edit",
    "query auditLog": "audit:read",
    "query botConnections": "bot-connections:read",
    "query botStatus": "bot-connections:read",
    "query webhooks": "connections:edit",
    "query channelConnections": "connections:read",
    "query channelStatus": "events:read or chat:read or connections:read",
    "query chat": "chat:read",
    "query connectLinks": "connections:edit or bot-connections:create",
    "query event": "events:read",
    "query events": "events:read",
    "query inviteByCode": "public",
    "query invites": "members:read",
    "query me": "member",
    "query members": "members:read",
    "query myPermissions": "member",
    "query notifications": "member",
    "query popoutTokens": "tokens:read",
    "query revokedPopoutTokens": "tokens:read",
    "query memberRights": "members:read",
    "query permissionCatalogue": "member",
    "query roles": "roles:read",
    "query seTokens": "connections:read",
    "mutation acceptInvite": "person",
    "mutation createInvite": "members:create",
    "mutation deleteInvite": "members:create or members:delete",
    "mutation leaveAccount": "member",
    "mutation removeMember": "members:delete",
    "mutation updateMemberRole": "members:edit",
    "mutation createConnectLink": "connections:edit or bot-connections:create",
    "mutation authorize": "connections:edit",
    "mutation authorizeBot": "bot-connections:create",
    "mutation deleteAccount": "account:delete",
    "mutation updateAccount": "account:edit",
    "mutation createPopoutToken": "tokens:create",
    "mutation updatePopoutToken": "tokens:edit",
    "mutation closePopoutPage": "tokens:edit",
    "mutation createRole": "roles:create",
    "mutation updateRole": "roles:edit",
    "mutation deleteRole": "roles:delete",
    "mutation createSeToken": "connections:create",
    "mutation deleteAppCredentials": "connections:edit",
    "mutation deletePopoutToken": "tokens:delete",
    "mutation deleteSeToken": "connections:delete",
    "mutation emitEvent": "events:create",
    "mutation disconnect": "connections:edit",
    "mutation disconnectBot": "bot-connections:delete",
    "mutation renewWebhook": "connections:edit",
    "mutation rejoinBot": "bot-connections:create",
    "mutation sayHello": "bot-connections:create",
    "mutation toggleBotForPlatform": "bot-connections:create",
    "mutation markAllNotificationsRead": "member",
    "mutation markNotificationRead": "member",
    "mutation saveAppCredentials": "connections:edit",
    "mutation testConnection": "connections:edit",
    "mutation updateMe": "member",
    "mutation withdrawConnectLink": "connections:edit or bot-connections:create",
    "socket chat": "chat:read",
    "socket events": "events:read",
    "socket status": "events:read or chat:read or connections:read",
}

#: Pages that are only sent to, never looked at.
POSTED = {
    "page /account/security/end-session",
    "page /account/accounts/<uuid:account_id>/switch",
    "page /account/accounts/<uuid:account_id>/leave",
    "page /account/streamer-mode",
    "page /dashboard/members/<uuid:member_id>/role",
    "page /dashboard/members/<uuid:member_id>/remove",
    "page /dashboard/members/invitations/<uuid:invitation_id>/withdraw",
    "page /dashboard/audit/export",
    "page /dashboard/bots/<slug:platform>/pause",
    "page /dashboard/bots/<slug:platform>/rejoin",
    "page /dashboard/connections/bot/<slug:platform>/connect",
    "page /dashboard/connections/bot/<slug:platform>/disconnect",
    "page /dashboard/connections/bot/<slug:platform>/hello",
    "page /dashboard/connections/bot/<slug:platform>/moderator",
    "page /dashboard/connections/<slug:platform>/connect",
    "page /dashboard/connections/<uuid:connection_id>/disconnect",
    "page /dashboard/connections/<uuid:connection_id>/test",
    "page /dashboard/connections/<uuid:connection_id>/emotes",
    "page /dashboard/connections/links/<uuid:link_id>/withdraw",
    "page /dashboard/connections/<slug:platform>/webhook/renew",
    "page /dashboard/connections/streamelements/<uuid:se_token_id>/remove",
    "page /dashboard/connections/credentials/<slug:platform>",
    "page /dashboard/connections/credentials/<slug:platform>/delete",
    "page /dashboard/notifications/<int:notification_id>/read",
    "page /dashboard/notifications/read",
    "page /dashboard/roles/<uuid:role_id>/delete",
    "page /dashboard/tokens/<uuid:token_id>/pages/<uuid:page_id>/close",
}

#: What a member needs to find the row behind a door that asks for no permission.
ROWS = {
    "page /dashboard/notifications/<int:notification_id>/read": {"connections:read"},
    "POST /v1/notifications/<int:notification_id>/read": {"connections:read"},
}


def found() -> list[Door]:
    return [*doors.urls(), *doors.fields(schema), *doors.topics()]


def test_every_door_has_a_gate():
    assert [door.name for door in found() if door.gate is None] == []


def test_every_door_asks_for_what_the_table_says():
    assert {door.name: door.asks for door in found()} == DOORS


def test_public_doors_say_why():
    assert [door.name for door in found() if door.asks == "public" and not door.gate.reason] == []


def test_the_doors_of_libraries_are_there(client, db):
    for route in doors.OF_LIBRARIES:
        assert client.get(route).status_code in {200, 302}, route


class TestTheWalkFinds:
    """What the tests above would miss if the walk did."""

    def of(self, *patterns: Any) -> list[Door]:
        urlconf = ModuleType("urlconf")
        urlconf.urlpatterns = list(patterns)
        return list(doors.urls(doors.get_resolver(urlconf)))

    def test_a_view_without_a_gate(self):
        assert self.of(path("leak", lambda request: HttpResponse())) == [Door("page /leak", None)]

    def test_an_endpoints_method_without_a_gate(self):
        class Endpoint(ApiView):
            gates = {"GET": Permission.TOKENS_READ}

            def get(self, request): ...

            def delete(self, request): ...

        assert [(door.name, door.asks) for door in self.of(path("v1/x", Endpoint.as_view()))] == [
            ("GET /v1/x", "tokens:read"),
            ("DELETE /v1/x", "NOTHING AT ALL"),
        ]

    def test_a_view_next_to_a_librarys_door(self):
        assert [door.name for door in self.of(path("account/login/extra", lambda request: HttpResponse()))] == [
            "page /account/login/extra"
        ]

    def test_a_resolver_without_a_gate(self):
        class Query(graphene.ObjectType):
            leak = graphene.String()
            plain = graphene.String()

            def resolve_leak(root, info):
                return "secret"

        assert [door.gate for door in doors.fields(graphene.Schema(query=Query))] == [None, None]


# --- What each caller gets ------------------------------------------------------------------------------------------


class House:
    """Ada's account with a row behind every id, and the callers who try its doors."""

    OWN = ("token_id", "connection_id", "link_id", "se_token_id", "member_id", "invitation_id", "role_id")

    def __init__(self, account: Account, owner: Actor) -> None:
        self.account = account
        self.owner = owner
        token, _ = factories.make_token(actor=owner, permissions={"events:read"})
        factories.make_credentials(account=account)
        # Over, so that no door asks the platform.
        connection = factories.make_connection(account=account, state="needs_sign_in", failure_code="grant_ended")
        factories.make_connection(
            account=account, purpose="bot", channel_id="1002", state="needs_sign_in", failure_code="grant_ended"
        )
        event = factories.make_event(account=account)
        invitation, code = factories.make_invitation(actor=owner)
        self.ids = {
            "member_id": factories.make_member(account=account).pk,
            "invitation_id": invitation.pk,
            "role_id": factories.make_role(account=account, permissions={"events:read"}).pk,
            "code": code.reveal(),
            "token_id": token.pk,
            "page_id": factories.OPEN_PAGE.id,
            "connection_id": connection.pk,
            "account_id": account.pk,
            "link_id": factories.make_link(actor=owner)[0].pk,
            "se_token_id": factories.make_se_token(account=account).pk,
            "notification_id": factories.make_notification(account=account).pk,
            "platform": "twitch",
            "seq": event.seq,
        }

    @property
    def own_ids(self) -> list[UUID]:
        """What no stranger may ever see."""
        return [self.account.pk, *(self.ids[name] for name in self.OWN)]

    def member(self, permissions: set[str] | frozenset[str]) -> Client:
        member = factories.make_member(account=self.account, permissions=permissions)
        return signed_in(member.user)

    def token(self, permissions: set[str] | frozenset[str], *, revoked: bool = False) -> str:
        offered = permissions & set(tokens.grantable(self.owner))
        token, secret = factories.make_token(actor=self.owner, permissions=offered or {"overlays:read"})
        if revoked:
            tokens.revoke(actor=self.owner, token=token)
        return secret.reveal()


def signed_in(user: Any) -> Client:
    client = Client(HTTP_HOST="localhost")
    client.force_login(user)
    return client


@pytest.fixture
def house(account: Account, ada_actor: Actor, kind: Kind, open_page: OpenPage) -> House:
    return House(account, ada_actor)


def named(kinds: str, *, gated: bool = True) -> list[str]:
    """The table's doors of these kinds ("page", "GET POST", …); gated: only those that ask for a permission."""
    return [
        name
        for name, asks in DOORS.items()
        if name.split()[0] in kinds.split() and (":" in asks if gated else asks != "public")
    ]


PAGES = [name for name in named("page", gated=False) if not name.startswith(("page /popout/", "page /v1/"))]
POPOUTS = [name for name in named("page") if name.startswith("page /popout/")]
REST = named("GET POST PUT PATCH DELETE", gated=False)
#: What an invitation's holder, a stranger so far, is told of its account.
BY_CODE = {"POST /v1/invitations/<str:code>/accept"}
FIELDS = named("query mutation", gated=False)
BY_ID = [f"mutation {name}" for name, field in schema.graphql_schema.mutation_type.fields.items() if "id" in field.args]


def wanted(door: str) -> frozenset[str]:
    return frozenset(DOORS[door].split(" or ")) if ":" in DOORS[door] else frozenset()


def knock(
    client: Client, door: str, house: House, *, token: str = "", data: dict[str, str] | None = None
) -> HttpResponse:
    kind, route = door.split()
    address = re.sub(r"<\w+:(\w+)>", lambda match: str(house.ids[match[1]]), route)
    method = kind if kind != "page" else "POST" if door in POSTED else "GET"
    query = f"?token={token}" if token else ""
    if method in {"GET", "DELETE"}:
        return whole(client.generic(method, address + query))
    if kind == "page":
        return whole(client.post(address + query, data or {}))
    return client.generic(method, address + query, "{}", content_type="application/json")


def whole(response: HttpResponse) -> HttpResponse:
    """A download that has only begun, as an answer without a body."""
    return HttpResponse(status=response.status_code, headers=response.headers) if response.streaming else response


#: Whose id a field's `id` is, where it is not a token's.
OWN_IDS = {
    "disconnect": "connection_id",
    "testConnection": "connection_id",
    "markNotificationRead": "notification_id",
    "withdrawConnectLink": "link_id",
    "removeMember": "member_id",
    "memberRights": "member_id",
    "updateRole": "role_id",
    "deleteRole": "role_id",
    "deleteInvite": "invitation_id",
    "deleteSeToken": "se_token_id",
}


def ask(client: Client, door: str, house: House, *, token: str = "") -> tuple[int, set[str]]:
    """Status and error codes of a GraphQL field, asked with made-up arguments and Ada's ids."""
    kind, name = door.split()
    root = schema.graphql_schema.query_type if kind == "query" else schema.graphql_schema.mutation_type
    field = root.fields[name]
    arguments = ", ".join(
        f"{argument}: {made_up(definition.type, house.ids[OWN_IDS.get(name, 'token_id')])}"
        for argument, definition in field.args.items()
    )
    query = f"{kind} {{ {name}{f'({arguments})' if arguments else ''} {selection(field.type)} }}"
    response = client.post(
        "/v1/gql" + (f"?token={token}" if token else ""), {"query": query}, content_type="application/json"
    )
    return response.status_code, {error["extensions"]["code"] for error in response.json().get("errors", [])}


def made_up(kind: Any, own_id: UUID | int) -> str:
    """A literal of a GraphQL input type; an id is `own_id`."""
    kind = graphql.get_nullable_type(kind)
    if graphql.is_list_type(kind):
        return "[]"
    if graphql.is_input_object_type(kind):
        needed = {key: field for key, field in kind.fields.items() if graphql.is_required_input_field(field)}
        return "{" + ", ".join(f"{key}: {made_up(field.type, own_id)}" for key, field in needed.items()) + "}"
    if graphql.is_enum_type(kind):
        return next(iter(kind.values))
    number = own_id if isinstance(own_id, int) else 1
    return json.dumps(
        {"Int": 1, "BigInt": number, "Float": 1.5, "Boolean": True, "ID": str(own_id), "String": "twitch"}[kind.name]
    )


def selection(kind: Any) -> str:
    """The first leaf below an output type."""
    kind = graphql.get_named_type(kind)
    if graphql.is_leaf_type(kind):
        return ""
    name, field = next(iter(kind.fields.items()))
    return f"{{ {name} {selection(field.type)} }}"


class TestPages:
    @pytest.mark.parametrize("door", PAGES)
    def test_nobody_is_sent_to_sign_in(self, client, house, door):
        response = knock(client, door, house)

        assert response.status_code == 302
        assert response["Location"].startswith("/account/login/?next=/")

    @pytest.mark.parametrize("door", PAGES)
    def test_a_token_opens_none(self, client, house, door):
        response = knock(client, door, house, token=house.token(ALL))

        assert response.status_code == 302
        assert response["Location"].startswith("/account/login/")
        assert "token" not in response["Location"].replace("/dashboard/tokens", "")

    @pytest.mark.parametrize("door", [door for door in PAGES if wanted(door)])
    def test_a_member_without_the_permission_is_refused(self, house, door):
        response = knock(house.member(ALL - wanted(door)), door, house)

        assert response.status_code == 403
        assert any(code in response.content.decode() for code in wanted(door))

    @pytest.mark.parametrize("door", PAGES)
    def test_a_member_with_nothing_else_comes_in(self, house, door):
        response = knock(house.member(wanted(door) | ROWS.get(door, set())), door, house)

        assert response.status_code in {200, 204, 302, 422}
        assert "/account/login/" not in response.get("Location", "")

    @pytest.mark.parametrize("door", PAGES)
    def test_a_stranger_sees_nothing_of_it(self, house, cleo, door):
        response = knock(signed_in(cleo), door, house)

        if re.search(r"<\w+:\w+_id>", door):
            assert response.status_code == 404
        assert house.account.name not in response.content.decode()
        assert not [own for own in map(str, house.own_ids) if own in response.content.decode()]

    @pytest.mark.parametrize("door", [door for door in PAGES if door not in POSTED])
    def test_every_form_names_the_account_it_was_made_for(self, house, door):
        content = knock(house.member(ALL), door, house).content.decode()

        forms = re.findall(r'<form[^>]* method="post".*?</form>', content, re.DOTALL)
        ours = [form for form in forms if not re.search(r'action="/(account|language)', form)]
        assert [form for form in ours if f'name="account" value="{house.account.pk}"' not in form] == []

    @pytest.mark.parametrize("door", sorted(POSTED))
    def test_nothing_sent_for_another_account_is_done(self, house, cleo_actor, door):
        response = knock(house.member(ALL), door, house, data={"account": str(cleo_actor.account.pk)})

        assert response.status_code == 409

    @pytest.mark.parametrize("door", sorted(POSTED))
    def test_a_page_that_is_only_sent_to_cannot_be_looked_at(self, house, door):
        address = door.split()[1]
        for name, value in house.ids.items():
            address = re.sub(rf"<\w+:{name}>", str(value), address)

        assert house.member(ALL).get(address).status_code == 405


class TestPopouts:
    @pytest.mark.parametrize("door", POPOUTS)
    def test_nobody_and_dead_tokens_are_refused(self, client, house, door):
        for token in ("", "made-up", house.token(wanted(door), revoked=True)):
            assert knock(client, door, house, token=token).status_code == 401

    @pytest.mark.parametrize("door", POPOUTS)
    def test_without_the_permission_it_is_refused(self, client, house, door):
        assert knock(client, door, house, token=house.token(ALL - wanted(door))).status_code == 403
        assert knock(house.member(ALL - wanted(door)), door, house).status_code == 403

    @pytest.mark.parametrize("door", POPOUTS)
    def test_with_it_and_nothing_else_it_opens(self, client, house, door):
        assert knock(client, door, house, token=house.token(wanted(door))).status_code == 200
        assert knock(house.member(wanted(door)), door, house).status_code == 200

    @pytest.mark.parametrize("door", POPOUTS)
    def test_beside_a_dead_token_the_session_does_not_count(self, house, door):
        assert knock(house.member(ALL), door, house, token="made-up").status_code == 401

    @pytest.mark.parametrize("door", POPOUTS)
    def test_a_stranger_sees_nothing_of_it(self, house, cleo, door):
        content = knock(signed_in(cleo), door, house).content.decode()

        assert not [own for own in map(str, house.own_ids) if own in content]


class TestRest:
    @pytest.mark.parametrize("door", REST)
    def test_nobody_and_dead_tokens_are_refused(self, client, house, door):
        for token in ("", "made-up", house.token(wanted(door), revoked=True)):
            response = knock(client, door, house, token=token)

            assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")

    @pytest.mark.parametrize("door", [door for door in REST if wanted(door)])
    @pytest.mark.parametrize("caller", ["member", "token"])
    def test_without_the_permission_it_is_refused(self, client, house, caller, door):
        lacking = ALL - wanted(door)
        response = (
            knock(house.member(lacking), door, house)
            if caller == "member"
            else knock(client, door, house, token=house.token(lacking))
        )

        assert (response.status_code, response.json()["code"]) == (403, "permission_refused")
        assert response.json()["permission"] in wanted(door)

    @pytest.mark.parametrize("door", REST)
    def test_a_member_with_nothing_else_comes_in(self, house, door):
        member = house.member(wanted(door) | ROWS.get(door, set()))

        assert knock(member, door, house).status_code in {200, 201, 204, 400, 409}

    @pytest.mark.parametrize("door", [door for door in REST if door not in BY_CODE])
    def test_a_stranger_sees_nothing_of_it(self, house, cleo, door):
        response = knock(signed_in(cleo), door, house)

        if re.search(r"<\w+:\w+_id>", door):
            assert (response.status_code, response.json()["code"]) == (404, "not_found")
        assert not [own for own in map(str, house.own_ids) if own in response.content.decode()]


class TestGraphQL:
    @pytest.mark.parametrize("door", FIELDS)
    def test_nobody_and_dead_tokens_are_refused(self, client, house, door):
        for token in ("", "made-up", house.token(wanted(door), revoked=True)):
            assert ask(client, door, house, token=token) == (401, {"not_authenticated"})

    @pytest.mark.parametrize("door", [door for door in FIELDS if wanted(door)])
    @pytest.mark.parametrize("caller", ["member", "token"])
    def test_without_the_permission_it_is_refused(self, client, house, caller, door):
        lacking = ALL - wanted(door)
        answer = (
            ask(house.member(lacking), door, house)
            if caller == "member"
            else ask(client, door, house, token=house.token(lacking))
        )

        assert answer == (200, {"permission_refused"})

    @pytest.mark.parametrize("door", FIELDS)
    def test_a_member_with_nothing_else_comes_in(self, house, door):
        status, codes = ask(house.member(wanted(door)), door, house)

        assert status == 200
        assert not codes & {"permission_refused", "not_authenticated", "internal_error"}

    @pytest.mark.parametrize("door", BY_ID)
    def test_a_stranger_finds_nothing_by_an_id(self, house, cleo, door):
        assert ask(signed_in(cleo), door, house) == (200, {"not_found"})


class TestSockets:
    @pytest.fixture
    def may(self, account: Account) -> Callable[..., bool]:
        def may(topic: str, permissions: set[str] | frozenset[str]) -> bool:
            member = factories.make_member(account=account, permissions=permissions)
            return Channel(topic, account.pk).open_to(actor_of_member(member))

        return may

    @pytest.mark.parametrize("topic", TOPICS)
    def test_each_of_its_permissions_opens_it_and_no_other(self, may, topic):
        assert all(may(topic, {permission}) for permission in TOPICS[topic])
        assert not may(topic, ALL - set(TOPICS[topic]))

    @pytest.mark.parametrize("topic", TOPICS)
    def test_it_is_closed_to_other_accounts(self, account, cleo_actor, topic):
        assert not Channel(topic, account.pk).open_to(cleo_actor)
