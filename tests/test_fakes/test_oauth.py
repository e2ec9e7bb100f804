"""The simulated id.twitch.tv: consent, codes, refreshes, and its table of errors."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import requests

CALLBACK = "http://localhost:8000/connections/twitch/callback"
SCOPES = ["bits:read", "user:read:chat"]


@pytest.fixture
def app(twitch):
    return next(iter(twitch.state.apps.values()))


@pytest.fixture
def authorize_url(twitch, app):
    def build(**changes: str | None) -> str:
        query = {
            "client_id": app.client_id,
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": " ".join(SCOPES),
            "state": "s-1",
        } | changes
        return f"{twitch.url}/oauth2/authorize?" + urlencode({k: v for k, v in query.items() if v is not None})

    return build


@pytest.fixture
def ask_token(twitch, app):
    """POST /token with the app's credentials; answers status and body."""

    def ask(**form: str) -> tuple[int, dict]:
        data = {"client_id": app.client_id, "client_secret": app.client_secret} | form
        answer = requests.post(f"{twitch.url}/oauth2/token", data=data, timeout=5)
        return answer.status_code, answer.json()

    return ask


@pytest.fixture
def code(twitch, authorize_url):
    return query_of(twitch.consent(authorize_url(), user="mira_plays"))["code"]


def query_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))


def browse(url: str, **options) -> requests.Response:
    return requests.get(url, allow_redirects=False, timeout=5, **options)


# The consent page


def test_page_names_the_app_the_people_and_the_scopes(twitch, authorize_url):
    twitch.add_user("mira_bot", name="<Mira's Bot>")

    page = browse(authorize_url())

    assert page.status_code == 200
    assert "Lumio wants to access your account" in page.text
    assert '<option value="mira_bot">&lt;Mira&#x27;s Bot&gt;</option>' in page.text
    assert "<code>bits:read</code>" in page.text


def test_allow_returns_with_code_scope_and_state(twitch, authorize_url):
    back = twitch.consent(authorize_url(), user="mira_plays")

    assert back.startswith(f"{CALLBACK}?code=")
    assert query_of(back) | {"code": "?"} == {"code": "?", "scope": "bits:read user:read:chat", "state": "s-1"}


def test_deny_returns_the_refusal(twitch, authorize_url):
    back = twitch.consent(authorize_url(), user="mira_plays", allow=False)

    assert query_of(back) == {
        "error": "access_denied",
        "error_description": "The user denied you access",
        "state": "s-1",
    }


@pytest.mark.parametrize("uri", [f"{CALLBACK}/", CALLBACK.replace("localhost", "127.0.0.1"), None])
def test_unregistered_redirect_uri_goes_to_the_registered_one_without_state(authorize_url, uri):
    answer = browse(authorize_url(redirect_uri=uri))

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
def test_wrong_authorize_request_is_a_400(authorize_url, change, message):
    answer = browse(authorize_url(**change))

    assert (answer.status_code, answer.json()) == (400, {"status": 400, "message": message})


def test_second_time_goes_straight_back_unless_verification_is_forced(twitch, authorize_url):
    twitch.consent(authorize_url(), user="mira_plays")
    signed_in = {"cookies": {"login": "mira_plays"}}

    assert browse(authorize_url(), **signed_in).status_code == 302
    assert browse(authorize_url(force_verify="true"), **signed_in).status_code == 200
    assert browse(authorize_url(scope="user:bot"), **signed_in).status_code == 200
    assert browse(authorize_url()).status_code == 200


# Codes


def test_code_gives_tokens_with_the_scopes_as_a_list(ask_token, code):
    status, body = ask_token(grant_type="authorization_code", code=code, redirect_uri=CALLBACK)

    assert status == 200
    assert body["scope"] == SCOPES
    assert body["token_type"] == "bearer"
    assert body["expires_in"] == 14_124
    assert set(body) == {"access_token", "refresh_token", "expires_in", "scope", "token_type"}


def test_no_scopes_leaves_the_member_out(twitch, authorize_url, ask_token):
    code = query_of(twitch.consent(authorize_url(scope=""), user="mira_plays"))["code"]

    _, body = ask_token(grant_type="authorization_code", code=code, redirect_uri=CALLBACK)

    assert "scope" not in body


def test_code_works_once(ask_token, code):
    ask_token(grant_type="authorization_code", code=code, redirect_uri=CALLBACK)

    answer = ask_token(grant_type="authorization_code", code=code, redirect_uri=CALLBACK)

    assert answer == (400, {"status": 400, "message": "Invalid authorization code"})


def test_code_belongs_to_its_redirect_uri(ask_token, code):
    answer = ask_token(grant_type="authorization_code", code=code, redirect_uri=f"{CALLBACK}/")

    assert answer == (400, {"status": 400, "message": "Parameter redirect_uri does not match registered URI"})


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
def test_token_errors(ask_token, form, status, message):
    assert ask_token(**form) == (status, {"status": status, "message": message})


def test_public_app_is_refused_at_the_token_endpoint(ask_token, app, code):
    app.confidential = False

    answer = ask_token(grant_type="authorization_code", code=code, redirect_uri=CALLBACK)

    assert answer == (400, {"status": 400, "message": "Invalid client credentials"})


def test_credentials_in_the_url_or_as_basic_do_not_count(twitch, app):
    pair = {"client_id": app.client_id, "client_secret": app.client_secret, "grant_type": "client_credentials"}

    in_url = requests.post(f"{twitch.url}/oauth2/token", params=pair, timeout=5)
    basic = requests.post(f"{twitch.url}/oauth2/token", auth=(app.client_id, app.client_secret), timeout=5)

    assert in_url.status_code == basic.status_code == 400


def test_client_credentials_give_an_app_token_without_refresh_token(ask_token):
    status, body = ask_token(grant_type="client_credentials")

    assert (status, set(body)) == (200, {"access_token", "expires_in", "token_type"})


# Refreshing


def refresh(ask_token, refresh_token: str) -> tuple[int, dict]:
    return ask_token(grant_type="refresh_token", refresh_token=refresh_token)


INVALID = (400, {"status": 400, "message": "Invalid refresh token"})


def test_refresh_keeps_the_refresh_token_and_the_older_access_token(twitch, ask_token):
    first = twitch.issue_tokens("mira_plays", SCOPES)

    status, second = refresh(ask_token, first["refresh_token"])

    assert status == 200
    assert second["refresh_token"] == first["refresh_token"]
    assert second["access_token"] != first["access_token"]
    assert validate(twitch, first["access_token"]).status_code == 200


def test_fifty_access_tokens_per_refresh_token_and_the_oldest_dies(twitch, ask_token):
    first = twitch.issue_tokens("mira_plays", SCOPES)

    for _ in range(49):
        refresh(ask_token, first["refresh_token"])
    assert validate(twitch, first["access_token"]).status_code == 200
    refresh(ask_token, first["refresh_token"])

    assert validate(twitch, first["access_token"]).status_code == 401


def test_rotation_gives_a_new_refresh_token_each_time(twitch, ask_token):
    twitch.configure(rotation=True)
    first = twitch.issue_tokens("mira_plays", SCOPES)

    _, second = refresh(ask_token, first["refresh_token"])
    status, third = refresh(ask_token, second["refresh_token"])

    assert status == 200
    assert len({first["refresh_token"], second["refresh_token"], third["refresh_token"]}) == 3


def test_reuse_of_a_rotated_token_kills_the_family(twitch, ask_token):
    twitch.configure(rotation=True)
    first = twitch.issue_tokens("mira_plays", SCOPES)
    _, second = refresh(ask_token, first["refresh_token"])

    assert refresh(ask_token, first["refresh_token"]) == INVALID
    assert refresh(ask_token, second["refresh_token"]) == INVALID
    assert validate(twitch, second["access_token"]).status_code == 401


def test_racing_refreshes_of_a_rotating_token_let_one_through(twitch, ask_token):
    twitch.configure(rotation=True)
    tokens = twitch.issue_tokens("mira_plays", SCOPES)

    with ThreadPoolExecutor(8) as racers:
        answers = list(racers.map(lambda _: refresh(ask_token, tokens["refresh_token"])[0], range(8)))

    assert sorted(answers) == [200] + [400] * 7
    assert len(twitch.calls("/oauth2/token", grant_type="refresh_token")) == 8


def test_refresh_token_of_another_app_is_invalid(twitch, ask_token):
    tokens = twitch.issue_tokens("mira_plays", SCOPES)
    other = twitch.add_app("another-app", "another-secret")

    answer = ask_token(
        grant_type="refresh_token",
        refresh_token=tokens["refresh_token"],
        client_id=other.client_id,
        client_secret=other.client_secret,
    )

    assert answer == INVALID


def test_reset_secret_kills_the_old_secret_and_the_refresh_tokens(twitch, app, ask_token):
    tokens = twitch.issue_tokens("mira_plays", SCOPES)

    old_secret = app.client_secret
    new_secret = twitch.reset_secret()

    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    wrong = (403, {"status": 403, "message": "invalid client secret"})
    assert ask_token(**form, client_secret=old_secret) == wrong
    assert ask_token(**form, client_secret=new_secret) == INVALID


def test_revoke_grant_kills_every_token(twitch, ask_token):
    tokens = twitch.issue_tokens("mira_plays", SCOPES)

    twitch.revoke_grant("mira_plays")

    assert refresh(ask_token, tokens["refresh_token"]) == INVALID
    assert validate(twitch, tokens["access_token"]).status_code == 401


def test_expire_tokens_leaves_the_refresh_token_good(twitch, ask_token):
    tokens = twitch.issue_tokens("mira_plays", SCOPES)

    assert twitch.expire_tokens("mira_plays") == 1

    assert validate(twitch, tokens["access_token"]).status_code == 401
    assert refresh(ask_token, tokens["refresh_token"])[0] == 200


# Validate and revoke


def validate(twitch, token: str, kind: str = "OAuth") -> requests.Response:
    return requests.get(f"{twitch.url}/oauth2/validate", headers={"Authorization": f"{kind} {token}"}, timeout=5)


@pytest.mark.parametrize("kind", ["OAuth", "Bearer"])
def test_validate_describes_the_token(twitch, app, kind):
    tokens = twitch.issue_tokens("mira_plays", SCOPES)

    answer = validate(twitch, tokens["access_token"], kind).json()

    assert answer.pop("expires_in") in (14_123, 14_124)
    assert answer == {"client_id": app.client_id, "login": "mira_plays", "scopes": SCOPES, "user_id": "31337"}


def test_validate_errors(twitch):
    missing = requests.get(f"{twitch.url}/oauth2/validate", timeout=5)

    assert missing.json() == {"status": 401, "message": "missing authorization token"}
    assert validate(twitch, "x").json() == {"status": 401, "message": "invalid access token"}


def revoke(twitch, **form: str) -> requests.Response:
    return requests.post(f"{twitch.url}/oauth2/revoke", data=form, timeout=5)


def test_revoke_answers_an_empty_200_also_for_a_dead_token(twitch, app):
    token = twitch.issue_tokens("mira_plays", SCOPES)["access_token"]

    for _ in range(2):
        answer = revoke(twitch, client_id=app.client_id, token=token)
        assert (answer.status_code, answer.content) == (200, b"")
    assert validate(twitch, token).status_code == 401


@pytest.mark.parametrize(("survives", "status"), [(False, 400), (True, 200)])
def test_whether_the_refresh_token_survives_a_revoke_is_a_switch(twitch, app, ask_token, survives, status):
    twitch.configure(refresh_survives_revoke=survives)
    tokens = twitch.issue_tokens("mira_plays", SCOPES)

    revoke(twitch, client_id=app.client_id, token=tokens["access_token"])

    assert refresh(ask_token, tokens["refresh_token"])[0] == status


def test_revoke_with_an_unknown_client_is_a_400(twitch):
    answer = revoke(twitch, client_id="nobody", token="x")

    assert (answer.status_code, answer.json()) == (400, {"status": 400, "message": "Invalid client_id: nobody"})
