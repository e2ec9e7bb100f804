"""Members and invitations over REST and GraphQL. `tests/test_contract.py` holds every answer against the document."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.enums import MODERATOR, VIEWER
from accounts.models import Invitation, Member, User
from tests import factories


def gql(client: Client, query: str, token: str = "", **variables: Any) -> tuple[int, Any, list[str]]:
    """Status, data and codes of what was refused."""
    response = client.post(
        "/v1/gql" + (f"?token={token}" if token else ""),
        {"query": query, "variables": variables},
        content_type="application/json",
    )
    answer = response.json()
    return response.status_code, answer.get("data"), [error["extensions"]["code"] for error in answer.get("errors", [])]


def seat_of(user: User) -> Member:
    return Member.objects.get(user=user)


@pytest.fixture
def code(ada_actor) -> str:
    return factories.make_invitation(actor=ada_actor)[1].reveal()


@pytest.fixture
def zoe_client(db: None) -> Client:
    """Somebody who is a member of no account."""
    client = Client(HTTP_HOST="localhost")
    client.force_login(factories.make_user(email="zoe@example.com", name="Zoe"))
    return client


class TestMembers:
    def test_both_list_the_same(self, ada_client, ben):
        listed = ada_client.get("/v1/members").json()["data"]
        _, data, _ = gql(ada_client, "{ members { id name email isYou canSignIn cursor role { slug name colour } } }")

        assert [(row["name"], row["email"], row["role"]["slug"], row["is_you"]) for row in listed] == [
            ("Ben", "ben@example.com", "moderator", False),
            ("Ada", "ada@example.com", "owner", True),
        ]
        assert data["members"][0] == {
            "id": listed[0]["id"],
            "name": "Ben",
            "email": "ben@example.com",
            "isYou": False,
            "canSignIn": True,
            "cursor": listed[0]["cursor"],
            "role": {"slug": "moderator", "name": "Moderator", "colour": "#22c55e"},
        }

    def test_a_token_learns_no_addresses(self, client, ada_actor, ben):
        _, secret = factories.make_token(actor=ada_actor, permissions={"members:read"})

        listed = client.get(f"/v1/members?token={secret.reveal()}").json()["data"]
        _, data, _ = gql(client, "{ members { email isYou } }", token=secret.reveal())

        assert [(row["email"], row["is_you"]) for row in listed] == [(None, False), (None, False)]
        assert data["members"] == [{"email": None, "isYou": False}] * 2

    def test_they_are_searched_and_paged(self, ada_client, account):
        for number in range(3):
            factories.make_member(account=account, user=factories.make_user(name=f"Nia {number}"))

        first = ada_client.get("/v1/members?q=nia&limit=2").json()
        second = ada_client.get(first["_links"]["next"]).json()

        assert [row["name"] for row in first["data"]] == ["Nia 2", "Nia 1"]
        assert [row["name"] for row in second["data"]] == ["Nia 0"]
        assert "next" not in second["_links"]

    @pytest.mark.parametrize("api", ["rest", "graphql"])
    def test_a_role_is_changed_by_slug_or_id(self, ada_client, ben, account, api):
        viewer, moderator = (account.roles.get(slug=slug) for slug in (VIEWER.slug, MODERATOR.slug))

        for sent, expected in ((VIEWER.slug, viewer), (str(moderator.pk), moderator)):
            if api == "rest":
                answer = ada_client.put(
                    f"/v1/members/{seat_of(ben).pk}", {"role": sent}, content_type="application/json"
                ).json()["data"]["role"]["slug"]
            else:
                change = "updateMemberRole(input: $input) { member { role { slug } } }"
                mutation = f"mutation ($input: UpdateMemberRoleInput!) {{ {change} }}"
                _, data, _ = gql(ada_client, mutation, input={"memberId": str(seat_of(ben).pk), "role": sent})
                answer = data["updateMemberRole"]["member"]["role"]["slug"]

            assert answer == expected.slug
            assert seat_of(ben).role == expected

    def test_refusals_have_their_codes_on_both(self, ada_client, ada, ben, account):
        own, bens = f"/v1/members/{seat_of(ada).pk}", f"/v1/members/{seat_of(ben).pk}"
        helper = factories.make_member(account=account, permissions={"members:edit", "members:delete"})
        client = Client(HTTP_HOST="localhost")
        client.force_login(helper.user)

        def change(client: Client, address: str, role: str) -> tuple[int, str]:
            response = client.put(address, {"role": role}, content_type="application/json")
            return response.status_code, response.json()["code"]

        assert change(ada_client, own, VIEWER.slug) == (409, "owner_stays")
        assert change(ada_client, bens, "owner") == (409, "role_not_assignable")
        assert change(ada_client, bens, "made-up") == (404, "not_found")
        assert change(client, bens, VIEWER.slug) == (409, "role_above")
        assert change(client, f"/v1/members/{helper.pk}", VIEWER.slug) == (409, "not_oneself")
        assert client.delete(f"/v1/members/{helper.pk}").json()["code"] == "not_oneself"
        assert gql(ada_client, f'mutation {{ removeMember(id: "{seat_of(ada).pk}") {{ id }} }}')[2] == ["owner_stays"]
        assert gql(ada_client, "mutation { leaveAccount { account { id } } }")[2] == ["owner_stays"]
        assert {(member.user, member.role.slug) for member in account.members.select_related("user", "role")} == {
            (ada, "owner"),
            (ben, "moderator"),
            (helper.user, helper.role.slug),
        }

    @pytest.mark.parametrize("api", ["rest", "graphql"])
    def test_one_leaves_in_person_only(self, client, ben_client, ben, ben_actor, api):
        _, secret = factories.make_token(actor=ben_actor, permissions={"events:read"})

        def leave(client: Client, token: str = "") -> tuple[int, list[str]]:
            if api == "graphql":
                status, _, codes = gql(client, "mutation { leaveAccount { account { id } } }", token=token)
                return status, codes
            response = client.post("/v1/members/leave" + (f"?token={token}" if token else ""))
            return response.status_code, [response.json()["code"]] if response.content else []

        refused = leave(client, token=secret.reveal())
        assert Member.objects.filter(user=ben).exists()
        left = leave(ben_client)

        assert refused == ((200 if api == "graphql" else 403), ["session_only"])
        assert left == ((200 if api == "graphql" else 204), [])
        assert not Member.objects.filter(user=ben).exists()


class TestInvites:
    def test_the_link_comes_once(self, ada_client, account):
        made = ada_client.post(
            "/v1/invites", {"role": "viewer", "max_uses": 5, "note": "Crew"}, content_type="application/json"
        )
        listed = ada_client.get("/v1/invites")
        create = "createInvite(input: $input) { address invite { note maxUses works } }"
        _, data, _ = gql(
            ada_client,
            f"mutation ($input: CreateInviteInput!) {{ {create} }}",
            input={"role": "moderator", "maxUses": None, "lifetime": "never"},
        )

        address = made.json()["data"]["address"]
        assert address.startswith("http://localhost:8000/invite/")
        assert address.rpartition("/")[2] not in listed.content.decode()
        assert listed.json()["data"][0]["max_uses"] == 5
        assert data["createInvite"]["invite"] == {"note": "", "maxUses": None, "works": True}
        assert data["createInvite"]["address"].startswith("http://localhost:8000/invite/")
        _, data, _ = gql(ada_client, "{ invites { role { slug } uses creator { name } } }")
        assert data["invites"] == [
            {"role": {"slug": "moderator"}, "uses": 0, "creator": {"name": "Ada"}},
            {"role": {"slug": "viewer"}, "uses": 0, "creator": {"name": "Ada"}},
        ]

    @pytest.mark.parametrize("uses", [0, -1, 1001, "many", 1.5])
    def test_uses_are_from_one_to_a_thousand(self, ada_client, account, uses):
        response = ada_client.post("/v1/invites", {"role": "viewer", "max_uses": uses}, content_type="application/json")

        assert (response.status_code, list(response.json()["errors"])) == (400, ["max_uses"])
        assert not Invitation.objects.exists()

    def test_no_token_makes_one(self, client, ada_actor, account):
        _, secret = factories.make_token(actor=ada_actor, permissions={"members:read"})

        response = client.post(
            f"/v1/invites?token={secret.reveal()}", {"role": "viewer"}, content_type="application/json"
        )

        assert (response.status_code, response.json()["code"]) == (403, "permission_refused")
        assert not Invitation.objects.exists()

    def test_one_is_withdrawn(self, ada_client, ada_actor):
        rows = [factories.make_invitation(actor=ada_actor)[0] for _ in range(2)]

        assert ada_client.delete(f"/v1/invites/{rows[0].pk}").status_code == 204
        gql(ada_client, f'mutation {{ deleteInvite(id: "{rows[1].pk}") {{ id }} }}')

        assert not Invitation.objects.exists()


class TestByCode:
    """The doors of who holds a link."""

    def test_anybody_may_look(self, client, zoe_client, code):
        for looker in (client, zoe_client):
            seen = looker.get(f"/v1/invitations/{code}").json()["data"]
            _, data, _ = gql(
                looker, "query ($code: String!) { inviteByCode(code: $code) { account role invitedBy } }", code=code
            )

            assert (seen["account"], seen["role"], seen["invited_by"]) == ("Ada live", "Moderator", "Ada")
            assert data["inviteByCode"] == {"account": "Ada live", "role": "Moderator", "invitedBy": "Ada"}

    def test_unknown_codes_are_gone(self, client, db):
        response = client.get("/v1/invitations/made-up")

        assert (response.status_code, response.json()["code"]) == (410, "invitation_gone")
        assert gql(client, '{ inviteByCode(code: "made-up") { role } }')[2] == ["invitation_gone"]

    @pytest.mark.parametrize("api", ["rest", "graphql"])
    def test_somebody_without_an_account_joins(self, zoe_client, account, code, api):
        if api == "rest":
            response = zoe_client.post(f"/v1/invitations/{code}/accept")
            joined = response.json()["data"]["account"]["name"]
        else:
            query = "mutation ($code: String!) { acceptInvite(code: $code) { account { name } role } }"
            _, data, _ = gql(zoe_client, query, code=code)
            joined = data["acceptInvite"]["account"]["name"]

        assert joined == "Ada live"
        assert seat_of(User.objects.get(email="zoe@example.com")).role.slug == MODERATOR.slug

    @pytest.mark.parametrize("api", ["rest", "graphql"])
    def test_accepting_takes_a_person(self, client, ada_actor, account, code, api):
        _, secret = factories.make_token(actor=ada_actor, permissions={"events:read"})

        def accept(token: str = "") -> tuple[int, list[str]]:
            if api == "graphql":
                query = "mutation ($code: String!) { acceptInvite(code: $code) { role } }"
                status, _, codes = gql(client, query, token=token, code=code)
                return status, codes
            response = client.post(f"/v1/invitations/{code}/accept" + (f"?token={token}" if token else ""))
            return response.status_code, [response.json()["code"]]

        assert accept() == (401, ["not_authenticated"])
        assert accept("made-up") == (401, ["not_authenticated"])
        assert accept(secret.reveal()) == ((200 if api == "graphql" else 403), ["session_only"])
        assert Invitation.objects.get().uses == 0

    @pytest.mark.parametrize("address", ["rest", "graphql"])
    def test_it_takes_the_csrf_token_too(self, account, code, address):
        client = Client(HTTP_HOST="localhost", enforce_csrf_checks=True)
        client.force_login(factories.make_user())

        if address == "rest":
            response = client.post(f"/v1/invitations/{code}/accept")
            codes = [response.json()["code"]]
        else:
            query = "mutation ($code: String!) { acceptInvite(code: $code) { role } }"
            _, _, codes = gql(client, query, code=code)

        assert codes == ["csrf_failed"]
        assert account.members.count() == 1

    @pytest.mark.parametrize(
        "query",
        [
            "{ me { via } }",
            '{ inviteByCode(code: "x") { role } me { via } }',
            "{ ...on Query { me { via } } }",
            "{ __schema { types { name } } }",
            "not a query",
            "mutation { leaveAccount { account { id } } }",
        ],
    )
    def test_nothing_else_opens_to_strangers(self, client, zoe_client, account, query):
        assert gql(client, query)[::2] == (401, ["not_authenticated"])
        assert gql(zoe_client, query)[::2] == (403, ["no_account"])
