"""What the simulated Spotify does its own way: Basic, grants that end by themselves, calls that fail in plain text."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import requests
import time_machine

from tests.fakes.spotify import Spotify
from tests.test_fakes.clients import PATIENCE, SpotifyClient, browse, read, standard

SCOPES = SpotifyClient.scopes


@pytest.fixture
def spotify() -> Iterator[Spotify]:
    with Spotify() as spotify:
        spotify.add_app()
        spotify.add_user("mira31337", name="Mira", account_id="acc31337")
        yield spotify


@pytest.fixture
def client(spotify) -> SpotifyClient:
    return SpotifyClient(spotify, next(iter(spotify.state.apps.values())))


@pytest.fixture
def tokens(spotify) -> dict:
    return spotify.issue_tokens("mira31337", SCOPES)


# OAuth


def test_tokens_have_spotifys_shape(client):
    _, body = client.exchange(client.code("mira31337"))

    assert (body["access_token"][:2], body["refresh_token"][:2]) == ("BQ", "AQ")
    assert body | {"access_token": "", "refresh_token": ""} == {
        "access_token": "",
        "refresh_token": "",
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": " ".join(SCOPES),
    }


def test_credentials_count_only_as_basic(spotify, client):
    form = {
        "grant_type": "client_credentials",
        "client_id": client.app.client_id,
        "client_secret": client.app.client_secret,
    }

    in_form = requests.post(f"{spotify.url}/api/token", data=form, timeout=PATIENCE)

    assert read(in_form) == client.unknown_client
    assert client.ask(grant_type="client_credentials")[0] == 200


@pytest.mark.parametrize("header", ["Basic", "Basic !", "Basic /w==", "Bearer x"])
def test_nonsense_instead_of_basic(spotify, client, header):
    answer = requests.post(f"{spotify.url}/api/token", headers={"Authorization": header}, timeout=PATIENCE)

    assert read(answer) == client.unknown_client


def test_localhost_cannot_be_registered(spotify):
    with pytest.raises(ValueError, match=r"use 127\.0\.0\.1"):
        spotify.add_app(redirect_uris=["http://localhost:8000/connections/spotify/callback"])

    assert [app.redirect_uris for app in spotify.state.apps.values()] == [
        ["http://127.0.0.1:8000/connections/spotify/callback"]
    ]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"client_id": "nobody"}, "INVALID_CLIENT: Invalid client"),
        ({"redirect_uri": "http://127.0.0.1/"}, "INVALID_CLIENT: Invalid redirect URI"),
        ({"scope": "everything"}, "INVALID_SCOPE: Invalid scope"),
    ],
)
def test_broken_authorize_request_is_a_line_of_text(client, change, text):
    assert read(browse(client.authorize_url(**change))) == (400, text)


def test_page_is_skipped_the_second_time_unless_asked_for(client):
    client.code("mira31337")
    signed_in = {"cookies": {"login": "mira31337"}}

    assert browse(client.authorize_url(), **signed_in).status_code == 302
    assert browse(client.authorize_url(show_dialog="true"), **signed_in).status_code == 200


@pytest.mark.parametrize(
    ("form", "body"),
    [
        ({"grant_type": "refresh_token"}, standard("invalid_request", "refresh_token must be supplied")),
        (
            {"grant_type": "password"},
            standard(
                "unsupported_grant_type", "grant_type must be client_credentials, authorization_code or refresh_token"
            ),
        ),
    ],
)
def test_token_errors(client, form, body):
    assert client.ask(**form) == (400, body)


@pytest.mark.parametrize("rotation", [False, True])
def test_grant_ends_after_six_months_however_often_it_is_refreshed(spotify, client, rotation):
    spotify.configure(rotation=rotation)
    tokens = spotify.issue_tokens("mira31337", SCOPES)
    start = time.time()

    with time_machine.travel(start + 180 * 86_400):
        status, body = client.refresh(tokens["refresh_token"])
    latest = body.get("refresh_token", tokens["refresh_token"])

    with time_machine.travel(start + 181 * 86_400 + 1):
        assert client.refresh(latest) == client.dead_refresh
    assert (status, "refresh_token" in body) == (200, rotation)


def test_end_of_a_grant_leaves_the_consent(spotify, client, tokens):
    assert spotify.end_grant("mira31337") == 1

    assert client.refresh(tokens["refresh_token"]) == client.dead_refresh
    assert spotify.state.has_consented(client.app.client_id, spotify.state.user("mira31337").id, *SCOPES)


def test_nothing_can_be_revoked(spotify):
    for path in ("/api/revoke", "/oauth2/revoke", "/revoke"):
        assert requests.post(spotify.url + path, timeout=PATIENCE).status_code == 404


# The profile


def test_profile(client, tokens):
    assert read(client.get("/v1/me", tokens["access_token"])) == (
        200,
        {
            "account_id": "acc31337",
            "display_name": "Mira",
            "external_urls": {"spotify": "https://open.spotify.com/user/mira31337"},
            "href": "https://api.spotify.com/v1/users/mira31337",
            "id": "mira31337",
            "images": [{"url": "https://i.scdn.co/image/mira31337", "height": 300, "width": 300}],
            "type": "user",
            "uri": "spotify:user:mira31337",
        },
    )


def test_profile_with_what_may_be_missing(spotify, client):
    spotify.add_user("old", has_name=False, has_picture=False, account_id="")
    token = spotify.issue_tokens("old", [])["access_token"]

    profile = client.get("/v1/me", token).json()

    assert (profile["display_name"], profile["images"], "account_id" in profile) == (None, [], False)


@pytest.mark.parametrize(
    ("header", "message"), [({}, "No token provided"), ({"Authorization": "Bearer x"}, "Invalid access token")]
)
def test_no_token_and_an_unknown_one(spotify, header, message):
    answer = requests.get(f"{spotify.url}/v1/me", headers=header, timeout=PATIENCE)

    assert read(answer) == (401, {"error": {"status": 401, "message": message}})


def test_expired_token(spotify, client, tokens):
    spotify.expire_tokens()

    answer = client.get("/v1/me", tokens["access_token"])

    assert read(answer) == (401, {"error": {"status": 401, "message": "The access token expired"}})


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("owner_has_premium", "Active premium subscription required for the owner of the app"),
        ("everybody_registered", "the user may not be registered"),
    ],
)
def test_app_in_development_mode_fails_in_plain_text(spotify, client, tokens, setting, words):
    spotify.configure(**{setting: False})

    answer = client.get("/v1/me", tokens["access_token"])

    assert (answer.status_code, answer.headers["Content-Type"]) == (403, "text/plain; charset=utf-8")
    assert words in answer.text


def test_limit_says_how_long_it_lasts(spotify, client, tokens):
    with time_machine.travel(time.time(), tick=False) as clock:
        spotify.limit(7200)
        limited = client.get("/v1/me", tokens["access_token"])
        clock.shift(7200)
        token = spotify.issue_tokens("mira31337", SCOPES)["access_token"]
        over = client.get("/v1/me", token)

    assert over.status_code == 200
    assert read(limited) == (429, {"error": {"status": 429, "message": "API rate limit exceeded"}})
    assert limited.headers["Retry-After"] == "7200"
