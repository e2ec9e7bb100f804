"""Speaking, moderating and looking people up, against the stand-in over the wire."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from connections.platforms import PLATFORMS
from connections.platforms.chatting import Profile
from connections.platforms.failures import (
    ActRefused,
    EmotesOnly,
    FollowersOnly,
    MessageBlocked,
    MessageHeld,
    MessageRepeated,
    MessageTooLong,
    NoAnswer,
    NotSent,
    RateLimited,
    ScopeMissing,
    SenderBanned,
    SenderTimedOut,
    SlowMode,
    SubscribersOnly,
    TokenRefused,
    Unavailable,
    UnknownId,
)
from connections.platforms.twitch.scopes import BOT_SCOPES, SCOPES
from events.types import Person
from lumio.lib.secrets import Secret
from tests.connections.calls import Access
from tests.connections.conftest import CLIENT_ID, STREAMER

TWITCH = PLATFORMS["twitch"]
BANS, DELETIONS, MESSAGES = "/helix/moderation/bans", "/helix/moderation/chat", "/helix/chat/messages"
WORDS = {"error": "Bad Request", "status": 400, "message": "Not that one."}


@pytest.fixture
def otto(twitch):
    return twitch.add_user("otto_bot", name="OttoBot")


@pytest.fixture
def juno(twitch) -> Person:
    user = twitch.add_user("juno", name="Juno")
    return Person(user.id, user.login, user.name)


@pytest.fixture
def access(twitch):
    def of(login: str = "mira_plays", scopes=SCOPES) -> Access:
        tokens = twitch.issue_tokens(login, [getattr(scope, "name", scope) for scope in scopes])
        return Access(Secret(tokens["access_token"]), twitch.state.user(login).id, CLIENT_ID)

    return of


def said(twitch) -> list[tuple[str, str, str]]:
    return [
        (event["broadcaster_user_id"], event["chatter_user_id"], event["message"]["text"])
        for event in twitch.messages()
    ]


class TestSpeaking:
    def test_a_bot_in_the_streamers_chat(self, twitch, otto, access):
        message_id = TWITCH.say("Hello", channel_id=STREAMER, sender=access("otto_bot", BOT_SCOPES))

        assert said(twitch) == [(STREAMER, otto.id, "Hello")]
        assert message_id == twitch.messages()[0]["message_id"]

    def test_in_reply(self, twitch, access):
        parent = twitch.chat("juno", "Who is there?")

        TWITCH.say("Me", channel_id=STREAMER, sender=access(), reply_to=parent)

        answer = twitch.messages()[-1]
        assert (answer["message"]["text"], answer["reply"]["parent_message_id"]) == ("@juno Me", parent)

    @pytest.mark.parametrize(
        ("code", "failure"),
        [
            ("msg_duplicate", MessageRepeated),
            ("msg_rejected", MessageHeld),
            ("msg_rejected_mandatory", MessageBlocked),
            ("msg_ratelimit", RateLimited),
            ("msg_slowmode", SlowMode),
            ("msg_followersonly", FollowersOnly),
            ("msg_subsonly", SubscribersOnly),
            ("msg_emoteonly", EmotesOnly),
            ("msg_banned", SenderBanned),
            ("msg_timedout", SenderTimedOut),
            ("msg_too_long", MessageTooLong),
            ("msg_something_new", NotSent),
        ],
    )
    def test_what_was_taken_and_not_shown_says_why(self, twitch, access, code, failure):
        twitch.drop_next_message(code, "Words of Twitch's.")

        with pytest.raises(failure) as refusal:
            TWITCH.say("Hello", channel_id=STREAMER, sender=access())

        assert type(refusal.value) is failure
        assert "Twitch" in refusal.value.text
        assert refusal.value.retry_after == (30 if failure is RateLimited else None)
        assert said(twitch) == []

    @pytest.mark.parametrize(
        ("words", "seconds"),
        [
            ("This room is in slow mode. You will be able to talk again in 5 seconds.", 5),
            ("You will be able to talk again in 1 second.", 1),
            ("Wait 9999 seconds.", 120),
            ("Words of Twitch's.", None),
        ],
    )
    def test_slow_mode_says_for_how_long(self, twitch, access, words, seconds):
        twitch.drop_next_message("msg_slowmode", words)

        with pytest.raises(SlowMode) as refusal:
            TWITCH.say("Hello", channel_id=STREAMER, sender=access())

        assert refusal.value.params["seconds"] == seconds

    @pytest.mark.parametrize(
        ("drop", "reason"),
        [
            ({"code": "msg_new", "message": "Your message is purple."}, "Your message is purple."),
            ({"code": "msg_new", "message": ""}, "msg_new"),
            ({"code": "", "message": ""}, "is_sent: false"),
        ],
    )
    def test_a_reason_without_a_sentence_of_ours_is_told_in_twitchs_words(self, twitch, access, drop, reason):
        twitch.drop_next_message(**drop)

        with pytest.raises(NotSent) as refusal:
            TWITCH.say("Hello", channel_id=STREAMER, sender=access())

        assert refusal.value.text == f"Twitch did not show the message. It said: “{reason}”."

    @pytest.mark.parametrize(
        ("message", "reason"), [("", "The message field is required."), ("x" * 501, "The message is too large.")]
    )
    def test_what_nobody_could_send(self, twitch, access, message, reason):
        with pytest.raises(NotSent) as refusal:
            TWITCH.say(message, channel_id=STREAMER, sender=access())

        assert refusal.value.params["reason"] == reason

    def test_who_is_banned_or_timed_out(self, twitch, otto, access):
        sender = access("otto_bot", BOT_SCOPES)

        twitch.ban("otto_bot")
        with pytest.raises(NotSent, match="not_sent"):
            TWITCH.say("Hello", channel_id=STREAMER, sender=sender)
        twitch.timeout("otto_bot", 600)
        with pytest.raises(SenderTimedOut):
            TWITCH.say("Hello", channel_id=STREAMER, sender=sender)

        assert said(twitch) == []

    def test_an_answer_that_says_nothing_is_not_taken_for_sent(self, twitch, access):
        twitch.fail(MESSAGES, status=200, body={"data": []})

        with pytest.raises(NotSent):
            TWITCH.say("Hello", channel_id=STREAMER, sender=access())


#: Every act, and where it asks.
ACTS: dict[str, tuple[str, Callable[[Person, Access], object]]] = {
    "say": (MESSAGES, lambda juno, mira: TWITCH.say("Hello", channel_id=STREAMER, sender=mira)),
    "delete": (DELETIONS, lambda juno, mira: TWITCH.delete_message("m-1", juno, channel=mira)),
    "time out": (BANS, lambda juno, mira: TWITCH.time_out(juno, 600, "caps", channel=mira)),
    "ban": (BANS, lambda juno, mira: TWITCH.ban(juno, "spam", channel=mira)),
    "lift": (BANS, lambda juno, mira: TWITCH.lift(juno, "", channel=mira)),
}
MODERATING = {name: act for name, act in ACTS.items() if name != "say"}


@pytest.mark.parametrize(("endpoint", "act"), ACTS.values(), ids=ACTS)
class TestWhatMayComeInstead:
    def test_a_pause_as_long_as_twitch_says(self, twitch, juno, access, endpoint, act):
        twitch.fail(endpoint, status=429, headers={"Ratelimit-Reset": str(int(time.time()) + 40)})

        with pytest.raises(RateLimited) as refusal:
            act(juno, access())

        assert 35 <= refusal.value.retry_after <= 40

    @pytest.mark.parametrize(
        ("fault", "failure"),
        [
            ({"status": 500}, Unavailable),
            ({"status": 503}, Unavailable),
            ({"status": 403, "body": "<html>Just a moment...</html>"}, Unavailable),
            ({"status": 401, "body": {"message": "Invalid OAuth token"}}, TokenRefused),
            ({"close": True}, NoAnswer),
        ],
        ids=["500", "503", "a page of a proxy", "401", "hung up"],
    )
    def test_an_outage(self, twitch, juno, access, endpoint, act, fault, failure):
        twitch.fail(endpoint, **fault)

        with pytest.raises(failure):
            act(juno, access())

        assert len(twitch.calls(endpoint)) == 1

    def test_a_sign_in_without_the_scope(self, twitch, juno, access, endpoint, act):
        with pytest.raises(ScopeMissing):
            act(juno, access(scopes=["user:read:chat"]))

        assert (said(twitch), twitch.state.user(STREAMER).silenced) == ([], {})


@pytest.mark.parametrize(("endpoint", "act"), MODERATING.values(), ids=MODERATING)
class TestWhatModeratingMayBeRefusedWith:
    @pytest.mark.parametrize("status", [400, 403, 404])
    def test_it_is_told_in_twitchs_words(self, twitch, juno, access, endpoint, act, status):
        twitch.fail(endpoint, status=status, body=WORDS)

        with pytest.raises(ActRefused) as refusal:
            act(juno, access())

        assert refusal.value.text == "Twitch refused that. It said: “Not that one.”."
        assert len(twitch.calls(endpoint)) == 1

    def test_while_another_moderator_is_at_it_twitch_is_asked_once_more(self, twitch, juno, access, endpoint, act):
        twitch.fail(endpoint, status=409, body=WORDS, times=2)

        with pytest.raises(ActRefused) as refusal:
            act(juno, access())

        assert refusal.value.params["reason"] == "Not that one."
        assert len(twitch.calls(endpoint)) == 2


class TestModerating:
    def test_a_message_is_deleted(self, twitch, juno, access):
        first, second = twitch.chat("juno", "one"), twitch.chat("juno", "two")

        TWITCH.delete_message(first, juno, channel=access())

        assert [event["message_id"] for event in twitch.messages()] == [second]

    def test_not_one_that_is_gone_too_old_or_the_streamers_own(self, twitch, juno, access):
        mira, old, own = access(), twitch.chat("juno", "old"), twitch.chat("mira_plays", "mine")
        twitch.age_message(old, timedelta(hours=6, seconds=1).total_seconds())

        for message_id, words in (("gone", "not found"), (old, "6 hours"), (own, "the broadcaster")):
            with pytest.raises(ActRefused) as refusal:
                TWITCH.delete_message(message_id, juno, channel=mira)
            assert words in refusal.value.params["reason"]

        assert [event["message_id"] for event in twitch.messages()] == [old, own]

    def test_never_all_of_them_at_once(self, twitch, juno, access):
        twitch.chat("juno", "one")

        with pytest.raises(UnknownId):
            TWITCH.delete_message("", juno, channel=access())

        assert (len(twitch.messages()), twitch.calls(DELETIONS)) == (1, [])

    def test_a_viewer_is_timed_out_and_let_in_again(self, twitch, juno, access):
        mira = access()
        twitch.chat("juno", "CAPS")

        reference = TWITCH.time_out(juno, 600, "caps", channel=mira)

        assert reference == ""
        assert twitch.state.user(STREAMER).silenced[juno.id] == pytest.approx(time.time() + 600, abs=10)
        assert (twitch.chat("juno", "more"), said(twitch)) == ("", [])
        TWITCH.lift(juno, reference, channel=mira)
        assert twitch.chat("juno", "thanks")

    def test_a_viewer_is_banned_and_let_in_again(self, twitch, juno, access):
        mira = access()

        TWITCH.ban(juno, "x" * 600, channel=mira)

        assert twitch.state.user(STREAMER).silenced == {juno.id: None}
        [call] = twitch.calls(BANS)
        assert call.parameters["data"] == {"user_id": juno.id, "reason": "x" * 500}
        TWITCH.lift(juno, "", channel=mira)
        assert twitch.state.user(STREAMER).silenced == {}

    def test_once_more_may_help(self, twitch, juno, access):
        twitch.fail(BANS, status=409, body=WORDS)

        TWITCH.ban(juno, "", channel=access())

        assert twitch.state.user(STREAMER).silenced == {juno.id: None}

    def test_not_the_streamer_nobody_and_nobody_twice(self, twitch, juno, access):
        mira = access()
        twitch.ban("juno")

        for viewer in (juno, Person(STREAMER), Person("404")):
            with pytest.raises(ActRefused):
                TWITCH.ban(viewer, "", channel=mira)

        assert twitch.state.user(STREAMER).silenced == {juno.id: None}

    def test_nothing_is_lifted_that_is_not_there(self, twitch, juno, access):
        with pytest.raises(ActRefused) as refusal:
            TWITCH.lift(juno, "", channel=access())

        assert "is not banned" in refusal.value.params["reason"]


class TestLookingSomebodyUp:
    def test_who_follows(self, twitch, juno, access):
        twitch.follow("juno")

        told = TWITCH.profile(juno, channel=access())

        assert (told.created_at, told.page_url) == (
            datetime(2016, 12, 14, 20, 32, 28, tzinfo=UTC),
            "https://www.twitch.tv/juno",
        )
        assert told.followed_at == pytest.approx(datetime.now(UTC), abs=timedelta(seconds=10))
        assert told.avatar_url.endswith("juno-profile_image-300x300.png")

    def test_who_does_not(self, twitch, juno, access):
        assert TWITCH.profile(juno, channel=access()).followed_at is None

    @pytest.mark.parametrize("fault", [{}, {"status": 500}])
    def test_since_when_is_not_told_everybody_and_the_rest_is(self, twitch, juno, access, fault):
        twitch.follow("juno")
        if fault:
            twitch.fail("/helix/channels/followers", **fault)

        told = TWITCH.profile(juno, channel=access(scopes=SCOPES if fault else ["user:read:chat"]))

        assert (told.followed_at, told.created_at is None) == (None, False)

    def test_somebody_who_is_gone(self, twitch, access):
        assert TWITCH.profile(Person("404"), channel=access()) == Profile()

    def test_an_outage(self, twitch, juno, access):
        twitch.fail("/helix/users", status=503, times=None)

        with pytest.raises(Unavailable):
            TWITCH.profile(juno, channel=access())


class TestModerators:
    def test_they_are_asked_for_with_the_streamers_own_sign_in(self, twitch, otto, access):
        channel = access()

        before = TWITCH.is_moderator(otto.id, channel)
        twitch.make_moderator("otto_bot")

        assert (before, TWITCH.is_moderator(otto.id, channel)) == (False, True)

    def test_an_outage_does_not_say_who_is_one(self, twitch, otto, access):
        twitch.fail("/helix/moderation/moderators", status=503, times=None)

        with pytest.raises(Unavailable):
            TWITCH.is_moderator(otto.id, access())
