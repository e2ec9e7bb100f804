"""What the simulated Trovo does its own way: JSON tokens, refresh tokens that stay, numbers as errors."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import time_machine

from tests.fakes.trovo import Trovo
from tests.test_fakes.clients import PATIENCE, Answer, TrovoClient, browse, numbered, read

MIRA = "100200300"
SCOPES = ["user_details_self", "chat_send_self"]


@pytest.fixture
def trovo() -> Iterator[Trovo]:
    with Trovo() as trovo:
        trovo.add_app()
        trovo.add_user("mira", id=MIRA, name="Mira", email="mira@example.org", title="Hello")
        yield trovo


@pytest.fixture
def client(trovo) -> TrovoClient:
    return TrovoClient(trovo, next(iter(trovo.state.apps.values())))


@pytest.fixture
def tokens(trovo) -> dict:
    return trovo.issue_tokens("mira", SCOPES)


# OAuth


def test_tokens_have_trovos_shape(client, trovo):
    _, body = client.exchange(client.code("mira"))
    trovo.configure(lifetime_as_text=True)
    _, refreshed = client.refresh(body["refresh_token"])

    assert (body["token_type"], body["expires_in"], refreshed["expires_in"]) == ("OAuth", 14_400, "14400")


def test_scopes_may_be_joined_with_a_plus(client):
    assert browse(client.authorize_url().replace("%20", "+")).status_code == 200
    assert "scope=user_details_self+chat_send_self" in client.authorize_url()


def test_old_refresh_tokens_stay_usable_until_they_expire(client, tokens):
    _, second = client.refresh(tokens["refresh_token"])
    start = time.time()

    assert second["refresh_token"] != tokens["refresh_token"]
    with time_machine.travel(start + 29 * 86_400):
        status, third = client.refresh(tokens["refresh_token"])
    with time_machine.travel(start + 31 * 86_400):
        assert client.refresh(tokens["refresh_token"]) == client.dead_refresh
        assert (status, client.refresh(third["refresh_token"])[0]) == (200, 200)


def test_fifty_living_access_tokens_are_the_most(client, tokens):
    for _ in range(49):
        assert client.refresh(tokens["refresh_token"])[0] == 200

    assert client.refresh(tokens["refresh_token"]) == (400, numbered(11718, "tooManyAccessTokens"))
    assert client.lives(tokens["access_token"])
    with time_machine.travel(time.time() + 14_401):
        assert client.refresh(tokens["refresh_token"])[0] == 200


@pytest.mark.parametrize(
    ("form", "number", "error", "message"),
    [
        ({"client_id": ""}, 11701, "missingHeader", "Client-ID is missing"),
        ({"client_secret": ""}, 11717, "invalidClientSecret", ""),
        ({"grant_type": "password"}, 11715, "invalidGrantType", ""),
        ({"grant_type": "refresh_token", "refresh_token": ""}, 1002, "invalidParameters", ""),
    ],
)
def test_token_errors(client, form, number, error, message):
    assert client.ask(**{"grant_type": "authorization_code"} | form) == (400, numbered(number, error, message))


def test_each_path_takes_its_own_grant_type(client, tokens):
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}

    answer = client.post("/openplatform/exchangetoken", form | {"client_secret": client.app.client_secret})

    assert answer == (400, numbered(11715, "invalidGrantType"))


def test_form_is_no_json(trovo, client):
    form = {"grant_type": "authorization_code", "client_secret": client.app.client_secret, "code": client.code("mira")}

    answer = requests.post(
        f"{trovo.url}/openplatform/exchangetoken",
        data=form,
        headers={"Client-ID": client.app.client_id},
        timeout=PATIENCE,
    )

    assert read(answer) == (400, numbered(1002, "invalidParameters"))


def test_validate_tells_whose_token_it_is_and_its_scopes(trovo, client, tokens):
    token = tokens["access_token"]

    assert client.read("/openplatform/validate", token) == (
        200,
        {
            "uid": MIRA,
            "client_id": client.app.client_id,
            "nick_name": "Mira",
            "expire_ts": str(int(trovo.state.access_tokens[token].expires_at)),
            "scopes": SCOPES,
        },
    )


def test_expired_and_invalid_access_tokens_have_numbers_of_their_own(trovo, client, tokens):
    trovo.expire_tokens()

    expired = client.read("/openplatform/validate", tokens["access_token"])

    assert expired == (401, numbered(11714, "accessTokenExpired", "The access token has expired"))
    assert client.read("/openplatform/validate", "x") == (401, numbered(11704, "invalidAccessToken"))


def test_bearer_is_the_wrong_word_and_the_client_id_is_needed(client, tokens):
    bearer = client.get("/openplatform/validate", tokens["access_token"], headers={"Client-ID": client.app.client_id})
    without_client = client.get("/openplatform/validate", tokens["access_token"], "OAuth")

    assert read(bearer) == (400, numbered(11701, "missingHeader", "Authorization is missing"))
    assert read(without_client) == (400, numbered(11701, "missingHeader", "Client-ID is missing"))


# People and channels


def test_own_user(client, tokens):
    status, body = client.read("/openplatform/getuserinfo", tokens["access_token"])

    assert (status, body["userId"], body["channelId"], body["userName"]) == (200, MIRA, MIRA, "mira")
    assert (body["nickName"], body["email"]) == ("Mira", "mira@example.org")


def test_own_user_needs_its_scope(trovo, client):
    token = trovo.issue_tokens("mira", ["chat_send_self"])["access_token"]

    assert client.read("/openplatform/getuserinfo", token) == (400, numbered(11730, "scopeNotGranted"))


def test_names_become_ids_without_a_token(trovo, client):
    status, body = client.post("/openplatform/getusers", {"user": ["mira", "nobody"]})
    trovo.configure(unknown_users_are_zero=False)

    assert (status, body["total"]) == (200, 2)
    assert [(user["username"], user["channel_id"]) for user in body["users"]] == [("mira", MIRA), ("nobody", "0")]
    assert client.post("/openplatform/getusers", {"user": ["nobody"]}) == (400, numbered(10505, "userNotFound"))


@pytest.mark.parametrize("question", [{"channel_id": MIRA}, {"username": "mira"}])
def test_channel_offline_and_live(trovo, client, question):
    _, offline = client.post("/openplatform/channels/id", question)
    trovo.go_live(viewers=42)
    _, live = client.post("/openplatform/channels/id", question)
    trovo.go_offline()
    _, over = client.post("/openplatform/channels/id", question)

    assert (offline["is_live"], offline["live_title"], offline["started_at"]) == (False, "Hello", "0")
    assert (live["is_live"], live["current_viewers"], int(live["started_at"]) > 0) == (True, 42, True)
    assert (over["is_live"], int(over["ended_at"]) > 0) == (False, True)


def test_unknown_channel(client):
    assert client.post("/openplatform/channels/id", {"channel_id": "5"}) == (400, numbered(10505, "userNotFound"))


def test_requests_are_counted(trovo, client):
    trovo.configure(requests_per_minute=2)
    headers = {"Client-ID": client.app.client_id}

    with time_machine.travel(1_760_000_000, tick=False):
        answers = [
            requests.post(f"{trovo.url}/openplatform/getusers", json={"user": ["mira"]}, headers=headers, timeout=30)
            for _ in range(3)
        ]

    assert [answer.headers.get("x-ratelimit-remaining") for answer in answers] == ["1", "0", None]
    assert read(answers[2]) == (400, numbered(11706, "exceedLimits"))


# Chat


@pytest.fixture
def say(client, tokens):
    def post(content: Any, channel_id: str | None = None, token: str = tokens["access_token"]) -> Answer:
        body = {"content": content} | ({"channel_id": channel_id} if channel_id else {})
        return client.post("/openplatform/chat/send", body, token=token)

    return post


def test_own_channel_is_the_one_without_a_name(trovo, say):
    assert say("hello") == (200, {})

    [spoken] = trovo.spoken()
    assert (spoken.channel_id, spoken.sender_id, spoken.content) == (MIRA, MIRA, "hello")


@pytest.mark.parametrize("content", ["", "x" * 501, None, 5])
def test_wrong_messages_are_not_sent(trovo, say, content):
    assert say(content) == (400, numbered(1002, "invalidParameters"))
    assert trovo.spoken() == []


def test_speaking_needs_its_scope(trovo, say):
    token = trovo.issue_tokens("mira", ["user_details_self"])["access_token"]

    assert say("hello", token=token) == (400, numbered(11730, "scopeNotGranted"))


def test_another_channel_has_to_let_the_app_in(trovo, say):
    bot = trovo.issue_tokens("bot", SCOPES)["access_token"]

    refused = say("hello", MIRA, bot)
    trovo.issue_tokens("mira", [*SCOPES, "send_to_my_channel"])

    assert refused == (400, numbered(11707, "noPermission"))
    assert say("hello", MIRA, bot) == (200, {})


def test_guests_speak_once_a_second_and_do_not_repeat_themselves(trovo, say):
    trovo.issue_tokens("mira", ["send_to_my_channel"])
    too_fast = (400, numbered(10908, "sendTooFast"))

    with time_machine.travel(1_760_000_000, tick=False) as clock:
        bot = trovo.issue_tokens("bot", SCOPES)["access_token"]
        answers = [say("hello", MIRA, bot), say("again", MIRA, bot)]
        clock.shift(2)
        answers += [say("hello", MIRA, bot), say("again", MIRA, bot)]
        clock.shift(31)
        answers.append(say("hello", MIRA, bot))

    assert answers == [(200, {}), too_fast, too_fast, (200, {}), (200, {})]


def test_banned_guests_are_refused(trovo, say):
    trovo.issue_tokens("mira", ["send_to_my_channel"])
    bot = trovo.issue_tokens("bot", SCOPES)["access_token"]
    trovo.state.users[MIRA].silenced.begin(trovo.state.user("bot").id, None)

    assert say("hello", MIRA, bot) == (400, numbered(12400, "banned"))
