"""How often the API may be asked, and how it says so."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from django.db import OperationalError
from django.test import Client, RequestFactory

from accounts import throttle
from accounts.throttle import ADDRESS, PERSON, TOKEN, TOKEN_CREATE, Limit
from integrations.domain import bridge
from tests import factories

NOON = 1_800_000_000.0  # the first second of a minute, and of five
OBS = "Mozilla/5.0 Chrome/127.0.0.0 Safari/537.36 OBS/31.0.0"


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """The time that limits go by, standing still until it is set."""

    class Clock:
        now = NOON

        def time(self) -> float:
            return self.now

    clock = Clock()
    monkeypatch.setattr(throttle, "time", clock)
    return clock


@pytest.fixture
def small(monkeypatch):
    """Three calls a minute for anybody."""
    for name in ("TOKEN", "PERSON", "ADDRESS"):
        monkeypatch.setattr(throttle, name, Limit(name.lower(), 3))


@pytest.fixture
def token(account):
    _, secret = factories.make_token(
        actor=factories.make_actor(account=account), permissions={"events:read", "tokens:read"}
    )
    return secret.reveal()


def limits(response) -> tuple[str, str, str]:
    return tuple(response[f"RateLimit-{name}"] for name in ("Limit", "Remaining", "Reset"))


def gql(client, query="{ myPermissions }", address="/v1/gql"):
    return client.post(address, {"query": query}, content_type="application/json")


class TestWhoIsCounted:
    def test_the_figures(self):
        assert [(limit.most, limit.seconds) for limit in (TOKEN, PERSON, ADDRESS)] == [(600, 60), (600, 60), (120, 60)]

    def test_each_token_by_itself_whatever_it_asks(self, client, account, token):
        other = factories.make_token(actor=factories.make_actor(account=account), permissions={"events:read"})[1]

        answers = [
            client.get(f"/v1/events?token={token}"),
            gql(client, address=f"/v1/gql?token={token}"),
            client.get(f"/v1/nowhere?token={token}"),
            client.get(f"/v1/tokens/me?token={other.reveal()}"),
        ]

        assert [limits(answer) for answer in answers] == [
            ("600", "599", "60"),
            ("600", "598", "60"),
            ("600", "597", "60"),
            ("600", "599", "60"),
        ]

    def test_popouts_count_with_their_token(self, client, token):
        client.get(f"/popout/events?token={token}")

        assert limits(client.get(f"/v1/events?token={token}"))[1] == "598"

    def test_a_person_in_all_their_sessions(self, ada, ada_client):
        elsewhere = Client(HTTP_HOST="localhost")
        elsewhere.force_login(ada)

        assert limits(ada_client.get("/v1/tokens/me")) == ("600", "599", "60")
        assert limits(gql(elsewhere)) == ("600", "598", "60")

    def test_strangers_and_dead_tokens_by_their_address(self, client, db):
        assert limits(client.get("/v1/tokens/me")) == ("120", "119", "60")
        assert limits(client.get("/v1/tokens/me?token=made-up")) == ("120", "118", "60")
        assert limits(client.get("/v1/tokens/me", REMOTE_ADDR="198.51.100.7")) == ("120", "119", "60")

    @pytest.mark.parametrize(
        ("address", "counted"),
        [
            ("198.51.100.7", "198.51.100.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
            ("", "unknown"),
        ],
    )
    def test_an_ipv6_household_is_one_address(self, address, counted):
        assert throttle._network(address) == counted

    def test_pages_of_the_dashboard_are_not_counted(self, ada_client, small):
        assert [ada_client.get("/dashboard").status_code for _ in range(5)] == [200] * 5
        assert limits(ada_client.get("/v1/tokens/me"))[1] == "2"

    def test_who_asks_is_not_asked_again_while_the_database_is_away(self, db, monkeypatch, token):
        asked = []

        def away(request):
            asked.append(request.path)
            raise OperationalError("couldn't get a connection after 10.00 sec")

        monkeypatch.setattr(throttle, "caller_of", away)

        answer = Client(raise_request_exception=False).get(f"/v1/events?token={token}")

        assert (answer.status_code, asked) == (503, ["/v1/events"])

    def test_a_call_is_counted_once_however_much_it_asks(self, ada_client):
        gql(ada_client, "{ a: myPermissions b: myPermissions connections { id } }")

        assert limits(ada_client.get("/v1/tokens/me"))[1] == "598"


class TestTooMany:
    def test_rest_refuses_with_a_problem(self, client, small, token):
        answers = [client.get(f"/v1/events?token={token}") for _ in range(4)]

        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        refused = answers[3]
        assert refused["Content-Type"] == "application/problem+json"
        assert refused.json() == {
            "type": "about:blank",
            "title": "Too Many Requests",
            "status": 429,
            "code": "rate_limited",
            "detail": "Too many requests. Wait 60 seconds, then try again.",
        }
        assert (refused["Retry-After"], limits(refused)) == ("60", ("3", "0", "60"))

    def test_graphql_refuses_in_its_own_form(self, ada_client, small):
        answers = [gql(ada_client) for _ in range(4)]

        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert [error["extensions"] for error in answers[3].json()["errors"]] == [{"code": "rate_limited"}]
        assert (answers[3]["Retry-After"], limits(answers[3])) == ("60", ("3", "0", "60"))

    def test_a_popout_says_a_sentence(self, client, small, token):
        answers = [client.get(f"/popout/events?token={token}") for _ in range(4)]

        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert "Too many requests. Wait 60 seconds" in answers[3].content.decode()
        assert answers[3]["Retry-After"] == "60"

    def test_inside_obs_it_stays_empty_and_comes_back_by_itself(self, client, small, token):
        for _ in range(3):
            client.get(f"/popout/events?token={token}")

        refused = client.get(f"/popout/events?token={token}", headers={"User-Agent": OBS})

        assert (refused.status_code, refused["Refresh"]) == (429, "60")
        assert "Too many" not in refused.content.decode()

    def test_addresses_that_lead_nowhere_are_limited_too(self, client, db, small):
        assert [client.get("/v1/nowhere").status_code for _ in range(4)] == [404, 404, 404, 429]

    def test_wrong_keys_of_pages_in_obs_are_limited_and_right_ones_open_all_the_same(self, account, small):
        factories.make_overlay(account=account, key="right")
        right = ["/overlay/right", "/overlay/right/preview", urlsplit(bridge.address(account).reveal()).path]
        client = Client(HTTP_HOST="overlay.localhost")

        wrong = [
            client.get(path) for path in ("/overlay/a", "/bridge/b", "/overlay/c/preview", "/overlay/d", "/bridge/e")
        ]

        assert [answer.status_code for answer in wrong] == [404, 404, 404, 429, 429]
        assert wrong[4].content == b"<!doctype html><title>Lumio</title>"
        assert (wrong[4]["Retry-After"], limits(wrong[4])) == ("60", ("3", "0", "60"))
        assert [client.get(path).status_code for path in right * 3] == [200] * 9

    def test_nothing_was_done(self, ada_client, small, account):
        body = {"permissions": ["events:read"]}
        answers = [ada_client.post("/v1/tokens", body, content_type="application/json") for _ in range(4)]

        assert [answer.status_code for answer in answers] == [201, 201, 201, 429]
        assert account.popout_tokens.count() == 3

    def test_the_next_minute_begins_anew(self, client, db, small, clock):
        for _ in range(4):
            client.get("/v1/tokens/me")
        clock.now += 59.5
        late = client.get("/v1/tokens/me")
        clock.now += 0.5
        anew = client.get("/v1/tokens/me")

        assert (late.status_code, late["Retry-After"]) == (429, "1")
        assert (anew.status_code, limits(anew)) == (401, ("3", "2", "60"))


class TestWhatCostsMore:
    def test_tokens_are_made_thirty_times_in_five_minutes_on_both_doors_together(self, ada_client, account, clock):
        body = {"permissions": ["events:read"]}
        mutation = 'mutation { createPopoutToken(input: {permissions: ["events:read"]}) { popoutToken { id } } }'
        for _ in range(15):
            assert ada_client.post("/v1/tokens", body, content_type="application/json").status_code == 201
            assert gql(ada_client, mutation).status_code == 200

        by_rest = ada_client.post("/v1/tokens", body, content_type="application/json")
        by_graphql = gql(ada_client, mutation)

        assert account.popout_tokens.count() == 30
        assert (by_rest.status_code, by_rest.json()["code"]) == (429, "rate_limited")
        assert (by_rest["Retry-After"], limits(by_rest)) == ("300", ("30", "0", "300"))
        assert (by_graphql.status_code, by_graphql["Retry-After"]) == (429, "300")
        assert [error["extensions"]["code"] for error in by_graphql.json()["errors"]] == ["rate_limited"]
        assert ada_client.get("/v1/tokens").status_code == 200

    def test_whoever_may_not_is_not_counted(self, ben_client, account, one_window):
        for _ in range(TOKEN_CREATE.most):
            ben_client.post("/v1/tokens", {}, content_type="application/json")

        assert ben_client.post("/v1/tokens", {}, content_type="application/json").json()["code"] == "permission_refused"

    def test_the_account_counts_not_the_person(self, ada_actor, cleo_actor, one_window):
        once = Limit("once", 1)
        throttle.require(once, ada_actor)
        throttle.require(once, cleo_actor)

        with pytest.raises(throttle.RateLimited):
            throttle.require(once, ada_actor)


def test_a_request_that_cannot_be_placed_is_counted_by_its_address(db, account):
    """A person without any account: refused further in, but counted."""
    request = RequestFactory().get("/v1/tokens/me", REMOTE_ADDR="198.51.100.7")
    request.user, request.session = factories.make_user(), {}

    assert throttle.allowance_of(request).limit is ADDRESS
