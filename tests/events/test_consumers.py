"""The socket protocol, through the same ASGI wiring that daphne serves, with a real Valkey and a real database."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio
from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts.enums import Permission
from accounts.models import Member
from events import channels, fanout, hub, socket_consumer, sockets
from events.domain import status
from events.domain.publish import publish_local
from events.domain.rights import bump
from events.enums import Kind, Log, Origin
from events.models import LiveHead
from tests import factories
from tests.events.page import LAN, OVERLAY, Page, page
from tests.factories import make_stream_event
from tests.processes.valkey import TestValkey
from tokens.domain import tokens

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _real_valkey(valkey, settings) -> None:
    settings.REDIS_URL = valkey.url


def cookie_of(client: Client, origin: str = "http://localhost:8000") -> tuple[tuple[bytes, bytes], ...]:
    name = settings.SESSION_COOKIE_NAME
    cookie = f"{name}={client.cookies[name].value}"
    return ((b"cookie", cookie.encode()), (b"origin", origin.encode()))


@pytest.fixture
def secret(account) -> Callable[..., str]:
    """Makes a popout token of Ada's and tells its text."""

    def make(*permissions: Permission) -> str:
        return factories.make_token(
            actor=factories.make_actor(account=account), permissions={str(one) for one in permissions}
        )[1].reveal()

    return make


@pytest_asyncio.fixture
async def listener(account, secret) -> AsyncIterator[Page]:
    """A page with a token that reads events and chat, past `ready`."""
    text = await in_thread(secret, Permission.EVENTS_READ, Permission.CHAT_READ)
    async with page() as one:
        await one.says("auth", token=text)
        await one.hears("ready")
        yield one


async def in_thread(function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    return await database_sync_to_async(function)(*arguments, **named)


async def happens(account, count: int = 1, kind: Kind = Kind.FOLLOW) -> list[int]:
    """Publish so many events; their `seq`s."""
    events = [make_stream_event(kind=kind) for _ in range(count)]
    return [row.seq for row in await in_thread(publish_local, account.pk, events, Origin.TEST)]


# --- Who may come in --------------------------------------------------------------------------------------------------


async def test_a_token_in_the_first_message_is_let_in(account, secret):
    text = await in_thread(secret, Permission.EVENTS_READ)

    async with page() as one:
        await one.says("auth", token=text)
        ready = await one.hears("ready")

    assert ready["permissions"] == ["events:read"]
    assert ready["account"] == {"id": str(account.pk), "name": "Ada live"}
    assert set(ready) == {"type", "account", "permissions", "server_time", "version"}


@pytest.mark.parametrize(
    ("version", "answers"), [("", ["pong"]), ("older", ["reload", "pong"]), (7, ["reload", "pong"])]
)
async def test_a_page_of_another_version_is_told_to_reload(account, ada_client, secret, version, answers):
    """Whichever way it comes in; one that never heard of a version is left alone."""
    text = await in_thread(secret, Permission.EVENTS_READ)
    doors = [
        ({}, {"type": "auth", "token": text}),
        ({"headers": cookie_of(ada_client)}, {"type": "subscribe", "channel": f"events:{account.pk}"}),
    ]

    for where, first in doors:
        async with page(**where) as one:
            await one.wire.send_to(text_data=json.dumps(first | {"version": version}))
            await one.hears("ready")
            await one.says("ping")
            heard = []
            while heard[-1:] != ["pong"]:
                heard.append((await one.hears())["type"])

            assert [kind for kind in heard if kind != "subscribed"] == answers


async def test_a_token_in_the_address_is_let_in_and_the_cookie_not_read(account, secret, cleo_client):
    text = await in_thread(secret, Permission.EVENTS_READ)

    async with page(query=f"?token={text}", headers=cookie_of(cleo_client)) as one:
        ready = await one.hears("ready")

    assert ready["account"]["id"] == str(account.pk)


@pytest.mark.parametrize("query", ["?token=", "?token=lm_pop_nonsense", "?token=hidden"])
async def test_a_bad_token_is_refused_although_the_cookie_is_good(account, ada_client, query):
    async with page(query=query, headers=cookie_of(ada_client)) as one:
        assert await one.is_closed() == 4401


async def test_the_cookie_opens_the_sockets_of_our_own_pages(account, ada_client):
    async with page(headers=cookie_of(ada_client)) as one:
        await one.says("ping", request="1")

        assert (await one.hears("ready"))["account"]["name"] == "Ada live"
        assert await one.hears() == {"type": "pong", "request": "1"}


@pytest.mark.parametrize("origin", ["http://evil.example", "http://localhost:8000.evil.example", "null", ""])
async def test_the_cookie_opens_nothing_to_other_pages(account, ada_client, origin):
    async with page(headers=cookie_of(ada_client, origin)) as one:
        await one.says("ping")

        assert await one.is_closed() == 4403


async def test_no_cookie_is_not_signed_in(db):
    async with page(headers=((b"origin", b"http://localhost:8000"),)) as one:
        await one.says("ping")

        assert await one.is_closed() == 4401


@pytest.mark.parametrize("host", [LAN, b"127.0.0.1:8000"])
async def test_other_hosts_read_no_cookie(account, ada_client, host):
    async with page(host=host, headers=cookie_of(ada_client)) as one:
        await one.says("ping")

        assert await one.is_closed() == 4401


async def test_a_lan_host_serves_tokens(account, secret):
    text = await in_thread(secret, Permission.EVENTS_READ)

    async with page(host=LAN) as one:
        await one.says("auth", token=text)
        await one.hears("ready")


async def test_the_overlay_host_knows_no_channel_of_an_account(account, secret):
    text = await in_thread(secret, Permission.EVENTS_READ)

    async with page(host=OVERLAY) as one:
        await one.says("subscribe", channel=f"events:{account.pk}")
        assert (await one.hears("error"))["code"] == "UNKNOWN_CHANNEL"
        await one.says("auth", token=text)
        await one.hears("ready")
        await one.says("subscribe", channel=f"events:{account.pk}")
        assert (await one.hears("error"))["code"] == "UNKNOWN_CHANNEL"


async def test_silence_is_not_authentication(monkeypatch, db):
    monkeypatch.setattr(socket_consumer, "AUTHENTICATE_WITHIN", 0.1)

    async with page() as one:
        assert await one.is_closed() == 4401


async def test_a_token_opens_only_so_many_sockets(monkeypatch, account, secret):
    monkeypatch.setattr(hub, "MOST_PER_CREDENTIAL", 1)
    text = await in_thread(secret, Permission.EVENTS_READ)

    async with page(query=f"?token={text}") as one:
        await one.hears("ready")
        async with page(query=f"?token={text}") as other:
            assert await other.is_closed() == 4429


# --- Commands ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("nonsense", ["{", "[]", "null", '"x"', '{"type":1}', '{"type":"x"}', "[" * 60_000])
async def test_nonsense_is_answered_and_the_socket_stays(listener, nonsense):
    await listener.wire.send_to(text_data=nonsense)
    assert (await listener.hears("error"))["code"] == "BAD_REQUEST"

    await listener.says("ping")
    await listener.hears("pong")


async def test_bytes_are_nonsense(listener):
    await listener.wire.send_to(bytes_data=b"\x00\x01")

    assert (await listener.hears("error"))["code"] == "BAD_REQUEST"


async def test_going_on_with_nonsense_ends_the_socket(listener):
    codes = []
    for _ in range(40):
        await listener.wire.send_to(text_data="{")
    while True:
        answer = await listener.wire.receive_output(30)
        if answer["type"] == "websocket.close":
            break
        codes.append(json.loads(answer["text"])["code"])

    assert answer["code"] == 4429
    assert codes[:3] == ["BAD_REQUEST"] * 3
    assert set(codes[6:]) == {"RATE_LIMITED"}


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ({"channel": "events:nobody"}, "UNKNOWN_CHANNEL"),
        ({"channel": 7}, "UNKNOWN_CHANNEL"),
        ({}, "UNKNOWN_CHANNEL"),
        ({"channel": "control:{account}"}, "UNKNOWN_CHANNEL"),
        ({"channel": "events:{account}", "after": -1}, "BAD_REQUEST"),
        ({"channel": "events:{account}", "after": "5"}, "BAD_REQUEST"),
        ({"channel": "events:{account}", "after": 2**70}, "BAD_REQUEST"),
    ],
)
async def test_a_subscription_that_cannot_be_is_refused(listener, account, command, code):
    command = {key: str(v).format(account=account.pk) if key == "channel" else v for key, v in command.items()}

    await listener.says("subscribe", **command)

    assert (await listener.hears("error"))["code"] == code


async def test_another_account_is_closed_to_everybody(listener, cleo_actor):
    await listener.says("subscribe", channel=f"events:{cleo_actor.account.pk}")

    assert (await listener.hears("error"))["code"] == "UNAUTHORIZED"


async def test_a_permission_opens_its_channels_and_no_others(account, secret):
    text = await in_thread(secret, Permission.CHAT_READ)

    async with page(query=f"?token={text}") as one:
        await one.hears("ready")
        await one.says("subscribe", channel=f"events:{account.pk}", request="7")
        refusal = await one.hears("error")
        await one.subscribes(channels.chat(account.pk))

    assert (refusal["code"], refusal["request"]) == ("UNAUTHORIZED", "7")


@pytest.mark.parametrize("frames", [999, -1, None, "1", True])
async def test_frames_that_were_never_sent_cannot_be_acknowledged(listener, frames):
    await listener.says("ack", frames=frames)

    assert (await listener.hears("error"))["code"] == "BAD_REQUEST"


# --- Listening --------------------------------------------------------------------------------------------------------


async def test_what_happens_is_heard_in_order_and_once(listener, account):
    await listener.subscribes(channels.events(account.pk))

    for _ in range(20):
        await happens(account, 3)

    assert await listener.hears_rows(60) == list(range(1, 61))
    assert await listener.wire.receive_nothing(0.3)


async def test_a_page_catches_up_from_its_seq(listener, account):
    await happens(account, 5)

    answer = await listener.subscribes(channels.events(account.pk), after=2)

    assert answer["seq"] == 5
    assert await listener.hears_rows(3) == [3, 4, 5]


async def test_without_a_seq_it_begins_now(listener, account):
    await happens(account, 5)
    await listener.subscribes(channels.events(account.pk))

    await happens(account, 1)

    assert await listener.hears_rows(1) == [6]


async def test_subscribing_twice_repeats_nothing(listener, account):
    await happens(account, 2)
    await listener.subscribes(channels.events(account.pk), after=0)
    assert await listener.hears_rows(2) == [1, 2]

    await listener.subscribes(channels.events(account.pk), after=0)
    await happens(account, 1)

    assert await listener.hears_rows(1) == [3]


async def test_an_unsubscribed_page_hears_nothing(listener, account):
    await listener.subscribes(channels.events(account.pk))
    await listener.says("unsubscribe", channel=f"events:{account.pk}", request="2")
    assert await listener.hears() == {"type": "unsubscribed", "channel": f"events:{account.pk}", "request": "2"}

    await happens(account)

    assert await listener.wire.receive_nothing(0.3)


async def test_chat_and_events_are_told_apart(listener, account):
    await listener.subscribes(channels.chat(account.pk))

    await happens(account, 1)
    await happens(account, 1, Kind.CHAT_MESSAGE)

    message = await listener.hears("messages")
    assert message["channel"] == f"chat:{account.pk}"
    assert [row["type"] for row in message["messages"]] == ["chat.message"]


async def test_a_page_that_was_away_too_long_gets_a_gap_and_the_newest(monkeypatch, listener, account):
    monkeypatch.setattr(fanout, "REPLAY", 10)
    await happens(account, 30)

    await listener.subscribes(channels.events(account.pk), after=0)

    gap = await listener.hears("gap")
    assert (gap["channel"], gap["from"], gap["to"]) == (f"events:{account.pk}", 1, 20)
    assert await listener.hears_rows(10) == list(range(21, 31))


async def test_a_page_that_knows_more_than_a_restored_database_goes_on(listener, account):
    await happens(account, 3)

    answer = await listener.subscribes(channels.events(account.pk), after=500)
    await happens(account, 1)

    assert answer["seq"] == 3
    assert await listener.hears_rows(1) == [4]


async def test_an_event_whose_announcement_was_lost_is_found(monkeypatch, listener, account):
    await listener.subscribes(channels.events(account.pk))
    with monkeypatch.context() as lost:
        lost.setattr("events.bus.send_all", lambda messages: None)
        await happens(account, 3)

    assert await listener.hears_rows(3) == [1, 2, 3]


async def test_a_lost_announcement_is_filled_in_before_the_next(monkeypatch, listener, account):
    await listener.subscribes(channels.events(account.pk))
    with monkeypatch.context() as lost:
        lost.setattr("events.bus.send_all", lambda messages: None)
        await happens(account, 2)
    await happens(account, 1)

    assert await listener.hears_rows(3) == [1, 2, 3]


async def test_a_state_is_told_at_once_and_when_it_changes(listener, account):
    await in_thread(status.update, account.pk, "twitch", "1001", live=False)
    await listener.subscribes(channels.status(account.pk))
    first = await listener.hears("messages")

    await in_thread(status.update, account.pk, "twitch", "1001", live=True, title="Now")
    second = await listener.hears("messages")

    assert [(one["id"], one["type"], one["data"]["live"]) for one in first["messages"]] == [
        ("twitch", "channel.status", False)
    ]
    assert [(one["data"]["live"], one["data"]["title"]) for one in second["messages"]] == [(True, "Now")]


# --- Slow pages -------------------------------------------------------------------------------------------------------


async def test_a_page_that_acknowledges_nothing_is_sent_no_more_than_its_window(monkeypatch, listener, account):
    monkeypatch.setattr(sockets, "WINDOW_FRAMES", 4)  # `ready`, `subscribed` and two more
    await listener.subscribes(channels.events(account.pk))
    for _ in range(2):
        await happens(account)
        await listener.hears("messages")
    await happens(account, 5)
    assert await listener.wire.receive_nothing(0.3)

    await listener.says("ack", frames=4)

    assert await listener.hears_rows(5) == [3, 4, 5, 6, 7]


async def test_a_page_that_stays_behind_is_closed(monkeypatch, listener, account):
    monkeypatch.setattr(sockets, "WINDOW_FRAMES", 3)
    monkeypatch.setattr(sockets, "PATIENCE", 0.2)
    await listener.subscribes(channels.events(account.pk))
    await happens(account)
    await listener.hears("messages")

    assert await listener.is_closed() == 4408


async def test_big_frames_fill_the_window_too(monkeypatch, listener, account):
    monkeypatch.setattr(sockets, "WINDOW_SIZE", 2_000)
    await listener.subscribes(channels.events(account.pk))
    for number in range(6):
        await happens(account, 5)
        if number == 0:
            await listener.hears("messages")
    assert await listener.wire.receive_nothing(0.3)

    await listener.says("ack", frames=3)

    assert (await listener.hears_rows(1))[0] == 6


async def test_what_was_sent_while_valkey_was_away_is_looked_for_as_soon_as_it_is_back(
    monkeypatch, settings, account, secret
):
    monkeypatch.setattr("events.hub.LOOK_EVERY", 60)
    monkeypatch.setattr("events.hub.LOOK_EVERY_ALONE", 60)
    text = await in_thread(secret, Permission.EVENTS_READ)
    with TestValkey() as valkey:
        settings.REDIS_URL = valkey.url
        async with page(query=f"?token={text}") as one:
            await one.hears("ready")
            await one.subscribes(channels.events(account.pk))
            await happens(account, 1)
            await one.hears_rows(1)
            valkey.process.kill()
            await happens(account, 1)

            await in_thread(valkey.start)

            assert await one.hears_rows(1) == [2]


# --- Rights -----------------------------------------------------------------------------------------------------------


async def test_a_revoked_token_loses_its_socket_as_soon_as_it_is_announced(monkeypatch, account, secret):
    monkeypatch.setattr("events.hub.LOOK_EVERY", 60)
    actor = await in_thread(factories.make_actor, account=account)
    token, text = await in_thread(factories.make_token, actor=actor, permissions={Permission.EVENTS_READ.value})
    async with page(query=f"?token={text.reveal()}") as one:
        await one.hears("ready")

        await in_thread(tokens.revoke, actor=actor, token=token)

        assert await one.is_closed() == 4401


async def test_a_revocation_nobody_announced_is_found(monkeypatch, account):
    actor = await in_thread(factories.make_actor, account=account)
    token, text = await in_thread(factories.make_token, actor=actor, permissions={Permission.EVENTS_READ.value})
    async with page(query=f"?token={text.reveal()}") as one:
        await one.hears("ready")
        monkeypatch.setattr("events.bus.send_all", lambda messages: None)

        await in_thread(tokens.revoke, actor=actor, token=token)

        assert await one.is_closed() == 4401


def _give(member: Member, *permissions: Permission) -> None:
    member.role.permissions = [str(one) for one in permissions]
    member.role.save()
    bump(member.account_id)


async def test_a_lost_permission_closes_its_channel_and_the_last_one_the_socket(account, ben, ben_client):
    member = await in_thread(Member.objects.select_related("role").get, user=ben)
    async with page(headers=cookie_of(ben_client)) as one:
        await one.says("subscribe", channel=f"events:{account.pk}")
        await one.hears("ready")
        await one.hears("subscribed")
        await one.subscribes(channels.chat(account.pk))

        await in_thread(_give, member, Permission.CHAT_READ)
        error = await one.hears("error")
        await happens(account, 1)
        await happens(account, 1, Kind.CHAT_MESSAGE)
        heard = await one.hears("messages")
        await in_thread(_give, member, Permission.OVERLAYS_READ)
        await one.hears("error")

        assert (error["code"], error["channel"]) == ("UNAUTHORIZED", f"events:{account.pk}")
        assert "taken away" in error["detail"]
        assert heard["channel"] == f"chat:{account.pk}"
        assert await one.is_closed() == 4403


@pytest.fixture
def never_looks(monkeypatch) -> None:
    """Whatever happens to rights, no hub hears of it or finds it."""
    monkeypatch.setattr("events.hub.LOOK_EVERY", 60)
    monkeypatch.setattr("events.bus.send_all", lambda messages: None)


async def test_a_revoked_token_subscribes_to_nothing_although_no_look_has_seen_it(never_looks, account):
    actor = await in_thread(factories.make_actor, account=account)
    token, text = await in_thread(factories.make_token, actor=actor, permissions={Permission.EVENTS_READ.value})
    await happens(account, 1)
    async with page(query=f"?token={text.reveal()}") as one:
        await one.hears("ready")
        await one.subscribes(channels.status(account.pk))
        await in_thread(tokens.revoke, actor=actor, token=token)

        await one.says("subscribe", channel=f"events:{account.pk}", after=0)

        assert await one.is_closed() == 4401


async def test_a_lost_permission_opens_no_channel_although_no_look_has_seen_it(never_looks, account, ben, ben_client):
    member = await in_thread(Member.objects.select_related("role").get, user=ben)
    await happens(account, 1)
    async with page(headers=cookie_of(ben_client)) as one:
        await one.says("ping")
        await one.hears("ready")
        await one.hears("pong")
        await in_thread(_give, member, Permission.CHAT_READ)

        await one.says("subscribe", channel=f"events:{account.pk}", after=0)

        assert (await one.hears("error"))["code"] == "UNAUTHORIZED"
        await one.subscribes(channels.chat(account.pk))


async def test_a_member_who_was_removed_loses_the_socket(account, ben, ben_client):
    def remove() -> None:
        Member.objects.filter(user=ben).delete()
        bump(account.pk)

    async with page(headers=cookie_of(ben_client)) as one:
        await one.says("ping")
        await one.hears("ready")
        await one.hears("pong")

        await in_thread(remove)

        assert await one.is_closed() == 4401


async def test_an_ended_session_loses_the_socket_when_it_is_asked_again(account, ada_client):
    async with page(headers=cookie_of(ada_client)) as one:
        await one.says("ping")
        await one.hears("ready")
        await one.hears("pong")

        await in_thread(ada_client.logout)
        await in_thread(bump, account.pk)

        assert await one.is_closed() == 4401


@pytest.mark.parametrize("has_head", [True, False])
async def test_a_session_that_ran_out_loses_the_socket_unannounced(monkeypatch, account, ada_client, has_head):
    monkeypatch.setattr(hub, "ASK_EVERY", 0.1)
    if has_head:
        await in_thread(bump, account.pk)
    async with page(headers=cookie_of(ada_client)) as one:
        await one.says("ping")
        await one.hears("ready")
        await one.hears("pong")

        await in_thread(Session.objects.update, expire_date=timezone.now())

        assert await one.is_closed() == 4401


async def test_the_epoch_rises_also_for_an_account_without_a_head(account):
    await in_thread(bump, account.pk)
    await in_thread(bump, account.pk)

    head = await in_thread(LiveHead.objects.get, account=account)
    assert (head.access_epoch, head.last_seq(Log.EVENTS)) == (2, 0)
