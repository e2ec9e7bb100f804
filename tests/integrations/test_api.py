"""REST and GraphQL: the same rows, rules and codes."""

from __future__ import annotations

import json
import uuid

import pytest

from accounts.enums import Permission
from integrations.models import StreamElementsToken
from tests import factories
from tests.pages import signed_in

pytestmark = pytest.mark.django_db

REST = "/v1/se-tokens"
CREATE = (
    "mutation ($input: CreateSeTokenInput!) { createSeToken(input: $input) { seToken { id state channelName hint } } }"
)
DELETE = "mutation ($id: ID!) { deleteSeToken(id: $id) { seToken { id hint } } }"


def post(client, **data):
    return client.post(REST, json.dumps({"platform": "twitch"} | data), content_type="application/json")


def graphql(client, query: str, **variables) -> dict:
    body = json.dumps({"query": query, "variables": variables})
    return client.post("/v1/gql", body, content_type="application/json").json()


class TestRest:
    def test_adds_lists_shows_and_removes(self, ada_client, ben_client, streamelements):
        jwt = streamelements.issue_jwt()

        made = post(ada_client, token=jwt, label="Main Channel")
        listed = ben_client.get(REST).json()["data"]
        shown = ben_client.get(made["Location"]).json()["data"]

        assert made.status_code == 201
        assert listed == [shown] == [made.json()["data"]]
        assert (shown["platform"], shown["label"], shown["hint"]) == ("twitch", "Main Channel", jwt[-4:])
        assert (shown["state"], shown["channel_name"], shown["channel_provider"]) == (
            "verified",
            "Mira_Plays",
            "twitch",
        )
        assert (shown["delivery"], shown["days_left"], shown["mismatch"]) == (None, 29, "")
        assert jwt not in made.content.decode()
        assert ada_client.delete(made["Location"]).status_code == 204
        assert ada_client.get(made["Location"]).status_code == 404

    @pytest.mark.parametrize(
        ("data", "status", "code"),
        [
            ({}, 400, "invalid"),
            ({"token": "abc"}, 422, "not_a_jwt"),
            ({"token": 7}, 400, "invalid"),
            ({"token": "eyJhIjoxfQ.eyJhIjoxfQ.signature", "platform": "spotify"}, 422, "no_such_platform"),
            ({"token": "eyJhIjoxfQ.eyJleHAiOjF9.signature"}, 422, "jwt_ended"),
            ({"token": "eyJhIjoxfQ.eyJhIjoxfQ.signature"}, 409, "tip_token_refused"),
        ],
    )
    def test_refusals(self, ada_client, streamelements, data, status, code):
        response = post(ada_client, **data)

        assert (response.status_code, response.json()["code"]) == (status, code)
        assert not StreamElementsToken.objects.exists()

    def test_the_same_twice(self, ada_client, streamelements):
        jwt = streamelements.issue_jwt()
        post(ada_client, token=jwt)

        response = post(ada_client, token=jwt)

        assert (response.status_code, response.json()["code"]) == (409, "added_before")

    def test_an_outage_does_not_stand_in_the_way(self, ada_client, streamelements):
        streamelements.fail("*", status=503)

        assert post(ada_client, token=streamelements.issue_jwt()).json()["data"]["state"] == "unverified"

    def test_is_asked_for_the_right(self, ben_client, account, streamelements):
        row = factories.make_se_token(account=account)

        assert post(ben_client, token=streamelements.issue_jwt()).json()["permission"] == Permission.CONNECTIONS_CREATE
        assert ben_client.delete(f"{REST}/{row.pk}").json()["permission"] == Permission.CONNECTIONS_DELETE
        assert StreamElementsToken.objects.get() == row

    def test_another_accounts_is_not_there(self, cleo_client, account):
        row = factories.make_se_token(account=account)

        assert cleo_client.get(f"{REST}/{row.pk}").status_code == 404
        assert cleo_client.delete(f"{REST}/{row.pk}").status_code == 404
        assert cleo_client.get(REST).json()["data"] == []


class TestGraphQL:
    def test_adds_lists_and_removes(self, ada_client, streamelements):
        jwt = streamelements.issue_jwt()

        made = graphql(ada_client, CREATE, input={"platform": "twitch", "token": jwt, "label": "Main Channel"})
        made = made["data"]["createSeToken"]["seToken"]
        [listed] = graphql(ada_client, "{ seTokens { id label platform daysLeft delivery trouble } }")["data"][
            "seTokens"
        ]
        removed = graphql(ada_client, DELETE, id=made["id"])["data"]["deleteSeToken"]["seToken"]

        assert (made["state"], made["channelName"], made["hint"]) == ("verified", "Mira_Plays", jwt[-4:])
        assert listed == {
            "id": made["id"],
            "label": "Main Channel",
            "platform": "twitch",
            "daysLeft": 29,
            "delivery": None,
            "trouble": "",
        }
        assert removed == {"id": made["id"], "hint": jwt[-4:]}
        assert not StreamElementsToken.objects.exists()

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ({"token": "abc"}, "not_a_jwt"),
            ({"platform": "spotify"}, "no_such_platform"),
            ({}, "tip_token_refused"),
        ],
    )
    def test_refusals_have_the_same_codes(self, ada_client, streamelements, given, code):
        given = {"platform": "twitch", "token": "eyJhIjoxfQ.eyJhIjoxfQ.signature"} | given

        [error] = graphql(ada_client, CREATE, input=given)["errors"]

        assert error["extensions"]["code"] == code

    @pytest.mark.parametrize("id_", [str(uuid.UUID(int=7)), "7", ""])
    def test_what_is_not_there_is_not_found(self, ada_client, id_):
        [error] = graphql(ada_client, DELETE, id=id_)["errors"]

        assert error["extensions"]["code"] == "not_found"

    def test_another_accounts_is_not_there(self, cleo_client, account):
        row = factories.make_se_token(account=account)

        [error] = graphql(cleo_client, DELETE, id=str(row.pk))["errors"]

        assert error["extensions"]["code"] == "not_found"
        assert StreamElementsToken.objects.get() == row


def test_a_token_may_look_and_nothing_else(client, account, ada_actor, streamelements):
    row = factories.make_se_token(account=account)
    _, secret = factories.make_token(actor=ada_actor, permissions={Permission.CONNECTIONS_READ})
    query = f"?token={secret.reveal()}"

    assert [one["id"] for one in client.get(REST + query).json()["data"]] == [str(row.pk)]
    assert client.delete(f"{REST}/{row.pk}{query}").status_code == 403
    assert signed_in(ada_actor.user).delete(f"{REST}/{row.pk}").status_code == 204
