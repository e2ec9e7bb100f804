"""Kick's calls against the stand-in, over the wire."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from connections.platforms import PLATFORMS, oauth
from connections.platforms.base import Identity
from connections.platforms.failures import (
    CredentialsRejected,
    NoAnswer,
    NotSent,
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


def said(kick) -> list[tuple[str, str | None, str]]:
    return [(spoken.channel_id, spoken.sender_id, spoken.content) for spoken in kick.spoken()]


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


class TestSaying:
    def test_a_bot_speaks_in_the_streamers_chat(self, kick, access):
        otto = access("otto", BOT_SCOPES)

        KICK.say("Hello", channel_id=STREAMER, sender=otto)

        assert said(kick) == [(STREAMER, otto.channel_id, "Hello")]

    def test_the_streamers_own_sign_in_speaks_as_the_bot_of_the_app(self, kick, access):
        KICK.say("Hello", channel_id=STREAMER, sender=access())

        assert said(kick) == [(STREAMER, None, "Hello")]

    @pytest.mark.parametrize("bot", ["missing", "broken"])
    def test_an_app_without_a_working_bot_is_not_asked_for_it_again_for_a_while(self, kick, access, bot):
        kick.settings.bot = bot
        mira = access()

        KICK.say("One", channel_id=STREAMER, sender=mira)
        kick.settings.bot = "works"
        KICK.say("Two", channel_id=STREAMER, sender=mira)

        assert said(kick) == [(STREAMER, STREAMER, "One"), (STREAMER, STREAMER, "Two")]
        assert len(kick.calls(CHAT)) == 3
        cache.clear()
        KICK.say("Three", channel_id=STREAMER, sender=mira)
        assert said(kick)[-1] == (STREAMER, None, "Three")

    def test_what_kick_would_take_from_nobody_says_nothing_about_the_bot(self, kick, access):
        mira = access()
        with pytest.raises(NotSent):
            KICK.say("", channel_id=STREAMER, sender=mira)

        KICK.say("Hello", channel_id=STREAMER, sender=mira)

        assert said(kick) == [(STREAMER, None, "Hello")]

    def test_a_message_whose_answer_was_lost_is_not_sent_twice(self, kick, access):
        kick.fail(CHAT, close=True, after=True)

        with pytest.raises(NoAnswer):
            KICK.say("Hello", channel_id=STREAMER, sender=access())

        assert said(kick) == [(STREAMER, None, "Hello")]

    def test_taken_but_not_shown_is_not_sent(self, kick, access):
        kick.drop_next_message()

        with pytest.raises(NotSent) as refusal:
            KICK.say("Hello", channel_id=STREAMER, sender=access())

        assert refusal.value.text == "Kick did not show the message. It said: “is_sent: false”."
        assert said(kick) == []

    @pytest.mark.parametrize("body", [{}, {"data": None}, {"data": {"is_sent": "yes"}}])
    def test_an_answer_that_says_nothing_is_not_taken_for_sent(self, kick, access, body):
        kick.fail(CHAT, status=200, body=body)

        with pytest.raises(NotSent):
            KICK.say("Hello", channel_id=STREAMER, sender=access())

    @pytest.mark.parametrize(
        ("message", "channel_id", "reason"),
        [("x" * 501, STREAMER, "Invalid content"), ("", STREAMER, "Invalid content"), ("Hi", "1", "Channel not found")],
    )
    def test_a_refusal_is_passed_on_in_kicks_words(self, kick, access, message, channel_id, reason):
        with pytest.raises(NotSent) as refusal:
            KICK.say(message, channel_id=channel_id, sender=access())

        assert refusal.value.params["reason"] == reason
        assert said(kick) == []

    def test_without_the_scope(self, kick, access):
        with pytest.raises(ScopeMissing) as refusal:
            KICK.say("Hello", channel_id=STREAMER, sender=access(scopes=SCOPES[:2]))

        assert refusal.value.params["reason"] == "chat:write"
        assert said(kick) == []

    @pytest.mark.parametrize(
        ("fault", "failure"),
        [
            ({"status": 500, "body": {"message": "Internal Server Error"}}, Unavailable),
            ({"status": 403, "body": "<html>Just a moment...</html>"}, Unavailable),
            ({"status": 429}, RateLimited),
            ({"close": True}, NoAnswer),
        ],
    )
    def test_an_outage_is_no_matter_of_the_message(self, kick, access, fault, failure):
        kick.fail(CHAT, **fault)

        with pytest.raises(failure) as refusal:
            KICK.say("Hello", channel_id=STREAMER, sender=access("otto", BOT_SCOPES))

        assert type(refusal.value) is failure
        assert said(kick) == []


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
