"""From StreamElements to the database: which channels are listened to, and what stops that."""

from __future__ import annotations

import asyncio
import threading
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

import pytest
from django.db import OperationalError
from django.utils import timezone

from accounts.models import Account
from events.domain import publish as publishing
from events.enums import Origin, SourceState
from events.ingest.base import SourceSpec
from events.ingest.supervisor import Supervisor, Timing
from events.models import Event, IngestSource
from integrations import ingest
from integrations.domain import tokens, verification
from integrations.enums import TokenState
from integrations.ingest import Gone, OutOfReach, TokenGrant, wanted_sources
from integrations.models import StreamElementsToken
from integrations.streamelements.timing import Timing as Listening
from tests.waiting import in_db, until, until_db

pytestmark = pytest.mark.django_db(transaction=True)

FAST = Timing(every=0.05, lease=5, settle=0.01, restart_first=0.05)
QUICK = Listening(open=2, backoff_first=0.05, backoff_longest=0.2, linger=0.05, pace=0.01, ask=0.2, check=60)


def quick_sources() -> list[SourceSpec]:
    """What is wanted, without the waits that are good manners outside."""
    return [
        SourceSpec(spec.key, spec.account_id, partial(spec.run, timing=QUICK), spec.revision)
        for spec in wanted_sources()
    ]


@asynccontextmanager
async def ingesting(**options):
    supervisor, stop = Supervisor(wanted=quick_sources, timing=FAST, **options), asyncio.Event()
    running = asyncio.create_task(supervisor.run(stop))
    try:
        yield supervisor
    finally:
        stop.set()
        await running


def stored() -> list[str]:
    return list(Event.objects.order_by("seq").values_list("external_id", flat=True))


def is_delivering() -> bool:
    return IngestSource.objects.filter(state=SourceState.DELIVERING, subscriptions_active=1).exists()


def keys() -> list[str]:
    return sorted(spec.key for spec in wanted_sources())


class TestWanted:
    def test_a_channel_once_however_many_tokens_it_has(self, add, account, django_assert_num_queries):
        add()
        newest = add()

        with django_assert_num_queries(1):
            [spec] = wanted_sources()

        assert (spec.key, spec.account_id, spec.revision) == (newest.channel_key, account.pk, str(newest.pk))
        assert len(spec.key) <= 80

    def test_the_one_that_still_works_where_the_newest_does_not(self, add):
        old, new = add(), add()
        verification.lost(new.pk)

        [spec] = wanted_sources()

        assert (spec.key, spec.revision) == (old.channel_key, str(old.pk))

    def test_nothing_where_none_works(self, add):
        verification.lost(add().pk)

        assert wanted_sources() == []

    def test_one_that_was_never_verified_has_its_own(self, add, streamelements):
        verified = add()
        streamelements.fail("/kappa/v2/channels/me", status=503)
        unverified = add()

        assert keys() == sorted([verified.channel_key, f"streamelements:{unverified.pk}"])

    def test_two_accounts_with_one_channel_are_two(self, add, streamelements, cleo_actor):
        jwt = streamelements.issue_jwt()
        add(token=jwt)
        tokens.add(actor=cleo_actor, platform="twitch", token=jwt)

        assert len(keys()) == 2


async def test_tips_are_stored_with_their_platform(streamelements, add):
    row = await in_db(lambda: add(platform="kick"))
    async with ingesting():
        await until_db(is_delivering)
        tip = streamelements.tip("Harlan", 12.5, "EUR", "hi")
        await until_db(Event.objects.exists)
        await until_db(lambda: StreamElementsToken.objects.get().last_tip_at is not None)

    event = await in_db(Event.objects.get)
    assert (event.platform, event.source, event.external_id, event.origin) == (
        "kick",
        row.channel_key,
        tip,
        Origin.LIVE,
    )
    assert (event.amount, event.currency, event.actor_name, event.message) == (1250, "EUR", "Harlan", "hi")
    assert event.raw["donation"]["user"] == {"username": "Harlan", "channel": row.channel_id}


async def test_a_tip_is_one_through_two_tokens_of_a_channel_and_their_change(streamelements, add, ada_actor):
    old = await in_db(add)
    tips = []
    async with ingesting() as supervisor:
        await until_db(is_delivering)
        tips.append(streamelements.tip("one"))
        await until_db(lambda: stored() == tips)

        new = await in_db(add)
        await until(lambda: supervisor.running.get(new.channel_key) == 2)
        await until_db(is_delivering)
        tips.append(streamelements.tip("two"))
        await until_db(lambda: stored() == tips)

        await in_db(lambda: tokens.remove(actor=ada_actor, token=old))
        tips.append(streamelements.tip("three"))
        streamelements.repeat_tip(tips[0])
        await until_db(lambda: stored() == tips)

        await in_db(lambda: tokens.remove(actor=ada_actor, token=new))
        await until(lambda: not supervisor.running)
        again = await in_db(add)
        await until_db(is_delivering)
        tips.append(streamelements.tip("four"))
        await until_db(lambda: len(stored()) >= 4)
        await asyncio.sleep(0.2)  # in which one of the others could come again

    assert await in_db(stored) == tips
    assert again.channel_key == old.channel_key


async def test_a_token_that_dies_hands_over_to_the_other_of_its_channel(streamelements, add, ada_actor):
    old = await in_db(add)
    jwt = streamelements.issue_jwt()
    new = await in_db(lambda: add(token=jwt))
    async with ingesting():
        await until_db(is_delivering)
        streamelements.kill_jwt(jwt)
        streamelements.drop_sockets()
        meanwhile = streamelements.unheard_tip()
        await until_db(lambda: StreamElementsToken.objects.get(pk=new.pk).state == TokenState.BROKEN)
        await until_db(lambda: stored() == [meanwhile])
        await until_db(is_delivering)

    assert (await in_db(lambda: StreamElementsToken.objects.get(pk=old.pk))).state == TokenState.VERIFIED


async def test_a_new_token_fetches_what_was_given_after_the_old_one_died(streamelements, add):
    await in_db(add)
    await in_db(lambda: StreamElementsToken.objects.update(created_at=timezone.now() - timedelta(hours=1)))
    async with ingesting() as supervisor:
        await until_db(is_delivering)
        seen = streamelements.tip("seen", ago=1800)
        await until_db(lambda: IngestSource.objects.get().memory.get("seen_at"))
        streamelements.kill_jwt()
        streamelements.drop_sockets()
        missed = streamelements.unheard_tip("missed", ago=900)
        await until(lambda: not supervisor.running)
        await until_db(lambda: IngestSource.objects.get().state == SourceState.STOPPED)

        await in_db(add)
        await until_db(lambda: stored() == [seen, missed])

    assert (await in_db(lambda: Event.objects.get(external_id=missed))).origin == Origin.BACKFILL


async def test_one_that_could_not_be_verified_begins_when_it_is(streamelements, add):
    streamelements.fail("/kappa/v2/channels/me", status=503, times=None)
    row = await in_db(add)
    async with ingesting():
        await until_db(lambda: IngestSource.objects.filter(failure_code="tips_no_answer").exists())
        meanwhile = streamelements.tip()
        streamelements.heal()
        await until_db(is_delivering)
        await until_db(lambda: stored() == [meanwhile])

    assert await in_db(lambda: list(IngestSource.objects.values_list("key", flat=True))) == [
        f"streamelements:{row.account_id.hex}:{streamelements.state.channel(None).id}"
    ]


async def test_removing_stops_within_a_second_with_a_tip_under_way(streamelements, add, ada_actor):
    """The tip is held on its way into the database; when it gets there the token is gone."""
    row = await in_db(add)
    held, go_on = threading.Event(), threading.Event()

    def publish(batches):
        held.set()
        assert go_on.wait(5)
        return publishing.publish(batches)

    stale = []
    async with ingesting() as supervisor:
        writer = supervisor.writer
        writer._publish = publish
        on_stale = writer._on_stale
        writer._on_stale = lambda place: (stale.append(place.source), on_stale(place))
        await until_db(is_delivering)
        streamelements.tip("under way")
        await until(held.is_set)

        began = asyncio.get_running_loop().time()
        await in_db(lambda: tokens.remove(actor=ada_actor, token=row))
        await until(lambda: streamelements.sockets() == [], seconds=10)
        go_on.set()
        await until(lambda: stale, seconds=10)
        took = asyncio.get_running_loop().time() - began
        streamelements.tip("afterwards")
        await asyncio.sleep(0.2)

    assert took < 1
    assert stale == [row.channel_key]
    assert await in_db(stored) == []
    assert not await in_db(IngestSource.objects.exists)


async def test_deleting_the_account_leaves_nothing(add, account):
    row = await in_db(add)
    async with ingesting() as supervisor:
        await until_db(is_delivering)
        await in_db(lambda: Account.objects.filter(pk=account.pk).delete())
        await until(lambda: not supervisor.running)

    assert not await in_db(lambda: IngestSource.objects.filter(key=row.source_id).exists())


class TestTheGrant:
    async def test_a_token_that_is_gone_or_broken_is_no_token(self, add):
        row = await in_db(add)
        await in_db(lambda: verification.lost(row.pk))

        with pytest.raises(Gone):
            await TokenGrant(row.pk).jwt()

    async def test_a_database_that_is_away_is_a_passing_state_like_any_other(self, add, monkeypatch):
        row = await in_db(add)

        def away(*args):
            raise OperationalError("the database is starting")

        monkeypatch.setattr(ingest.vault, "read", away)

        with pytest.raises(OutOfReach):
            await TokenGrant(row.pk).jwt()

    async def test_the_last_tip_never_goes_back(self, add):
        row = await in_db(add)
        at = row.created_at
        grant = TokenGrant(row.pk)

        await grant.tip_given(at)
        await grant.tip_given(at.replace(year=2020))

        assert (await in_db(StreamElementsToken.objects.get)).last_tip_at == at
