"""Spotify's calls against the stand-in, over the wire."""

from __future__ import annotations

import pytest

from connections.platforms import PLATFORMS, oauth
from connections.platforms.base import Identity
from connections.platforms.failures import (
    ClientSecretRejected,
    GrantEnded,
    NoAnswer,
    NotRegistered,
    OwnerNeedsPremium,
    RateLimited,
    TokenRefused,
    Unavailable,
)
from lumio.lib.secrets import Secret
from tests.connections.spotify.conftest import ACCOUNT

SPOTIFY = PLATFORMS["spotify"]
ME = "/v1/me"


class TestAppCredentials:
    def test_a_good_pair(self, spotify, app):
        oauth.check(SPOTIFY, app)

        assert len(spotify.calls("/api/token", grant_type="client_credentials")) == 1

    def test_another_secret(self, spotify, app):
        spotify.reset_secret()

        with pytest.raises(ClientSecretRejected):
            oauth.check(SPOTIFY, app)


class TestTokens:
    def test_without_a_new_refresh_token_the_old_one_stays(self, spotify, app):
        first = spotify.issue_tokens("mira", ["user-read-playback-state"])["refresh_token"]

        tokens = oauth.refresh(SPOTIFY, app, Secret(first))

        assert (tokens.refresh, tokens.expires_in, tokens.scopes) == (None, 3600, ["user-read-playback-state"])

    def test_after_six_months_it_is_over(self, spotify, app):
        first = spotify.issue_tokens("mira", ["user-read-playback-state"])["refresh_token"]
        spotify.end_grant("mira")

        with pytest.raises(GrantEnded) as refusal:
            oauth.refresh(SPOTIFY, app, Secret(first))

        assert refusal.value.params["reason"] == "Refresh token revoked"

    def test_nothing_can_be_handed_back(self, spotify, token, app):
        assert not oauth.revoke(SPOTIFY, app, token())
        assert spotify.calls() == []


class TestIdentity:
    def test_the_stable_id_is_the_key(self, spotify, token, app):
        assert SPOTIFY.identity(token(), app) == Identity(
            ACCOUNT, login="mira", name="Mira", avatar_url="https://i.scdn.co/image/mira"
        )

    def test_an_account_as_before_2026_without_name_and_picture(self, spotify, token, app):
        spotify.add_user("31x7", account_id="", has_name=False, has_picture=False)

        assert SPOTIFY.identity(token("31x7"), app) == Identity("31x7", login="31x7", name="31x7")

    @pytest.mark.parametrize(
        ("body", "identity"),
        [
            ({"account_id": "a"}, Identity("a", login="a", name="a")),
            ({"id": "i", "images": None}, Identity("i", login="i", name="i")),
            ({"id": "i", "images": [None, {"url": None}, {"url": "u"}]}, Identity("i", "i", "i", avatar_url="u")),
        ],
    )
    def test_what_may_be_missing(self, spotify, app, body, identity):
        spotify.fail(ME, status=200, body=body)

        assert SPOTIFY.identity(Secret("x"), app) == identity

    @pytest.mark.parametrize("body", ["", "<html>", [], {}, None, {"id": None}, {"id": 5}])
    def test_an_answer_of_another_shape_is_an_outage(self, spotify, app, body):
        spotify.fail(ME, status=200, body=body)

        with pytest.raises(Unavailable):
            SPOTIFY.identity(Secret("x"), app)

    def test_a_dead_token(self, spotify, token, app):
        given = token()
        spotify.expire_tokens()

        with pytest.raises(TokenRefused):
            SPOTIFY.identity(given, app)

    @pytest.mark.parametrize(
        ("setting", "failure", "words"),
        [
            ("owner_has_premium", OwnerNeedsPremium, "Check the subscription of whoever registered the application."),
            ("everybody_registered", NotRegistered, "Add yourself under User Management in the developer console"),
        ],
    )
    def test_what_is_wrong_with_the_app_is_told_in_plain_text(self, spotify, token, app, setting, failure, words):
        given = token()
        spotify.configure(**{setting: False})

        with pytest.raises(failure) as refusal:
            SPOTIFY.identity(given, app)

        assert words in refusal.value.text

    def test_a_pause_of_hours(self, spotify, token, app):
        given = token()
        spotify.limit(5 * 3600)

        with pytest.raises(RateLimited) as refusal:
            SPOTIFY.identity(given, app)

        assert 5 * 3600 - 5 <= refusal.value.retry_after <= 5 * 3600

    def test_nobody_at_home(self, spotify, app):
        spotify.fail(ME, close=True)

        with pytest.raises(NoAnswer):
            SPOTIFY.identity(Secret("x"), app)
