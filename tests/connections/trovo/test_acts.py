"""Speaking and looking people up, against the stand-in over the wire."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connections.enums import Act
from connections.platforms import PLATFORMS
from connections.platforms.chatting import Profile
from connections.platforms.failures import (
    FollowersOnly,
    LinksRefused,
    MessageBlocked,
    MessageRepeated,
    NoAnswer,
    NotSent,
    RateLimited,
    RefusedOddly,
    ScopeMissing,
    SenderBanned,
    SenderNotLetIn,
    SlowMode,
    TokenRefused,
    Unavailable,
)
from connections.platforms.trovo.scopes import BOT_SCOPES, SCOPES
from events.types import Person
from tests.connections.trovo.conftest import STREAMER

TROVO = PLATFORMS["trovo"]
SEND, CHANNEL = "/openplatform/chat/send", "/openplatform/channels/id"


def said(trovo) -> list[tuple[str, str, str]]:
    return [(spoken.channel_id, spoken.sender_id, spoken.content) for spoken in trovo.spoken()]


class TestSpeaking:
    def test_into_the_own_channel(self, trovo, access):
        message_id = TROVO.say("Hello", channel_id=STREAMER, sender=access())

        assert (said(trovo), message_id) == ([(STREAMER, STREAMER, "Hello")], "")

    def test_a_bot_into_a_channel_that_has_let_it_in(self, trovo, access):
        otto = access("otto", BOT_SCOPES)
        trovo.issue_tokens("mira_plays", ["send_to_my_channel"])

        TROVO.say("Hello", channel_id=STREAMER, sender=otto)

        assert said(trovo) == [(STREAMER, otto.channel_id, "Hello")]

    def test_a_bot_into_a_channel_that_has_not(self, trovo, access):
        with pytest.raises(SenderNotLetIn) as refusal:
            TROVO.say("Hello", channel_id=STREAMER, sender=access("otto", BOT_SCOPES))

        assert refusal.value.params["reason"] == "noPermission"
        assert said(trovo) == []

    def test_the_same_twice(self, trovo, access):
        otto = access("otto", BOT_SCOPES)
        trovo.issue_tokens("mira_plays", ["send_to_my_channel"])
        TROVO.say("Hello", channel_id=STREAMER, sender=otto)

        with pytest.raises(MessageRepeated):
            TROVO.say("Hello", channel_id=STREAMER, sender=otto)

        assert len(said(trovo)) == 1

    def test_what_trovo_has_other_words_for(self, trovo, access):
        with pytest.raises(NotSent) as refusal:
            TROVO.say("", channel_id=STREAMER, sender=access())

        assert refusal.value.params["reason"] == "invalidParameters"

    def test_without_the_scope(self, trovo, access):
        with pytest.raises(ScopeMissing):
            TROVO.say("Hello", channel_id=STREAMER, sender=access(scopes=SCOPES[1:]))

    def test_with_a_dead_token(self, trovo, access):
        sender = access()
        trovo.expire_tokens()

        with pytest.raises(TokenRefused):
            TROVO.say("Hello", channel_id=STREAMER, sender=sender)

    def test_an_answer_that_gets_lost_may_have_been_heard(self, trovo, access):
        trovo.fail(SEND, close=True)

        with pytest.raises(NoAnswer) as refusal:
            TROVO.say("Hello", channel_id=STREAMER, sender=access())

        assert refusal.value.outcome_unknown

    @pytest.mark.parametrize(
        ("number", "failure"),
        [
            (10908, MessageRepeated),
            (11101, MessageBlocked),
            (11103, MessageBlocked),
            (11400, NotSent),
            (11706, RateLimited),
            (11707, SenderNotLetIn),
            (12400, SenderBanned),
            (12401, SlowMode),
            (12402, FollowersOnly),
            (12905, LinksRefused),
            (12906, MessageBlocked),
            (12999, NotSent),
        ],
    )
    def test_a_number_says_why_not(self, trovo, access, number, failure):
        trovo.fail(SEND, status=400, body={"status": number, "error": "no", "message": "Some words."})

        with pytest.raises(failure) as refusal:
            TROVO.say("Hello", channel_id=STREAMER, sender=access())

        assert type(refusal.value) is failure
        assert refusal.value.text.count("Trovo") == 1
        assert said(trovo) == []

    @pytest.mark.parametrize("fault", [{"status": 500}, {"status": 403, "body": "<html>no</html>"}])
    def test_an_outage_is_no_matter_of_the_message(self, trovo, access, fault):
        trovo.fail(SEND, **fault)

        with pytest.raises(Unavailable):
            TROVO.say("Hello", channel_id=STREAMER, sender=access())


def test_why_nobody_is_moderated_is_said():
    lacking = {act: str(TROVO.chat.lacks[act]) for act in Act if act not in TROVO.chat.acts}

    assert set(lacking) == {Act.REPLY, Act.DELETE, Act.TIMEOUT, Act.BAN, Act.UNBAN}
    assert lacking[Act.BAN] == (
        "Trovo gives Lumio two permissions, and both are needed for your chat and your name. Moderate in Trovo's own "
        "chat."
    )


class TestLookingSomebodyUp:
    def test_somebody(self, trovo, access):
        juno = trovo.add_user("juno")

        assert TROVO.profile(Person(juno.id, "juno"), channel=access()) == Profile(
            created_at=datetime.fromtimestamp(1_580_000_000, UTC),
            avatar_url=f"https://headicon.trovo.live/user/{juno.id}.png?ext=png&t=0",
            page_url="https://trovo.live/juno",
        )

    def test_somebody_whose_name_is_not_known(self, trovo, access):
        assert TROVO.profile(Person("5"), channel=access()) == Profile()
        assert trovo.calls(CHANNEL) == []

    def test_somebody_who_is_gone(self, trovo, access):
        with pytest.raises(RefusedOddly):
            TROVO.profile(Person("5", "gone"), channel=access())

    @pytest.mark.parametrize("created_at", ["soon", None, "0", "9" * 18])
    def test_a_moment_that_is_none(self, trovo, access, created_at):
        trovo.fail(CHANNEL, status=200, body={"created_at": created_at})

        assert TROVO.profile(Person("5", "juno"), channel=access()).created_at is None
