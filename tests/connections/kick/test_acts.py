"""Speaking, moderating and looking people up, against the stand-in over the wire."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from django.core.cache import cache

from connections.platforms import PLATFORMS
from connections.platforms.chatting import Profile
from connections.platforms.failures import (
    ActRefused,
    NoAnswer,
    NotSent,
    RateLimited,
    ScopeMissing,
    TokenRefused,
    Unavailable,
    UnknownId,
)
from connections.platforms.kick.scopes import BOT_SCOPES, SCOPES
from events.types import Person
from tests.connections.calls import Access
from tests.connections.kick.conftest import STREAMER

KICK = PLATFORMS["kick"]
CHAT, BANS, USERS = "/public/v1/chat", "/public/v1/moderation/bans", "/public/v1/users"


@pytest.fixture
def juno(kick) -> Person:
    user = kick.add_user("juno", name="Juno")
    return Person(user.id, user.login, user.name)


def said(kick) -> list[tuple[str, str | None, str]]:
    return [(spoken.channel_id, spoken.sender_id, spoken.content) for spoken in kick.spoken()]


class TestSaying:
    def test_a_bot_speaks_in_the_streamers_chat(self, kick, access):
        otto = access("otto", BOT_SCOPES)

        message_id = KICK.say("Hello", channel_id=STREAMER, sender=otto)

        assert said(kick) == [(STREAMER, otto.channel_id, "Hello")]
        assert message_id == kick.spoken()[0].message_id

    def test_the_streamers_own_sign_in_speaks_as_the_bot_of_the_app(self, kick, access):
        KICK.say("Hello", channel_id=STREAMER, sender=access())

        assert said(kick) == [(STREAMER, None, "Hello")]

    @pytest.mark.parametrize("bot", ["works", "missing"])
    def test_in_reply(self, kick, access, bot):
        kick.settings.bot = bot
        parent = kick.chat("juno", "Who is there?")

        KICK.say("Me", channel_id=STREAMER, sender=access(), reply_to=parent)

        assert kick.messages()[-1]["replies_to"]["message_id"] == parent

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

    def test_who_is_banned(self, kick, access):
        otto = access("otto", BOT_SCOPES)
        kick.ban("otto")

        with pytest.raises(NotSent) as refusal:
            KICK.say("Hello", channel_id=STREAMER, sender=otto)

        assert refusal.value.params["reason"] == "User is banned"
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


#: Every way of moderating, where it asks, and the scope it needs.
MODERATING: dict[str, tuple[str, str, Callable[[Person, Access], object]]] = {
    "delete": (
        f"{CHAT}/m-1",
        "moderation:chat_message:manage",
        lambda juno, mira: KICK.delete_message("m-1", juno, channel=mira),
    ),
    "time out": (BANS, "moderation:ban", lambda juno, mira: KICK.time_out(juno, 600, "caps", channel=mira)),
    "ban": (BANS, "moderation:ban", lambda juno, mira: KICK.ban(juno, "spam", channel=mira)),
    "lift": (BANS, "moderation:ban", lambda juno, mira: KICK.lift(juno, "", channel=mira)),
}


@pytest.mark.parametrize(("endpoint", "scope", "act"), MODERATING.values(), ids=MODERATING)
class TestWhatModeratingMayBeAnsweredWith:
    @pytest.mark.parametrize("status", [400, 403, 404])
    def test_a_refusal_is_passed_on_in_kicks_words(self, kick, juno, access, endpoint, scope, act, status):
        kick.fail(endpoint, status=status, body={"data": "Not that one", "message": "Bad request"})

        with pytest.raises(ActRefused) as refusal:
            act(juno, access())

        assert refusal.value.text == "Kick refused that. It said: “Not that one”."

    @pytest.mark.parametrize(
        ("fault", "failure"),
        [
            ({"status": 500, "body": {"message": "Internal Server Error"}}, Unavailable),
            ({"status": 403, "body": "<html>Just a moment...</html>"}, Unavailable),
            ({"status": 429, "headers": {"Retry-After": "9"}}, RateLimited),
            ({"close": True}, NoAnswer),
        ],
        ids=["500", "a page of a proxy", "429", "hung up"],
    )
    def test_an_outage(self, kick, juno, access, endpoint, scope, act, fault, failure):
        kick.fail(endpoint, **fault)

        with pytest.raises(failure) as refusal:
            act(juno, access())

        assert type(refusal.value) is failure
        assert refusal.value.retry_after == (9 if failure is RateLimited else None)

    def test_a_missing_scope_is_named(self, kick, juno, access, endpoint, scope, act):
        with pytest.raises(ScopeMissing) as refusal:
            act(juno, access(scopes=[one for one in SCOPES if one.name != scope]))

        assert refusal.value.params["reason"] == scope

    def test_a_dead_token_is_no_missing_scope(self, kick, juno, access, endpoint, scope, act):
        mira = access()
        kick.expire_tokens()

        with pytest.raises(TokenRefused):
            act(juno, mira)


class TestModerating:
    def test_a_message_is_deleted(self, kick, juno, access):
        first, second = kick.chat("juno", "one"), kick.chat("juno", "two")

        KICK.delete_message(first, juno, channel=access())

        assert [message["message_id"] for message in kick.messages()] == [second]

    def test_not_one_that_is_gone_or_stands_elsewhere(self, kick, juno, access):
        elsewhere = kick.chat("juno", "hi", channel="otto")

        for message_id in ("gone", "../users", elsewhere):
            with pytest.raises(ActRefused):
                KICK.delete_message(message_id, juno, channel=access())

        assert len(kick.messages(channel="otto")) == 1

    @pytest.mark.parametrize(("seconds", "minutes"), [(60, 1), (61, 2), (604_800, 10_080)])
    def test_a_viewer_is_timed_out_for_whole_minutes_and_let_in_again(self, kick, juno, access, seconds, minutes):
        mira = access()
        kick.chat("juno", "CAPS")

        reference = KICK.time_out(juno, seconds, "caps", channel=mira)

        assert reference == ""
        assert kick.calls(BANS)[0].parameters["duration"] == minutes
        assert kick.state.user(STREAMER).silenced[juno.id] == pytest.approx(time.time() + minutes * 60, abs=10)
        assert (kick.chat("juno", "more"), kick.messages()) == ("", [])
        KICK.lift(juno, reference, channel=mira)
        assert kick.chat("juno", "thanks")

    def test_a_viewer_is_banned_and_let_in_again(self, kick, juno, access):
        mira = access()

        KICK.ban(juno, "x" * 200, channel=mira)

        assert kick.state.user(STREAMER).silenced == {juno.id: None}
        [call] = kick.calls(BANS)
        wish = {"broadcaster_user_id": int(STREAMER), "user_id": int(juno.id), "reason": "x" * 100}
        assert call.parameters == wish
        KICK.lift(juno, "", channel=mira)
        assert kick.state.user(STREAMER).silenced == {}

    def test_not_the_streamer_and_nobody(self, kick, access):
        for viewer in (Person(STREAMER), Person("404")):
            with pytest.raises(ActRefused):
                KICK.ban(viewer, "", channel=access())

        assert kick.state.user(STREAMER).silenced == {}

    def test_what_is_no_id_is_not_asked_about(self, kick, access):
        with pytest.raises(UnknownId) as refusal:
            KICK.lift(Person("juno"), "", channel=access())

        assert refusal.value.text == "Kick has nothing and nobody with the id “juno”. Reload the page, then try again."
        assert kick.calls(BANS) == []


class TestLookingSomebodyUp:
    def test_somebody(self, kick, juno, access):
        assert KICK.profile(juno, channel=access()) == Profile(
            avatar_url=f"https://files.kick.com/images/user/{juno.id}/profile_image/conversion/medium.webp",
            page_url="https://kick.com/juno",
        )

    def test_somebody_who_is_gone(self, kick, access):
        assert KICK.profile(Person("404"), channel=access()) == Profile()

    def test_an_outage(self, kick, juno, access):
        kick.fail(USERS, status=503)

        with pytest.raises(Unavailable):
            KICK.profile(juno, channel=access())
