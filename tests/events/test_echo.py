"""The silent test event: which pages it reaches, and that a page which says nothing is told apart."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from events.domain import echo
from tests import factories
from tests.events.page import Page, page
from tests.waiting import in_db

pytestmark = pytest.mark.django_db(transaction=True)

OBS = b"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/127.0.6533.120 Safari/537.36 OBS/31.0.0"


@pytest.fixture(autouse=True)
def _real_valkey(valkey, settings) -> None:
    settings.REDIS_URL = valkey.url


def open_of(account: Any, permissions: set[str]) -> str:
    return factories.make_token(actor=factories.make_actor(account=account), permissions=permissions)[1].reveal()


async def come_in(one: Page, text: str, name: str) -> None:
    await one.says("auth", token=text, page=name)
    await one.hears("ready")


async def sound(account: Any, *, within: float = 2) -> list[echo.Echo] | None:
    return await asyncio.to_thread(echo.sound, account.pk, within=within)


async def test_each_open_page_answers_or_is_told_to_be_silent(account):
    text = await in_db(lambda: open_of(account, {"events:read"}))
    strangers = await in_db(lambda: open_of(factories.make_account(), {"events:read"}))
    async with page(headers=((b"user-agent", OBS),)) as quick, page() as silent, page() as stranger:
        await come_in(quick, text, "/popout/events")
        await come_in(silent, text, "/popout/chat")
        await come_in(stranger, strangers, "/popout/events")

        asked = asyncio.create_task(sound(account, within=1))
        told = await quick.hears("echo")
        await quick.says("echo", id=told["id"])
        await silent.hears("echo")
        found = await asked
        assert await stranger.wire.receive_nothing(0.1)

    assert [(one.page, one.browser, one.is_popout, one.milliseconds is None) for one in found or ()] == [
        ("/popout/chat", "Unknown browser", True, True),
        ("/popout/events", "OBS on Windows", True, False),
    ]


async def test_nobody_waits_where_no_page_is_open(account):
    assert await sound(account, within=60) == []


async def test_only_what_was_sent_is_an_answer(account):
    text = await in_db(lambda: open_of(account, {"events:read"}))
    async with page() as one:
        await come_in(one, text, "/popout/events")

        await one.says("echo", id="made-up")

        assert (await one.hears("error"))["code"] == "BAD_REQUEST"


async def test_without_valkey_nobody_knows(account, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    assert await sound(account) is None
