"""Which pages are open with a popout token, as any process can ask, and closing one of them."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import redis
from django.conf import settings
from django.utils import timezone, translation

from events import bus, open_pages
from events.domain import presence
from events.domain.presence import OpenPage
from tests import factories
from tests.events.page import Page, page
from tests.waiting import in_db, until_db

pytestmark = pytest.mark.django_db(transaction=True)

OBS = b"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/127.0.6533.120 Safari/537.36 OBS/31.0.0"
FIREFOX = b"Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0"


@pytest.fixture(autouse=True)
def _real_valkey(valkey, settings) -> None:
    settings.REDIS_URL = valkey.url
    valkey.forget()


@pytest.fixture
def token(account):
    """A popout token of Ada's, and its text."""
    row, secret = factories.make_token(actor=factories.make_actor(account=account), permissions={"events:read"})
    return row, secret.reveal()


def from_browser(user_agent: bytes) -> Any:
    return page(headers=((b"user-agent", user_agent),))


async def opened(token: Any) -> list[OpenPage]:
    found = await asyncio.to_thread(presence.open_pages, [token.pk])
    assert found is not None
    return found[token.pk]


async def until_opened(token: Any, number: int) -> list[OpenPage]:
    """Wait until so many pages are open with the token."""
    await until_db(lambda: len((presence.open_pages([token.pk]) or {}).get(token.pk, [])) == number)
    return await opened(token)


async def come_in(one: Page, text: str, **fields: Any) -> None:
    await one.says("auth", token=text, **fields)
    await one.hears("ready")


async def test_a_page_is_open_as_long_as_its_socket(token):
    row, text = token

    async with from_browser(OBS) as one:
        await come_in(one, text, page="/popout/events")
        [found] = await until_opened(row, 1)
    await until_opened(row, 0)

    assert (found.page, found.browser, found.address) == ("/popout/events", "OBS on Windows", "")
    assert abs(found.since - timezone.now()) < timedelta(seconds=10)


async def test_pages_of_a_token_are_told_together_and_those_of_others_apart(account, token):
    row, text = token
    other, other_text = await in_db(
        lambda: factories.make_token(actor=factories.make_actor(account=account), permissions={"chat:read"})
    )
    async with from_browser(FIREFOX) as first, page(query=f"?token={text}") as second, page() as third:
        await come_in(first, text, page="/popout/events")
        await second.hears("ready")
        await come_in(third, other_text.reveal(), page="/popout/chat")
        await until_opened(row, 2)
        await until_opened(other, 1)

        found = await asyncio.to_thread(presence.open_pages, [row.pk, other.pk, uuid := uuid4()])

    assert {token_id: {(one.page, one.browser) for one in pages} for token_id, pages in found.items()} == {
        row.pk: {("/popout/events", "Firefox on Linux"), ("/v1/ws", "Unknown browser")},
        other.pk: {("/popout/chat", "Unknown browser")},
        uuid: set(),
    }


async def test_the_last_use_of_a_token_names_the_page(token):
    row, text = token

    async with page() as one:
        await come_in(one, text, page="/popout/events")

    await in_db(row.refresh_from_db)
    assert row.last_used_page == "/popout/events"


async def test_browsers_are_named_in_the_readers_language(token):
    row, text = token
    async with page() as one:
        await come_in(one, text)
        await until_opened(row, 1)

        def german() -> str:
            with translation.override("de"):
                return presence.open_pages([row.pk])[row.pk][0].browser

        assert await asyncio.to_thread(german) == "Unbekannter Browser"


async def test_pages_are_forgotten_unless_they_are_told_again(monkeypatch, token):
    """What a killed process had open goes by itself; what Valkey lost in a restart comes back."""
    monkeypatch.setattr(open_pages, "EVERY", 0.1)
    row, text = token
    async with page() as one:
        await come_in(one, text)
        await until_opened(row, 1)
        with redis.Redis.from_url(settings.REDIS_URL) as valkey:
            [process] = valkey.zrange(presence.PROCESSES, 0, -1)
            assert 0 < valkey.ttl(presence.pages_of(process.decode())) <= presence.KEPT_FOR

            valkey.flushall()

        await until_opened(row, 1)


async def test_nobody_knows_while_valkey_is_away(settings, account, token):
    row, text = token
    async with page() as one:
        await come_in(one, text)
        [found] = await until_opened(row, 1)
        settings.REDIS_URL = "redis://127.0.0.1:1/0"

        assert await asyncio.to_thread(presence.open_pages, [row.pk]) is None
        assert not await asyncio.to_thread(presence.close_page, account.pk, found.id)


async def test_a_socket_is_served_while_valkey_is_away(settings, token):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    async with page() as one:
        await come_in(one, token[1])
        await asyncio.sleep(open_pages.GATHER)
        await one.says("ping")

        await one.hears("pong")


async def test_a_page_that_is_closed_is_the_only_one_and_its_token_goes_on(account, token):
    row, text = token
    async with from_browser(OBS) as one, from_browser(FIREFOX) as other:
        await come_in(one, text)
        await come_in(other, text)
        found = {found.browser: found.id for found in await until_opened(row, 2)}

        assert await asyncio.to_thread(presence.close_page, account.pk, found["OBS on Windows"])

        assert await one.is_closed() == 4409
        assert [left.browser for left in await until_opened(row, 1)] == ["Firefox on Linux"]
        async with page() as again:
            await come_in(again, text)
        await other.says("ping")
        await other.hears("pong")


async def test_what_nobody_understands_ends_nothing(account, token):
    row, text = token
    async with page() as one:
        await come_in(one, text)
        [found] = await until_opened(row, 1)
        for nonsense in ("", "[]", "7", '{"close": 7}', '{"echo": 7}'):
            await asyncio.to_thread(bus.send, bus.control(account.pk), nonsense)

        assert await asyncio.to_thread(presence.close_page, account.pk, found.id)

        assert await one.is_closed() == 4409


async def test_a_thousand_tokens_are_one_question_to_each_process(token):
    row, text = token
    async with page() as one:
        await come_in(one, text)
        await until_opened(row, 1)
        with redis.Redis.from_url(settings.REDIS_URL) as valkey:
            valkey.config_resetstat()

            await asyncio.to_thread(presence.open_pages, [row.pk, *(uuid4() for _ in range(1000))])

            asked = valkey.info("commandstats")

    assert (asked["cmdstat_zrange"]["calls"], asked["cmdstat_hmget"]["calls"]) == (1, 1)


@pytest.mark.parametrize(
    ("address", "coarse"),
    [
        ("203.0.113.77", "203.0.113.x"),
        ("::ffff:203.0.113.77", "203.0.113.x"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::x"),
        ("::1", "::x"),
        ("0.0.0.0", ""),  # noqa: S104  what a process on a unix socket knows
        ("", ""),
        (None, ""),
        ("/run/lumio.sock", ""),
    ],
)
def test_an_address_is_kept_without_what_tells_households_apart(address, coarse):
    assert presence.coarse(address) == coarse


@pytest.mark.parametrize("path", ["popout", "/popout/ä", "/<b>", "/a b", "/a\n", "/" + "x" * 80, 7, None, ["/popout"]])
def test_a_path_that_cannot_be_is_none(path):
    assert presence.path_of(path) is None
