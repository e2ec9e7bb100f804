"""The simulated api.twitch.tv/helix/moderation: who may, what is refused, and who hears of it."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.test_fakes.conftest import STREAMER

BANS, DELETIONS = "/helix/moderation/bans", "/helix/moderation/chat"
JUNO = "7"


@pytest.fixture(autouse=True)
def _juno(twitch) -> None:
    twitch.add_user("juno", id=JUNO, name="Juno")


def ban(client, moderator: str = STREAMER, **wish: Any) -> requests.Response:
    params = {"broadcaster_id": STREAMER, "moderator_id": moderator}
    return client.call("POST", BANS, params=params, json={"data": {"user_id": JUNO, **wish}})


def unban(client) -> requests.Response:
    params = {"broadcaster_id": STREAMER, "moderator_id": STREAMER, "user_id": JUNO}
    return client.call("DELETE", BANS, params=params)


def delete(client, message_id: str | None, moderator: str = STREAMER) -> requests.Response:
    params = {"broadcaster_id": STREAMER, "moderator_id": moderator, "message_id": message_id}
    return client.call("DELETE", DELETIONS, params=params)


def test_a_ban_silences_clears_and_is_told(twitch, client, open_socket):
    socket = open_socket()
    own = {"broadcaster_user_id": STREAMER, "user_id": STREAMER}
    client.listen(socket.id, "channel.ban")
    client.listen(socket.id, "channel.unban")
    client.listen(socket.id, "channel.chat.clear_user_messages", **own)
    twitch.chat("juno", "spam")

    banned = ban(client, reason="spam")
    events = [socket.event(), socket.event()]

    [row] = banned.json()["data"]
    assert (banned.status_code, row["user_id"], row["end_time"]) == (200, JUNO, None)
    assert events[0]["target_user_id"] == JUNO
    assert (events[1]["reason"], events[1]["is_permanent"], events[1]["moderator_user_id"]) == ("spam", True, STREAMER)
    assert (twitch.chat("juno", "more"), twitch.messages()) == ("", [])
    assert ban(client).status_code == ban(client, duration=60).status_code == 400
    assert (unban(client).status_code, unban(client).status_code) == (204, 400)
    assert socket.event()["user_id"] == JUNO
    assert twitch.chat("juno", "thanks")


def test_a_timeout_ends_by_itself(twitch, client):
    [row] = ban(client, duration=600).json()["data"]

    assert row["end_time"] > row["created_at"]
    assert twitch.chat("juno", "more") == ""
    twitch.state.user(STREAMER).silenced[JUNO] -= 601
    assert twitch.chat("juno", "back again")


def test_a_deleted_message_is_gone_and_told(twitch, client, open_socket):
    socket = open_socket()
    own = {"broadcaster_user_id": STREAMER, "user_id": STREAMER}
    client.listen(socket.id, "channel.chat.message_delete", **own)
    client.listen(socket.id, "channel.chat.clear", **own)
    message_id, kept = twitch.chat("juno", "spam"), twitch.chat("juno", "tea?")

    assert (delete(client, message_id).status_code, delete(client, message_id).status_code) == (204, 404)

    assert socket.event()["message_id"] == message_id
    assert [event["message_id"] for event in twitch.messages()] == [kept]
    assert (delete(client, None).status_code, twitch.messages()) == (204, [])
    assert socket.event()["broadcaster_user_id"] == STREAMER


@pytest.mark.parametrize("wish", [{"duration": 0}, {"duration": 1_209_601}, {"duration": "60"}, {"reason": "x" * 501}])
def test_wrong_wishes(client, twitch, wish):
    assert ban(client, **wish).status_code == 400
    assert twitch.state.user(STREAMER).silenced == {}


def test_who_may_not(twitch, client, make_client):
    message_id = twitch.chat("juno", "spam")
    twitch.make_moderator("otto")
    otto, lena = twitch.state.user("otto").id, twitch.add_user("lena").id

    assert ban(make_client("mira_plays", "bits:read")).status_code == 401
    assert ban(client, moderator=otto).status_code == 401
    assert ban(make_client("lena"), moderator=lena).status_code == 403
    assert delete(make_client("lena"), message_id, moderator=lena).status_code == 403
    assert twitch.state.user(STREAMER).silenced == {}
    assert ban(make_client("otto"), moderator=otto).status_code == 200


def test_followers_and_since_when(twitch, client, make_client):
    path = f"/helix/channels/followers?broadcaster_id={STREAMER}"
    twitch.add_user("lena", id="8")
    twitch.follow("juno")

    everybody, nobody = client.get(path).json(), client.get(f"{path}&user_id=8").json()

    assert (everybody["total"], [row["user_login"] for row in everybody["data"]]) == (1, ["juno"])
    assert everybody["data"][0]["followed_at"].startswith("20")
    assert nobody["data"] == []
    hidden = make_client("mira_plays", "bits:read").get(path).json()
    assert (hidden["total"], hidden["data"]) == (1, [])
