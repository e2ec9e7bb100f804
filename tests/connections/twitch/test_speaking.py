"""Sending chat messages and asking who is a moderator, against the stand-in over the wire."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from connections.platforms import PLATFORMS
from connections.platforms.failures import NotSent, ScopeMissing, TokenRefused, Unavailable
from connections.platforms.twitch.scopes import BOT_SCOPES, SCOPES
from lumio.lib.secrets import Secret
from tests.connections.conftest import CLIENT_ID, STREAMER

TWITCH = PLATFORMS["twitch"]


@dataclass
class Access:
    token: Secret
    channel_id: str
    client_id: str = CLIENT_ID
    version: int = 1


@pytest.fixture
def otto(twitch):
    return twitch.add_user("otto_bot", name="OttoBot")


@pytest.fixture
def access(twitch):
    def of(login: str, scopes=BOT_SCOPES) -> Access:
        tokens = twitch.issue_tokens(login, [getattr(scope, "name", scope) for scope in scopes])
        return Access(Secret(tokens["access_token"]), twitch.state.user(login).id)

    return of


def said(twitch) -> list[tuple[str, str, str]]:
    return [(spoken.channel_id, spoken.sender_id, spoken.text) for spoken in twitch.helix._spoken]


def test_a_bot_speaks_in_the_streamers_chat(twitch, otto, access):
    TWITCH.say("Hello", channel_id=STREAMER, sender=access("otto_bot"))

    assert said(twitch) == [(STREAMER, otto.id, "Hello")]


@pytest.mark.parametrize(
    ("drop", "reason"),
    [
        ({"code": "msg_rejected", "message": "Your message is being checked."}, "Your message is being checked."),
        ({"code": "msg_slowmode", "message": ""}, "msg_slowmode"),
        ({"code": "", "message": ""}, "is_sent: false"),
    ],
)
def test_taken_but_not_shown_is_not_sent(twitch, otto, access, drop, reason):
    twitch.drop_next_message(**drop)

    with pytest.raises(NotSent) as refusal:
        TWITCH.say("Hello", channel_id=STREAMER, sender=access("otto_bot"))

    assert refusal.value.text == f"Twitch did not show the message. It said: “{reason}”."
    assert said(twitch) == []


@pytest.mark.parametrize(
    ("message", "reason"), [("", "The message field is required."), ("x" * 501, "The message is too large.")]
)
def test_what_nobody_could_send_is_not_sent(twitch, otto, access, message, reason):
    with pytest.raises(NotSent) as refusal:
        TWITCH.say(message, channel_id=STREAMER, sender=access("otto_bot"))

    assert refusal.value.params["reason"] == reason


def test_who_may_not_write_there_is_told_so(twitch, otto, access):
    twitch.ban("otto_bot")

    with pytest.raises(NotSent, match="not_sent"):
        TWITCH.say("Hello", channel_id=STREAMER, sender=access("otto_bot"))


@pytest.mark.parametrize(
    ("scopes", "failure"), [(["user:read:chat"], ScopeMissing), (["user:write:chat"], TokenRefused)]
)
def test_a_token_that_may_not_is_no_matter_of_the_message(twitch, otto, access, scopes, failure):
    sender = access("otto_bot", scopes)
    if failure is TokenRefused:
        twitch.expire_tokens()

    with pytest.raises(failure):
        TWITCH.say("Hello", channel_id=STREAMER, sender=sender)


def test_an_answer_that_says_nothing_is_not_taken_for_sent(twitch, otto, access):
    twitch.fail("/helix/chat/messages", status=200, body={"data": []})

    with pytest.raises(NotSent):
        TWITCH.say("Hello", channel_id=STREAMER, sender=access("otto_bot"))


def test_moderators_are_asked_for_with_the_streamers_own_sign_in(twitch, otto, access):
    channel = access("mira_plays", SCOPES)

    before = TWITCH.is_moderator(otto.id, channel)
    twitch.make_moderator("otto_bot")

    assert (before, TWITCH.is_moderator(otto.id, channel)) == (False, True)


def test_an_outage_does_not_say_who_is_a_moderator(twitch, otto, access):
    twitch.fail("/helix/moderation/moderators", status=503, times=None)

    with pytest.raises(Unavailable):
        TWITCH.is_moderator(otto.id, access("mira_plays", SCOPES))
