from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.asyncio.server import serve

from connections.platforms.sockets import decoded
from connections.platforms.twitch.ingest import REMEMBERED_IDS, Listener, Seen, Session
from connections.platforms.twitch.scopes import SCOPES
from connections.platforms.twitch.sockets import CLOSE_CODES, is_platforms_own
from connections.platforms.twitch.topics import TOPICS
from events.enums import Kind, SourceState
from events.ingest.base import Failure
from events.types import StreamEvent
from lumio.lib.sockets import MAX_FRAME
from tests.connections.conftest import STREAMER, point_lumio_at
from tests.connections.twitch.conftest import FAST, Recorder, listening
from tests.fakes.proxy import FaultProxy
from tests.waiting import until


def subscribe_calls(twitch) -> list[str]:
    return [call.parameters["type"] for call in twitch.calls("POST /helix/eventsub/subscriptions")]


async def test_every_topic_is_subscribed_to_and_events_arrive(twitch, outlet, grant_of):
    async with listening(outlet, grant_of()):
        await until(outlet.is_complete)

        twitch.follow("juno")
        twitch.cheer("juno", bits=100)
        twitch.raid("otto", viewers=7)
        await until(lambda: len(outlet.events) == 4)

    # A cheer is said in chat too.
    assert [event.kind for event in outlet.events] == [Kind.FOLLOW, Kind.CHAT_MESSAGE, Kind.CHEER, Kind.RAID]
    assert sorted(subscribe_calls(twitch)) == sorted(topic.type for topic in TOPICS)


async def test_a_gift_bomb_is_one_event_with_its_recipients(twitch, outlet, grant_of):
    async with listening(outlet, grant_of()):
        await until(outlet.is_complete)

        twitch.gift(user="juno", total=5)
        await until(lambda: outlet.events)

    [gift] = outlet.events
    assert (gift.kind, gift.amount, len(gift.extra["recipients"])) == (Kind.SUB_GIFT, 5, 5)


async def test_a_gift_that_still_waits_for_recipients_survives_the_end(twitch, outlet, grant_of):
    async with listening(outlet, grant_of()):
        await until(outlet.is_complete)
        heard = outlet.signs_of_life

        twitch.emit(
            "channel.subscription.gift",
            {"broadcaster_user_id": STREAMER, "user_id": "7", "user_login": "juno", "total": 3, "tier": "1000"},
        )
        await until(lambda: outlet.signs_of_life > heard)
        assert outlet.events == []

    assert [(event.kind, event.amount) for event in outlet.events] == [(Kind.SUB_GIFT, 3)]


async def test_moving_to_another_socket_loses_and_doubles_nothing(twitch, outlet, grant_of):
    async with listening(outlet, grant_of()):
        await until(outlet.is_complete)
        before = twitch.sessions()[0]["id"]
        twitch.forget_calls()

        twitch.follow("one")
        twitch.reconnect()
        twitch.follow("two")
        await until(lambda: [s["id"] for s in twitch.sessions()] not in ([before], []) and len(twitch.sessions()) == 1)
        twitch.follow("three")
        twitch.duplicate_last()
        twitch.follow("four")
        await until(lambda: "four" in outlet.names)

    assert outlet.names == ["one", "two", "three", "four"]
    assert subscribe_calls(twitch) == []
    assert outlet.failures == []


async def test_a_move_that_fails_starts_from_scratch(twitch, outlet, grant_of):
    async with listening(outlet, grant_of()):
        await until(outlet.is_complete)
        outlet.reports.clear()

        url = f"ws://127.0.0.1:{twitch.port}/eventsub/ws?challenge=wrong&id=wrong"
        twitch.send_raw(
            {"metadata": {"message_type": "session_reconnect"}, "payload": {"session": {"reconnect_url": url}}}
        )
        await until(outlet.is_complete)
        twitch.follow("juno")
        await until(lambda: outlet.names == ["juno"])


@pytest.mark.parametrize(
    ("url", "is_own"),
    [
        ("wss://eventsub.wss.twitch.tv/ws?challenge=1", True),
        ("wss://cell-a.eventsub.wss.twitch.tv/ws?challenge=1", True),
        ("ws://eventsub.wss.twitch.tv/ws", False),
        ("http://eventsub.wss.twitch.tv/ws", False),
        ("wss://169.254.169.254/latest", False),
        ("wss://eventsub.wss.twitch.tv.example/ws", False),
        ("wss://nottwitch.tv/ws", False),
        ("wss://[twitch.tv/ws", False),
        ("", False),
    ],
)
def test_only_the_platforms_own_addresses_are_moved_to(settings, url, is_own):
    settings.TWITCH_EVENTSUB_WS_URL = "wss://eventsub.wss.twitch.tv/ws"

    assert is_platforms_own(url) is is_own


def test_an_address_that_is_a_number_has_no_neighbours(settings):
    settings.TWITCH_EVENTSUB_WS_URL = "ws://127.0.0.1:8000/ws"

    assert is_platforms_own("ws://127.0.0.1:9000/ws")
    assert not is_platforms_own("ws://10.0.0.1:8000/ws")


async def test_a_move_to_elsewhere_is_not_made(twitch, outlet, grant_of):
    visits: list[object] = []

    async def visited(reader, writer):
        visits.append(writer)
        writer.close()

    elsewhere = await asyncio.start_server(visited, "127.0.0.1", 0)
    url = f"ws://localhost:{elsewhere.sockets[0].getsockname()[1]}/ws"
    async with elsewhere, listening(outlet, grant_of()):
        await until(outlet.is_complete)

        twitch.send_raw(
            {"metadata": {"message_type": "session_reconnect"}, "payload": {"session": {"reconnect_url": url}}}
        )
        twitch.follow("juno")
        await until(lambda: outlet.names == ["juno"])
        await asyncio.sleep(0.2)  # in which a connection would have been made

    assert visits == []
    assert outlet.failures == []


async def test_a_redirect_is_not_followed(twitch, outlet, grant_of, settings):
    asked: list[str] = []

    async def redirect(reader, writer):
        asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        url = f"ws://127.0.0.1:{twitch.port}/eventsub/ws"
        writer.write(f"HTTP/1.1 302 Found\r\nLocation: {url}\r\nContent-Length: 0\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(redirect, "127.0.0.1", 0)
    settings.TWITCH_EVENTSUB_WS_URL = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/ws"
    async with server, listening(outlet, grant_of()):
        await until(lambda: outlet.failures)

    assert asked
    assert outlet.failures[0] == "unreachable"


async def test_an_abrupt_drop_restores_every_subscription(twitch, outlet, grant_of):
    async with listening(outlet, grant_of()):
        await until(outlet.is_complete)
        twitch.forget_calls()

        twitch.drop_socket()
        await until(lambda: outlet.reports[-1][0] == SourceState.RECONNECTING)
        await until(outlet.is_complete)
        twitch.follow("juno")
        await until(lambda: outlet.names == ["juno"])

    assert sorted(subscribe_calls(twitch)) == sorted(topic.type for topic in TOPICS)
    assert (SourceState.RECONNECTING, 0) in [report[:2] for report in outlet.reports]


@pytest.mark.parametrize("code", [*range(4000, 4008), 1000, 1001, None])
async def test_every_close_code_leads_to_a_new_session(twitch, outlet, grant_of, caplog, code):
    async with listening(outlet, grant_of()):
        await until(outlet.is_complete)
        twitch.forget_calls()

        twitch.drop_socket(code=code)
        await until(lambda: outlet.failures)
        await until(outlet.is_complete)
        twitch.follow("juno")
        await until(lambda: outlet.names == ["juno"])

    meaning = f": {CLOSE_CODES[code]}" if code in CLOSE_CODES else ""
    assert outlet.failures == ["connection_lost"]
    assert outlet.causes == [f"closed with {code or 1006}{meaning}"]
    assert sorted(subscribe_calls(twitch)) == sorted(topic.type for topic in TOPICS)
    # What can only be our fault is said loudly.
    assert bool([record for record in caplog.records if record.levelname == "ERROR"]) is (code == 4001)


async def test_where_nothing_is_left_to_hear_no_socket_is_opened(twitch, outlet, grant_of):
    async with listening(outlet, grant_of(), replace(FAST, idle=60)):
        await until(outlet.is_complete)
        twitch.forget_calls()

        twitch.revoke_subscriptions("mira_plays")
        await until(lambda: outlet.reports[-1][0] == SourceState.STOPPED)
        await until(lambda: twitch.sessions() == [])
        await asyncio.sleep(0.3)  # several back-offs

    assert twitch.sessions() == []
    assert subscribe_calls(twitch) == []
    assert outlet.last_failure.code == "subscription_ended"


async def test_without_any_granted_topic_nothing_is_even_opened(twitch, outlet, grant_of):
    topics = [topic for topic in TOPICS if topic.scope == "bits:read"]
    async with listening(outlet, grant_of("bits:read"), topics=topics):
        await until(lambda: len(outlet.reports) == 2)  # and once more after a while

    assert twitch.calls("/eventsub/ws") == []
    assert outlet.reports[-1] == (
        SourceState.STOPPED,
        0,
        Failure("scope_missing", {"platform": "Twitch", "reason": "bits:read"}),
    )


@pytest.mark.parametrize("is_moving", [False, True])
async def test_stopping_leaves_no_socket_behind(twitch, outlet, grant_of, is_moving):
    async with listening(outlet, grant_of()):
        await until(outlet.is_complete)
        if is_moving:
            twitch.reconnect()
            await until(lambda: len(twitch.sessions()) == 2)

    await until(lambda: twitch.sessions() == [])


async def test_silence_on_a_half_open_connection_is_noticed(twitch, settings, outlet, grant_of):
    twitch.configure(keepalive_timeout=1)
    with FaultProxy.to(twitch.url) as proxy:
        point_lumio_at(proxy.url, settings)
        async with listening(outlet, grant_of()):
            await until(outlet.is_complete)

            proxy.set(frozen=True)
            await until(lambda: outlet.causes == ["silence"])
            proxy.heal()
            await until(outlet.is_complete)


async def test_keepalives_are_signs_of_life_and_keep_the_session(twitch, outlet, grant_of):
    twitch.configure(keepalive_timeout=1)
    async with listening(outlet, grant_of()):
        await until(outlet.is_complete)
        heard = outlet.signs_of_life

        await until(lambda: outlet.signs_of_life >= heard + 3)

    assert outlet.failures == []


@pytest.mark.parametrize("reason", ["authorization_revoked", "user_removed"])
async def test_a_revoked_grant_ends_the_source_and_is_reported(twitch, outlet, grant_of, reason):
    grant = grant_of()
    async with listening(outlet, grant) as task:
        await until(outlet.is_complete)

        twitch.revoke_grant("mira_plays", reason=reason)
        await until(task.done)

    assert grant.losses == [("grant_revoked", {"platform": "Twitch"})]
    assert outlet.reports[-1] == (SourceState.STOPPED, 0, Failure("grant_revoked", {"platform": "Twitch"}))


@pytest.mark.parametrize("reason", ["version_removed", "moderator_removed", "something_new"])
async def test_one_revoked_subscription_is_counted_as_missing(twitch, outlet, grant_of, reason):
    async with listening(outlet, grant_of()):
        await until(outlet.is_complete)

        twitch.revoke_subscriptions("mira_plays", status=reason, type="channel.follow")
        await until(lambda: outlet.reports[-1][1] == len(TOPICS) - 1)

    params = {"platform": "Twitch", "reason": reason, "topic": "channel.follow"}
    assert outlet.last_failure == Failure("subscription_ended", params)


def gaps(outlet) -> list[StreamEvent]:
    return [event for event in outlet.events if event.kind == Kind.SOURCE_GAP]


async def test_what_was_missed_after_a_drop_is_said_once(twitch, outlet, grant_of):
    async with listening(outlet, grant_of(), replace(FAST, gap=0.2)):
        await until(outlet.is_complete)
        before = datetime.now(UTC)
        twitch.fail("/eventsub/ws", status=503, seconds=0.5)
        twitch.drop_socket(code=4000)
        await until(lambda: gaps(outlet))
        twitch.follow("juno")
        await until(lambda: "juno" in outlet.names)

    [gap] = gaps(outlet)
    since, until_ = (datetime.fromisoformat(gap.extra[name]) for name in ("since", "until"))
    assert before <= since < until_ <= datetime.now(UTC)
    assert (until_ - since).total_seconds() >= 0.2
    assert (gap.platform, gap.channel_id, gap.occurred_at) == ("twitch", STREAMER, until_)


async def test_a_move_and_a_short_interruption_are_no_gaps(twitch, outlet, grant_of):
    async with listening(outlet, grant_of()):
        await until(outlet.is_complete)
        first = twitch.sessions()[0]["id"]
        twitch.reconnect()
        await until(lambda: [session["id"] for session in twitch.sessions()] not in ([first], []))
        twitch.drop_socket()
        await until(lambda: outlet.failures)
        await until(outlet.is_complete)

    assert gaps(outlet) == []


async def test_who_takes_over_says_what_nobody_heard(twitch, outlet, grant_of):
    outlet.last_heard_at = datetime(2026, 1, 1, tzinfo=UTC)
    async with listening(outlet, grant_of()):
        await until(lambda: gaps(outlet))

    assert gaps(outlet)[0].extra["since"] == "2026-01-01T00:00:00+00:00"


async def test_whoever_listens_for_the_first_time_has_missed_nothing(twitch, outlet, grant_of):
    async with listening(outlet, grant_of(), replace(FAST, gap=0)):
        await until(outlet.is_complete)
        twitch.follow("juno")
        await until(lambda: outlet.names == ["juno"])

    assert gaps(outlet) == []


async def test_a_session_that_never_became_complete_does_not_end_the_gap(twitch, outlet, grant_of):
    outlet.last_heard_at = datetime(2026, 1, 1, tzinfo=UTC)
    message = "number of websocket transports limit exceeded"
    twitch.fail("POST /helix/eventsub/subscriptions", status=429, body={"status": 429, "message": message}, times=2)
    async with listening(outlet, grant_of()):
        await until(lambda: gaps(outlet))

    assert [gap.extra["since"] for gap in gaps(outlet)] == ["2026-01-01T00:00:00+00:00"]


async def test_frames_of_every_wrong_sort_leave_the_session_alone(twitch, outlet, grant_of):
    async with listening(outlet, grant_of()):
        await until(outlet.is_complete)
        session = twitch.sessions()[0]["id"]

        for frame in (
            b"\xff\xfe binary",
            b"{}",
            "",
            "nul\x00l",
            "[" * 100_000,
            '{"metadata":' * 50_000,
            "9" * 10_000,
            "x" * 900_000,
            json.dumps({"metadata": {"message_type": "notification"}, "payload": {"event": "x" * 900_000}}),
            '{"metadata": NaN, "payload": Infinity}',
        ):
            twitch.send_raw(frame)
        twitch.follow("juno")
        await until(lambda: "juno" in outlet.names)

        assert [one["id"] for one in twitch.sessions()] == [session]
    assert outlet.failures == []


async def test_a_frame_beyond_all_measure_costs_the_session_and_no_more(twitch, outlet, grant_of):
    async with listening(outlet, grant_of()):
        await until(outlet.is_complete)

        twitch.send_raw("x" * (MAX_FRAME + 1))
        await until(lambda: outlet.failures)
        await until(outlet.is_complete)
        twitch.follow("juno")
        await until(lambda: outlet.names == ["juno"])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
TYPES = ("notification", "revocation", "session_welcome", "session_keepalive", "session_reconnect")
STATUSES = ("version_removed", "moderator_removed", "something_new")
MESSAGES = JSON | st.fixed_dictionaries(
    {
        "metadata": JSON
        | st.fixed_dictionaries(
            {"message_type": st.sampled_from(TYPES) | JSON},
            optional={
                "message_id": JSON,
                "message_timestamp": JSON | st.datetimes().map(str),
                "subscription_type": st.sampled_from([topic.type for topic in TOPICS]) | JSON,
            },
        ),
        "payload": JSON
        | st.fixed_dictionaries(
            {},
            optional={
                "subscription": JSON
                | st.fixed_dictionaries(
                    {
                        "type": st.sampled_from([topic.type for topic in TOPICS]) | JSON,
                        "status": st.sampled_from(STATUSES) | JSON,
                        "condition": JSON,
                    }
                ),
                "event": JSON,
                "session": JSON | st.fixed_dictionaries({"reconnect_url": JSON}),
            },
        ),
    }
)


@given(st.lists(MESSAGES, max_size=5))
def test_garbage_is_handled_without_a_word(messages):
    async def handle_all() -> Recorder:
        outlet = Recorder()
        session = Session(Listener(STREAMER, outlet, NoGrant(), FAST, TOPICS))
        session.subscriptions.active = set(TOPICS)
        for message in messages:
            frame = json.dumps(message)
            session.subscriptions.active.add(TOPICS[0])  # what takes the last one away ends the session, and should
            await session.handle(decoded(frame))
            await session.handle(decoded(frame.encode()))
        return outlet

    outlet = asyncio.run(handle_all())

    assert outlet.signs_of_life == 2 * len(messages)
    assert not [failure for failure in outlet.failures if failure != "subscription_ended"]


@dataclass
class NoGrant:
    scopes: tuple[str, ...] = tuple(scope.name for scope in SCOPES)


@pytest.mark.parametrize(
    "welcome",
    [
        "not json",
        {"metadata": {"message_type": "session_keepalive"}, "payload": {}},
        {"metadata": {"message_type": "session_welcome"}, "payload": {"session": {"id": 7}}},
        {"metadata": {"message_type": "notification"}, "payload": {"session": {"id": "x"}}},
    ],
)
async def test_a_socket_that_does_not_begin_with_a_welcome_is_left(outlet, grant_of, twitch, settings, welcome):
    async def greet(socket) -> None:
        await socket.send(welcome if isinstance(welcome, str) else json.dumps(welcome))
        await socket.wait_closed()

    async with serve(greet, "127.0.0.1", 0) as server:
        settings.TWITCH_EVENTSUB_WS_URL = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/ws"
        async with listening(outlet, grant_of()):
            await until(lambda: outlet.failures)

    assert outlet.causes[0] == "no welcome"
    assert subscribe_calls(twitch) == []


def test_a_clock_that_is_wrong_beyond_belief_is_not_believed():
    seen = Seen()
    for welcomed_at in ("9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "soon", None, 7):
        seen.set_clock(welcomed_at)

        assert seen.is_new({"message_id": f"{welcomed_at}", "message_timestamp": datetime.now(UTC).isoformat()})


def test_what_came_before_is_known_for_long_and_not_for_ever():
    seen = Seen()

    assert seen.is_new({"message_id": "first"})
    assert not seen.is_new({"message_id": "first"})
    assert all(seen.is_new({"message_id": str(number)}) for number in range(REMEMBERED_IDS))
    assert len(seen._ids) == REMEMBERED_IDS


async def test_what_the_old_socket_still_had_is_kept_when_the_move_fails(twitch, outlet, grant_of):
    async with listening(outlet, grant_of()):
        await until(outlet.is_complete)

        url = f"ws://127.0.0.1:{twitch.port}/eventsub/ws?challenge=wrong&id=wrong"
        move = {"metadata": {"message_type": "session_reconnect"}, "payload": {"session": {"reconnect_url": url}}}
        twitch.send_raw(move)
        for number in range(20):
            twitch.follow(f"viewer{number}")
        await until(lambda: outlet.failures)
        await until(outlet.is_complete)

    assert outlet.names == [f"viewer{number}" for number in range(20)]


async def test_old_messages_are_dropped_and_garbage_is_survived(twitch, outlet, grant_of):
    async with listening(outlet, grant_of()):
        await until(outlet.is_complete)

        for frame in ("not json", "[1, 2]", '{"metadata": 7}', '{"metadata": {"message_type": "notification"}}'):
            twitch.send_raw(frame)
        old = (datetime.now(UTC) - timedelta(minutes=11)).isoformat()
        metadata = {"message_id": "old", "message_type": "notification", "message_timestamp": old}
        twitch.send_raw({"metadata": metadata, "payload": {"subscription": {"type": "channel.follow"}, "event": {}}})
        twitch.follow("juno")
        await until(lambda: "juno" in outlet.names)

    assert [event.kind for event in outlet.events] == [Kind.UNKNOWN, Kind.FOLLOW]


async def test_nothing_is_ever_sent_over_the_socket(twitch, outlet, grant_of):
    twitch.configure(keepalive_timeout=1, ping_interval=0.1)
    async with listening(outlet, grant_of(), FAST):
        await until(outlet.is_complete)
        session = twitch.sessions()[0]["id"]
        heard = outlet.signs_of_life

        await until(lambda: outlet.signs_of_life >= heard + 2)

        assert [one["id"] for one in twitch.sessions()] == [session]
