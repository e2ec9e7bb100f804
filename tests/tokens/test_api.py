from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from accounts import paging
from accounts.enums import Permission
from accounts.models import Member
from tests import factories
from tokens.domain import tokens
from tokens.models import PopoutToken

SHAPE = re.compile(r"lm_pop_[0-9A-Za-z]{42}")
CREATE = """mutation($input: CreatePopoutTokenInput!) {
  createPopoutToken(input: $input) { token popoutToken { id label permissions member { name } } }
}"""
UPDATE = """mutation($id: ID!, $input: UpdatePopoutTokenInput!) {
  updatePopoutToken(id: $id, input: $input) {
    popoutToken { label permissions pages effective member { name } openPages { page browser since } }
  }
}"""
CLOSE = "mutation($of: ID!, $page: ID!) { closePopoutPage(tokenId: $of, pageId: $page) { id } }"
DELETE = "mutation($id: ID!) { deletePopoutToken(id: $id) { popoutToken { id } } }"


def gql(client, query, token=None, **variables):
    address = "/v1/gql" + (f"?token={token}" if token else "")
    body = {"query": query, "variables": variables}
    return client.post(address, body, content_type="application/json").json()


def rest(client, given):
    return client.post("/v1/tokens", given, content_type="application/json")


def test_list_shows_everything_but_the_secret(ada_client, token) -> None:
    row, _ = token

    answer = ada_client.get("/v1/tokens")

    assert answer.json() == {
        "data": [
            {
                "id": str(row.pk),
                "cursor": paging.cursor_of(row),
                "label": "OBS",
                "prefix": row.prefix,
                "last_four": row.last_four,
                "permissions": ["events:read"],
                "pages": [],
                "effective": ["events:read"],
                "creator": {"id": str(row.creator_id), "name": "Ada"},
                "member": None,
                "created_at": row.created_at.isoformat(),
                "last_used_at": None,
                "last_used_page": "",
                "_links": {"self": f"/v1/tokens/{row.pk}"},
            }
        ],
        "_links": {"self": "/v1/tokens"},
    }


def test_create_answers_with_the_secret_once(ada_client, ben) -> None:
    member = Member.objects.get(user=ben)

    answer = rest(ada_client, {"label": "Deck", "permissions": ["events:read"], "member_id": str(member.pk)})

    data = answer.json()["data"]
    row = PopoutToken.objects.get()
    assert (answer.status_code, answer["Cache-Control"], answer["Location"]) == (
        201,
        "private, no-store",
        f"/v1/tokens/{row.pk}",
    )
    assert SHAPE.fullmatch(data["token"])
    assert (data["label"], data["permissions"], data["member"]["name"]) == ("Deck", ["events:read"], "Ben")
    assert "token" not in ada_client.get("/v1/tokens").json()["data"][0]


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ({"permissions": []}, 400, "no_permissions"),
        ({"permissions": ["a:b"]}, 400, "unknown_permission"),
        ({"permissions": ["tokens:create"]}, 400, "never_by_token"),
        ({"permissions": ["events:read"], "pages": ["diary"]}, 400, "unknown_popout"),
        ({"permissions": ["events:read"], "pages": ["events", "chat"]}, 400, "popout_stays_shut"),
        ({}, 400, "invalid"),
        ([], 400, "invalid"),
        ('"x"', 400, "invalid"),
        ({"permissions": "events:read"}, 400, "invalid"),
        ({"permissions": [["events:read"]]}, 400, "invalid"),
        ({"permissions": ["events:read"], "label": "x" * 81}, 400, "invalid"),
        ({"permissions": ["events:read"], "label": {}}, 400, "invalid"),
        ({"permissions": ["events:read"], "member_id": "mallory"}, 400, "invalid"),
        ({"permissions": ["events:read"], "member_id": str(uuid.uuid4())}, 404, "not_found"),
    ],
)
def test_bad_input_is_refused_by_name(ada_client, given, status, code) -> None:
    answer = rest(ada_client, given)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not PopoutToken.objects.exists()


def test_nobody_gives_what_they_lack_on_any_door(account, client) -> None:
    person = factories.make_member(account=account, permissions={Permission.TOKENS_CREATE})
    client.force_login(person.user)
    given = {"permissions": ["events:read"]}

    answer = rest(client, given)
    told = gql(client, CREATE, input=given)

    assert (answer.status_code, answer.json()["code"]) == (403, "more_than_held")
    assert answer.json()["permission"] == "events:read"
    assert told["errors"][0]["extensions"] == {"code": "more_than_held", "permission": "events:read"}
    assert not PopoutToken.objects.exists()


@pytest.mark.parametrize(
    ("given", "permission"),
    [
        ({"permissions": ["events:read", "tokens:create"]}, "tokens:create"),
        ({"permissions": ["events:read"], "pages": ["events", "chat"]}, "chat:read"),
    ],
)
def test_programs_are_told_which_permission_is_in_the_way(ada_client, given, permission) -> None:
    assert rest(ada_client, given).json()["permission"] == permission


def test_what_is_left_out_of_a_change_stays_on_both_doors(ada_client, ben, token, open_page) -> None:
    row, _ = token
    member = Member.objects.get(user=ben)

    def put(**given):
        answer = ada_client.put(f"/v1/tokens/{row.pk}", given, content_type="application/json")
        assert answer.status_code == 200, answer.content
        return answer.json()["data"]

    def update(**given):
        return gql(ada_client, UPDATE, id=str(row.pk), input=given)["data"]["updatePopoutToken"]["popoutToken"]

    by_rest = put(permissions=["events:read", "chat:read"], pages=["events"], member_id=str(member.pk))
    assert (by_rest["label"], by_rest["permissions"], by_rest["pages"]) == (
        "OBS",
        ["chat:read", "events:read"],
        ["events"],
    )
    assert (by_rest["effective"], by_rest["member"]["name"]) == (["events:read"], "Ben")
    assert put() == by_rest

    by_graphql = update(label="Deck", pages=[])
    assert by_graphql == {
        "label": "Deck",
        "permissions": ["chat:read", "events:read"],
        "pages": [],
        "effective": ["chat:read", "events:read"],
        "member": {"name": "Ben"},
        "openPages": [
            {"page": "/popout/events", "browser": "OBS on Windows", "since": "2026-05-01T12:00:00+00:00"},
        ],
    }
    assert update(label=None, permissions=None, memberId=None) == by_graphql | {"member": None}


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ({"permissions": []}, 400, "no_permissions"),
        ({"permissions": None}, 400, "invalid"),
        ({"pages": ["diary"]}, 400, "unknown_popout"),
        ({"pages": ["chat"]}, 400, "popout_stays_shut"),
        ({"member_id": str(uuid.uuid4())}, 404, "not_found"),
    ],
)
def test_a_change_is_refused_by_name(ada_client, token, given, status, code) -> None:
    row, _ = token

    answer = ada_client.put(f"/v1/tokens/{row.pk}", {"label": "new"} | given, content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    row.refresh_from_db()
    assert row.label == "OBS"


def test_open_pages_are_listed_and_closed(ada_client, token, open_page) -> None:
    row, _ = token
    address = f"/v1/tokens/{row.pk}/pages"

    listed = ada_client.get(address).json()["data"]
    assert listed == [
        {
            "id": open_page.id,
            "page": "/popout/events",
            "browser": "OBS on Windows",
            "address": "203.0.113.x",
            "since": "2026-05-01T12:00:00+00:00",
        }
    ]
    assert ada_client.delete(f"{address}/{open_page.id}").status_code == 204
    assert ada_client.delete(f"{address}/{row.pk}").json()["code"] == "page_not_open"
    ids = {"of": str(row.pk), "page": open_page.id}
    assert gql(ada_client, CLOSE, **ids) == {"data": {"closePopoutPage": {"id": open_page.id}}}
    assert gql(ada_client, CLOSE, **ids | {"page": "x"})["errors"][0]["extensions"]["code"] == "page_not_open"


def test_while_valkey_is_away_open_pages_are_unknown_and_the_list_comes(ada_client, token, settings) -> None:
    row, _ = token
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    answer = ada_client.get(f"/v1/tokens/{row.pk}/pages")

    assert (answer.status_code, answer.json()["code"]) == (503, "pages_unknown")
    assert gql(ada_client, "{ popoutTokens { openPages { id } } }") == {"data": {"popoutTokens": [{"openPages": None}]}}


def test_what_was_revoked_is_listed_with_who_and_why(ada_client, ada_actor, token) -> None:
    row, _ = token
    tokens.revoke(actor=ada_actor, token=row, note="Sold the machine")
    row.refresh_from_db()

    [listed] = ada_client.get("/v1/tokens/revoked").json()["data"]
    fields = "id cursor prefix lastFour revokedAt revokedBy { name } reason note"
    [by_graphql] = gql(ada_client, f"{{ revokedPopoutTokens {{ {fields} }} }}")["data"]["revokedPopoutTokens"]

    assert (listed["revoked_at"], listed["revoked_by"]) == (
        row.revoked_at.isoformat(),
        {"id": str(ada_actor.user.pk), "name": "Ada"},
    )
    assert (listed["reason"], listed["note"]) == ("by_hand", "Sold the machine")
    assert by_graphql == {
        "id": listed["id"],
        "cursor": listed["cursor"],
        "prefix": row.prefix,
        "lastFour": row.last_four,
        "revokedAt": listed["revoked_at"],
        "revokedBy": {"name": "Ada"},
        "reason": "by_hand",
        "note": "Sold the machine",
    }
    assert ada_client.get("/v1/tokens").json()["data"] == []


def test_both_lists_are_searched(ada_client, ada_actor, token) -> None:
    gone, _ = factories.make_token(actor=ada_actor, permissions={"events:read"}, label="Deck")
    tokens.revoke(actor=ada_actor, token=gone)

    assert [row["label"] for row in ada_client.get("/v1/tokens?q=obs").json()["data"]] == ["OBS"]
    assert ada_client.get("/v1/tokens?q=deck").json()["data"] == []
    assert [row["label"] for row in ada_client.get("/v1/tokens/revoked?q=deck").json()["data"]] == ["Deck"]
    assert gql(ada_client, '{ popoutTokens(q: "obs") { label } }')["data"] == {"popoutTokens": [{"label": "OBS"}]}
    assert ada_client.get(f"/v1/tokens?q={'x' * 101}").json()["code"] == "bad_filter"


def test_delete_revokes(ada_client, token) -> None:
    row, _ = token

    assert ada_client.delete(f"/v1/tokens/{row.pk}").status_code == 204
    assert ada_client.delete(f"/v1/tokens/{row.pk}").status_code == 404
    assert ada_client.get("/v1/tokens").json()["data"] == []


def test_foreign_ids_are_not_there_on_any_door(cleo_client, token) -> None:
    row, _ = token

    assert cleo_client.delete(f"/v1/tokens/{row.pk}").status_code == 404
    assert gql(cleo_client, DELETE, id=str(row.pk))["errors"][0]["extensions"]["code"] == "not_found"
    assert gql(cleo_client, DELETE, id="' or 1=1")["errors"][0]["extensions"]["code"] == "not_found"
    member = str(Member.objects.get(user=row.creator).pk)
    given = {"permissions": ["events:read"], "member_id": member}
    assert rest(cleo_client, given).status_code == 404
    given = {"permissions": ["events:read"], "memberId": member}
    assert gql(cleo_client, CREATE, input=given)["errors"][0]["extensions"]["code"] == "not_found"
    assert PopoutToken.objects.alive().count() == 1


def test_me_says_who_asks(ada_client, ada_actor, client, token) -> None:
    row, secret = token

    by_token = client.get(f"/v1/tokens/me?token={secret}").json()["data"]
    _, bound = factories.make_token(actor=ada_actor, permissions={"events:read"}, pages=["events"])
    assert client.get(f"/v1/tokens/me?token={bound.reveal()}").json()["data"]["pages"] == ["events"]
    by_session = ada_client.get("/v1/tokens/me").json()["data"]

    assert by_token == {
        "account": {"id": str(ada_actor.account.pk), "name": "Ada live"},
        "name": "Ada",
        "via": "popout_token",
        "token_id": str(row.pk),
        "permissions": ["events:read"],
        "pages": [],
    }
    assert (by_session["via"], by_session["token_id"]) == ("session", None)
    assert set(by_session["permissions"]) == ada_actor.permissions


def test_graphql_creates_lists_and_deletes_alike(ada_client) -> None:
    made = gql(ada_client, CREATE, input={"label": "Deck", "permissions": ["events:read"]})["data"]["createPopoutToken"]

    row = PopoutToken.objects.get()
    assert SHAPE.fullmatch(made["token"])
    assert made["popoutToken"] == {
        "id": str(row.pk),
        "label": "Deck",
        "permissions": ["events:read"],
        "member": None,
    }
    fields = "id lastFour effective creator { name } createdAt lastUsedAt lastUsedPage"
    [listed] = gql(ada_client, f"{{ popoutTokens {{ {fields} }} }}")["data"]["popoutTokens"]
    assert listed == {
        "id": str(row.pk),
        "lastFour": row.last_four,
        "effective": ["events:read"],
        "creator": {"name": "Ada"},
        "createdAt": row.created_at.isoformat(),
        "lastUsedAt": None,
        "lastUsedPage": "",
    }
    assert gql(ada_client, DELETE, id=str(row.pk))["data"]["deletePopoutToken"]["popoutToken"]["id"] == str(row.pk)
    assert gql(ada_client, "{ popoutTokens { id } }") == {"data": {"popoutTokens": []}}


def test_a_token_knows_its_permissions_and_manages_no_tokens(client, ada_actor) -> None:
    _, value = factories.make_token(actor=ada_actor, permissions={Permission.TOKENS_READ, Permission.EVENTS_READ})
    secret = value.reveal()

    assert gql(client, "{ myPermissions }", token=secret) == {"data": {"myPermissions": ["events:read", "tokens:read"]}}
    assert len(gql(client, "{ popoutTokens { id } }", token=secret)["data"]["popoutTokens"]) == 1
    told = gql(client, CREATE, token=secret, input={"permissions": ["events:read"]})
    assert told["errors"][0]["extensions"]["permission"] == "tokens:create"
    answer = client.post(
        f"/v1/tokens?token={secret}", {"permissions": ["events:read"]}, content_type="application/json"
    )
    assert (answer.status_code, answer.json()["permission"]) == (403, "tokens:create")
    row = PopoutToken.objects.get()
    assert client.delete(f"/v1/tokens/{row.pk}?token={secret}").status_code == 403


class TestPages:
    """Five tokens, made one after the other; two of them at the same moment."""

    @pytest.fixture
    def five(self, account, ada_actor) -> list[str]:
        start = datetime(2026, 1, 1, tzinfo=UTC)
        rows = [factories.make_token(actor=ada_actor, permissions={"events:read"})[0] for _ in range(5)]
        for number, row in enumerate(rows):
            PopoutToken.objects.filter(pk=row.pk).update(created_at=start + timedelta(microseconds=number // 2))
        return [str(row.pk) for row in PopoutToken.objects.order_by("-created_at", "-pk")]

    def ids(self, answer) -> list[str]:
        assert answer.status_code == 200, answer.content
        return [row["id"] for row in answer.json()["data"]]

    def test_newest_first_and_back(self, ada_client, five) -> None:
        first = ada_client.get("/v1/tokens?limit=2")
        second = ada_client.get(first.json()["_links"]["next"])
        third = ada_client.get(second.json()["_links"]["next"])
        back = ada_client.get(third.json()["_links"]["prev"])

        assert [self.ids(page) for page in (first, second, third)] == [five[:2], five[2:4], five[4:]]
        assert "next" not in third.json()["_links"]
        assert "prev" not in first.json()["_links"]
        assert self.ids(back) == [five[3], five[2]]

    def test_nothing_is_shifted_by_what_comes_and_goes(self, ada_client, ada_actor, five) -> None:
        first = ada_client.get("/v1/tokens?limit=2")
        factories.make_token(actor=ada_actor, permissions={"events:read"})
        ada_client.delete(f"/v1/tokens/{five[1]}")

        assert self.ids(ada_client.get(first.json()["_links"]["next"])) == five[2:4]

    def test_the_same_over_graphql(self, ada_client, five) -> None:
        arguments = "limit: 2, before: $before, after: $after"
        query = f"query($before: String, $after: String) {{ popoutTokens({arguments}) {{ id cursor }} }}"
        first = gql(ada_client, query)["data"]["popoutTokens"]
        second = gql(ada_client, query, before=first[-1]["cursor"])["data"]["popoutTokens"]
        back = gql(ada_client, query, after=second[-1]["cursor"])["data"]["popoutTokens"]

        assert [[row["id"] for row in page] for page in (first, second, back)] == [
            five[:2],
            five[2:4],
            [five[2], five[1]],
        ]

    @pytest.mark.parametrize(
        "query",
        [
            "limit=0",
            "limit=501",
            "limit=x",
            "before=x",
            "after=%00",
            "before=AAAA",
            "after=OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5LmE",
        ],
    )
    def test_a_cursor_that_is_none_is_refused(self, ada_client, five, query) -> None:
        answer = ada_client.get(f"/v1/tokens?{query}")

        assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")

    def test_a_cursor_of_another_account_shows_nothing_of_it(self, cleo_client, five) -> None:
        cursor = paging.cursor_of(PopoutToken.objects.get(pk=five[0]))

        assert self.ids(cleo_client.get(f"/v1/tokens?before={cursor}")) == []

    def test_revoked_ones_come_by_when_they_were_revoked(self, ada_client, ada_actor, five) -> None:
        ended = [five[place] for place in (2, 0, 4)]
        for pk in ended:
            tokens.revoke(actor=ada_actor, token=PopoutToken.objects.get(pk=pk))

        first = ada_client.get("/v1/tokens/revoked?limit=2")
        second = ada_client.get(first.json()["_links"]["next"])

        assert [self.ids(page) for page in (first, second)] == [[ended[2], ended[1]], [ended[0]]]
        assert self.ids(ada_client.get(second.json()["_links"]["prev"])) == [ended[1], ended[2]]

    def test_a_longer_page_takes_no_more_queries(self, ada_client, five, django_assert_num_queries) -> None:
        ada_client.get("/v1/tokens?limit=1")
        with django_assert_num_queries(4):  # session, user, membership, rows
            ada_client.get("/v1/tokens?limit=1")
        with django_assert_num_queries(4):
            ada_client.get("/v1/tokens?limit=5")
