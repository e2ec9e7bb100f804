"""What the simulated Kick does its own way: OAuth 2.1, introspection, users, channels and chat."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from tests.fakes.kick import Kick
from tests.fakes.kick.oauth import INVALID_REQUEST, SCOPES
from tests.test_fakes.clients import PATIENCE, KickClient, browse, read, standard

MIRA = 700_001
UNAUTHORIZED = (401, {"data": {}, "message": "Unauthorized"})


@pytest.fixture
def kick() -> Iterator[Kick]:
    with Kick() as kick:
        kick.add_app()
        kick.add_user("mira-plays", id=str(MIRA), name="Mira_Plays", email="mira@example.org", title="Hello")
        yield kick


@pytest.fixture
def client(kick) -> KickClient:
    return KickClient(kick, next(iter(kick.state.apps.values())))


@pytest.fixture
def token(kick) -> str:
    return kick.issue_tokens("mira-plays", sorted(SCOPES))["access_token"]


# OAuth


@pytest.mark.parametrize("change", [{"state": None}, {"code_challenge": None}, {"code_challenge_method": None}])
def test_state_and_challenge_are_mandatory(client, change):
    answer = browse(client.authorize_url(**change))

    assert read(answer) == (400, standard(*INVALID_REQUEST[1:]))


def test_first_127_0_0_1_of_the_query_becomes_localhost(kick, client):
    """What the throw-away parameter `redirect` in front of the redirect URI is for."""
    client.redirect_uri = "http://127.0.0.1:8000/connections/kick/callback"
    kick.add_app(redirect_uris=[client.redirect_uri])
    url = client.authorize_url()

    assert browse(url).status_code == 400
    back = kick.consent(url.replace("?", "?redirect=127.0.0.1&"), user="mira-plays")

    assert back.startswith(f"{client.redirect_uri}?code=")


def test_tokens_have_kicks_shape(client):
    _, body = client.exchange(client.code("mira-plays"))

    assert [len(body[name]) for name in ("access_token", "refresh_token")] == [48, 48]
    assert body | {"access_token": "", "refresh_token": ""} == {
        "access_token": "",
        "refresh_token": "",
        "token_type": "Bearer",
        "expires_in": 7200,
        "scope": "user:read channel:read",
    }


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"client_id": ""}, 400, "invalid_request"),
        ({"client_secret": ""}, 401, "invalid_client"),
        ({"grant_type": "password"}, 401, "unsupported_grant_type"),
        ({"grant_type": "refresh_token"}, 400, "invalid_request"),
    ],
)
def test_token_errors(client, form, status, error):
    answer = client.ask(**form)

    assert (answer[0], answer[1]["error"]) == (status, error)


def test_revoke_reads_the_query_string_alone(kick, client, token):
    in_body = requests.post(f"{kick.url}/oauth/revoke", data={"token": token}, timeout=PATIENCE)

    assert read(in_body) == (400, standard(*INVALID_REQUEST[1:]))
    assert client.lives(token)


def introspect(kick: Kick, token: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return requests.post(f"{kick.url}/oauth/token/introspect", headers=headers, timeout=PATIENCE)


def test_introspection_of_user_and_app_tokens(kick, client):
    token = kick.issue_tokens("mira-plays", ["user:read", "chat:write"])["access_token"]
    _, app_token = client.ask(grant_type="client_credentials")

    described = introspect(kick, token).json()
    described_app = introspect(kick, app_token["access_token"]).json()

    assert described == {
        "data": {
            "active": True,
            "client_id": client.app.client_id,
            "token_type": "user",
            "scope": "user:read chat:write",
            "exp": int(kick.state.access_tokens[token].expires_at),
        },
        "message": "OK",
    }
    assert described_app["data"]["token_type"] == "app"


def test_introspection_of_a_dead_token_answers_either_way(kick):
    inactive = introspect(kick, "x")
    kick.configure(refuses_to_introspect=True)

    assert read(inactive) == (200, {"data": {"active": False}, "message": "OK"})
    assert read(introspect(kick, "x")) == UNAUTHORIZED


# Users and channels


def test_own_user_has_an_e_mail_address_and_others_do_not(kick, client, token):
    kick.add_user("ben", id="721", email="ben@example.org")

    own = client.get("/public/v1/users", token).json()
    others = client.get(f"/public/v1/users?id={MIRA}&id=721&id=5", token).json()

    assert own == {
        "data": [
            {
                "user_id": MIRA,
                "name": "Mira_Plays",
                "profile_picture": f"https://files.kick.com/images/user/{MIRA}/profile_image/conversion/medium.webp",
                "email": "mira@example.org",
            }
        ],
        "message": "OK",
    }
    assert [(user["user_id"], "email" in user) for user in others["data"]] == [(MIRA, True), (721, False)]


@pytest.mark.parametrize(("path", "scope"), [("users", "user:read"), ("channels", "channel:read")])
def test_missing_scope_and_dead_token_look_alike(kick, client, path, scope):
    without = kick.issue_tokens("mira-plays", sorted(SCOPES - {scope}))["access_token"]

    assert read(client.get(f"/public/v1/{path}", without)) == UNAUTHORIZED
    assert read(client.get(f"/public/v1/{path}", "x")) == UNAUTHORIZED
    assert read(requests.get(f"{kick.url}/public/v1/{path}", timeout=PATIENCE)) == UNAUTHORIZED


def test_app_token_reads_others_and_has_no_self(client):
    app_token = client.ask(grant_type="client_credentials")[1]["access_token"]

    assert client.get(f"/public/v1/channels?broadcaster_user_id={MIRA}", app_token).status_code == 200
    assert read(client.get("/public/v1/channels", app_token)) == UNAUTHORIZED


def test_channel_offline_and_live(kick, client, token):
    offline = client.get("/public/v1/channels", token).json()["data"][0]
    kick.go_live(viewers=42)
    live = client.get("/public/v1/channels?slug=mira-plays", token).json()["data"][0]
    kick.go_offline()
    over = client.get(f"/public/v1/channels?broadcaster_user_id={MIRA}", token).json()["data"][0]

    assert (offline["broadcaster_user_id"], offline["slug"], offline["stream_title"]) == (MIRA, "mira-plays", "Hello")
    assert (offline["stream"]["is_live"], offline["stream"]["start_time"]) == (False, "0001-01-01T00:00:00Z")
    assert (live["stream"]["is_live"], live["stream"]["viewer_count"]) == (True, 42)
    assert over == offline


@pytest.mark.parametrize(
    ("query", "data"),
    [
        ("slug=mira-plays&broadcaster_user_id=700001", {}),
        (f"slug={'a' * 26}", {}),
        ("&".join(["slug=mira-plays"] * 51), {}),
        ("slug=mira-plays&slug=nobody", "Channel not found"),
    ],
)
def test_wrong_questions_about_channels(client, token, query, data):
    assert read(client.get(f"/public/v1/channels?{query}", token)) == (400, {"data": data, "message": "Bad request"})


# Chat


@pytest.fixture
def say(kick, token):
    def post(access_token: str = token, **body) -> tuple[int, dict]:
        headers = {"Authorization": f"Bearer {access_token}"}
        return read(requests.post(f"{kick.url}/public/v1/chat", json=body, headers=headers, timeout=PATIENCE))

    return post


def test_user_speaks_in_any_channel(kick, say):
    kick.add_user("ben", id="721")

    status, body = say(type="user", broadcaster_user_id=721, content="Hello", reply_to_message_id="m-1")

    [spoken] = kick.spoken()
    assert (status, body) == (200, {"data": {"is_sent": True, "message_id": spoken.message_id}, "message": "OK"})
    assert (spoken.channel_id, spoken.sender_id, spoken.content, spoken.reply_to) == ("721", str(MIRA), "Hello", "m-1")


def test_bot_speaks_in_the_channel_of_the_token(kick, say):
    kick.add_user("ben", id="721")

    status, _ = say(type="bot", broadcaster_user_id=721, content="Hello")

    [spoken] = kick.spoken()
    assert (status, spoken.channel_id, spoken.sender_id) == (200, str(MIRA), None)


@pytest.mark.parametrize(
    ("bot", "answer"),
    [
        ("missing", (400, {"data": "Channel not found", "message": "Bad request"})),
        ("broken", (500, {"message": "Internal Server Error"})),
    ],
)
def test_bot_fails_in_its_two_ways_and_users_still_speak(kick, say, bot, answer):
    kick.configure(bot=bot)

    assert say(type="bot", content="Hello") == answer
    assert say(type="user", broadcaster_user_id=MIRA, content="Hello")[0] == 200


def test_two_hundred_does_not_mean_sent(kick, say):
    kick.drop_next_message()

    dropped = say(type="user", broadcaster_user_id=MIRA, content="one")
    sent = say(type="user", broadcaster_user_id=MIRA, content="two")

    assert dropped == (200, {"data": {"is_sent": False, "message_id": ""}, "message": "OK"})
    assert sent[1]["data"]["is_sent"]
    assert [spoken.content for spoken in kick.spoken()] == ["two"]


@pytest.mark.parametrize(
    "change",
    [{"content": ""}, {"content": "x" * 501}, {"content": None}, {"type": "moderator"}, {"broadcaster_user_id": 5}],
)
def test_wrong_messages_are_not_sent(kick, say, change):
    status, _ = say(**{"type": "user", "broadcaster_user_id": MIRA, "content": "Hello"} | change)

    assert (status, kick.spoken()) == (400, [])


def test_five_hundred_code_points_fit(say):
    assert say(type="user", broadcaster_user_id=MIRA, content="😀" * 500)[0] == 200


def test_speaking_needs_its_scope(kick, say):
    reader = kick.issue_tokens("mira-plays", ["user:read"])["access_token"]

    assert say(reader, type="user", broadcaster_user_id=MIRA, content="Hello") == UNAUTHORIZED
    assert kick.spoken() == []


def test_state_is_shown(kick, token):
    state = requests.get(f"{kick.url}/_state", timeout=PATIENCE).json()

    assert [user["login"] for user in state["users"]] == ["mira-plays"]
    assert [grant["user_id"] for grant in state["grants"]] == [str(MIRA)]
