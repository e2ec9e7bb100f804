from __future__ import annotations

import pytest

from accounts.enums import Action
from accounts.models import AuditEntry
from tests import factories

QUERY = "{ account { id name timeZone createdAt } }"
CHANGE = "mutation ($input: UpdateAccountInput!) { updateAccount(input: $input) { account { name timeZone } } }"


def graphql(client, query: str, **variables):
    body = {"query": query, "variables": variables}
    return client.post("/v1/gql", body, content_type="application/json").json()


def test_both_apis_tell_the_settings(ada_client, account):
    told = ada_client.get("/v1/account").json()["data"]

    created = account.created_at.isoformat()
    assert told == {"id": str(account.pk), "name": "Ada live", "time_zone": "", "created_at": created}
    assert graphql(ada_client, QUERY)["data"]["account"] == {
        "id": str(account.pk),
        "name": "Ada live",
        "timeZone": "",
        "createdAt": created,
    }


def test_what_is_left_out_stays(ada_client, account):
    answer = ada_client.put("/v1/account", {"time_zone": "Europe/Berlin"}, content_type="application/json")
    changed = graphql(ada_client, CHANGE, input={"name": "Ada at night"})

    assert answer.json()["data"]["name"] == "Ada live"
    assert changed == {"data": {"updateAccount": {"account": {"name": "Ada at night", "timeZone": "Europe/Berlin"}}}}
    account.refresh_from_db()
    assert (account.name, account.time_zone) == ("Ada at night", "Europe/Berlin")
    assert AuditEntry.objects.filter(action=Action.ACCOUNT_CHANGED).count() == 2


@pytest.mark.parametrize("values", [{"name": ""}, {"name": "x" * 81}, {"time_zone": "Mars/Olympus"}, {"name": "\x00"}])
def test_nonsense_changes_nothing(ada_client, account, values):
    answer = ada_client.put("/v1/account", values, content_type="application/json")

    assert answer.status_code == 400
    account.refresh_from_db()
    assert (account.name, account.time_zone) == ("Ada live", "")


def test_no_token_changes_it(client, ada_actor, account):
    """Not even one that was made to, before there was this rule."""
    token, secret = factories.make_token(actor=ada_actor, permissions={"account:read"})
    type(token).objects.filter(pk=token.pk).update(permissions=["account:read", "account:edit", "account:delete"])
    address = f"/v1/account?token={secret.reveal()}&confirm_name=Ada+live"

    answers = [
        client.get(address),
        client.put(address, {"name": "x"}, content_type="application/json"),
        client.delete(address),
    ]

    assert [answer.status_code for answer in answers] == [200, 403, 403]
    account.refresh_from_db()
    assert (account.name, account.closed_at) == ("Ada live", None)
