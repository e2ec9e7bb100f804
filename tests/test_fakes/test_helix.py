"""The simulated api.twitch.tv/helix: who may ask, what comes back, and chat going out."""

from __future__ import annotations

import requests

from tests.test_fakes.conftest import STREAMER


def error_of(answer: requests.Response) -> tuple[int, str, str]:
    body = answer.json()
    assert body["status"] == answer.status_code
    return answer.status_code, body["error"], body["message"]


# The gate


def test_missing_token_or_client_id_is_a_401(twitch, client):
    bare = requests.get(f"{twitch.url}/helix/users", timeout=30)
    without_id = requests.get(
        f"{twitch.url}/helix/users", headers={"Authorization": f"Bearer {client.token}"}, timeout=30
    )

    assert error_of(bare) == (401, "Unauthorized", "OAuth token is missing")
    assert error_of(without_id) == (401, "Unauthorized", "Client ID is missing")


def test_wrong_token_or_client_id_is_a_401(client):
    wrong_token = client.get("/helix/users", headers={"Authorization": "Bearer x"})
    wrong_id = client.get("/helix/users", headers={"Client-Id": "x"})

    assert error_of(wrong_token) == (401, "Unauthorized", "Invalid OAuth token")
    assert error_of(wrong_id) == (401, "Unauthorized", "Client ID and OAuth token do not match")


def test_expired_token_is_a_401(twitch, client):
    twitch.expire_tokens()

    assert error_of(client.get("/helix/users")) == (401, "Unauthorized", "Invalid OAuth token")


def test_points_are_counted_down_and_an_empty_bucket_is_a_429(twitch, client):
    twitch.configure(points_per_minute=2)

    answers = [client.get("/helix/users") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer.headers["Ratelimit-Remaining"] for answer in answers] == ["1", "0", "0"]
    assert answers[0].headers["Ratelimit-Limit"] == "2"
    assert int(answers[2].headers["Ratelimit-Reset"]) > 1_700_000_000


# Users, streams, channels


def test_users_without_parameters_is_the_tokens_own_user(twitch, make_client):
    client = make_client("mira_plays", "user:read:chat")

    rows = client.get("/helix/users").json()["data"]

    assert rows == [
        {
            "id": STREAMER,
            "login": "mira_plays",
            "display_name": "Mira_Plays",
            "type": "",
            "broadcaster_type": "",
            "description": "",
            "profile_image_url": f"{twitch.url}/jtv_user_pictures/mira_plays-profile_image-300x300.png",
            "offline_image_url": "",
            "view_count": 0,
            "created_at": "2016-12-14T20:32:28Z",
        }
    ]


def test_users_by_id_and_login_leaves_unknown_ones_out(twitch, client):
    twitch.add_user("juno", id="7", email="juno@example.org")

    rows = client.get(f"/helix/users?id=7&id=404&login=mira_plays&id={STREAMER}").json()["data"]

    assert [row["id"] for row in rows] == ["7", STREAMER, "31337"]
    assert [("email" in row) for row in rows] == [False, True, True]


def test_more_than_a_hundred_users_is_a_400(client):
    answer = client.get("/helix/users", params={"id": [str(number) for number in range(101)]})

    assert answer.status_code == 400


def test_streams_are_empty_until_the_channel_goes_live(twitch, client):
    path = f"/helix/streams?user_id={STREAMER}"

    before = client.get(path).json()
    twitch.go_live(viewers=12)
    live = client.get(path).json()["data"][0]
    twitch.set_viewers(13)

    assert before == {"data": [], "pagination": {}}
    assert (live["user_login"], live["type"], live["viewer_count"]) == ("mira_plays", "live", 12)
    assert live["title"] == "Hello"
    assert live["tags"] is None
    assert "{width}x{height}" in live["thumbnail_url"]
    assert client.get(path).json()["data"][0]["viewer_count"] == 13
    twitch.go_offline()
    assert client.get(path).json()["data"] == []


def test_channels_know_the_title_while_offline(client):
    rows = client.get(f"/helix/channels?broadcaster_id={STREAMER}").json()["data"]

    assert [(row["broadcaster_name"], row["title"], row["game_name"]) for row in rows] == [
        ("Mira_Plays", "Hello", "Chess")
    ]
    assert client.get("/helix/channels").status_code == 400


def test_change_channel_needs_the_scope_and_the_own_channel(twitch, client, make_client):
    twitch.add_user("juno", id="7")
    path = f"/helix/channels?broadcaster_id={STREAMER}"

    changed = client.call("PATCH", path, json={"title": "New"})
    unscoped = make_client("mira_plays", "bits:read").call("PATCH", path, json={"title": "No"})
    foreign = client.call("PATCH", "/helix/channels?broadcaster_id=7", json={"title": "No"})

    assert (changed.status_code, changed.content) == (204, b"")
    assert error_of(unscoped) == (401, "Unauthorized", "Missing scope: channel:manage:broadcast")
    assert foreign.status_code == 401
    assert client.get(path).json()["data"][0]["title"] == "New"


def test_moderators_are_those_of_the_own_channel(twitch, client, make_client):
    juno, otto = twitch.add_user("juno"), twitch.add_user("otto")
    twitch.make_moderator("juno")
    path = f"/helix/moderation/moderators?broadcaster_id={STREAMER}"

    unscoped = make_client("mira_plays", "bits:read").get(path)
    row = {"user_id": juno.id, "user_login": "juno", "user_name": "juno"}
    assert client.get(path).json() == {"data": [row], "pagination": {}}
    assert client.get(f"{path}&user_id={juno.id}").json()["data"] == [row]
    assert client.get(f"{path}&user_id={otto.id}").json()["data"] == []
    assert error_of(unscoped) == (401, "Unauthorized", "Missing scope: moderation:read")
    assert make_client("juno").get(path).status_code == 401


# Pictures


def test_pictures_come_from_the_stand_in(twitch, client):
    twitch.go_live()
    (user,) = client.get("/helix/users").json()["data"]
    (stream,) = client.get("/helix/streams").json()["data"]
    preview = stream["thumbnail_url"].format(width=320, height=180)
    emote = f"{twitch.url}/emoticons/v2/25/default/dark/1.0"

    for url in (user["profile_image_url"], preview, emote):
        answer = requests.get(url, timeout=30)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/svg+xml; charset=utf-8")
    assert requests.get(emote.replace("25", "404"), timeout=30).status_code == 404


# Chat


def send(client, text: object = "Hello", *, sender: str = STREAMER, channel: str = STREAMER) -> requests.Response:
    body = {"broadcaster_id": channel, "sender_id": sender, "message": text}
    return client.call("POST", "/helix/chat/messages", json=body)


def drop_code(answer: requests.Response) -> str:
    (row,) = answer.json()["data"]
    assert (answer.status_code, row["message_id"], row["is_sent"]) == (200, "", False)
    return row["drop_reason"]["code"]


def test_sent_message_has_an_id_and_comes_back_over_eventsub(client, open_socket):
    socket = open_socket()
    client.listen(socket.id, "channel.chat.message", broadcaster_user_id=STREAMER, user_id=STREAMER)

    (row,) = send(client).json()["data"]
    event = socket.event()

    assert row == {"message_id": event["message_id"], "is_sent": True, "drop_reason": None}
    assert event["message"]["text"] == "Hello"
    assert event["badges"] == [{"set_id": "broadcaster", "id": "1", "info": ""}]


def test_errors_of_sending(twitch, client, make_client):
    twitch.add_user("juno", id="7")

    assert send(client, "").status_code == 400
    assert send(client, None).status_code == 400
    assert send(client, sender="404").status_code == 400
    assert send(client, sender="7").status_code == 401
    assert error_of(send(make_client("mira_plays", "bits:read")))[2] == "Missing scope: user:write:chat"
    assert send(client, "x" * 501).status_code == 422
    assert send(client, "x" * 500).status_code == 200
    assert client.call("POST", "/helix/chat/messages", data="[").status_code == 400


def test_the_same_text_twice_is_dropped(client):
    send(client)

    assert drop_code(send(client)) == "msg_duplicate"


def test_a_drop_can_be_ordered(twitch, client):
    twitch.drop_next_message("msg_rejected", "held by AutoMod")

    assert drop_code(send(client)) == "msg_rejected"
    assert send(client).json()["data"][0]["is_sent"] is True


def test_ordinary_users_may_send_twenty_messages_in_thirty_seconds(twitch, make_client):
    juno = twitch.add_user("juno").id
    client = make_client("juno")

    for number in range(20):
        assert send(client, f"{number}", sender=juno).json()["data"][0]["is_sent"] is True
    assert drop_code(send(client, "one more", sender=juno)) == "msg_ratelimit"
    twitch.make_moderator("juno")
    assert send(client, "as a moderator", sender=juno).json()["data"][0]["is_sent"] is True


def test_banned_users_get_a_403(twitch, make_client):
    juno = twitch.add_user("juno").id
    twitch.ban("juno")

    assert send(make_client("juno"), sender=juno).status_code == 403


def test_app_token_speaks_for_a_bot_when_both_sides_consented(twitch, client):
    bot = twitch.add_user("mira_bot").id
    app = next(iter(twitch.state.apps.values()))
    form = {
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "grant_type": "client_credentials",
    }
    client.token = requests.post(f"{twitch.url}/oauth2/token", data=form, timeout=30).json()["access_token"]

    twitch.revoke_grant("mira_plays")
    assert error_of(send(client, sender=bot))[2] == "Missing scope: user:bot"
    twitch.issue_tokens("mira_bot", ["user:bot"])
    assert send(client, sender=bot).status_code == 403
    twitch.issue_tokens("mira_plays", ["channel:bot"])
    assert send(client, sender=bot).json()["data"][0]["is_sent"] is True


def test_reply_names_the_parent(twitch, client, open_socket):
    socket = open_socket()
    client.listen(socket.id, "channel.chat.message", broadcaster_user_id=STREAMER, user_id=STREAMER)
    parent = twitch.chat("juno", "Who is there?")
    body = {
        "broadcaster_id": STREAMER,
        "sender_id": STREAMER,
        "message": "Me",
        "reply_parent_message_id": parent,
    }

    client.call("POST", "/helix/chat/messages", json=body)
    socket.event()
    event = socket.event()

    assert event["message"]["text"] == "@juno Me"
    assert [piece["type"] for piece in event["message"]["fragments"]] == ["mention", "text"]
    assert event["reply"]["parent_message_id"] == event["reply"]["thread_message_id"] == parent
    assert event["reply"]["parent_message_body"] == "Who is there?"
    assert event["reply"]["parent_user_login"] == "juno"
