"""The logs and the channel state over REST and GraphQL."""

from __future__ import annotations

import pytest
from django.utils import timezone

from events.domain import status
from events.enums import Kind
from events.models import ChatLine, Event
from tests import factories


@pytest.fixture
def five(account):
    """Five follows, numbered 1 to 5, and a follow in somebody else's account."""
    factories.make_event(account=factories.make_account())
    return [factories.make_event(account=account) for _ in range(5)]


def seqs(answer) -> list[int]:
    assert answer.status_code == 200
    return [row["seq"] for row in answer.json()["data"]]


def ask(client, query: str):
    return client.post("/v1/gql", {"query": query}, content_type="application/json").json()["data"]


class TestRest:
    def test_newest_first(self, ada_client, five):
        answer = ada_client.get("/v1/events")

        assert seqs(answer) == [5, 4, 3, 2, 1]
        assert answer.json()["_links"] == {"self": "/v1/events"}

    def test_pages_backwards(self, ada_client, five):
        first = ada_client.get("/v1/events?limit=2")
        second = ada_client.get(first.json()["_links"]["next"])
        third = ada_client.get(second.json()["_links"]["next"])

        assert [seqs(first), seqs(second), seqs(third)] == [[5, 4], [3, 2], [1]]
        assert third.json()["_links"] == {"self": "/v1/events?limit=2&before=2", "prev": "/v1/events?limit=2&after=1"}

    def test_the_last_page_is_known_for_it(self, ada_client, five):
        assert "next" not in ada_client.get("/v1/events?limit=5").json()["_links"]
        assert "next" not in ada_client.get("/v1/events?limit=2&before=3").json()["_links"]
        assert "next" not in ada_client.get("/v1/events?limit=2&after=3").json()["_links"]

    def test_pages_back_again(self, ada_client, five):
        page = ada_client.get("/v1/events?limit=2&before=3")
        back = ada_client.get(page.json()["_links"]["prev"])
        there = ada_client.get(back.json()["_links"]["prev"])

        assert [seqs(page), seqs(back), seqs(there)] == [[2, 1], [3, 4], [2, 1]]

    def test_what_comes_meanwhile_shifts_nothing(self, ada_client, account, five):
        first = ada_client.get("/v1/events?limit=2")
        factories.make_event(account=account)

        assert seqs(ada_client.get(first.json()["_links"]["next"])) == [3, 2]

    def test_fetches_a_gap_oldest_first(self, ada_client, five):
        answer = ada_client.get("/v1/events?after=1&before=5&limit=2")

        assert seqs(answer) == [2, 3]
        assert seqs(ada_client.get(answer.json()["_links"]["next"])) == [4]

    def test_a_row_is_what_the_socket_sends(self, ada_client, account):
        event = factories.make_event(account=account, kind=Kind.CHEER, amount=500)

        [row] = ada_client.get("/v1/events").json()["data"]

        assert (row["seq"], row["type"], row["data"]["amount"]) == (event.seq, "cheer", 500)
        assert "raw" not in row["data"]

    def test_chat_is_a_log_of_its_own(self, ada_client, account, five):
        factories.make_event(account=account, kind=Kind.CHAT_MESSAGE, message="hello")

        [row] = ada_client.get("/v1/chat").json()["data"]

        assert (row["seq"], row["type"], row["data"]["message"]) == (1, "chat.message", "hello")

    def test_links_never_repeat_the_token(self, client, account, five):
        _, secret = factories.make_token(actor=factories.make_actor(account=account), permissions={"events:read"})

        answer = client.get(f"/v1/events?limit=2&token={secret.reveal()}")

        assert answer.json()["_links"] == {"self": "/v1/events?limit=2", "next": "/v1/events?limit=2&before=4"}

    @pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=x", "before=-1", "after=9223372036854775808"])
    def test_a_cursor_that_is_none_is_refused(self, ada_client, query):
        answer = ada_client.get(f"/v1/events?{query}")

        assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")

    def test_nothing_of_other_accounts(self, cleo_client, five):
        assert seqs(cleo_client.get("/v1/events")) == []

    def test_a_longer_page_takes_no_more_queries(self, ada_client, five, django_assert_num_queries):
        ada_client.get("/v1/events?limit=1")
        with django_assert_num_queries(4):  # session, user, membership, rows
            ada_client.get("/v1/events?limit=1")
        with django_assert_num_queries(4):
            ada_client.get("/v1/events?limit=5")

    def test_filters_stay_with_the_links(self, ada_client, account, five):
        factories.make_event(account=account, kind=Kind.RAID, message="hello there")
        factories.make_event(account=account, kind=Kind.FOLLOW, message="hello again")

        answer = ada_client.get("/v1/events?q=hello&type=raid,follow&platform=twitch&origin=test&limit=1")

        assert seqs(answer) == [7]
        assert seqs(ada_client.get(answer.json()["_links"]["next"])) == [6]

    @pytest.mark.parametrize("query", ["type=chat.message", "platform=twich", "origin=x", "since=x", "until=x"])
    @pytest.mark.parametrize("log", ["events", "chat"])
    def test_a_filter_that_is_none_is_refused(self, ada_client, log, query):
        answer = ada_client.get(f"/v1/{log}?{query.replace('chat.message', 'made-up')}")

        assert (answer.status_code, answer.json()["code"]) == (400, "bad_filter")

    def test_one_event(self, ada_client, account, five):
        [row] = ada_client.get("/v1/events?limit=1&before=4").json()["data"]

        answer = ada_client.get("/v1/events/3")

        assert answer.json() == {"data": row, "_links": {"self": "/v1/events/3"}}

    @pytest.mark.parametrize("seq", ["0", "6", "9223372036854775808", "99999999999999999999999"])
    def test_an_event_that_never_was(self, ada_client, five, seq):
        assert ada_client.get(f"/v1/events/{seq}").json()["code"] == "not_found"

    def test_somebody_elses_event(self, cleo_client, cleo, five):
        assert cleo_client.get("/v1/events/3").status_code == 404

    def test_a_test_event_stands_where_it_says(self, ada_client, five):
        body = {"type": "cheer", "platform": "twitch", "name": "Juno", "amount": 500, "message": "gg"}

        made = ada_client.post("/v1/events/test", body, content_type="application/json")

        assert (made.status_code, made["Location"]) == (201, "/v1/events/6")
        data = made.json()["data"]["data"]
        assert (data["origin"], data["actor"]["name"], data["amount"], data["unit"]) == ("test", "Juno", 500, "bits")
        assert ada_client.get(made["Location"]).json()["data"] == made.json()["data"]

    @pytest.mark.parametrize(
        ("wrong", "code"),
        [
            ({"type": "mod.ban"}, "bad_event"),
            ({"platform": "spotify"}, "bad_event"),
            ({"unit": "subs"}, "bad_event"),
            ({"amount": 0}, "invalid"),
            ({"amount": 1.5}, "invalid"),
            ({"name": "x" * 81}, "invalid"),
        ],
    )
    def test_a_test_event_that_makes_no_sense_is_refused(self, ada_client, five, wrong, code):
        body = {"type": "cheer", "platform": "twitch", **wrong}

        answer = ada_client.post("/v1/events/test", body, content_type="application/json")

        assert (answer.status_code, answer.json()["code"]) == (400, code)
        assert Event.objects.filter(account=five[0].account).count() == 5


class TestGraphQL:
    def test_pages_of_both_logs(self, ada_client, account, five):
        factories.make_event(account=account, kind=Kind.CHAT_MESSAGE, message="hello")

        data = ask(ada_client, "{ events(limit: 2, before: 4) { seq type } chat { seq message actor { name } } }")

        assert data["events"] == [{"seq": 3, "type": "follow"}, {"seq": 2, "type": "follow"}]
        assert [(row["seq"], row["message"]) for row in data["chat"]] == [(1, "hello")]

    @pytest.mark.parametrize("by", [{"id": "4004", "login": "ivy", "name": "Ivy"}, {}])
    def test_a_line_that_was_taken_out_says_so(self, ada_client, account, by):
        line = factories.make_event(account=account, kind=Kind.CHAT_MESSAGE, message="hello")
        factories.make_event(account=account, kind=Kind.CHAT_MESSAGE, message="good bye")
        ChatLine.objects.filter(account=account, seq=line.seq).update(removed_at=line.occurred_at, removed_by=by)

        data = ask(ada_client, "{ chat(after: 0) { message removed { at by { id login name } } } }")

        removed = {"at": line.occurred_at.isoformat(), "by": {"id": "", "login": "", "name": ""} | by}
        assert data["chat"] == [{"message": "hello", "removed": removed}, {"message": "good bye", "removed": None}]

    def test_nothing_of_other_accounts(self, cleo_client, five):
        assert ask(cleo_client, "{ events { seq } }") == {"events": []}

    @pytest.mark.parametrize(
        "arguments",
        ["limit: 0", "limit: 501", "limit: -1", "before: -1", "after: 9223372036854775808"],
    )
    def test_a_cursor_that_is_none_is_refused_as_by_rest(self, ada_client, five, arguments):
        body = {"query": f"{{ events({arguments}) {{ seq }} }}"}
        answer = ada_client.post("/v1/gql", body, content_type="application/json").json()

        assert [error["extensions"]["code"] for error in answer["errors"]] == ["bad_cursor"]

    def test_both_logs_take_filters(self, ada_client, account, five):
        factories.make_event(account=account, kind=Kind.RAID, message="hello")
        factories.make_event(account=account, kind=Kind.CHAT_MESSAGE, message="hello")
        factories.make_event(account=account, kind=Kind.CHAT_MESSAGE, message="good bye")

        data = ask(
            ada_client,
            '{ events(type: ["raid", "sub"], platform: ["twitch"], origin: ["test"]) { seq }'
            ' chat(q: "HELLO", since: "2020-01-01", until: "2100-01-01") { message } }',
        )

        assert data == {"events": [{"seq": 6}], "chat": [{"message": "hello"}]}

    def test_a_filter_that_is_none_is_refused(self, ada_client):
        body = {"query": '{ events(type: ["made up"]) { seq } }'}
        answer = ada_client.post("/v1/gql", body, content_type="application/json").json()

        assert [error["extensions"]["code"] for error in answer["errors"]] == ["bad_filter"]

    def test_one_event(self, ada_client, cleo_client, five):
        assert ask(ada_client, "{ event(seq: 3) { seq type } }") == {"event": {"seq": 3, "type": "follow"}}

        body = {"query": "{ event(seq: 3) { seq } }"}
        answer = cleo_client.post("/v1/gql", body, content_type="application/json").json()
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["not_found"]

    def test_a_test_event_is_emitted(self, ada_client, account):
        data = ask(
            ada_client,
            'mutation { emitEvent(input: {type: "tip", platform: "youtube", amount: 500, currency: "EUR"})'
            " { event { seq type origin amount currency } } }",
        )

        assert data["emitEvent"]["event"] == {
            "seq": 1,
            "type": "tip",
            "origin": "test",
            "amount": 500,
            "currency": "EUR",
        }

    def test_a_test_event_that_makes_no_sense_is_refused(self, ada_client, account):
        query = 'mutation { emitEvent(input: {type: "cheer", platform: "twitch", amount: 0}) { event { seq } } }'
        answer = ada_client.post("/v1/gql", {"query": query}, content_type="application/json").json()

        assert [error["extensions"]["code"] for error in answer["errors"]] == ["invalid"]
        assert not Event.objects.exists()

    @pytest.mark.parametrize("value", [True, 1.5, "1", 10**30])
    def test_a_cursor_is_a_whole_number(self, ada_client, five, value):
        body = {"query": "query ($n: BigInt) { events(after: $n) { seq } }", "variables": {"n": value}}
        answer = ada_client.post("/v1/gql", body, content_type="application/json").json()

        [error] = answer["errors"]
        assert error["extensions"]["code"] == ("bad_cursor" if value == 10**30 else "invalid_query")

    def test_numbers_may_outgrow_32_bits(self, ada_client, account):
        factories.make_event(account=account)
        Event.objects.update(seq=2**40, amount=2**41)

        data = ask(ada_client, f"{{ events(after: {2**40 - 1}) {{ seq amount }} }}")

        assert data["events"] == [{"seq": 2**40, "amount": 2**41}]

    def test_80_times_500_rows_are_refused(self, ada_client, five):
        query = "{" + " ".join(f"a{n}: events(limit: 500) {{ seq }}" for n in range(80)) + "}"
        answer = ada_client.post("/v1/gql", {"query": query}, content_type="application/json")

        assert answer.status_code == 400
        assert [error["extensions"]["code"] for error in answer.json()["errors"]] == ["invalid_query"]


def test_the_channel_is_live_on_both(ada_client, cleo_client, account):
    status.update(account.pk, "twitch", "31337", live=True, live_since=timezone.now(), viewers=12, title="Hi")

    [over_rest] = ada_client.get("/v1/status").json()["data"]
    [over_graphql] = ask(ada_client, "{ channelStatus { platform live viewers title } }")["channelStatus"]

    assert over_graphql == {"platform": "twitch", "live": True, "viewers": 12, "title": "Hi"}
    assert over_graphql.items() <= over_rest.items()
    assert cleo_client.get("/v1/status").json()["data"] == []
