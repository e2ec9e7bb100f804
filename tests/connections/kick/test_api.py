"""Kick's calls against the stand-in, over the wire."""

from __future__ import annotations

import pytest

from connections.platforms import PLATFORMS, oauth
from connections.platforms.base import Identity
from connections.platforms.failures import (
    CredentialsRejected,
    NoAnswer,
    RateLimited,
    ScopeMissing,
    TokenRefused,
    Unavailable,
)
from connections.platforms.kick.scopes import BOT_SCOPES, SCOPES
from lumio.lib.secrets import Secret
from tests.connections.kick.conftest import STREAMER

KICK = PLATFORMS["kick"]
USERS, CHANNELS, CHAT = "/public/v1/users", "/public/v1/channels", "/public/v1/chat"


class TestAppCredentials:
    def test_a_good_pair(self, kick, app):
        oauth.check(KICK, app)

        assert len(kick.calls("/oauth/token", grant_type="client_credentials")) == 1

    def test_another_secret(self, kick, app):
        kick.reset_secret()

        with pytest.raises(CredentialsRejected, match="credentials_rejected"):
            oauth.check(KICK, app)


class TestIdentity:
    def test_a_streamers_slug_is_asked_for(self, kick, access, app):
        identity = KICK.identity(access().token, app)

        assert identity == Identity(
            STREAMER,
            login="mira-plays",
            name="Mira_Plays",
            avatar_url="https://files.kick.com/images/user/700001/profile_image/conversion/medium.webp",
        )

    def test_a_bot_may_not_read_channels(self, kick, access, app):
        otto = access("otto", BOT_SCOPES)

        identity = KICK.identity(otto.token, app)

        assert (identity.id, identity.login, identity.name) == (otto.channel_id, "", "otto")

    @pytest.mark.parametrize("refuses", [False, True])
    def test_a_dead_token_is_no_missing_scope(self, kick, access, app, refuses):
        token = access().token
        kick.expire_tokens()
        kick.configure(refuses_to_introspect=refuses)

        with pytest.raises(TokenRefused):
            KICK.identity(token, app)

    def test_a_missing_scope_is_named(self, kick, access, app):
        with pytest.raises(ScopeMissing) as refusal:
            KICK.identity(access(scopes=SCOPES[1:]).token, app)

        assert refusal.value.params["reason"] == "user:read"

    def test_a_refusal_that_nobody_explains_is_about_the_token(self, kick, access, app):
        kick.fail("/oauth/token/introspect", status=503)

        with pytest.raises(TokenRefused):
            KICK.identity(access(scopes=SCOPES[1:]).token, app)

    @pytest.mark.parametrize("path", [USERS, CHANNELS])
    @pytest.mark.parametrize(
        ("fault", "failure"),
        [
            ({"status": 503}, Unavailable),
            ({"status": 403, "body": "<html>Just a moment...</html>"}, Unavailable),
            ({"status": 200, "body": "<html>Wi-Fi</html>"}, Unavailable),
            ({"status": 200, "body": ["data"]}, Unavailable),
            ({"status": 429, "headers": {"Retry-After": "9"}}, RateLimited),
            ({"close": True}, NoAnswer),
        ],
    )
    def test_an_outage(self, kick, access, app, path, fault, failure):
        kick.fail(path, **fault)

        with pytest.raises(failure) as refusal:
            KICK.identity(access().token, app)

        assert type(refusal.value) is failure

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"data": None},
            {"data": []},
            {"data": ["x"]},
            {"data": [{}]},
            {"data": [{"user_id": "700001", "name": "Mira"}]},
            {"data": [{"user_id": 700001, "name": ""}]},
            {"data": [{"user_id": True, "name": "Mira"}]},
        ],
    )
    def test_a_user_of_another_shape_is_an_outage(self, kick, access, app, body):
        kick.fail(USERS, status=200, body=body)

        with pytest.raises(Unavailable):
            KICK.identity(access().token, app)


def test_kick_does_not_tell_who_is_a_moderator(kick, access):
    assert KICK.is_moderator("700002", access()) is None
    assert KICK.tells_moderators is False


def test_a_token_is_handed_back(kick, access, app):
    token = access().token

    taken = oauth.revoke(KICK, app, token)

    assert taken
    assert kick.state.valid_token(token.reveal()) is None


def test_both_tokens_are_new_after_a_refresh(kick, app):
    tokens = kick.issue_tokens("mira-plays", [scope.name for scope in SCOPES])

    renewed = oauth.refresh(KICK, app, Secret(tokens["refresh_token"]))

    assert renewed.refresh.reveal() != tokens["refresh_token"]
    assert renewed.scopes == [scope.name for scope in SCOPES]
    assert renewed.expires_in == 7200
