from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import OperationalError
from django.db import connection as database

from connections.domain import grants
from connections.enums import GrantState, Purpose
from connections.ingest import ConnectionGrant, OutOfReach, wanted_sources
from connections.models import Connection, PlatformSwitch
from connections.platforms import oauth
from connections.platforms.failures import GrantEnded, NoCredentials
from connections.platforms.twitch.topics import TOPICS
from events.enums import SourceState
from events.ingest.supervisor import Supervisor, Timing
from events.models import ChatLine, Event, IngestSource
from tests import factories
from tests.waiting import in_db, until, until_db

FAST = Timing(every=0.05, lease=5, settle=0.01)


def wanted_keys() -> list[str]:
    return [spec.key for spec in wanted_sources()]


@pytest.mark.django_db
def test_connected_channels_are_wanted(account, django_assert_num_queries):
    connection = factories.make_connection(account=account)
    factories.make_connection(account=account, purpose=Purpose.BOT)
    factories.make_connection(account=factories.make_account(), state=GrantState.NEEDS_SIGN_IN)

    with django_assert_num_queries(2):
        [spec] = wanted_sources()

    assert (spec.key, spec.account_id) == (f"twitch:{connection.pk}", account.pk)


@pytest.mark.django_db
@pytest.mark.parametrize("state", GrantState)
def test_what_is_read_without_a_grant_is_wanted_whatever_became_of_it(account, state):
    factories.make_connection(account=account, platform="trovo", purpose=Purpose.BOT)
    channel = factories.make_connection(account=account, platform="trovo", state=state)

    assert wanted_keys() == [channel.source_key]


@pytest.mark.django_db(transaction=True)
async def test_the_id_of_the_app_is_there_also_when_the_sign_in_is_over(account):
    connection = await in_db(
        lambda: factories.make_connection(account=account, platform="trovo", state=GrantState.NEEDS_SIGN_IN)
    )
    one = ConnectionGrant(connection.pk)
    with pytest.raises(NoCredentials):
        await one.client_id()

    await in_db(lambda: factories.make_credentials(account=account, platform="trovo", client_id="the-app"))

    assert await one.client_id() == "the-app"


@pytest.mark.django_db
def test_what_the_operator_switched_off_is_not_wanted(account):
    other = factories.make_account()
    factories.make_connection(account=account)
    kept = factories.make_connection(account=other)

    PlatformSwitch.objects.create(platform="twitch", account=account)
    assert wanted_keys() == [kept.source_key]

    PlatformSwitch.objects.create(platform="twitch", account=None)
    assert wanted_keys() == []


@pytest.mark.django_db
def test_a_reconnect_restarts_the_source_and_a_refresh_does_not(account):
    connection = factories.make_connection(account=account, scopes=["a", "b"])
    [before] = wanted_sources()

    Connection.objects.update(version=2, scopes=["b", "a"])
    [refreshed] = wanted_sources()
    Connection.objects.filter(pk=connection.pk).update(connected_at=datetime.now(UTC))
    [reconnected] = wanted_sources()

    assert before.revision == refreshed.revision != reconnected.revision


@pytest.mark.django_db(transaction=True)
async def test_an_unusable_grant_says_what_is_behind_it(account):
    connection = await in_db(
        lambda: factories.make_connection(
            account=account, state=GrantState.NEEDS_SIGN_IN, failure_code="grant_ended", failure_params={"reason": "x"}
        )
    )

    with pytest.raises(GrantEnded):
        await ConnectionGrant(connection.pk).access()


@pytest.mark.django_db(transaction=True)
async def test_nobody_holds_a_database_connection_or_more_than_one_thread_while_a_token_is_renewed(
    twitch, grant, monkeypatch
):
    connection = await in_db(lambda: grant())
    await in_db(lambda: Connection.objects.update(expires_at=datetime.now(UTC)))
    asked, access, busy = [], grants.access, []

    def refresh(*args):
        asked.append(database.connection)
        time.sleep(0.2)  # others come meanwhile
        return ask(*args)

    def counted(*args):
        busy.append(1)
        assert len(busy) == 1
        try:
            return access(*args)
        finally:
            busy.pop()

    ask = oauth.refresh
    monkeypatch.setattr(oauth, "refresh", refresh)
    monkeypatch.setattr(grants, "access", counted)

    one = ConnectionGrant(connection.pk)
    found = await asyncio.gather(*(one.access() for _ in range(20)))

    assert asked == [None]
    assert {access.version for access in found} == {connection.version + 1}


async def test_a_database_that_is_away_is_a_passing_state_like_any_other(monkeypatch):
    def away(*args):
        raise OperationalError("the database is starting")

    monkeypatch.setattr(grants, "access", away)

    with pytest.raises(OutOfReach):
        await ConnectionGrant(uuid4()).access()


@pytest.mark.django_db(transaction=True)
async def test_from_the_platform_to_the_database_and_to_the_end_of_the_grant(twitch, grant):
    connection = await in_db(grant)
    supervisor = Supervisor(timing=FAST)
    stop = asyncio.Event()
    running = asyncio.create_task(supervisor.run(stop))
    try:
        await until_db(lambda: IngestSource.objects.filter(subscriptions_active=len(TOPICS)).exists())

        twitch.follow("juno")
        twitch.cheer("juno", bits=100)
        await until_db(lambda: Event.objects.count() == 2 and ChatLine.objects.count() == 1)
        twitch.revoke_grant("mira_plays")
        await until(lambda: not supervisor.running)
    finally:
        stop.set()
        await running

    source, stored = (
        await in_db(IngestSource.objects.get),
        await in_db(lambda: Connection.objects.get(pk=connection.pk)),
    )
    assert (source.key, source.state, source.failure_code) == (
        connection.source_key,
        SourceState.STOPPED,
        "grant_revoked",
    )
    assert (stored.state, stored.failure_code) == (GrantState.NEEDS_SIGN_IN, "grant_revoked")
    assert [event.seq for event in await in_db(lambda: list(Event.objects.order_by("seq")))] == [1, 2]
