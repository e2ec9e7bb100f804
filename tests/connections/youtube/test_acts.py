"""Speaking, moderating and looking people up, against the stand-in over the wire."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from connections.platforms import PLATFORMS
from connections.platforms.chatting import Profile
from connections.platforms.failures import (
    ActRefused,
    MadeElsewhere,
    NotLive,
    NotSent,
    QuotaSpent,
    RateLimited,
    ScopeMissing,
    TokenRefused,
    Unavailable,
)
from connections.platforms.youtube.scopes import BOT_SCOPES, SCOPES
from events.types import Person
from tests.connections.calls import Access
from tests.connections.youtube.conftest import STREAMER
from tests.connections.youtube.test_api import OUTAGES

YOUTUBE = PLATFORMS["youtube"]
CHANNELS, BROADCASTS = "/youtube/v3/channels", "/youtube/v3/liveBroadcasts"
MESSAGES, BANS = "/youtube/v3/liveChat/messages", "/youtube/v3/liveChat/bans"


@pytest.fixture
def juno(youtube) -> Person:
    user = youtube.add_user("juno", name="Juno")
    return Person(user.id, user.login, user.name)


def refused(reason: str, message: str = "Not that one.", status: int = 403) -> dict:
    return {"status": status, "body": {"error": {"code": status, "message": message, "errors": [{"reason": reason}]}}}


class Meter:
    """Counts, and hears that nothing is left."""

    def __init__(self) -> None:
        self.spent = 0
        self.is_exhausted = False

    def spend(self, units: int, *, listening: bool = False, pace: int | None = None) -> None:
        assert not listening
        self.spent += units

    def exhausted(self) -> None:
        self.is_exhausted = True

    def budget(self) -> None:
        return None


def said(youtube) -> list[tuple[str, str, str]]:
    return [(spoken.chat_id, spoken.author_id, spoken.text) for spoken in youtube.spoken()]


class TestSaying:
    def test_the_streamer_speaks(self, youtube, access):
        chat = youtube.go_live().chat_id

        message_id = YOUTUBE.say("Hello", channel_id=STREAMER, sender=access(), reply_to="there are none")

        assert said(youtube) == [(chat, STREAMER, "Hello")]
        assert message_id == youtube.messages()[0]["id"]
        assert youtube.quota_spent() == 21

    def test_a_bot_speaks_where_the_channel_is_live(self, youtube, access):
        chat = youtube.go_live().chat_id
        otto = access("otto", BOT_SCOPES)
        youtube.go_live(channel="otto")

        YOUTUBE.say("Hello", channel_id=STREAMER, sender=otto, channel=access())

        assert said(youtube) == [(chat, otto.channel_id, "Hello")]

    def test_a_bot_alone_does_not_find_the_chat(self, youtube, access):
        youtube.go_live()
        otto = access("otto", BOT_SCOPES)
        youtube.go_live(channel="otto")

        with pytest.raises(NotSent, match="not_sent"):
            YOUTUBE.say("Hello", channel_id=STREAMER, sender=otto)

        assert said(youtube) == []

    def test_not_while_nobody_is_live(self, youtube, access):
        with pytest.raises(NotLive) as refusal:
            YOUTUBE.say("Hello", channel_id=STREAMER, sender=access())

        assert refusal.value.text.startswith("YouTube has a chat only during a live stream")
        assert youtube.calls(MESSAGES) == []

    def test_the_stream_may_end_in_between(self, youtube, access):
        youtube.go_live()
        ended = {"error": {"code": 403, "message": "It ended.", "errors": [{"reason": "liveChatEnded"}]}}
        youtube.fail(MESSAGES, status=403, body=ended)

        with pytest.raises(NotLive):
            YOUTUBE.say("Hello", channel_id=STREAMER, sender=access())

    @pytest.mark.parametrize(
        ("message", "reason"),
        [("x" * 201, "The message text is not valid."), ("", "The request does not specify the message text.")],
    )
    def test_a_refusal_is_passed_on_in_youtubes_words(self, youtube, access, message, reason):
        youtube.go_live()

        with pytest.raises(NotSent) as refusal:
            YOUTUBE.say(message, channel_id=STREAMER, sender=access())

        assert refusal.value.text == f"YouTube did not show the message. It said: “{reason}”."
        assert said(youtube) == []

    def test_somebody_who_may_not_write_there(self, youtube, access):
        youtube.go_live()
        otto = access("otto", BOT_SCOPES)
        youtube.ban("otto")

        with pytest.raises(NotSent, match="not_sent"):
            YOUTUBE.say("Hello", channel_id=STREAMER, sender=otto, channel=access())

        assert said(youtube) == []

    def test_without_the_scope(self, youtube, access):
        youtube.go_live()

        with pytest.raises(ScopeMissing):
            YOUTUBE.say("Hello", channel_id=STREAMER, sender=access(scopes=SCOPES[:1]))

        assert said(youtube) == []

    def test_the_quota_is_spent(self, youtube, access):
        youtube.go_live()
        youtube.configure(quota=20)

        with pytest.raises(QuotaSpent):
            YOUTUBE.say("Hello", channel_id=STREAMER, sender=access())

        assert said(youtube) == []

    @pytest.mark.parametrize("path", [BROADCASTS, MESSAGES])
    @pytest.mark.parametrize(("fault", "failure"), OUTAGES)
    def test_an_outage_is_no_matter_of_the_message(self, youtube, access, path, fault, failure):
        youtube.go_live()
        youtube.fail(path, **fault)

        with pytest.raises(failure) as refusal:
            YOUTUBE.say("Hello", channel_id=STREAMER, sender=access())

        assert type(refusal.value) is failure
        assert said(youtube) == []

    def test_an_answer_that_says_nothing_is_not_taken_for_sent(self, youtube, access):
        youtube.go_live()
        youtube.fail(MESSAGES, status=200, body={})

        with pytest.raises(Unavailable):
            YOUTUBE.say("Hello", channel_id=STREAMER, sender=access())


#: Every way of moderating: where it asks, what it costs, and how.
MODERATING: dict[str, tuple[str, int, Callable[[Person, Access], object]]] = {
    "delete": (MESSAGES, 20, lambda juno, mira: YOUTUBE.delete_message("LCC.1", juno, channel=mira)),
    "time out": (BANS, 51, lambda juno, mira: YOUTUBE.time_out(juno, 600, "caps", channel=mira)),
    "ban": (BANS, 51, lambda juno, mira: YOUTUBE.ban(juno, "spam", channel=mira)),
    "lift": (BANS, 50, lambda juno, mira: YOUTUBE.lift(juno, "ban-1", channel=mira)),
}


@pytest.mark.parametrize(("endpoint", "units", "act"), MODERATING.values(), ids=MODERATING)
class TestWhatModeratingMayBeAnsweredWith:
    @pytest.fixture(autouse=True)
    def _live(self, youtube) -> None:
        youtube.go_live()

    @pytest.mark.parametrize(
        ("reason", "failure"),
        [
            ("forbidden", ActRefused),
            ("liveChatBanInsertionNotAllowed", ActRefused),
            ("somethingNew", ActRefused),
            ("liveChatEnded", NotLive),
            ("insufficientPermissions", ScopeMissing),
            ("rateLimitExceeded", RateLimited),
            ("quotaExceeded", QuotaSpent),
        ],
    )
    def test_a_refusal(self, youtube, juno, access, endpoint, units, act, reason, failure):
        meter = Meter()
        youtube.fail(endpoint, **refused(reason))

        with pytest.raises(failure) as refusal:
            act(juno, replace(access(), meter=meter))

        assert type(refusal.value) is failure
        assert (meter.spent, meter.is_exhausted) == (units, failure is QuotaSpent)
        if failure is ActRefused:
            assert refusal.value.text == "YouTube refused that. It said: “Not that one.”."

    @pytest.mark.parametrize(("fault", "failure"), OUTAGES)
    def test_an_outage(self, youtube, juno, access, endpoint, units, act, fault, failure):
        youtube.fail(endpoint, **fault)

        with pytest.raises(failure) as refusal:
            act(juno, access())

        assert type(refusal.value) is failure

    def test_without_the_scope(self, youtube, juno, access, endpoint, units, act):
        with pytest.raises(ScopeMissing):
            act(juno, access(scopes=SCOPES[:1]))

        assert youtube.state.user("miraplays").silenced == {}

    def test_with_a_dead_token(self, youtube, juno, access, endpoint, units, act):
        mira = access()
        youtube.expire_tokens()

        with pytest.raises(TokenRefused):
            act(juno, mira)


class TestModerating:
    def test_a_message_is_deleted(self, youtube, juno, access):
        youtube.go_live()
        first, second = youtube.chat("juno", "one"), youtube.chat("juno", "two")

        YOUTUBE.delete_message(first, juno, channel=access())

        assert [said["id"] for said in youtube.messages()] == [second]
        assert youtube.quota_spent() == 20

    def test_a_message_that_is_gone(self, youtube, juno, access):
        youtube.go_live()
        first = youtube.chat("juno", "one")
        YOUTUBE.delete_message(first, juno, channel=access())

        with pytest.raises(ActRefused) as refusal:
            YOUTUBE.delete_message(first, juno, channel=access())

        assert refusal.value.params["reason"] == "The message was not found."

    def test_a_viewer_is_timed_out_and_let_in_again(self, youtube, juno, access):
        youtube.go_live()
        mira = access()

        reference = YOUTUBE.time_out(juno, 600, "caps", channel=mira)

        owner = youtube.state.user("miraplays")
        assert owner.bans == {reference: juno.id}
        assert owner.silenced[juno.id] == pytest.approx(time.time() + 600, abs=10)
        assert youtube.chat("juno", "more") == ""
        YOUTUBE.lift(juno, reference, channel=mira)
        assert youtube.chat("juno", "thanks")

    def test_a_viewer_is_banned_and_let_in_again(self, youtube, juno, access):
        youtube.go_live()
        mira = access()

        reference = YOUTUBE.ban(juno, "spam", channel=mira)

        owner = youtube.state.user("miraplays")
        assert (owner.bans, owner.silenced) == ({reference: juno.id}, {juno.id: None})
        YOUTUBE.lift(juno, reference, channel=mira)
        assert (owner.bans, owner.silenced) == ({}, {})

    def test_not_the_owner_and_nobody(self, youtube, access):
        youtube.go_live()

        for viewer in (Person(STREAMER), Person("UCnobody")):
            with pytest.raises(ActRefused):
                YOUTUBE.ban(viewer, "", channel=access())

        assert youtube.state.user("miraplays").bans == {}

    @pytest.mark.parametrize("name", ["time out", "ban"])
    def test_nobody_is_silenced_while_nobody_is_live(self, youtube, juno, access, name):
        with pytest.raises(NotLive) as refusal:
            MODERATING[name][2](juno, access())

        assert refusal.value.text.endswith("Go live, then try again.")
        assert youtube.calls(BANS) == []

    def test_a_ban_that_was_made_elsewhere_cannot_be_lifted(self, youtube, juno, access):
        youtube.go_live()
        youtube.ban("juno")

        with pytest.raises(MadeElsewhere) as refusal:
            YOUTUBE.lift(juno, "", channel=access())

        assert refusal.value.text == (
            "YouTube lifts only bans and timeouts that were made through Lumio, and this one was not. Lift it at "
            "YouTube itself."
        )
        assert (youtube.calls(BANS), youtube.quota_spent()) == ([], 0)

    def test_a_ban_is_lifted_once(self, youtube, juno, access):
        with pytest.raises(ActRefused) as refusal:
            YOUTUBE.lift(juno, "gone", channel=access())

        assert refusal.value.params["reason"] == "The ban was not found."


class TestLookingSomebodyUp:
    def test_somebody(self, youtube, juno, access):
        assert YOUTUBE.profile(juno, channel=access()) == Profile(
            created_at=datetime(2016, 12, 14, 20, 32, 28, tzinfo=UTC),
            avatar_url=f"https://yt3.ggpht.com/{juno.id}=s88",
            page_url=f"https://www.youtube.com/channel/{juno.id}",
        )
        assert youtube.quota_spent() == 1

    def test_somebody_who_is_gone(self, youtube, access):
        assert YOUTUBE.profile(Person("UCgone"), channel=access()) == Profile()

    def test_an_outage(self, youtube, juno, access):
        youtube.fail(CHANNELS, status=503)

        with pytest.raises(Unavailable):
            YOUTUBE.profile(juno, channel=access())
