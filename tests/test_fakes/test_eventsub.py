"""The simulated EventSub: the life of a socket, and the rules of the subscriptions API."""

from __future__ import annotations

import json
import re
import time

import pytest
import requests
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from connections.platforms.twitch.topics import TOPICS as OURS
from tests.fakes.proxy import FaultProxy
from tests.fakes.wire import environment
from tests.test_fakes.conftest import STREAMER

AS_MODERATOR = {"broadcaster_user_id": STREAMER, "moderator_user_id": STREAMER}
AS_READER = {"broadcaster_user_id": STREAMER, "user_id": STREAMER}
NANOSECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z")


# The socket


def test_welcome_names_the_session(open_socket):
    socket = open_socket()

    assert socket.welcome["metadata"]["message_type"] == "session_welcome"
    assert NANOSECONDS.fullmatch(socket.welcome["metadata"]["message_timestamp"])
    assert socket.session | {"id": "", "connected_at": ""} == {
        "id": "",
        "status": "connected",
        "connected_at": "",
        "keepalive_timeout_seconds": 10,
        "reconnect_url": None,
        "recovery_url": None,
    }


@pytest.mark.parametrize(("asked", "given"), [("5", 10), ("30", 30), ("9000", 600), ("soon", 10)])
def test_keepalive_time_is_clamped(open_socket, asked, given):
    socket = open_socket(query=f"?keepalive_timeout_seconds={asked}")

    assert socket.session["keepalive_timeout_seconds"] == given


def test_keepalives_fill_the_silence_until_switched_off(twitch, client, open_socket):
    twitch.configure(keepalive_timeout=1)
    socket = open_socket()
    client.listen(socket.id, "stream.online")

    keepalive = socket.read(timeout=3)
    twitch.configure(keepalives=False)

    assert keepalive["metadata"]["message_type"] == "session_keepalive"
    assert keepalive["payload"] == {}
    assert socket.is_silent(1.5)


def test_socket_without_subscription_is_closed(twitch, open_socket):
    twitch.configure(unused_timeout=0.1)

    assert open_socket().closed_with() == (4003, "connection unused")


def test_socket_that_lost_all_subscriptions_is_closed(twitch, client, open_socket):
    twitch.configure(unused_timeout=0.3)
    socket = open_socket()
    subscription = client.listen(socket.id, "stream.online").json()["data"][0]

    assert socket.is_silent(0.5)
    deleted = client.call("DELETE", f"/helix/eventsub/subscriptions?id={subscription['id']}")

    assert deleted.status_code == 204
    assert socket.closed_with() == (4003, "connection unused")


@pytest.mark.parametrize("message", ["hello", b"hello"])
def test_inbound_traffic_closes_the_socket(open_socket, message):
    socket = open_socket()

    socket.connection.send(message)

    assert socket.closed_with() == (4001, "client sent inbound traffic")


def test_client_pings_are_tolerated(twitch, client, open_socket):
    socket = open_socket()
    client.listen(socket.id, "stream.online")

    assert socket.connection.ping().wait(5)
    twitch.go_live()

    assert socket.event()["type"] == "live"


def test_ordered_close_code(twitch, open_socket):
    socket = open_socket()

    assert twitch.drop_socket(code=4000) == 1
    assert socket.closed_with() == (4000, "")


def test_abrupt_drop_ends_the_session_and_its_subscriptions(twitch, client, open_socket):
    socket = open_socket()
    client.listen(socket.id, "stream.online")

    assert twitch.drop_socket() == 1
    assert socket.closed_with() == (1006, "")
    assert twitch.sessions() == []
    assert twitch.go_live() == 0
    (row,) = client.get("/helix/eventsub/subscriptions").json()["data"]
    assert (row["status"], "disconnected_at" in row["transport"]) == ("websocket_disconnected", True)


def test_stopping_the_platform_and_starting_it_again_keeps_port_and_memory(twitch, client):
    port = twitch.port

    twitch.stop()
    with pytest.raises(requests.ConnectionError):
        client.get("/helix/users")
    twitch.start()

    assert twitch.port == port
    assert client.get("/helix/users").status_code == 200


# Moving to another socket


def test_reconnect_moves_subscriptions_and_then_silences_the_old_socket(twitch, client, open_socket):
    old = open_socket()
    client.listen(old.id, "channel.follow", "2", **AS_MODERATOR)

    assert twitch.reconnect() == 1
    session = old.read()["payload"]["session"]
    twitch.follow("during")
    assert old.event()["user_login"] == "during"
    new = open_socket(session["reconnect_url"])
    twitch.follow("after")

    assert (session["id"], session["status"]) == (old.id, "reconnecting")
    assert session["keepalive_timeout_seconds"] is None
    assert new.id != old.id
    assert new.event()["user_login"] == "after"
    assert old.is_silent()
    assert [row["transport"]["session_id"] for row in twitch.subscriptions()] == [new.id]
    assert twitch.duplicate_last() == 2
    assert (old.event()["user_login"], new.event()["user_login"]) == ("during", "after")


@pytest.mark.parametrize("client_moves", [True, False])
def test_old_socket_is_closed_when_the_grace_time_is_over(twitch, client, open_socket, client_moves):
    twitch.configure(reconnect_grace=2)
    old = open_socket()
    client.listen(old.id, "stream.online")
    twitch.reconnect()
    url = old.read()["payload"]["session"]["reconnect_url"]

    if client_moves:
        open_socket(url)

    assert old.closed_with() == (4004, "reconnect grace time expired")
    assert twitch.go_live() == (1 if client_moves else 0)


@pytest.mark.parametrize("change", ["&keepalive_timeout_seconds=30", "0"])
def test_changed_reconnect_url_is_an_invalid_reconnect(twitch, client, open_socket, change):
    old = open_socket()
    client.listen(old.id, "stream.online")
    twitch.reconnect()
    url = old.read()["payload"]["session"]["reconnect_url"]

    with pytest.raises(Exception, match="4007"):
        open_socket(url + change)


def test_reconnect_url_works_once(twitch, client, open_socket):
    old = open_socket()
    client.listen(old.id, "stream.online")
    twitch.reconnect()
    url = old.read()["payload"]["session"]["reconnect_url"]
    open_socket(url)

    with pytest.raises(Exception, match="4007"):
        open_socket(url)


# Messages


def test_notification_carries_subscription_and_event(twitch, client, open_socket):
    socket = open_socket()
    created = client.listen(socket.id, "channel.follow", "2", **AS_MODERATOR).json()["data"][0]

    assert twitch.follow("juno") == 1
    message = socket.read()

    assert set(message["metadata"]) == {
        "message_id",
        "message_type",
        "message_timestamp",
        "subscription_type",
        "subscription_version",
    }
    assert message["metadata"]["subscription_type"] == "channel.follow"
    assert message["metadata"]["subscription_version"] == "2"
    del created["transport"]["connected_at"]
    assert message["payload"]["subscription"] == created
    event = message["payload"]["event"]
    assert (event["user_login"], event["broadcaster_user_id"]) == ("juno", STREAMER)
    assert NANOSECONDS.fullmatch(event["followed_at"])


def test_duplicate_keeps_the_message_id(twitch, client, open_socket):
    socket = open_socket()
    client.listen(socket.id, "channel.follow", "2", **AS_MODERATOR)
    twitch.follow("juno")

    assert twitch.duplicate_last() == 1

    assert socket.read() == socket.read()


def test_raw_frames_go_out_as_they_are(twitch, open_socket):
    socket = open_socket()

    twitch.send_raw("{not json")
    twitch.send_raw({"metadata": {"message_type": "session_party"}})

    assert socket.connection.recv(timeout=30) == "{not json"
    assert socket.read() == {"metadata": {"message_type": "session_party"}}


def test_revoked_grant_revokes_every_subscription_once(twitch, client, open_socket):
    socket = open_socket()
    client.listen(socket.id, "stream.online")
    client.listen(socket.id, "channel.cheer")

    assert twitch.revoke_grant("mira_plays") == 2
    messages = [socket.read(), socket.read()]

    assert [message["metadata"]["message_type"] for message in messages] == ["revocation"] * 2
    assert [message["payload"]["subscription"]["type"] for message in messages] == ["stream.online", "channel.cheer"]
    assert {message["payload"]["subscription"]["status"] for message in messages} == {"authorization_revoked"}
    assert all("event" not in message["payload"] for message in messages)
    assert twitch.subscriptions() == []


def test_single_topics_can_be_revoked(twitch, client, open_socket):
    socket = open_socket()
    client.listen(socket.id, "stream.online")
    client.listen(socket.id, "channel.cheer")

    assert twitch.revoke_subscriptions("mira_plays", type="channel.cheer") == 1

    assert socket.read()["payload"]["subscription"]["status"] == "version_removed"
    assert [row["type"] for row in twitch.subscriptions()] == ["stream.online"]


# Creating subscriptions


def refusal(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["message"]


def test_created_subscription_is_listed_and_free(client, open_socket):
    socket = open_socket()

    created = client.listen(socket.id, "channel.follow", "2", **AS_MODERATOR)
    listed = client.get("/helix/eventsub/subscriptions?type=channel.follow").json()

    assert created.status_code == 202
    body = created.json()
    row = body["data"][0]
    assert (body["total"], body["total_cost"], body["max_total_cost"]) == (1, 0, 10)
    assert row | {"id": "", "created_at": ""} == {
        "id": "",
        "status": "enabled",
        "type": "channel.follow",
        "version": "2",
        "cost": 0,
        "condition": AS_MODERATOR,
        "created_at": "",
        "transport": {
            "method": "websocket",
            "session_id": socket.id,
            "connected_at": socket.session["connected_at"],
        },
    }
    assert listed["data"] == [row]
    assert listed["pagination"] == {}


@pytest.mark.parametrize(
    ("type", "version", "condition", "message"),
    [
        ("channel.follow", "1", AS_MODERATOR, "invalid subscription type and version"),
        ("channel.nonsense", "1", AS_READER, "invalid subscription type and version"),
        ("channel.follow", "2", {"broadcaster_user_id": STREAMER}, "invalid condition"),
        ("channel.cheer", "1", AS_MODERATOR, "invalid condition"),
        ("channel.raid", "1", {"broadcaster_user_id": STREAMER}, "invalid condition"),
        ("channel.cheer", "1", {"broadcaster_user_id": ""}, "invalid condition"),
    ],
)
def test_wrong_topic_or_condition_is_a_400(client, open_socket, type, version, condition, message):
    socket = open_socket()

    assert refusal(client.listen(socket.id, type, version, **condition)) == (400, message)


def test_version_table_can_be_changed(twitch, client, open_socket):
    socket = open_socket()

    del twitch.eventsub.topics["channel.follow", "2"]

    assert client.listen(socket.id, "channel.follow", "2", **AS_MODERATOR).status_code == 400


def test_unknown_session_is_a_400(client):
    answer = client.listen("AQoQnobody", "stream.online")

    assert refusal(answer) == (400, "session does not exist or has already disconnected")


def test_session_belongs_to_the_first_user(client, make_client, open_socket):
    socket = open_socket()
    client.listen(socket.id, "stream.online")

    answer = make_client("juno").listen(socket.id, "stream.offline")

    assert refusal(answer) == (400, "websocket transport cannot have subscriptions created by different users")


def test_app_token_is_refused_for_websockets(twitch, client, open_socket):
    app = next(iter(twitch.state.apps.values()))
    form = {
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "grant_type": "client_credentials",
    }
    client.token = requests.post(f"{twitch.url}/oauth2/token", data=form, timeout=30).json()["access_token"]

    answer = client.listen(open_socket().id, "stream.online")

    assert refusal(answer) == (400, "invalid transport and auth combination")


@pytest.mark.parametrize(
    ("user", "scope", "type", "version", "condition"),
    [
        ("mira_plays", "bits:read", "channel.follow", "2", AS_MODERATOR),
        ("juno", "bits:read", "channel.cheer", "1", {"broadcaster_user_id": STREAMER}),
        ("juno", "user:read:chat", "channel.chat.message", "1", AS_READER),
        (
            "juno",
            "moderator:read:followers",
            "channel.follow",
            "2",
            {"broadcaster_user_id": STREAMER, "moderator_user_id": "7"},
        ),
    ],
)
def test_wrong_scope_or_user_is_a_403(twitch, make_client, open_socket, user, scope, type, version, condition):
    twitch.add_user("juno", id="7")
    answer = make_client(user, scope).listen(open_socket().id, type, version, **condition)

    assert refusal(answer) == (403, "subscription missing proper authorization")


def test_moderator_may_listen_to_follows(twitch, make_client, open_socket):
    juno = twitch.add_user("juno").id
    twitch.make_moderator("juno")

    answer = make_client("juno").listen(
        open_socket().id, "channel.follow", "2", broadcaster_user_id=STREAMER, moderator_user_id=juno
    )

    assert answer.status_code == 202


def test_manage_scope_satisfies_the_read_scope(make_client, open_socket):
    client = make_client("mira_plays", "channel:manage:polls")

    assert client.listen(open_socket().id, "channel.poll.begin").status_code == 202


def test_the_same_again_is_a_409(client, open_socket):
    socket = open_socket()
    client.listen(socket.id, "stream.online")

    assert refusal(client.listen(socket.id, "stream.online")) == (409, "subscription already exists")


def test_fourth_socket_with_subscriptions_is_a_429_until_they_are_gone(twitch, client, open_socket):
    sockets = [open_socket() for _ in range(4)]
    for socket in sockets[:3]:
        assert client.listen(socket.id, "stream.online").status_code == 202

    answer = client.listen(sockets[3].id, "stream.online")
    twitch.drop_socket()
    newcomer = open_socket()

    assert refusal(answer) == (429, "number of websocket transports limit exceeded")
    assert client.listen(newcomer.id, "stream.online").status_code == 202


def test_channels_that_did_not_let_us_in_cost_points(twitch, client, open_socket):
    socket = open_socket()

    answers = [
        client.listen(socket.id, "stream.online", broadcaster_user_id=twitch.add_user(f"stranger_{number}").id)
        for number in range(11)
    ]

    assert answers[9].json()["total_cost"] == 10
    assert refusal(answers[10]) == (429, "subscription maximum cost exceeded")


def test_three_hundred_subscriptions_per_socket(twitch, client, open_socket):
    socket = open_socket()
    app = next(iter(twitch.state.apps))
    for number in range(301):
        twitch.state.consent(app, twitch.add_user(f"friend_{number}", id=f"f{number}").id, [])
        answer = client.listen(socket.id, "stream.online", broadcaster_user_id=f"f{number}")
        assert answer.status_code == (202 if number < 300 else 429)

    first = client.get("/helix/eventsub/subscriptions").json()
    last = client.get(f"/helix/eventsub/subscriptions?after={int(first['pagination']['cursor']) * 2}").json()

    assert (len(first["data"]), first["total"]) == (100, 300)
    assert (len(last["data"]), last["pagination"]) == (100, {})


def test_deleting_what_is_not_there_is_a_404(client):
    answer = client.call("DELETE", "/helix/eventsub/subscriptions?id=x")

    assert refusal(answer) == (404, "subscription not found")


def test_subscriptions_need_token_and_client_id(client):
    assert client.get("/helix/eventsub/subscriptions", headers={"Client-Id": ""}).status_code == 401


def test_failing_handshake(twitch, open_socket):
    twitch.fail("/eventsub/ws", status=503)

    with pytest.raises(InvalidStatus):
        open_socket()
    assert open_socket().session["status"] == "connected"


def test_client_that_stops_ponging_is_dropped(twitch, client):
    twitch.configure(ping_interval=0.2)
    with FaultProxy.to(twitch.url) as proxy:
        url = environment(proxy.url)["TWITCH_EVENTSUB_WS_URL"]
        with connect(url, ping_interval=None, proxy=None, close_timeout=0.1) as connection:
            session_id = json.loads(connection.recv(timeout=30))["payload"]["session"]["id"]
            client.listen(session_id, "stream.online")

            proxy.set(frozen=True)
            deadline = time.monotonic() + 5
            while twitch.sessions() and time.monotonic() < deadline:
                time.sleep(0.05)
            proxy.cut()

    assert twitch.sessions() == []
    (row,) = client.get("/helix/eventsub/subscriptions").json()["data"]
    assert row["status"] == "websocket_failed_ping_pong"


@pytest.mark.parametrize("topic", OURS, ids=lambda topic: f"{topic.type} {topic.condition('x')}")
def test_every_topic_of_ours_is_open_to_its_scope_and_to_no_other(make_client, open_socket, topic):
    condition = topic.condition(STREAMER)
    session = open_socket().id

    lacking = make_client("mira_plays", "user:read:email").listen(session, topic.type, topic.version, **condition)
    wrong = make_client("mira_plays").listen(session, topic.type, topic.version, nobody="1")
    right = make_client("mira_plays", topic.scope or "user:read:email").listen(
        session, topic.type, topic.version, **condition
    )

    assert lacking.status_code == (403 if topic.scope else 202)
    assert wrong.status_code == 400
    assert right.status_code == (202 if topic.scope else 409)


@pytest.mark.parametrize("status", ["authorization_revoked", "user_removed", "version_removed", "moderator_removed"])
def test_a_subscription_is_revoked_with_any_status(twitch, client, open_socket, status):
    socket = open_socket()
    client.listen(socket.id, "channel.cheer")

    assert twitch.revoke_subscriptions("mira_plays", status=status) == 1

    message = socket.read()
    assert (message["metadata"]["message_type"], message["payload"]["subscription"]["status"]) == ("revocation", status)
    assert "event" not in message["payload"]
