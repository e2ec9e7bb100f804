"""One-time links over REST and GraphQL: the same rows, rules and codes, and the address once."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.utils.dateparse import parse_datetime

from accounts.enums import ALL, Permission
from accounts.models import AuditEntry
from connections.enums import Purpose
from connections.models import ConnectLink
from tests import factories
from tests.connections.test_api import graphql
from tokens.enums import NEVER_BY_TOKEN

REST = "/v1/connections/links"
SHOWN = "id platform purpose works createdBy { name }"
CREATE = (
    "mutation ($input: CreateConnectLinkInput!)"
    f"{{ createConnectLink(input: $input) {{ address connectLink {{ {SHOWN} }} }} }}"
)
WITHDRAW = "mutation ($id: ID!) { withdrawConnectLink(id: $id) { id } }"


@pytest.fixture(autouse=True)
def _credentials(credentials):
    return credentials


def post(client, data, query: str = ""):
    return client.post(REST + query, json.dumps(data), content_type="application/json")


class TestRest:
    def test_making_one_shows_its_address_once(self, ada_client, client, ada):
        made = post(ada_client, {"platform": "twitch", "lifetime": "7d"})

        data = made.json()["data"]
        link = ConnectLink.objects.get()
        assert (made.status_code, made["Location"]) == (201, f"{REST}/{link.pk}")
        assert (data["id"], data["platform"], data["purpose"], data["works"]) == (
            str(link.pk),
            "twitch",
            "channel",
            True,
        )
        assert data["created_by"] == {"id": str(ada.pk), "name": "Ada"}
        assert parse_datetime(data["expires_at"]) - link.created_at == pytest.approx(
            timedelta(days=7), abs=timedelta(seconds=5)
        )
        assert client.get(urlsplit(data["address"]).path).status_code == 200
        address = data.pop("address")
        assert ada_client.get(made["Location"]).json()["data"] == data
        listed = ada_client.get(REST)
        assert listed.json()["data"] == [data]
        assert address.rpartition("/")[2] not in listed.content.decode()

    def test_a_day_for_a_channel_unless_told_otherwise(self, ada_client):
        post(ada_client, {"platform": "twitch"})
        post(ada_client, {"platform": "twitch", "purpose": "bot", "lifetime": "1h"})

        found = [
            (link.purpose, link.expires_at - link.created_at) for link in ConnectLink.objects.order_by("created_at")
        ]
        assert found == [
            (Purpose.CHANNEL, pytest.approx(timedelta(days=1), abs=timedelta(seconds=5))),
            (Purpose.BOT, pytest.approx(timedelta(hours=1), abs=timedelta(seconds=5))),
        ]

    @pytest.mark.parametrize(
        ("data", "status", "code"),
        [
            ({}, 400, "invalid"),
            ({"platform": "twitch", "lifetime": "30d"}, 400, "invalid"),
            ({"platform": "twitch", "purpose": "login"}, 400, "invalid"),
            ({"platform": "nowhere"}, 404, "not_found"),
            ({"platform": "kick"}, 409, "no_credentials"),
        ],
    )
    def test_refusals_have_a_code(self, ada_client, data, status, code):
        response = post(ada_client, data)

        assert (response.status_code, response.json()["code"]) == (status, code)
        assert not ConnectLink.objects.exists()

    def test_withdrawing(self, ada_client, ada_actor, account):
        link, _ = factories.make_link(actor=ada_actor)

        assert ada_client.delete(f"{REST}/{link.pk}").status_code == 204

        assert ada_client.get(REST).json()["data"] == []
        assert ada_client.delete(f"{REST}/{link.pk}").status_code == 404
        assert AuditEntry.objects.filter(account=account, action="connect_link.withdrawn").count() == 1

    def test_foreign_and_unknown_ones_are_not_there(self, cleo_client, ada_client, ada_actor):
        link, _ = factories.make_link(actor=ada_actor)

        for client, link_id in ((cleo_client, link.pk), (ada_client, uuid.UUID(int=7))):
            for response in (client.get(f"{REST}/{link_id}"), client.delete(f"{REST}/{link_id}")):
                assert (response.status_code, response.json()["code"]) == (404, "not_found")
        assert cleo_client.get(REST).json()["data"] == []
        assert ConnectLink.objects.open().count() == 1

    @pytest.mark.parametrize(
        ("held", "purpose", "needed"),
        [
            (Permission.CONNECTIONS_EDIT, "bot", "bot-connections:create"),
            (Permission.BOT_CONNECTIONS_CREATE, "channel", "connections:edit"),
        ],
    )
    def test_one_purposes_right_is_not_the_others(self, client, account, ada_actor, held, purpose, needed):
        link, _ = factories.make_link(actor=ada_actor, purpose=Purpose(purpose))
        client.force_login(factories.make_member(account=account, permissions={held}).user)

        for response in (
            post(client, {"platform": "twitch", "purpose": purpose}),
            client.get(f"{REST}/{link.pk}"),
            client.delete(f"{REST}/{link.pk}"),
        ):
            assert (response.status_code, response.json()["permission"]) == (403, needed)
        assert client.get(REST).json()["data"] == []
        assert ConnectLink.objects.open().count() == 1

    def test_no_popout_token_makes_sees_or_withdraws_one(self, client, account, ada_actor):
        link, _ = factories.make_link(actor=ada_actor)
        _, token = factories.make_token(actor=ada_actor, permissions=ALL - NEVER_BY_TOKEN)
        query = f"?token={token.reveal()}"

        for response in (
            client.get(REST + query),
            post(client, {"platform": "twitch"}, query),
            client.get(f"{REST}/{link.pk}{query}"),
            client.delete(f"{REST}/{link.pk}{query}"),
        ):
            assert (response.status_code, response.json()["code"]) == (403, "permission_refused")
        assert ConnectLink.objects.open().count() == 1


class TestGraphQL:
    def test_making_listing_withdrawing(self, ada_client, client):
        made = graphql(ada_client, CREATE, {"input": {"platform": "twitch", "purpose": "bot", "lifetime": "1h"}})
        link = ConnectLink.objects.get()
        address = made["data"]["createConnectLink"].pop("address")
        shown = {
            "id": str(link.pk),
            "platform": "twitch",
            "purpose": "bot",
            "works": True,
            "createdBy": {"name": "Ada"},
        }
        assert made == {"data": {"createConnectLink": {"connectLink": shown}}}
        assert client.get(urlsplit(address).path).status_code == 200

        listed = graphql(ada_client, f"{{ connectLinks {{ {SHOWN} }} }}")
        assert listed == {"data": {"connectLinks": [shown]}}

        gone = graphql(ada_client, WITHDRAW, {"id": str(link.pk)})
        assert gone == {"data": {"withdrawConnectLink": {"id": str(link.pk)}}}
        assert client.get(urlsplit(address).path).status_code == 410

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ({"platform": "twitch", "lifetime": "30d"}, "invalid"),
            ({"platform": "twitch", "purpose": "login"}, "invalid"),
            ({"platform": "nowhere"}, "not_found"),
            ({"platform": "kick"}, "no_credentials"),
        ],
    )
    def test_refusals_have_a_code(self, ada_client, given, code):
        answer = graphql(ada_client, CREATE, {"input": given})

        assert answer["errors"][0]["extensions"]["code"] == code
        assert not ConnectLink.objects.exists()

    def test_foreign_ones_are_not_there(self, cleo_client, ada_client, ada_actor):
        link, _ = factories.make_link(actor=ada_actor)

        for client, link_id in ((cleo_client, str(link.pk)), (ada_client, "no id")):
            assert graphql(client, WITHDRAW, {"id": link_id})["errors"][0]["extensions"]["code"] == "not_found"
        assert graphql(cleo_client, "{ connectLinks { id } }") == {"data": {"connectLinks": []}}
        assert ConnectLink.objects.open().count() == 1

    def test_null_is_what_is_left_out(self, ada_client):
        graphql(ada_client, CREATE, {"input": {"platform": "twitch", "purpose": None, "lifetime": None}})

        assert ConnectLink.objects.get().purpose == Purpose.CHANNEL
