"""Trovo's calls against the stand-in, over the wire."""

from __future__ import annotations

import pytest

from connections.enums import Purpose
from connections.platforms import PLATFORMS, oauth
from connections.platforms.base import Identity
from connections.platforms.failures import (
    GrantEnded,
    NoAnswer,
    RateLimited,
    ScopeMissing,
    TokenRefused,
    Unavailable,
)
from connections.platforms.trovo.scopes import SCOPES
from lumio.lib.secrets import Secret
from tests.connections.trovo.conftest import STREAMER

TROVO = PLATFORMS["trovo"]
OWN_USER, VALIDATE, SEND = (f"/openplatform/{path}" for path in ("getuserinfo", "validate", "chat/send"))
USER = {"userId": "1", "userName": "milo", "nickName": "Milo", "profilePic": "", "channelId": "2"}


class TestIdentity:
    def test_a_streamers_channel(self, trovo, access, app):
        assert TROVO.identity(access().token, app) == Identity(
            STREAMER,
            login="mira_plays",
            name="Mira Plays",
            avatar_url=f"https://headicon.trovo.live/user/{STREAMER}.png?ext=png&t=0",
        )

    def test_the_id_is_the_channels(self, trovo, app):
        trovo.fail(OWN_USER, status=200, body=USER | {"nickName": ""})

        assert TROVO.identity(Secret("x"), app) == Identity("2", login="milo", name="milo")

    @pytest.mark.parametrize("token", ["dead", "never given"])
    def test_a_dead_token(self, trovo, access, app, token):
        given = access().token if token == "dead" else Secret("x")
        trovo.expire_tokens()

        with pytest.raises(TokenRefused):
            TROVO.identity(given, app)

    def test_a_missing_scope(self, trovo, access, app):
        with pytest.raises(ScopeMissing):
            TROVO.identity(access(scopes=SCOPES[:1]).token, app)

    def test_too_many_calls(self, trovo, access, app):
        trovo.configure(requests_per_minute=0)

        with pytest.raises(RateLimited) as refusal:
            TROVO.identity(access().token, app)

        assert refusal.value.retry_after == 60

    @pytest.mark.parametrize(
        "body",
        [
            "<html>",
            [],
            {},
            None,
            USER | {"channelId": ""},
            USER | {"channelId": "0"},
            USER | {"channelId": 2},
            USER | {"userName": None},
        ],
    )
    def test_an_answer_of_another_shape_is_an_outage(self, trovo, app, body):
        trovo.fail(OWN_USER, status=200, body=body)

        with pytest.raises(Unavailable):
            TROVO.identity(Secret("x"), app)

    def test_nobody_at_home(self, trovo, app):
        trovo.fail(OWN_USER, close=True)

        with pytest.raises(NoAnswer):
            TROVO.identity(Secret("x"), app)


class TestScopes:
    def test_trovo_is_asked_what_was_granted(self, trovo, access, app):
        token = access(scopes=SCOPES[1:]).token

        assert TROVO.granted_scopes(token, app, Purpose.CHANNEL) == ["user_details_self"]

    @pytest.mark.parametrize("body", ["<html>", {}, {"scopes": "user_details_self"}])
    def test_an_answer_of_another_shape_is_an_outage(self, trovo, app, body):
        trovo.fail(VALIDATE, status=200, body=body)

        with pytest.raises(Unavailable):
            TROVO.granted_scopes(Secret("x"), app, Purpose.CHANNEL)


class TestTokens:
    def test_each_refresh_gives_another_refresh_token(self, trovo, app):
        first = trovo.issue_tokens("mira_plays", ["chat_send_self"])["refresh_token"]

        tokens = oauth.refresh(TROVO, app, Secret(first))

        assert tokens.refresh is not None
        assert tokens.refresh.reveal() != first
        assert (tokens.expires_in, tokens.scopes) == (14_400, None)

    def test_a_lifetime_may_be_a_string(self, trovo, app):
        trovo.configure(lifetime_as_text=True)
        first = trovo.issue_tokens("mira_plays", ["chat_send_self"])["refresh_token"]

        assert oauth.refresh(TROVO, app, Secret(first)).expires_in == 14_400

    def test_a_token_that_is_handed_back_is_dead(self, trovo, access, app):
        given = access()

        assert oauth.revoke(TROVO, app, given.token)
        with pytest.raises(TokenRefused):
            TROVO.identity(given.token, app)

    def test_a_sign_in_that_is_over(self, trovo, app):
        first = trovo.issue_tokens("mira_plays", ["chat_send_self"])["refresh_token"]
        trovo.revoke_grant("mira_plays")

        with pytest.raises(GrantEnded):
            oauth.refresh(TROVO, app, Secret(first))

    def test_with_50_access_tokens_alive_only_time_helps(self, trovo, app):
        first = trovo.issue_tokens("mira_plays", ["chat_send_self"])["refresh_token"]
        for _ in range(49):
            oauth.refresh(TROVO, app, Secret(first))

        with pytest.raises(Unavailable) as refusal:
            oauth.refresh(TROVO, app, Secret(first))

        assert not refusal.value.is_final


def test_nobody_can_tell_whether_a_bot_is_a_moderator(access):
    assert TROVO.is_moderator("1", access()) is None
