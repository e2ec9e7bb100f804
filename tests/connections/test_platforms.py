"""What every platform must declare, and Twitch's dialect."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from requests.structures import CaseInsensitiveDict

from connections.platforms import PLATFORMS, base, failures, oauth
from connections.platforms.base import Client
from connections.platforms.twitch import api
from lumio.lib.http import Answer
from lumio.lib.secrets import Secret

ROOT = Path(__file__).parents[2]
TWITCH = PLATFORMS["twitch"]

#: How many rights each platform's card promises.
SCOPES = {"twitch": 27, "youtube": 2, "kick": 6, "trovo": 2, "spotify": 3}


def answer(status: int, body: object = "", headers: dict[str, str] | None = None) -> Answer:
    text = body if isinstance(body, str) else json.dumps(body)
    return Answer(status, CaseInsensitiveDict(headers or {}), text.encode())


@pytest.mark.parametrize("platform", PLATFORMS.values(), ids=PLATFORMS)
class TestEveryPlatform:
    def test_scopes_are_counted_named_once_and_explained(self, platform):
        names = [scope.name for scope in platform.scopes]

        assert len(names) == len(set(names)) == SCOPES[platform.slug]
        assert all(str(scope.sentence).endswith(".") and str(scope.unlocks) for scope in platform.scopes)

    def test_what_the_pages_need_is_there(self, platform):
        assert platform.name
        assert platform.used_for
        assert platform.steps
        assert platform.console_url.startswith("https://")
        assert (ROOT / "templates/icons" / f"{platform.icon}.svg").is_file()
        assert f".platform--{platform.slug} " in (ROOT / "static/css/components/platform.css").read_text()
        assert platform.redirect_uri == f"http://{platform.loopback}:8000/connections/{platform.slug}/callback"

    def test_an_outage_is_never_final(self, platform):
        for status in (500, 502, 503, 504):
            assert not platform.classify(answer(status, {"error": "invalid_grant"})).is_final

    def test_the_standards_words_are_understood(self, platform):
        assert isinstance(platform.classify(answer(400, {"error": "invalid_grant"})), failures.GrantEnded)
        assert isinstance(platform.classify(answer(401, {"error": "invalid_client"})), failures.CredentialsRejected)
        assert isinstance(platform.classify(answer(429)), failures.RateLimited)


def test_no_code_outside_the_package_asks_which_platform_it_is():
    sources = [path for path in (ROOT / "connections").rglob("*.py") if "platforms" not in path.parts]

    offenders = [path.name for path in sources if re.search(rf"""["']({"|".join(PLATFORMS)})["']""", path.read_text())]

    assert offenders == []


@pytest.mark.parametrize(
    ("status", "message", "failure"),
    [
        (400, "Invalid refresh token", failures.GrantEnded),
        (401, "Invalid refresh token", failures.GrantEnded),
        (400, "Invalid authorization code", failures.CodeRejected),
        (400, "missing refresh token", failures.NothingToRefreshWith),
        (400, "invalid client", failures.ClientUnknown),
        (403, "invalid client secret", failures.ClientSecretRejected),
        (400, "missing client secret", failures.ClientPublic),
        (400, "Invalid client credentials", failures.ClientPublic),
        (400, "Parameter redirect_uri does not match registered URI", failures.RedirectMismatch),
        (400, "invalid scope requested: 'x'", failures.ScopeRejected),
        (429, "", failures.RateLimited),
        (400, "something new", failures.RefusedOddly),
        (404, "", failures.NotUnderstood),
        (302, "Invalid refresh token", failures.NotUnderstood),
        (503, "Invalid refresh token", failures.Unavailable),
    ],
)
def test_twitchs_dialect(status, message, failure):
    found = TWITCH.classify(answer(status, {"status": status, "message": message}))

    assert type(found) is failure
    assert found.text


class TestPauses:
    def test_retry_after_wins(self):
        assert base.pause_of(answer(429, headers={"Retry-After": "7", "Ratelimit-Reset": "1"}), "Ratelimit-Reset") == 7

    def test_reset_is_a_moment(self):
        headers = {"Ratelimit-Reset": str(int(time.time()) + 30)}
        assert 28 <= base.pause_of(answer(429, headers=headers), "Ratelimit-Reset") <= 30

    @pytest.mark.parametrize("headers", [{}, {"Retry-After": "soon"}, {"Retry-After": "-5"}])
    def test_without_a_number_a_minute(self, headers):
        assert base.pause_of(answer(429, headers=headers)) == 60

    def test_nobody_waits_for_days(self):
        assert base.pause_of(answer(429, headers={"Retry-After": "9999999"})) == 900


class TestTokens:
    @pytest.mark.parametrize(
        ("scope", "expected"),
        [(["a", "b"], ["a", "b"]), ("a b", ["a", "b"]), (None, None), ("", []), ([], []), (["a", 1, None], ["a"])],
    )
    def test_scopes_come_in_several_shapes(self, scope, expected):
        assert oauth.tokens_of({"access_token": "x", "scope": scope}).scopes == expected

    @pytest.mark.parametrize(
        ("expires_in", "expected"),
        [
            (14124, 14124),
            ("3600", 3600),
            (3600.9, 3600),
            (None, None),
            (0, None),
            (-1, None),
            (True, None),
            (1e30, None),
            ("²", None),
        ],
    )
    def test_lifetimes_come_in_several_shapes(self, expires_in, expected):
        assert oauth.tokens_of({"access_token": "x", "expires_in": expires_in}).expires_in == expected

    @pytest.mark.parametrize(
        "body",
        [
            None,
            [],
            "token",
            1,
            {},
            {"access_token": ""},
            {"access_token": "  "},
            {"access_token": 1},
            {"access_token": "x", "scope": 5},
        ],
    )
    def test_everything_else_is_no_token(self, body):
        with pytest.raises(ValueError, match=r"token|object|scope"):
            oauth.tokens_of(body)


def test_pkce_challenge_is_that_of_rfc_7636():
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

    assert oauth.challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


class TestTwitchApi:
    def test_whose_token_it_is(self, twitch):
        tokens = twitch.issue_tokens("mira_plays", ["bits:read"])
        client = Client("lumio0client0id0for0the0tests00", Secret("x"))

        identity = TWITCH.identity(Secret(tokens["access_token"]), client)

        assert (identity.id, identity.login, identity.name) == ("31337", "mira_plays", "Mira_Plays")
        assert identity.avatar_url

    def test_a_dead_token(self, twitch):
        with pytest.raises(failures.TokenRefused):
            api.own_user(Secret("dead"), "lumio0client0id0for0the0tests00")

    def test_validate(self, twitch):
        tokens = twitch.issue_tokens("mira_plays", ["bits:read"])

        assert api.validate(Secret(tokens["access_token"]))["user_id"] == "31337"
        with pytest.raises(failures.TokenRefused):
            api.validate(Secret("dead"))

    @pytest.mark.parametrize(
        "body",
        [
            "<html>",
            [],
            {},
            {"data": []},
            {"data": None},
            {"data": [{}]},
            {"data": ["x"]},
            {"data": [{"id": 1, "login": "x"}]},
        ],
    )
    def test_an_answer_of_another_shape_is_an_outage(self, twitch, body):
        twitch.fail("/helix/users", status=200, body=body)

        with pytest.raises(failures.Unavailable):
            api.own_user(Secret("x"), "y")

    def test_a_missing_scope_is_not_a_dead_token(self):
        found = api.failure_of(answer(401, {"status": 401, "message": "Missing scope: bits:read"}))

        assert type(found) is failures.ScopeMissing
        assert "bits:read" in found.text


def test_every_stored_failure_has_its_sentence_back():
    for code, failure in failures.STORED.items():
        sentence = failures.stored(code, {"platform": "Twitch", "reason": "{x}", "seconds": 5}).text

        assert failure.code == code
        assert "Twitch" in sentence or "{platform}" not in str(failure.sentence)
    assert failures.stored("from_the_future", {}).text
