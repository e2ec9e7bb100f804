"""What each verb sends: payloads as Twitch writes them."""

from __future__ import annotations

import pytest

from tests.fakes.twitch import rounds
from tests.fakes.twitch.payloads import UNANNOUNCED
from tests.test_fakes.conftest import STREAMER

READER = {"user_id": STREAMER}
CHANNEL = {
    "broadcaster_user_id": STREAMER,
    "broadcaster_user_login": "mira_plays",
    "broadcaster_user_name": "Mira_Plays",
} | UNANNOUNCED
JUNO = {"user_id": "7", "user_login": "juno", "user_name": "Juno"}
NOBODY = {"user_id": None, "user_login": None, "user_name": None}


@pytest.fixture(autouse=True)
def juno(twitch):
    twitch.add_user("juno", id="7", name="Juno")


@pytest.fixture
def listen(client, open_socket):
    """A socket that listens to these topics of the streamer's channel, version 1."""

    def subscribe_to(*types: str):
        socket = open_socket()
        for type in types:
            condition = {"broadcaster_user_id": STREAMER} | (READER if ".chat." in type else {})
            assert client.listen(socket.id, type, **condition).status_code == 202
        return socket

    return subscribe_to


def without(event: dict, *keys: str) -> dict:
    return {key: value for key, value in event.items() if key not in keys}


def test_subscribe(twitch, listen):
    socket = listen("channel.subscribe", "channel.chat.notification")

    assert twitch.subscribe("juno", tier="2000", prime=False) == 1
    notice, event = socket.event(), socket.event()

    assert event == CHANNEL | JUNO | {"tier": "2000", "is_gift": False}
    assert notice["notice_type"] == "sub"
    assert notice["sub"] == {"sub_tier": "2000", "is_prime": False, "duration_months": 1}
    assert notice["system_message"] == "Juno subscribed at Tier 2."
    assert notice["raid"] is notice["announcement"] is None


def test_resub(twitch, listen):
    socket = listen("channel.subscription.message")

    twitch.resub("juno", 14, message="Kappa again", streak=None)

    assert socket.event() == CHANNEL | JUNO | {
        "tier": "1000",
        "message": {"text": "Kappa again", "emotes": [{"begin": 0, "end": 4, "id": "25"}]},
        "cumulative_months": 14,
        "streak_months": None,
        "duration_months": 1,
    }


def test_gift_bomb_is_one_gift_and_a_subscription_for_everybody(twitch, listen):
    socket = listen("channel.subscription.gift", "channel.subscribe", "channel.chat.notification")

    assert twitch.gift("juno", 3, recipients=["ada", "ben", "cleo"], cumulative=8) == 4
    notices = [socket.event() for _ in range(4)]
    gift, *subs = [socket.event() for _ in range(4)]

    assert [notice["notice_type"] for notice in notices] == ["community_sub_gift"] + ["sub_gift"] * 3
    bomb = notices[0]["community_sub_gift"]
    assert without(bomb, "id") == {"total": 3, "sub_tier": "1000", "cumulative_total": 8}
    assert [notice["sub_gift"]["community_gift_id"] for notice in notices[1:]] == [bomb["id"]] * 3
    assert [notice["sub_gift"]["recipient_user_login"] for notice in notices[1:]] == ["ada", "ben", "cleo"]
    assert gift == CHANNEL | JUNO | {
        "total": 3,
        "tier": "1000",
        "cumulative_total": 8,
        "is_anonymous": False,
    }
    assert [(sub["user_login"], sub["is_gift"]) for sub in subs] == [("ada", True), ("ben", True), ("cleo", True)]


def test_notices_of_a_gift_come_only_where_they_were_asked_for(twitch, listen):
    socket = listen("channel.subscription.gift")

    assert twitch.gift("juno", 2) == 1

    assert socket.event()["total"] == 2
    assert socket.is_silent()


def test_recipients_may_come_before_the_gift(twitch, listen):
    socket = listen("channel.subscription.gift", "channel.subscribe")

    twitch.gift("juno", 2, gift_last=True)
    events = [socket.event() for _ in range(3)]

    assert ["total" in event for event in events] == [False, False, True]


def test_anonymous_single_gift_has_nulls_and_no_community_notice(twitch, listen):
    socket = listen("channel.subscription.gift", "channel.chat.notification")

    twitch.gift(anonymous=True)
    notice, gift = socket.event(), socket.event()

    assert gift == CHANNEL | NOBODY | {
        "total": 1,
        "tier": "1000",
        "cumulative_total": None,
        "is_anonymous": True,
    }
    assert (notice["notice_type"], notice["chatter_is_anonymous"]) == ("sub_gift", True)
    assert (notice["chatter_user_id"], notice["sub_gift"]["community_gift_id"]) == (None, None)


def test_gift_with_the_wrong_number_of_recipients_is_refused(twitch):
    with pytest.raises(ValueError, match="1 recipients for 2 gifts"):
        twitch.gift("juno", 2, recipients=["ada"])


def test_cheer_is_a_chat_message_too(twitch, listen):
    socket = listen("channel.cheer", "channel.chat.message")

    twitch.cheer("juno", 150, message="Cheer150 bravo")
    chat, event = socket.event(), socket.event()

    assert event == CHANNEL | JUNO | {"is_anonymous": False, "message": "Cheer150 bravo", "bits": 150}
    assert chat["cheer"] == {"bits": 150}
    assert chat["message"]["fragments"][0] == {
        "type": "cheermote",
        "text": "Cheer150",
        "cheermote": {"prefix": "cheer", "bits": 150, "tier": 2},
        "emote": None,
        "mention": None,
    }


def test_anonymous_cheer_has_nulls_and_a_stand_in_name_in_chat(twitch, listen):
    socket = listen("channel.cheer", "channel.chat.message")

    twitch.cheer(bits=1, anonymous=True)
    chat, event = socket.event(), socket.event()

    assert event == CHANNEL | NOBODY | {"is_anonymous": True, "message": "Cheer1", "bits": 1}
    assert chat["chatter_user_login"] == "ananonymouscheerer"


def test_raid_goes_to_both_channels(twitch, client, open_socket):
    incoming, outgoing = open_socket(), open_socket()
    client.listen(incoming.id, "channel.raid", to_broadcaster_user_id=STREAMER)
    client.listen(outgoing.id, "channel.raid", from_broadcaster_user_id="7")

    assert twitch.raid("juno", viewers=99) == 2

    expected = {
        "from_broadcaster_user_id": "7",
        "from_broadcaster_user_login": "juno",
        "from_broadcaster_user_name": "Juno",
        "to_broadcaster_user_id": STREAMER,
        "to_broadcaster_user_login": "mira_plays",
        "to_broadcaster_user_name": "Mira_Plays",
        "viewers": 99,
    } | UNANNOUNCED
    assert incoming.event() == outgoing.event() == expected


def test_chat(twitch, listen):
    socket = listen("channel.chat.message")

    message_id = twitch.chat("juno", "Hi @mira_plays  Kappa !", color="#ff7f50")
    event = socket.event()

    assert event["message_id"] == message_id
    assert (event["chatter_user_name"], event["color"], event["badges"]) == ("Juno", "#ff7f50", [])
    pieces = event["message"]["fragments"]
    assert [piece["type"] for piece in pieces] == ["text", "mention", "text", "emote", "text"]
    assert "".join(piece["text"] for piece in pieces) == event["message"]["text"] == "Hi @mira_plays  Kappa !"
    assert event["cheer"] is event["reply"] is event["source_broadcaster_user_id"] is None
    assert event["channel_points_custom_reward_id"] is None


def test_chat_of_a_user_without_colour_has_an_empty_string(twitch, listen):
    socket = listen("channel.chat.message")

    twitch.chat("juno", "hi", badges=[{"set_id": "vip", "id": "1", "info": ""}])
    event = socket.event()

    assert (event["color"], event["badges"]) == ("", [{"set_id": "vip", "id": "1", "info": ""}])


def test_reply_to_a_reply_keeps_the_thread(twitch, listen):
    socket = listen("channel.chat.message")

    first = twitch.chat("juno", "one")
    second = twitch.chat("mira_plays", "two", reply_to=first)
    twitch.chat("juno", "three", reply_to=second)
    socket.event(), socket.event()
    reply = socket.event()["reply"]

    assert (reply["parent_message_id"], reply["thread_message_id"]) == (second, first)
    assert (reply["parent_user_login"], reply["thread_user_login"]) == ("mira_plays", "juno")


def test_reply_to_nothing_is_refused(twitch):
    with pytest.raises(LookupError, match="no message x"):
        twitch.chat("juno", "hello?", reply_to="x")


def test_shared_chat_names_the_source(twitch, listen):
    socket = listen("channel.chat.message")

    twitch.chat("juno", "hi", source="otto_tv")
    event = socket.event()

    assert (event["source_broadcaster_user_login"], event["is_source_only"]) == ("otto_tv", False)


def test_moderation_events(twitch, listen):
    socket = listen("channel.chat.message_delete", "channel.chat.clear_user_messages", "channel.chat.clear")
    message_id = twitch.chat("juno", "spam")

    twitch.delete_message(message_id)
    twitch.clear_user("juno")
    twitch.clear_chat()

    juno = {"target_user_id": "7", "target_user_login": "juno", "target_user_name": "Juno"}
    assert socket.event() == CHANNEL | juno | {"message_id": message_id}
    assert socket.event() == CHANNEL | juno
    assert socket.event() == CHANNEL


def test_stream_events(twitch, listen):
    socket = listen("stream.online", "stream.offline")

    twitch.go_live()
    twitch.go_offline()

    online = socket.event()
    assert without(online, "id", "started_at") == CHANNEL | {"type": "live"}
    assert socket.event() == CHANNEL


def test_channel_update_comes_from_the_verb_and_from_the_api(twitch, client, open_socket):
    socket = open_socket()
    client.listen(socket.id, "channel.update", "2")

    twitch.update_channel(title="One", category_id="743", category_name="Chess")
    client.call("PATCH", f"/helix/channels?broadcaster_id={STREAMER}", json={"title": "Two"})

    assert socket.event() == CHANNEL | {
        "title": "One",
        "language": "en",
        "category_id": "743",
        "category_name": "Chess",
        "content_classification_labels": [],
    }
    assert socket.event()["title"] == "Two"


def test_events_of_other_channels_do_not_arrive(twitch, listen):
    socket = listen("channel.chat.message", "channel.cheer")

    assert twitch.cheer("juno", channel="otto_tv") == 0
    assert socket.is_silent()


def test_emit_sends_what_has_no_verb(twitch, listen):
    socket = listen("channel.ban")

    assert twitch.emit("channel.ban", {"broadcaster_user_id": STREAMER, "reason": "spam"}) == 1

    assert socket.event()["reason"] == "spam"


def test_bans_timeouts_and_their_ends_tell_chat_too(twitch, listen):
    socket = listen("channel.ban", "channel.unban", "channel.chat.clear_user_messages")

    assert twitch.ban("juno", reason="spam", moderator="mira_plays") == 1
    cleared, banned = socket.event(), socket.event()
    assert twitch.timeout("juno", 600) == 1
    socket.event()
    silenced = socket.event()
    assert twitch.unban("juno") == 1

    assert cleared["target_user_id"] == "7"
    moderator = {
        "moderator_user_id": STREAMER,
        "moderator_user_login": "mira_plays",
        "moderator_user_name": "Mira_Plays",
    }
    assert without(banned, "banned_at") == CHANNEL | JUNO | moderator | {
        "reason": "spam",
        "ends_at": None,
        "is_permanent": True,
    }
    assert (silenced["ends_at"] > silenced["banned_at"], silenced["is_permanent"]) == (True, False)
    assert socket.event() == CHANNEL | JUNO | moderator
    assert twitch.state.user("mira_plays").silenced == {}


def test_a_redemption_is_settled_by_its_id(twitch, listen):
    add, update = (f"channel.channel_points_custom_reward_redemption.{step}" for step in ("add", "update"))
    socket = listen(add, update)

    redeemed = twitch.redemption("juno", "Hydrate!", cost=300, text="now")
    assert twitch.settle_redemption(redeemed, status="canceled") == 1
    added, settled = socket.event(), socket.event()

    assert (added["id"], added["status"], added["reward"]["cost"]) == (redeemed, "unfulfilled", 300)
    assert settled == added | {"status": "canceled"}


def test_a_shoutout_reaches_both_channels(twitch, client, open_socket):
    sent, received = open_socket(), open_socket()
    twitch.add_user("otto_tv", id="8")
    client.listen(sent.id, "channel.shoutout.create", broadcaster_user_id=STREAMER, moderator_user_id=STREAMER)
    client.listen(received.id, "channel.shoutout.receive", broadcaster_user_id=STREAMER, moderator_user_id=STREAMER)

    assert twitch.shoutout("otto_tv", viewers=12) == 1
    assert twitch.shoutout("mira_plays", viewers=3, channel="otto_tv") == 1

    assert (sent.event()["to_broadcaster_user_id"], received.event()["from_broadcaster_user_id"]) == ("8", "8")


@pytest.mark.parametrize(
    ("verb", "arguments", "type", "details"),
    [
        ("announcement", {"text": "Break", "color": "BLUE"}, "announcement", {"color": "BLUE"}),
        ("watch_streak", {"streams": 7}, "watch_streak", {"streak_count": 7, "channel_points_awarded": 450}),
        ("bits_badge", {"tier": 5000}, "bits_badge_tier", {"tier": 5000}),
        ("continue_prime", {"tier": "2000"}, "prime_paid_upgrade", {"sub_tier": "2000"}),
    ],
)
def test_notices_have_one_object_named_like_their_type(twitch, listen, verb, arguments, type, details):
    socket = listen("channel.chat.notification")

    assert getattr(twitch, verb)("juno", **arguments) == 1
    event = socket.event()

    assert (event["notice_type"], event[type], event["raid"], event["shared_chat_raid"]) == (type, details, None, None)
    assert event["source_broadcaster_user_id"] is None


def test_a_notice_of_the_other_channel_has_a_type_of_its_own(twitch, listen):
    socket = listen("channel.chat.notification")

    twitch.announcement("juno", "Hello there", source="otto_tv")
    event = socket.event()

    assert (event["notice_type"], event["announcement"]) == ("shared_chat_announcement", None)
    assert event["shared_chat_announcement"] == {"color": "PRIMARY"}
    assert event["source_broadcaster_user_login"] == "otto_tv"


def test_gifts_that_are_passed_on_and_donations(twitch, listen):
    socket = listen("channel.chat.notification")

    twitch.continue_gift("juno")
    twitch.pay_it_forward("juno", gifter="ada", recipient="ben")
    twitch.donate("juno", 500, currency="JPY", places=0)
    kept, passed, donated = socket.event(), socket.event(), socket.event()

    assert (kept["gift_paid_upgrade"]["gifter_is_anonymous"], kept["gift_paid_upgrade"]["gifter_user_id"]) == (
        True,
        None,
    )
    assert passed["pay_it_forward"]["recipient_user_login"] == "ben"
    assert donated["charity_donation"]["amount"] == {"value": 500, "decimal_place": 0, "currency": "JPY"}


def test_a_shuffled_bomb_has_all_of_its_pieces(twitch, listen):
    socket = listen("channel.subscription.gift", "channel.subscribe")

    assert twitch.gift("juno", 4, recipients=["ada", "ben", "cleo", "dan"], shuffled=True) == 5
    events = [socket.event() for _ in range(5)]

    assert sorted(event["user_login"] for event in events) == ["ada", "ben", "cleo", "dan", "juno"]


STEPS = [(kind, step) for kind, steps in rounds.STEPS.items() for step in steps]


@pytest.mark.parametrize(("kind", "step"), STEPS)
def test_every_step_of_a_round_is_a_topic_of_the_same_thing(twitch, client, open_socket, kind, step):
    socket = open_socket()
    version = "2" if kind == "hype_train" else "1"
    assert client.listen(socket.id, f"channel.{kind}.{step}", version).status_code == 202

    getattr(twitch, kind)("begin")
    if step != "begin":
        getattr(twitch, kind)(step)
    event = socket.event()

    assert event["id"] == twitch._rounds[kind, STREAMER]["id"]
    assert event["broadcaster_user_id"] == STREAMER
    assert ("ended_at" in event) == (step == "end")


def test_a_round_keeps_what_a_step_does_not_say(twitch, listen):
    socket = listen("channel.poll.progress", "channel.poll.end", "channel.prediction.end")

    twitch.poll("begin", title="Roof?", choices=["A", "B"])
    twitch.poll("progress", votes=[3, 1])
    twitch.poll("end", status="archived")
    twitch.prediction("begin", outcomes=["Yes", "No"])
    twitch.prediction("end")
    progress, end, refund = socket.event(), socket.event(), socket.event()

    assert (end["title"], end["status"], [one["votes"] for one in end["choices"]]) == ("Roof?", "archived", [3, 1])
    assert progress["choices"] == end["choices"]
    assert (refund["status"], refund["winning_outcome_id"]) == ("canceled", None)


def test_a_step_of_nothing_is_refused(twitch):
    with pytest.raises(LookupError, match="no poll has begun"):
        twitch.poll("end")
    with pytest.raises(ValueError, match="a goal has no step lock"):
        twitch.goal("lock")


def test_an_ad_break_says_who_asked_for_it(twitch, listen):
    socket = listen("channel.ad_break.begin")

    twitch.ad_break(90)
    twitch.ad_break(30, requester="juno")
    automatic, asked = socket.event(), socket.event()

    assert (automatic["is_automatic"], automatic["requester_user_id"]) == (True, STREAMER)
    assert (asked["is_automatic"], asked["requester_user_id"], asked["duration_seconds"]) == (False, "7", 30)
