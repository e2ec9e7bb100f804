"""`/v1/notifications`, and the same through GraphQL."""

from __future__ import annotations

import pytest

from accounts.domain import notifications
from accounts.models import NotificationRead
from tests import factories
from tests.factories import KIND, make_notification

pytestmark = pytest.mark.usefixtures("kind")

LIST = "/v1/notifications"


def ask(client, query: str, address: str = "/v1/gql"):
    return client.post(address, {"query": query}, content_type="application/json").json()


@pytest.fixture
def token(ada_actor) -> str:
    _, secret = factories.make_token(actor=ada_actor, permissions={"connections:read"})
    return secret.reveal()


class TestRest:
    def test_a_notification(self, ada_client, account):
        row = make_notification(account=account)

        assert ada_client.get(LIST).json() == {
            "data": [
                {
                    "id": row.pk,
                    "code": "sign_in_lost",
                    "tone": "bad",
                    "text": "Twitch ended the sign-in of Ada.",
                    "action": "Reconnect",
                    "url": "/dashboard/connections#card-twitch",
                    "created_at": row.created_at.isoformat(),
                    "resolved_at": None,
                    "read": False,
                }
            ],
            "_links": {"self": LIST},
        }

    def test_a_page_of_them(self, ada_client, account):
        ids = [make_notification(account=account).pk for _ in range(3)]

        first = ada_client.get(f"{LIST}?limit=2").json()
        second = ada_client.get(first["_links"]["next"]).json()
        back = ada_client.get(second["_links"]["prev"]).json()

        assert [[row["id"] for row in page["data"]] for page in (first, second, back)] == [
            [ids[2], ids[1]],
            [ids[0]],
            [ids[1], ids[2]],
        ]
        assert "next" not in second["_links"]

    @pytest.mark.parametrize("query", ["limit=0", "limit=501", "before=x", "after=-1"])
    def test_nonsense_is_refused(self, ada_client, query):
        response = ada_client.get(f"{LIST}?{query}")

        assert (response.status_code, response.json()["code"]) == (400, "bad_cursor")

    def test_one_is_marked(self, ada_client, account):
        row = make_notification(account=account)

        response = ada_client.post(f"{LIST}/{row.pk}/read")

        assert (response.status_code, response.json()["data"]["read"]) == (200, True)
        assert [entry["read"] for entry in ada_client.get(LIST).json()["data"]] == [True]

    def test_all_are_marked(self, ada_client, account):
        for _ in range(3):
            make_notification(account=account)

        answers = [ada_client.post(f"{LIST}/read").json()["data"] for _ in range(2)]

        assert answers == [{"marked": 3}, {"marked": 0}]

    def test_somebody_elses_is_not_found(self, cleo_client, account):
        row = make_notification(account=account)

        response = cleo_client.post(f"{LIST}/{row.pk}/read")

        assert (response.status_code, response.json()["code"]) == (404, "not_found")
        assert cleo_client.get(LIST).json()["data"] == []
        assert not NotificationRead.objects.exists()

    def test_a_token_lists_what_it_may_see_and_marks_nothing(self, client, account, token, ada_actor):
        row = make_notification(account=account)
        _, blind = factories.make_token(actor=ada_actor, permissions={"events:read"})

        listed = client.get(f"{LIST}?token={token}").json()["data"]
        refused = [client.post(f"{LIST}/{path}?token={token}") for path in (f"{row.pk}/read", "read")]

        assert [(entry["id"], entry["read"]) for entry in listed] == [(row.pk, None)]
        assert client.get(f"{LIST}?token={blind.reveal()}").json()["data"] == []
        assert [(answer.status_code, answer.json()["code"]) for answer in refused] == [(403, "session_only")] * 2
        assert "Sign in to do this." in refused[0].json()["detail"]
        assert not NotificationRead.objects.exists()

    @pytest.mark.parametrize("number", [1, 40])
    def test_a_longer_page_takes_no_more_queries(self, ada_client, account, django_assert_num_queries, number):
        for _ in range(number):
            make_notification(account=account)
        ada_client.get(LIST)

        with django_assert_num_queries(4):  # session, user, membership, rows
            ada_client.get(LIST)


class TestGraphQL:
    def test_it_says_what_rest_says(self, ada_client, account):
        rows = [make_notification(account=account) for _ in range(3)]
        notifications.resolve(account, KIND.code, subject=rows[0].subject)
        fields = "id code tone text action url createdAt resolvedAt read"

        listed = ask(ada_client, f"{{ notifications(before: {rows[2].pk}, limit: 2) {{ {fields} }} }}")

        rest = ada_client.get(f"{LIST}?before={rows[2].pk}&limit=2").json()["data"]
        renamed = {"created_at": "createdAt", "resolved_at": "resolvedAt"}
        assert listed["data"]["notifications"] == [
            {renamed.get(name, name): value for name, value in row.items()} for row in rest
        ]

    def test_marking(self, ada_client, account):
        rows = [make_notification(account=account) for _ in range(3)]

        one = ask(ada_client, f"mutation {{ markNotificationRead(id: {rows[0].pk}) {{ notification {{ id read }} }} }}")
        everything = ask(ada_client, "mutation { markAllNotificationsRead { marked } }")

        assert one["data"]["markNotificationRead"]["notification"] == {"id": rows[0].pk, "read": True}
        assert everything["data"]["markAllNotificationsRead"] == {"marked": 2}

    @pytest.mark.parametrize(
        "query", ["markNotificationRead(id: 1) { notification { id } }", "markAllNotificationsRead { marked }"]
    )
    def test_a_token_marks_nothing(self, client, account, token, query):
        make_notification(account=account)

        [error] = ask(client, f"mutation {{ {query} }}", f"/v1/gql?token={token}")["errors"]

        assert error["extensions"]["code"] == "session_only"
        assert not NotificationRead.objects.exists()

    def test_somebody_elses_is_not_found(self, cleo_client, account):
        row = make_notification(account=account)

        [error] = ask(cleo_client, f"mutation {{ markNotificationRead(id: {row.pk}) {{ notification {{ id }} }} }}")[
            "errors"
        ]

        assert error["extensions"]["code"] == "not_found"
        assert ask(cleo_client, "{ notifications { id } }")["data"] == {"notifications": []}
