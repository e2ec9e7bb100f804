"""From YouTube into the database and back: the real grant, the real ledger, the real writer, two processes in turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest

from connections.domain import quota
from connections.models import Connection
from connections.platforms.youtube import YouTube, ingest
from connections.platforms.youtube.scopes import SCOPES
from events.enums import Kind, Origin, SourceState
from events.ingest.supervisor import Supervisor, Timing
from events.models import ChannelStatus, ChatLine, Event, IngestSource
from tests import factories
from tests.connections.youtube.conftest import STREAMER
from tests.connections.youtube.listening import FAST
from tests.waiting import in_db, until_db

SOURCES = Timing(every=0.05, lease=5, settle=0.01)


@pytest.fixture
def connected(youtube, account, monkeypatch) -> Connection:
    monkeypatch.setattr(ingest, "Timing", lambda: FAST)
    factories.make_credentials(
        account=account, platform="youtube", client_id=youtube.client_id, client_secret=youtube.client_secret
    )
    tokens = youtube.issue_tokens("miraplays", [scope.name for scope in SCOPES])
    return factories.make_connection(
        account=account,
        platform="youtube",
        channel_id=STREAMER,
        channel_name="Mira Plays",
        access_token=tokens["access_token"],
        refresh_token=tokens["refresh_token"],
        expires_in=tokens["expires_in"],
        scopes=tokens["scope"].split(),
    )


@asynccontextmanager
async def process() -> AsyncIterator[Supervisor]:
    supervisor, stop = Supervisor(timing=SOURCES), asyncio.Event()
    running = asyncio.create_task(supervisor.run(stop))
    try:
        yield supervisor
    finally:
        stop.set()
        await running


def is_in(state: SourceState, active: int) -> bool:
    return IngestSource.objects.filter(state=state, subscriptions_active=active).exists()


def said() -> list[str]:
    return list(ChatLine.objects.order_by("seq").values_list("message", flat=True))


def places() -> list[str]:
    """How far a restart would go on from."""
    return [broadcast["page"] for broadcast in IngestSource.objects.get().memory.get("broadcasts", [])]


@pytest.mark.django_db(transaction=True)
async def test_what_is_said_is_stored_once_through_a_change_of_processes(youtube, account, connected):
    async with process():
        await until_db(partial(is_in, SourceState.DELIVERING, 0))
        youtube.go_live(title="Roofs", viewers=23)
        await until_db(partial(is_in, SourceState.DELIVERING, 1))
        youtube.chat("juno", "one")
        youtube.superchat("juno", "5.00", "EUR", text="for the roof")
        await until_db(lambda: said() == ["one"] and Event.objects.count() == 2)
        await until_db(lambda: places() == ["GJ1.2"])
    youtube.chat("juno", "two")
    async with process():
        await until_db(lambda: said() == ["one", "two"])
        youtube.chat("juno", "three")
        youtube.go_offline()
        await until_db(lambda: said() == ["one", "two", "three"])
        await until_db(lambda: Event.objects.filter(kind=Kind.STREAM_OFFLINE).exists())
        await until_db(lambda: not ChannelStatus.objects.get().live)

    kinds = await in_db(lambda: list(Event.objects.order_by("seq").values_list("kind", flat=True)))
    assert kinds == [Kind.STREAM_ONLINE, Kind.SUPERCHAT, Kind.STREAM_OFFLINE]
    assert await in_db(lambda: set(ChatLine.objects.values_list("origin", flat=True))) == {Origin.LIVE}
    budget = await in_db(quota.meter_of(account.pk, "youtube").budget)
    assert budget.spent == youtube.quota_spent()


@pytest.mark.django_db(transaction=True)
async def test_a_spent_quota_stops_reading_and_is_no_broken_sign_in(youtube, account, connected, settings):
    settings.YOUTUBE_DAILY_UNITS = YouTube.quota.reserve + 3
    youtube.go_live()

    async with process():
        await until_db(partial(is_in, SourceState.STOPPED, 0))
        await asyncio.sleep(0.5)

    source = await in_db(IngestSource.objects.get)
    assert source.failure_code == "quota_reserved"
    assert (await in_db(lambda: Connection.objects.get())).failure_code == ""
    assert youtube.quota_spent() <= 3


@pytest.mark.django_db(transaction=True)
async def test_disconnecting_ends_the_stream_at_once(youtube, account, connected):
    youtube.go_live()
    async with process():
        await until_db(partial(is_in, SourceState.DELIVERING, 1))

        await in_db(lambda: Connection.objects.all().delete())
        await until_db(lambda: not youtube.streams())
