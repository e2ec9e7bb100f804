"""`/v1/me` and `/v1/accounts`, and the same through GraphQL."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.enums import ALL
from accounts.models import Account
from tests import factories
from tokens.models import PopoutToken


@pytest.fixture
def token(ada_actor) -> str:
    _, secret = factories.make_token(actor=ada_actor, permissions={"events:read"}, pages=["events"])
    return secret.reveal()


def put(client, body, query: str = ""):
    return client.put(f"/v1/me{query}", body, content_type="application/json")


def ask(client, query: str, variables: dict | None = None, address: str = "/v1/gql"):
    return client.post(address, {"query": query, "variables": variables or {}}, content_type="application/json").json()


def test_me(ada_client, ada, account):
    assert ada_client.get("/v1/me").json() == {
        "data": {
            "account": {"id": str(account.pk), "name": "Ada live"},
            "display_name": "Ada",
            "role": "Owner",
            "via": "session",
            "token_id": None,
            "pages": [],
            "permissions": sorted(ALL, key=list(type(next(iter(ALL)))).index),
            "person": {
                "id": str(ada.pk),
                "name": "Ada",
                "email": "ada@example.com",
                "language": "",
                "time_zone": "",
                "hour_cycle": "auto",
                "row_times": "minutes",
                "streamer_mode": "off",
                "wants_mail": True,
            },
            "hides": False,
        },
        "_links": {"self": "/v1/me"},
    }


def test_a_token_learns_no_more_than_the_name(client, ada, account, token):
    ada.streamer_mode = "on"
    ada.save()

    data = client.get(f"/v1/me?token={token}").json()["data"]

    assert data == {
        "account": {"id": str(account.pk), "name": "Ada live"},
        "display_name": "Ada",
        "role": None,
        "via": "popout_token",
        "token_id": str(PopoutToken.objects.get().pk),
        "pages": ["events"],
        "permissions": ["events:read"],
        "person": None,
        "hides": False,
    }


def test_a_token_writes_and_lists_nothing(client, ada, account, token):
    answers = [
        put(client, {"name": "Hacked"}, f"?token={token}"),
        client.get(f"/v1/accounts?token={token}"),
        client.post(f"/v1/accounts/{account.pk}/switch?token={token}"),
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(403, "session_only")] * 3
    for query in ("{ accounts { role } }", 'mutation { updateMe(input: {name: "Hacked"}) { me { via } } }'):
        [error] = ask(client, query, address=f"/v1/gql?token={token}")["errors"]
        assert error["extensions"]["code"] == "session_only"
    ada.refresh_from_db()
    assert ada.name == "Ada"


def test_what_is_sent_is_changed_and_the_rest_stays(ada_client, ada):
    response = put(ada_client, {"streamer_mode": "on", "time_zone": "Europe/Berlin", "wants_mail": False})

    assert response.status_code == 200
    assert response.json()["data"]["hides"] is True
    ada.refresh_from_db()
    assert (ada.name, ada.streamer_mode, ada.time_zone, ada.hour_cycle) == ("Ada", "on", "Europe/Berlin", "auto")
    assert ada.wants_mail is False


@pytest.mark.parametrize(
    "body",
    [
        {"name": "x" * 81},
        {"name": None},
        {"language": "xx"},
        {"time_zone": "Mars/Olympus"},
        {"hour_cycle": 12},
        {"row_times": "hours"},
        {"streamer_mode": ["on"]},
        {"wants_mail": None},
        {"wants_mail": "sometimes"},
    ],
)
def test_nonsense_is_refused_by_field(ada_client, ada, body):
    response = put(ada_client, body)

    assert (response.status_code, response.json()["code"]) == (400, "invalid")
    assert list(response.json()["errors"]) == list(body)
    ada.refresh_from_db()
    assert (ada.name, ada.streamer_mode) == ("Ada", "off")


def test_an_address_cannot_be_changed_here(ada_client, ada):
    put(ada_client, {"email": "new@example.com", "is_staff": True})

    ada.refresh_from_db()
    assert (ada.email, ada.is_staff) == ("ada@example.com", False)


def test_a_change_needs_the_csrf_token(ada, account):
    client = Client(HTTP_HOST="localhost", enforce_csrf_checks=True)
    client.force_login(ada)

    assert put(client, {"name": "Forged"}).json()["code"] == "csrf_failed"
    assert client.post(f"/v1/accounts/{account.pk}/switch").json()["code"] == "csrf_failed"


def test_accounts_are_listed_and_changed_to(ada_client, ada, account, cleo):
    theirs = Account.objects.get(name="Cleo plays")
    factories.make_member(account=theirs, user=ada)

    def listed() -> list[tuple[str, str, bool]]:
        data = ada_client.get("/v1/accounts").json()["data"]
        return [(row["name"], row["role"], row["current"]) for row in data]

    assert listed() == [("Ada live", "Owner", True), ("Cleo plays", "Moderator", False)]

    response = ada_client.post(f"/v1/accounts/{theirs.pk}/switch")

    assert response.json()["data"]["account"] == {"id": str(theirs.pk), "name": "Cleo plays"}
    assert response.json()["data"]["role"] == "Moderator"
    assert listed() == [("Ada live", "Owner", False), ("Cleo plays", "Moderator", True)]
    assert ask(ada_client, "{ accounts { name role current } }")["data"]["accounts"] == [
        {"name": "Ada live", "role": "Owner", "current": False},
        {"name": "Cleo plays", "role": "Moderator", "current": True},
    ]


def test_a_call_for_another_account_is_refused(ada_client, account, cleo):
    theirs = Account.objects.get(name="Cleo plays")

    response = ada_client.get("/v1/me", headers={"Lumio-Account": str(theirs.pk)})

    assert (response.status_code, response.json()["code"]) == (409, "wrong_account")


class TestGraphQL:
    def test_me_says_what_rest_says(self, ada_client):
        query = """{ me { account { id name } displayName role via permissions hides
            person { id name email language timeZone hourCycle rowTimes streamerMode wantsMail } } }"""

        me = ask(ada_client, query)["data"]["me"]

        rest = ada_client.get("/v1/me").json()["data"]
        person = rest["person"]
        assert me == {
            "account": rest["account"],
            "displayName": rest["display_name"],
            "role": rest["role"],
            "via": rest["via"],
            "permissions": rest["permissions"],
            "hides": rest["hides"],
            "person": {
                **{name: person[name] for name in ("id", "name", "email", "language")},
                "timeZone": person["time_zone"],
                "hourCycle": person["hour_cycle"],
                "rowTimes": person["row_times"],
                "streamerMode": person["streamer_mode"],
                "wantsMail": person["wants_mail"],
            },
        }

    def test_update_me(self, ada_client, ada):
        mutation = "mutation($input: UpdateMeInput!) { updateMe(input: $input) { me { person { name } hides } } }"

        answer = ask(ada_client, mutation, {"input": {"name": "Ada L.", "streamerMode": "on"}})

        assert answer == {"data": {"updateMe": {"me": {"person": {"name": "Ada L."}, "hides": True}}}}

    @pytest.mark.parametrize("given", ['{timeZone: "Mars/Olympus", name: "New"}', r'{name: "New\u0000"}'])
    def test_nonsense_is_refused(self, ada_client, ada, given):
        [error] = ask(ada_client, f"mutation {{ updateMe(input: {given}) {{ me {{ via }} }} }}")["errors"]

        assert error["extensions"]["code"] == "invalid"
        ada.refresh_from_db()
        assert ada.name == "Ada"
