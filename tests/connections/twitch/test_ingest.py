from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from connections.platforms.twitch.sockets import CLOSE_CODES, is_platforms_own
from connections.platforms.twitch.topics import TOPICS
from events.enums import Kind, SourceState
from events.ingest.base import Failure
from tests.connections.conftest import point_lumio_at
from tests.connections.twitch.conftest import FAST, listening
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


async def test_a_gift_bomb_is_one_gift_and_its_recipients_are_no_alerts(twitch, outlet, grant_of):
    async with listening(outlet, grant_of()):
        await until(outlet.is_complete)

        twitch.gift(user="juno", total=5)
        await until(lambda: len(outlet.events) == 6)

    assert [event.kind for event in outlet.events].count(Kind.SUB_GIFT) == 1
    assert [event.kind for event in outlet.events].count(Kind.SUB_RECEIVED_GIFT) == 5


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


@pytest.mark.parametrize("code", range(4000, 4008))
async def test_every_close_code_leads_to_a_new_session(twitch, outlet, grant_of, code):
    async with listening(outlet, grant_of()):
        await until(outlet.is_complete)

        twitch.drop_socket(code=code)
        await until(lambda: outlet.failures)
        await until(outlet.is_complete)

    assert outlet.failures == ["connection_lost"]
    assert outlet.causes == [f"closed with {code}: {CLOSE_CODES[code]}"]


@pytest.mark.parametrize("is_moving", [False, True])
async def test_stopping_leaves_no_socket_behind(twitch, outlet, grant_of, is_moving):
    async with listening(outlet, grant_of()):
        await until(outlet.is_complete)
        if is_moving:
            twitch.reconnect()
            await until(lambda: len(twitch.sessions()) == 2)

    await until(lambda: twitch.sessions() == [])


async def test_silence_on_a_half_open_connection_is_noticed(twitch, settings, monkeypatch, outlet, grant_of):
    twitch.configure(keepalive_timeout=1)
    with FaultProxy.to(twitch.url) as proxy:
        point_lumio_at(proxy.url, settings, monkeypatch)
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


async def test_a_revoked_grant_ends_the_source_and_is_reported(twitch, outlet, grant_of):
    grant = grant_of()
    async with listening(outlet, grant) as task:
        await until(outlet.is_complete)

        twitch.revoke_grant("mira_plays")
        await until(task.done)

    assert grant.losses == [("grant_revoked", {"platform": "Twitch"})]
    assert outlet.reports[-1] == (SourceState.STOPPED, 0, Failure("grant_revoked", {"platform": "Twitch"}))


async def test_one_revoked_subscription_is_counted_as_missing(twitch, outlet, grant_of):
    async with listening(outlet, grant_of()):
        await until(outlet.is_complete)

        twitch.revoke_subscriptions("mira_plays", status="version_removed", type="channel.follow")
        await until(lambda: outlet.reports[-1][1] == len(TOPICS) - 1)

    assert outlet.failures == ["subscription_ended"]


async def test_a_refused_token_is_renewed_once_for_all_subscriptions(twitch, outlet, grant_of):
    grant = grant_of()
    twitch.expire_tokens()
    async with listening(outlet, grant):
        await until(outlet.is_complete)

    assert set(grant.refusals) == {1}
    assert grant.held.version == 2


async def test_a_missing_scope_counts_as_inactive_and_is_named(twitch, outlet, grant_of):
    async with listening(outlet, grant_of("bits:read", "moderator:read:followers")):
        await until(lambda: outlet.reports and outlet.reports[-1][1] == len(TOPICS) - 2 and outlet.failures)

    assert outlet.reports[-1][0] == SourceState.DELIVERING
    assert outlet.reports[-1][2] == Failure(
        "scope_missing", {"platform": "Twitch", "reason": "bits:read, moderator:read:followers"}
    )


async def test_outages_and_conflicts_while_subscribing_are_overcome(twitch, outlet, grant_of):
    path = "POST /helix/eventsub/subscriptions"
    twitch.fail(path, status=503, times=2)
    twitch.fail(path, status=409, body={"error": "Conflict", "status": 409, "message": "subscription already exists"})
    twitch.fail(path, close=True)
    async with listening(outlet, grant_of()):
        await until(outlet.is_complete)

    assert outlet.failures == []


async def test_too_many_sockets_wait_instead_of_opening_more(twitch, outlet, grant_of):
    message = "number of websocket transports limit exceeded"
    twitch.fail(
        "POST /helix/eventsub/subscriptions",
        status=429,
        body={"error": "Too Many Requests", "status": 429, "message": message},
    )
    async with listening(outlet, grant_of()):
        await until(outlet.is_complete)

    assert outlet.failures == ["too_many_sockets"]


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
