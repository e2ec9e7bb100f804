"""Supervisors, leases and fences, with sources that are plain functions."""

from __future__ import annotations

import asyncio
import threading
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from events import bus
from events.domain.publish import Batch, StaleFence, publish
from events.domain.sources import state_of
from events.enums import Kind, SourceState
from events.ingest import health, leases
from events.ingest.base import Failure, Outlet, SourceSpec
from events.ingest.gaps import Absence
from events.ingest.supervisor import Supervisor, Timing
from events.ingest.threads import CALLS, in_lease_thread, in_thread
from events.ingest.writer import Writer
from events.models import ChannelStatus, ChatLine, Event, IngestSource
from tests.factories import make_stream_event
from tests.waiting import in_db, until, until_db

pytestmark = pytest.mark.django_db(transaction=True)

FAST = Timing(every=0.05, lease=0.6, settle=0.01, restart_first=0.02, restart_longest=0.05)
#: For tests in which a lease must last although the machine is busy.
LASTING = replace(FAST, lease=60)
#: For tests that last longer than a lease.
KEPT = replace(FAST, lease=1.2)


class Stream:
    """A source whose events the test makes up. `outlets` are those it was started with."""

    def __init__(self, account, key: str = "test:1", revision: str = "") -> None:
        self.outlets: list[Outlet] = []
        self.stopped = 0
        self.spec = SourceSpec(key, account.pk, self.run, revision)

    async def run(self, outlet: Outlet) -> None:
        self.outlets.append(outlet)
        await outlet.health(SourceState.DELIVERING, active=1, wanted=1)
        try:
            await asyncio.Event().wait()
        finally:
            self.stopped += 1

    async def follow(self, number: int = 1) -> None:
        await self.outlets[-1].emit([make_stream_event(external_id=f"follow-{number}")])


@asynccontextmanager
async def supervisor(*streams: Stream, timing: Timing = LASTING, wanted: list[SourceSpec] | None = None):
    specs = [stream.spec for stream in streams] if wanted is None else wanted
    one = Supervisor(wanted=lambda: specs, timing=timing)
    try:
        yield one
    finally:
        await one.close()


def row(key: str = "test:1") -> IngestSource:
    return IngestSource.objects.get(key=key)


async def test_one_round_starts_what_is_wanted_and_its_events_are_stored(account):
    stream = Stream(account)
    async with supervisor(stream) as one:
        await one.reconcile()
        await until(lambda: stream.outlets)

        await stream.follow()
        await until_db(Event.objects.exists)
        await one.reconcile()

        stored = await in_db(row)
        assert (stored.owner, stored.fence, stored.state) == (one.owner, 1, SourceState.DELIVERING)
        assert (stored.subscriptions_active, stored.subscriptions_wanted) == (1, 1)
        assert stored.last_event_at is not None
        assert stored.leased_until > timezone.now()


async def test_what_is_no_longer_wanted_stops_and_says_so(account):
    stream = Stream(account)
    wanted = [stream.spec]
    async with supervisor(wanted=wanted) as one:
        await one.reconcile()
        await until(lambda: stream.outlets)

        wanted.clear()
        await one.reconcile()

        assert stream.stopped == 1
        stored = await in_db(row)
        assert (stored.owner, stored.leased_until, stored.state) == ("", None, SourceState.STOPPED)


async def test_a_new_revision_restarts_the_source_under_a_new_fence(account):
    old, new = Stream(account, revision="1"), Stream(account, revision="2")
    wanted = [old.spec]
    async with supervisor(wanted=wanted) as one:
        await one.reconcile()
        await until(lambda: old.outlets)

        wanted[:] = [new.spec]
        await reconcile_until(one, lambda: new.outlets)

        assert old.stopped == 1
        assert one.running == {"test:1": 2}


async def test_a_source_that_breaks_is_restarted_and_disturbs_nobody(account):
    neighbour = Stream(account, "test:2")
    attempts = []

    async def broken(outlet: Outlet) -> None:
        attempts.append(outlet)
        raise RuntimeError("boom")

    async with supervisor(wanted=[SourceSpec("test:1", account.pk, broken), neighbour.spec]) as one:
        await one.reconcile()
        await until(lambda: len(attempts) >= 3)
        await one.reconcile()

        assert (len(neighbour.outlets), neighbour.stopped) == (1, 0)
        stored = await in_db(row)
        assert (stored.state, stored.failure_code) == (SourceState.RECONNECTING, "broken")


async def test_two_supervisors_share_the_sources_and_run_none_twice(account):
    streams = [Stream(account, f"test:{number}") for number in range(6)]
    async with supervisor(*streams) as one, supervisor(*streams) as two:
        await asyncio.gather(one.reconcile(), two.reconcile())
        await one.reconcile()

        assert one.running.keys() | two.running.keys() == {stream.spec.key for stream in streams}
        assert not one.running.keys() & two.running.keys()


async def test_many_free_sources_are_not_all_taken_by_the_first(account):
    specs = [Stream(account, f"test:{number}").spec for number in range(leases.EAGER + 20)]

    won = await in_db(lambda: leases.claim(specs, owner="one", seconds=5))

    assert len(won) == leases.EAGER + 10


async def test_what_others_leave_of_many_free_sources_is_taken_soon(account):
    streams = [Stream(account, f"test:{number}") for number in range(leases.EAGER + 10)]
    async with running(lambda: [stream.spec for stream in streams], replace(LASTING, every=60, share=0.05)) as one:
        await until(lambda: len(one.running) == len(streams))


async def test_the_sources_of_a_dead_process_are_taken_over(account):
    stream = Stream(account)
    async with supervisor(stream, timing=KEPT) as one, supervisor(stream, timing=KEPT) as two:
        await one.reconcile()
        await until(lambda: stream.outlets)
        await two.reconcile()
        assert two.running == {}

        await asyncio.sleep(KEPT.lease + 0.1)  # `one` renews nothing any more
        await two.reconcile()

        assert two.running == {"test:1": 2}


async def test_a_graceful_stop_stores_everything_and_hands_over_at_once(account):
    stream = Stream(account)
    async with supervisor(stream) as one, supervisor(stream) as two:
        await one.reconcile()
        await until(lambda: stream.outlets)
        for number in range(300):
            await stream.follow(number)

        await one.close()
        await two.reconcile()

        assert two.running == {"test:1": 2}
        assert await in_db(Event.objects.count) == 300


async def test_a_zombie_cannot_write_and_is_stopped(account):
    stream = Stream(account)
    async with supervisor(stream) as zombie:
        await zombie.reconcile()
        await until(lambda: stream.outlets)
        await in_db(lambda: IngestSource.objects.update(owner="somebody else", fence=2))

        await stream.follow()
        await until(lambda: stream.stopped == 1)

        assert zombie.running == {}
        assert not await in_db(Event.objects.exists)


async def test_who_slept_while_another_took_over_stops_and_writes_nothing(account):
    stream, successor = Stream(account), Stream(account)
    async with supervisor(stream, timing=FAST) as one, supervisor(successor) as two:
        await one.reconcile()
        await until(lambda: stream.outlets)
        await asyncio.sleep(FAST.lease + 0.1)  # as if stopped: nothing is renewed
        await two.reconcile()
        await until(lambda: successor.outlets)

        await stream.follow(1)  # what was still in the socket
        await until(lambda: stream.stopped == 1)
        await one.reconcile()
        await successor.follow(2)
        await until_db(Event.objects.exists)

        assert (one.running, two.running) == ({}, {"test:1": 2})
        assert await in_db(lambda: [event.external_id for event in Event.objects.all()]) == ["follow-2"]
        stored = await in_db(row)
        assert (stored.owner, stored.fence) == (two.owner, 2)


async def test_a_lost_lease_is_noticed_without_any_event(account):
    stream = Stream(account)
    async with supervisor(stream) as one:
        await one.reconcile()
        await until(lambda: stream.outlets)
        later = timezone.now() + timedelta(minutes=1)
        await in_db(lambda: IngestSource.objects.update(owner="somebody else", fence=2, leased_until=later))

        await one.reconcile()
        await until(lambda: stream.stopped == 1)

        assert one.running == {}
        assert (await in_db(row)).owner == "somebody else"


async def test_a_process_that_slept_starts_its_sources_anew(account):
    stream = Stream(account)
    async with supervisor(stream) as one:
        await one.reconcile()
        await until(lambda: stream.outlets)

        with time_machine.travel(datetime.now(UTC) + timedelta(seconds=90)):
            await one.reconcile()
        await reconcile_until(one, lambda: len(stream.outlets) == 2)

        assert stream.stopped == 1
        assert one.running == {"test:1": 2}


class Stubborn(Stream):
    """Takes its time to stop."""

    def __init__(self, account, key: str, seconds: float) -> None:
        super().__init__(account, key)
        self.seconds = seconds

    async def run(self, outlet: Outlet) -> None:
        try:
            await super().run(outlet)
        finally:
            await outlet.emit([make_stream_event(external_id="last words")])
            await asyncio.sleep(self.seconds)


@asynccontextmanager
async def running(wanted, timing: Timing = FAST):
    """A supervisor at work: leases are kept beside everything else."""
    one, stop = Supervisor(wanted=wanted, timing=timing), asyncio.Event()
    task = asyncio.create_task(one.run(stop))
    try:
        yield one
    finally:
        stop.set()
        await task


async def test_who_takes_long_to_stop_costs_nobody_a_lease_and_loses_nothing(account):
    slow, neighbour = Stubborn(account, "test:slow", 1.5 * KEPT.lease), Stream(account, "test:2")
    wanted = [slow.spec, neighbour.spec]
    async with (
        running(lambda: wanted, replace(KEPT, patience=0.05)) as one,
        supervisor(wanted=list(wanted), timing=KEPT) as two,
    ):
        await until(lambda: slow.outlets and neighbour.outlets)

        wanted.remove(slow.spec)
        await until(lambda: one.running.keys() == {"test:2"})
        for _ in range(16):  # longer than a lease
            await asyncio.sleep(0.1)
            await two.reconcile()
            assert "test:2" not in two.running
            if (await in_db(lambda: row("test:slow"))).owner == one.owner:
                assert two.running == {}
        await reconcile_until(two, lambda: "test:slow" in two.running)

        assert (neighbour.stopped, one.running) == (0, {"test:2": 1})
        assert await in_db(lambda: [event.external_id for event in Event.objects.all()]) == ["last words"]


async def test_a_slow_query_costs_nobody_a_lease(account):
    stream, slow = Stream(account), threading.Event()
    specs = [stream.spec]

    def wanted() -> list[SourceSpec]:
        if stream.outlets:
            slow.wait(5)
        return specs

    async with running(wanted, KEPT) as one, supervisor(wanted=specs) as two:
        await until(lambda: stream.outlets)
        for _ in range(16):  # longer than a lease
            await asyncio.sleep(0.1)
            await two.reconcile()
        slow.set()

        assert (one.running, two.running, stream.stopped) == ({"test:1": 1}, {}, 0)


async def test_leases_are_kept_until_the_last_event_of_a_stopping_process_is_stored(account):
    slow, successor = Stubborn(account, "test:1", 1.5 * KEPT.lease), Stream(account)
    async with supervisor(successor) as two:
        async with running(lambda: [slow.spec], KEPT):
            await until(lambda: slow.outlets)
            taken_over = asyncio.create_task(reconcile_until(two, lambda: two.running))

        await taken_over

    assert await in_db(lambda: [event.external_id for event in Event.objects.all()]) == ["last words"]


async def reconcile_until(one: Supervisor, condition) -> None:
    while not condition():
        await one.reconcile()
        await asyncio.sleep(0.05)


async def test_others_are_told_when_a_process_has_let_go(account, monkeypatch):
    sent = []
    monkeypatch.setattr(bus, "send", lambda topic, text: sent.append((topic, row().owner)))
    stream = Stream(account)
    async with supervisor(stream) as one:
        await one.reconcile()
        await until(lambda: stream.outlets)
        sent.clear()

        await one.close()

        assert sent[-1] == (bus.INGEST, "")


async def test_a_source_knows_when_it_was_heard_of_last(account):
    first, second, third = (Stream(account) for _ in range(3))
    async with supervisor(first) as one:
        await one.reconcile()
        await until(lambda: first.outlets)
        assert first.outlets[0].last_heard_at is None
        began = timezone.now()
        await one.close()

    async with supervisor(second) as two:
        await two.reconcile()
        await until(lambda: second.outlets)

        # A source that delivers when it is stopped has listened until then.
        heard_at = second.outlets[0].last_heard_at
        assert began <= heard_at <= timezone.now()

        with time_machine.travel(datetime.now(UTC) + timedelta(minutes=5)):
            await reconcile_until(two, lambda: len(second.outlets) == 2)

            # Who slept has not.
            assert second.outlets[1].last_heard_at == heard_at
    async with supervisor(third) as three:
        await three.reconcile()
        await until(lambda: third.outlets)
        assert third.outlets[0].last_heard_at > heard_at


@asynccontextmanager
async def held_up(stream: Stream):
    """A supervisor that runs the source, and what lets its events through to the database."""
    let_through = threading.Event()

    def publish_later(batches):
        assert let_through.wait(10)
        return publish(batches)

    writer = Writer(on_stale=lambda place: None, publish=publish_later)
    one = Supervisor(wanted=lambda: [stream.spec], timing=LASTING, writer=writer)
    try:
        await one.reconcile()
        await until(lambda: stream.outlets)
        yield one, let_through
    finally:
        let_through.set()
        await one.close()


async def test_nobody_is_said_to_have_listened_past_what_still_waits_to_be_stored(account):
    """Who takes over after a crash says what may be missing since then, and what died unstored is missing."""
    stream = Stream(account)
    async with held_up(stream) as (one, let_through):
        await stream.follow()
        came_at = timezone.now()
        await asyncio.sleep(0.01)
        stream.outlets[0].heard()
        await one.reconcile()
        assert (await in_db(row)).last_heard_at <= came_at

        let_through.set()
        await stream.outlets[0].remember(page="a")  # when all is stored
        await one.reconcile()
        assert (await in_db(row)).last_heard_at > came_at


async def test_nobody_is_said_to_have_listened_past_a_gap_that_is_not_stored_yet(account):
    """Neither while a source begins to listen again, nor while it has said what it missed."""
    stream, began = Stream(account), timezone.now() - timedelta(minutes=1)
    async with held_up(stream) as (one, let_through):
        absence = Absence(stream.outlets[0], platform="twitch", channel_id="1001", shortest=0.5)
        absence.begin(began)
        stream.outlets[0].heard()
        await one.reconcile()
        assert (await in_db(row)).last_heard_at == began
        assert stream.outlets[0].last_heard_at == began

        await absence.own_up()
        await one.reconcile()
        assert (await in_db(row)).last_heard_at == began

        let_through.set()
        await stream.outlets[0].remember(page="a")  # when all is stored
        await one.reconcile()
        assert (await in_db(row)).last_heard_at > began


async def test_a_process_that_slept_alone_wakes_up_with_all_its_sources(account):
    streams = [Stream(account, f"test:{number}") for number in range(5)]
    async with supervisor(*streams) as one:
        await one.reconcile()
        await until(lambda: all(stream.outlets for stream in streams))

        with time_machine.travel(datetime.now(UTC) + timedelta(seconds=90)):
            await reconcile_until(one, lambda: all(len(stream.outlets) == 2 for stream in streams))

        assert set(one.running.values()) == {2}


@pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL has a pool of connections")
async def test_an_exhausted_pool_of_connections_costs_nobody_a_lease(account):
    stream, done = Stream(account), threading.Event()

    def hold() -> None:
        connection.ensure_connection()
        done.wait(30)
        connection.close()

    async with supervisor(stream) as one:
        await one.reconcile()
        await until(lambda: stream.outlets)
        await one.renew()
        before = (await in_db(row)).leased_until
        greedy = [threading.Thread(target=hold) for _ in range(connection.settings_dict["OPTIONS"]["pool"]["max_size"])]
        for thread in greedy:
            thread.start()
        try:
            await until(lambda: connection.pool.get_stats().get("requests_waiting"))
            await asyncio.wait_for(one.renew(), 5)
        finally:
            done.set()
            for thread in greedy:
                await asyncio.to_thread(thread.join)

        assert (await in_db(row)).leased_until > before


async def test_a_nudge_starts_and_stops_within_a_second(account, monkeypatch):
    nudge = asyncio.Event()

    async def listen(topics):
        assert topics == [bus.INGEST]
        while True:
            await nudge.wait()
            nudge.clear()
            yield bus.INGEST, "{}"

    monkeypatch.setattr(bus, "listen", listen)
    stream = Stream(account)
    wanted: list[SourceSpec] = []
    stop = asyncio.Event()
    one = Supervisor(wanted=lambda: wanted, timing=Timing(every=60))
    running = asyncio.create_task(one.run(stop))
    await asyncio.sleep(0.3)  # its first round is over

    wanted.append(stream.spec)
    nudge.set()
    await until(lambda: stream.outlets, seconds=10)
    wanted.clear()
    nudge.set()
    await until(lambda: stream.stopped == 1, seconds=10)
    stop.set()
    await running


async def test_changes_of_health_are_written_without_a_round(account):
    stream = Stream(account)
    stop = asyncio.Event()
    one = Supervisor(wanted=lambda: [stream.spec], timing=Timing(every=60, settle=0.01))
    running = asyncio.create_task(one.run(stop))
    await until(lambda: stream.outlets)

    failure = Failure("unreachable", {"platform": "T"})
    await stream.outlets[0].health(SourceState.RECONNECTING, active=0, failure=failure)
    await stream.outlets[0].status(platform="twitch", channel_id="1", live=True, viewers=3, title="Hi")
    await until_db(lambda: ChannelStatus.objects.filter(live=True).exists())

    stored, status = await in_db(row), await in_db(ChannelStatus.objects.get)
    assert (stored.state, stored.subscriptions_active) == (SourceState.RECONNECTING, 0)
    assert (stored.failure_code, stored.failure_params) == ("unreachable", {"platform": "T"})
    assert (status.viewers, status.title) == (3, "Hi")
    stop.set()
    await running


async def test_a_channel_has_its_name_although_the_platform_tells_none(account):
    stream = Stream(account)
    stop = asyncio.Event()
    one = Supervisor(wanted=lambda: [replace(stream.spec, name="Mira Plays")], timing=Timing(every=60, settle=0.01))
    running = asyncio.create_task(one.run(stop))
    await until(lambda: stream.outlets)

    def is_called(name: str) -> bool:
        return ChannelStatus.objects.filter(channel_name=name).exists()

    await stream.outlets[0].status(platform="youtube", channel_id="1", live=True)
    await until_db(lambda: is_called("Mira Plays"))
    await stream.outlets[0].status(platform="youtube", channel_id="1", name="Mira plays on")
    await until_db(lambda: is_called("Mira plays on"))
    await stream.outlets[0].status(platform="youtube", channel_id="1", title="Lighthouse")
    await until_db(lambda: ChannelStatus.objects.filter(title="Lighthouse").exists())

    assert await in_db(lambda: is_called("Mira plays on"))
    stop.set()
    await running


async def test_what_a_source_said_last_is_written_although_it_is_dropped_meanwhile(account, monkeypatch):
    stream, wanted, begun, go_on = Stream(account), [], threading.Event(), threading.Event()
    wanted.append(stream.spec)
    store = health._store

    def slow_store(*args):
        begun.set()
        assert go_on.wait(10)
        store(*args)

    async with running(lambda: wanted, replace(LASTING, every=60)) as one:
        await until(lambda: stream.outlets)
        await until_db(lambda: row().state == SourceState.DELIVERING)
        monkeypatch.setattr(health, "_store", slow_store)

        await stream.outlets[0].health(SourceState.STOPPED, active=0, failure=Failure("grant_revoked"))
        await until(begun.is_set)
        wanted.clear()
        comparing = asyncio.create_task(one.compare())
        await until(lambda: stream.stopped)
        await asyncio.sleep(0.2)  # what would be released now is what the write no longer finds
        go_on.set()
        await comparing
        await until_db(lambda: row().owner == "")

    stored = await in_db(row)
    assert (stored.state, stored.failure_code) == (SourceState.STOPPED, "grant_revoked")


async def test_news_that_could_not_be_written_is_written_the_next_time(account, monkeypatch):
    stream = Stream(account)
    async with supervisor(stream) as one:
        await one.reconcile()
        await until(lambda: stream.outlets)
        with monkeypatch.context() as away:
            away.setattr(health, "write", unwritable)
            await stream.outlets[0].status(platform="twitch", channel_id="1001", live=True)
            with pytest.raises(OperationalError):
                await one.compare()

        await one.compare()

    assert (await in_db(ChannelStatus.objects.get)).live


async def test_news_is_written_at_once_also_after_news_that_nobody_could_write(account, monkeypatch, caplog):
    stream, write, tried = Stream(account), health.write, []

    def choking(*args: object, **options: object) -> None:
        if not tried:
            tried.append(args)
            raise RuntimeError("what nobody thought of")
        write(*args, **options)

    async with running(lambda: [stream.spec], replace(LASTING, every=60)):
        await until(lambda: stream.outlets)
        await until_db(lambda: row().state == SourceState.DELIVERING)
        monkeypatch.setattr(health, "write", choking)
        await stream.outlets[0].status(platform="twitch", channel_id="1001", live=True)
        await until(lambda: tried)

        await stream.outlets[0].status(platform="twitch", channel_id="1001", live=False, title="Bye")

        await until_db(lambda: ChannelStatus.objects.filter(title="Bye").exists())
    assert "what nobody thought of" in caplog.text


@pytest.mark.parametrize("refused", [{"active": 2**63}, {"failure": Failure("\ud800")}])
async def test_news_that_the_database_refuses_holds_up_nobody_else(account, caplog, refused):
    odd, sound = Stream(account, "test:odd"), Stream(account, "test:sound")
    async with supervisor(odd, sound) as one:
        await one.reconcile()
        await until(lambda: odd.outlets and sound.outlets)
        await odd.outlets[0].health(SourceState.STOPPED, **refused)
        await sound.outlets[0].health(SourceState.RECONNECTING)
        await sound.outlets[0].status(platform="twitch", channel_id="1001", live=True)
        sound.outlets[0].heard()

        await one.compare()

        written = await in_db(lambda: row("test:sound"))
        assert (written.state, written.last_heard_at is not None) == (SourceState.RECONNECTING, True)
        assert (await in_db(ChannelStatus.objects.get)).live
        [line] = [line for line in caplog.records if line.levelname == "ERROR"]
        assert line.getMessage() == "How test:odd is doing cannot be stored"

        await odd.outlets[0].health(SourceState.DELIVERING, active=1)
        await one.compare()
        assert (await in_db(lambda: row("test:odd"))).state == SourceState.DELIVERING


def unwritable(*args: object, **options: object) -> None:
    raise OperationalError("locked")


async def test_a_restart_does_not_forget_the_last_event(account):
    stream = Stream(account)
    async with supervisor(stream) as one:
        await one.reconcile()
        await until(lambda: stream.outlets)
        await stream.follow()
        await one.reconcile()
    before = (await in_db(row)).last_event_at

    async with supervisor(stream) as two:
        await two.reconcile()

    assert before is not None
    assert (await in_db(row)).last_event_at == before


async def test_what_a_source_remembers_is_there_for_whoever_runs_it_next_and_never_ahead_of_its_events(account):
    stream = Stream(account)
    async with supervisor(stream) as one:
        await one.reconcile()
        await until(lambda: stream.outlets)
        assert stream.outlets[0].memory == {}

        await stream.follow()
        await stream.outlets[0].remember(page="a", day=1)
        stored_by_then = await in_db(Event.objects.exists)
        await stream.outlets[0].remember(page="b")

    assert stored_by_then
    assert (await in_db(row)).memory == {"page": "b", "day": 1}
    async with supervisor(stream) as two:
        await two.reconcile()
        await until(lambda: len(stream.outlets) == 2)
        assert stream.outlets[1].memory == {"page": "b", "day": 1}


async def test_word_that_was_left_for_a_source_survives_what_it_remembers(account):
    stream = Stream(account)
    async with supervisor(stream) as one:
        await one.reconcile()
        await until(lambda: stream.outlets)
        await in_db(lambda: IngestSource.objects.update(memory={"turned_away": "12:00"}))

        await stream.outlets[0].remember(page="a")

    assert (await in_db(row)).memory == {"turned_away": "12:00", "page": "a"}


async def test_a_batch_under_an_old_fence_is_refused(account):
    spec = Stream(account).spec
    await in_db(lambda: leases.claim([spec], owner="one", seconds=0))
    await in_db(lambda: leases.claim([spec], owner="two", seconds=5))
    chat = make_stream_event(kind=Kind.CHAT_MESSAGE)

    [answer] = await in_db(lambda: publish([Batch(account.pk, "test:1", 1, [chat])]))

    assert isinstance(answer, StaleFence)
    assert not await in_db(ChatLine.objects.exists)


@pytest.mark.parametrize(
    ("state", "held", "shown"),
    [
        (SourceState.DELIVERING, True, SourceState.DELIVERING),
        (SourceState.DELIVERING, False, SourceState.RECONNECTING),
        (SourceState.STARTING, False, SourceState.RECONNECTING),
        (SourceState.STOPPED, False, SourceState.STOPPED),
    ],
)
def test_a_row_is_believed_only_while_somebody_holds_it(state, held, shown):
    until = timezone.now() + timedelta(seconds=5 if held else -5)

    assert state_of(IngestSource(state=state, leased_until=until, fence=1)) == shown


def test_a_source_that_nobody_has_held_yet_is_starting():
    assert state_of(IngestSource(state=SourceState.STARTING)) == SourceState.STARTING


async def test_a_lease_is_not_kept_over_a_connection_that_broke():
    def used() -> int:
        connection.ensure_connection()
        return id(connection.connection)

    def broken() -> None:
        raise InterfaceError("connection already closed")

    await in_lease_thread(used)
    with pytest.raises(InterfaceError):
        await in_lease_thread(broken)

    assert await in_lease_thread(lambda: connection.connection is None)


async def test_leases_are_kept_while_every_call_waits_for_a_platform(account):
    stream, answered = Stream(account), threading.Event()
    async with supervisor(stream) as one:
        calls = [asyncio.create_task(in_thread(answered.wait, 30)) for _ in range(CALLS)]
        try:
            await asyncio.wait_for(one.reconcile(), 5)
            await until(lambda: stream.outlets)
            await asyncio.wait_for(one.reconcile(), 5)
        finally:
            answered.set()
            await asyncio.gather(*calls)

        assert one.running == {"test:1": 1}
