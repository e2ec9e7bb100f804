"""What the simulated id.twitch.tv does its own way, and its table of errors."""

from __future__ import annotations

import pytest
import requests

from tests.test_fakes.clients import TwitchClient, browse, query_of

CALLBACK = "http://localhost:8000/connections/twitch/callback"
SCOPES = TwitchClient.scopes


@pytest.fixture
def app(twitch):
    return next(iter(twitch.state.apps.values()))


@pytest.fixture
def client(twitch, app) -> TwitchClient:
    return TwitchClient(twitch, app)


# The consent page


@pytest.mark.parametrize("uri", [f"{CALLBACK}/", CALLBACK.replace("localhost", "127.0.0.1"), None])
def test_unregistered_redirect_uri_goes_to_the_registered_one_without_state(client, uri):
    answer = browse(client.authorize_url(redirect_uri=uri))

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(f"{CALLBACK}?")
    assert query_of(answer.headers["Location"]) == {
        "error": "redirect_mismatch",
        "error_description": "Parameter redirect_uri does not match registered URI",
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"client_id": "nobody"}, "invalid client"),
        ({"scope": "bits:read bits:eat"}, "invalid scope requested: 'bits:eat'"),
        ({"response_type": "token"}, "invalid response type"),
    ],
)
def test_wrong_authorize_request_is_a_400(client, change, message):
    answer = browse(client.authorize_url(**change))

    assert (answer.status_code, answer.json()) == (400, {"status": 400, "message": message})


def test_second_time_goes_straight_back_unless_verification_is_forced(twitch, client):
    twitch.consent(client.authorize_url(), user="mira_plays")
    signed_in = {"cookies": {"login": "mira_plays"}}

    assert browse(client.authorize_url(), **signed_in).status_code == 302
    assert browse(client.authorize_url(force_verify="true"), **signed_in).status_code == 200
    assert browse(client.authorize_url(scope="user:bot"), **signed_in).status_code == 200
    assert browse(client.authorize_url()).status_code == 200


# Codes


def test_code_gives_tokens_with_the_scopes_as_a_list(client):
    _, body = client.exchange(client.code())

    assert (body["scope"], body["token_type"], body["expires_in"]) == (SCOPES, "bearer", 14_124)


def test_no_scopes_leaves_the_member_out(client):
    _, body = client.exchange(client.code(scope=""))

    assert "scope" not in body


@pytest.mark.parametrize(
    ("form", "status", "message"),
    [
        ({"client_id": "nobody"}, 400, "invalid client"),
        ({"client_id": ""}, 400, "missing client id"),
        ({"client_secret": ""}, 400, "missing client secret"),
        ({"client_secret": "wrong"}, 403, "invalid client secret"),
        ({"grant_type": "password"}, 400, "invalid grant type"),
        ({"grant_type": "refresh_token"}, 400, "missing refresh token"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, 400, "Invalid refresh token"),
        ({"grant_type": "authorization_code", "code": "x"}, 400, "Invalid authorization code"),
    ],
)
def test_token_errors(client, form, status, message):
    assert client.ask(**form) == (status, {"status": status, "message": message})


def test_public_app_is_refused_at_the_token_endpoint(app, client):
    app.confidential = False

    assert client.exchange(client.code()) == (400, {"status": 400, "message": "Invalid client credentials"})


def test_credentials_in_the_url_or_as_basic_do_not_count(twitch, app):
    pair = {"client_id": app.client_id, "client_secret": app.client_secret, "grant_type": "client_credentials"}

    in_url = requests.post(f"{twitch.url}/oauth2/token", params=pair, timeout=30)
    basic = requests.post(f"{twitch.url}/oauth2/token", auth=(app.client_id, app.client_secret), timeout=30)

    assert in_url.status_code == basic.status_code == 400


# Refreshing


def test_fifty_access_tokens_per_refresh_token_and_the_oldest_dies(twitch, client):
    first = twitch.issue_tokens("mira_plays", SCOPES)

    for _ in range(49):
        client.refresh(first["refresh_token"])
    assert client.lives(first["access_token"])
    client.refresh(first["refresh_token"])

    assert not client.lives(first["access_token"])


def test_reset_secret_kills_the_refresh_tokens_too(twitch, client):
    tokens = twitch.issue_tokens("mira_plays", SCOPES)

    twitch.reset_secret()

    assert client.refresh(tokens["refresh_token"]) == client.dead_refresh


# Validate and revoke


def validate(twitch, token: str, kind: str = "OAuth") -> requests.Response:
    return requests.get(f"{twitch.url}/oauth2/validate", headers={"Authorization": f"{kind} {token}"}, timeout=30)


@pytest.mark.parametrize("kind", ["OAuth", "Bearer"])
def test_validate_describes_the_token(twitch, app, kind):
    tokens = twitch.issue_tokens("mira_plays", SCOPES)

    answer = validate(twitch, tokens["access_token"], kind).json()

    assert answer.pop("expires_in") in (14_123, 14_124)
    assert answer == {"client_id": app.client_id, "login": "mira_plays", "scopes": SCOPES, "user_id": "31337"}


def test_validate_errors(twitch):
    missing = requests.get(f"{twitch.url}/oauth2/validate", timeout=30)

    assert missing.json() == {"status": 401, "message": "missing authorization token"}
    assert validate(twitch, "x").json() == {"status": 401, "message": "invalid access token"}


def test_revoke_with_an_unknown_client_is_a_400(twitch):
    answer = requests.post(f"{twitch.url}/oauth2/revoke", data={"client_id": "nobody", "token": "x"}, timeout=30)

    assert (answer.status_code, answer.json()) == (400, {"status": 400, "message": "Invalid client_id: nobody"})
