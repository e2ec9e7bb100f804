"""REST and GraphQL: the same rows, rules and codes."""

from __future__ import annotations

import json
import uuid

import pytest

from accounts.enums import Permission
from connections.models import AppCredentials, Connection
from tests import factories
from tests.connections.conftest import CLIENT_ID, CLIENT_SECRET, come_back

REST = "/v1/connections"
PAIR = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}


@pytest.fixture
def connection(account, credentials) -> Connection:
    return factories.make_connection(account=account, channel_name="Mira_Plays", scopes=["bits:read"])


def put(client, data):
    return client.put(f"{REST}/credentials/twitch", json.dumps(data), content_type="application/json")


def graphql(client, query: str, variables: dict | None = None) -> dict:
    body = json.dumps({"query": query, "variables": variables or {}})
    return client.post("/v1/gql", body, content_type="application/json").json()


class TestRest:
    def test_what_is_connected(self, ben_client, connection):
        response = ben_client.get(REST)

        [row] = response.json()["data"]
        assert response.json()["_links"] == {"self": REST}
        assert (row["id"], row["platform"], row["channel_name"], row["state"], row["scopes"]) == (
            str(connection.pk),
            "twitch",
            "Mira_Plays",
            "connected",
            ["bits:read"],
        )
        assert not [name for name in row if "token" in name or "secret" in name]

    def test_credentials_are_write_only(self, ada_client, account, twitch):
        response = put(ada_client, PAIR)

        assert response.status_code == 200
        assert response.json()["data"] == ada_client.get(f"{REST}/credentials/twitch").json()["data"] | {
            "checked": True
        }
        assert CLIENT_ID not in response.content.decode()
        assert CLIENT_SECRET not in response.content.decode()

    @pytest.mark.parametrize(
        ("data", "status", "code"),
        [
            ({}, 400, "invalid"),
            ([], 400, "invalid"),
            ({"client_id": CLIENT_ID, "client_secret": {"a": 1}}, 400, "invalid"),
            ({"client_id": CLIENT_ID, "client_secret": "two words"}, 422, "holds_spaces"),
            ({"client_id": CLIENT_ID, "client_secret": "wrong"}, 409, "client_secret_rejected"),
        ],
    )
    def test_refusals_have_a_code(self, ada_client, account, twitch, data, status, code):
        response = put(ada_client, data)

        assert (response.status_code, response.json()["code"]) == (status, code)
        assert not AppCredentials.objects.exists()

    def test_deleting(self, ada_client, account, twitch, connection):
        assert ada_client.delete(f"{REST}/{connection.pk}").status_code == 204
        assert ada_client.delete(f"{REST}/credentials/twitch").status_code == 204
        assert not Connection.objects.exists()
        assert not AppCredentials.objects.exists()

    def test_foreign_rows_are_not_there(self, cleo_client, connection):
        assert cleo_client.delete(f"{REST}/{connection.pk}").status_code == 404
        assert cleo_client.get(f"{REST}/credentials/twitch").status_code == 404
        assert cleo_client.delete(f"{REST}/credentials/twitch").status_code == 404
        assert cleo_client.get(REST).json()["data"] == []
        assert Connection.objects.exists()

    @pytest.mark.parametrize("path", [f"/{uuid.UUID(int=7)}", "/credentials/nowhere"])
    def test_unknown_rows(self, ada_client, account, path):
        assert ada_client.delete(REST + path).json()["code"] == "not_found"

    def test_members_who_may_only_read(self, ben_client, connection):
        for response in (
            ben_client.delete(f"{REST}/{connection.pk}"),
            ben_client.get(f"{REST}/credentials/twitch"),
            put(ben_client, PAIR),
        ):
            assert response.status_code == 403
            assert response.json()["permission"] == "connections:edit"

    def test_a_popout_token_reads_at_most(self, client, account, connection):
        actor = factories.make_actor(account=account)
        _, token = factories.make_token(actor=actor, permissions={Permission.CONNECTIONS_READ})

        assert len(client.get(REST, {"token": token.reveal()}).json()["data"]) == 1
        assert client.delete(f"{REST}/{connection.pk}?token={token.reveal()}").status_code == 403
        assert Connection.objects.exists()


class TestAuthorizing:
    def test_the_sign_in_ends_in_the_browser_that_began_it(self, ada_client, account, credentials, twitch):
        url = ada_client.post(f"{REST}/twitch/authorize").json()["data"]["authorization_url"]

        come_back(ada_client, twitch.consent(url, user="mira_plays"))

        assert Connection.objects.get().channel_name == "Mira_Plays"

    def test_the_same_by_graphql(self, ada_client, account, credentials, twitch):
        answer = graphql(ada_client, 'mutation { authorize(platform: "twitch") { authorizationUrl } }')

        come_back(ada_client, twitch.consent(answer["data"]["authorize"]["authorizationUrl"], user="mira_plays"))

        assert Connection.objects.get().channel_name == "Mira_Plays"

    def test_a_bot_by_graphql(self, ada_client, account, credentials, twitch):
        twitch.add_user("mira_bot", name="Mira_Bot")
        answer = graphql(ada_client, 'mutation { authorizeBot(platform: "twitch") { authorizationUrl } }')

        come_back(ada_client, twitch.consent(answer["data"]["authorizeBot"]["authorizationUrl"], user="mira_bot"))

        assert [(row.purpose, row.channel_name) for row in Connection.objects.all()] == [("bot", "Mira_Bot")]

    def test_without_app_credentials(self, ada_client, account):
        assert ada_client.post(f"{REST}/twitch/authorize").json()["code"] == "no_credentials"
        answer = graphql(ada_client, 'mutation { authorize(platform: "twitch") { authorizationUrl } }')
        assert answer["errors"][0]["extensions"]["code"] == "no_credentials"


class TestTesting:
    def test_it_says_who_answered(self, ada_client, grant):
        connection = grant()

        answer = ada_client.post(f"{REST}/{connection.pk}/test").json()["data"]

        assert (answer["name"], answer["life"]["active"]) == ("Mira_Plays", 0)
        query = "mutation ($id: ID!) { testConnection(id: $id) { name life { state } } }"
        assert graphql(ada_client, query, {"id": str(connection.pk)}) == {
            "data": {"testConnection": {"name": "Mira_Plays", "life": {"state": None}}}
        }

    def test_somebody_elses_tokens_are_found(self, ada_client, grant, twitch):
        connection = grant(channel_id="another")

        answer = ada_client.post(f"{REST}/{connection.pk}/test")

        assert (answer.status_code, answer.json()["code"]) == (409, "other_identity")
        assert Connection.objects.get().state == "needs_sign_in"

    def test_an_outage_is_the_platforms(self, ada_client, grant, twitch):
        connection = grant()
        twitch.fail("/helix/users", status=503, times=2)

        answer = ada_client.post(f"{REST}/{connection.pk}/test")

        assert (answer.status_code, answer.json()["code"]) == (502, "platform_unavailable")
        assert Connection.objects.get().state == "connected"


class TestGraphQL:
    def test_reading(self, ada_client, connection):
        answer = graphql(
            ada_client, "{ channelConnections { id channelName state } appCredentials { platform clientIdHint } }"
        )

        assert answer == {
            "data": {
                "channelConnections": [{"id": str(connection.pk), "channelName": "Mira_Plays", "state": "connected"}],
                "appCredentials": [{"platform": "twitch", "clientIdHint": "ts00"}],
            }
        }

    def test_app_credentials_need_edit(self, ben_client, connection):
        answer = graphql(ben_client, "{ appCredentials { platform } }")

        assert answer["errors"][0]["extensions"]["code"] == "permission_refused"

    def test_saving_and_deleting(self, ada_client, account, twitch):
        saved = graphql(
            ada_client,
            "mutation ($input: AppCredentialsInput!)"
            "{ saveAppCredentials(input: $input) { checked appCredentials { clientIdHint } } }",
            {"input": {"platform": "twitch", "clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET}},
        )
        assert saved == {"data": {"saveAppCredentials": {"checked": True, "appCredentials": {"clientIdHint": "ts00"}}}}

        deleted = graphql(ada_client, 'mutation { deleteAppCredentials(platform: "twitch") { platform } }')

        assert deleted == {"data": {"deleteAppCredentials": {"platform": "twitch"}}}
        assert not AppCredentials.objects.exists()

    def test_a_paste_mistake_has_its_code(self, ada_client, account, twitch):
        answer = graphql(
            ada_client,
            "mutation ($input: AppCredentialsInput!) { saveAppCredentials(input: $input) { checked } }",
            {"input": {"platform": "twitch", "clientId": CLIENT_ID, "clientSecret": CLIENT_ID}},
        )

        assert answer["errors"][0]["extensions"]["code"] == "id_equals_secret"

    def test_disconnecting(self, ada_client, cleo_client, connection, twitch):
        query = "mutation ($id: ID!) { disconnect(id: $id) { id } }"
        for client, wanted in ((cleo_client, str(connection.pk)), (ada_client, "not an id")):
            assert graphql(client, query, {"id": wanted})["errors"][0]["extensions"]["code"] == "not_found"
        assert Connection.objects.exists()

        assert graphql(ada_client, query, {"id": str(connection.pk)}) == {
            "data": {"disconnect": {"id": str(connection.pk)}}
        }
        assert not Connection.objects.exists()
