"""Sweeps: platforms do not wait for each other, nobody holds the database, stopping is prompt, cost does not grow."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta

import pytest
from celery.signals import worker_shutting_down
from django.conf import settings
from django.db import connection as database
from django.utils import timezone

from accounts.models import Account
from connections.domain import channels, refresh, sweeps, validation
from connections.models import Connection
from connections.platforms import PLATFORMS, oauth
from connections.tasks import refresh_due, validate_due
from tests import factories
from tests.connections.conftest import CLIENT_ID, CLIENT_SECRET

PATIENCE = 10
#: How many grants there are where plans are looked at; the same plans come out for a hundred thousand.
GRANTS, DUE = 3_000, 30


@pytest.fixture(autouse=True)
def _running():
    yield
    sweeps.stopping.clear()


def grants(number: int) -> list[sweeps.Grant]:
    return [(uuid.uuid4(), 1) for _ in range(number)]


@pytest.fixture
def slow(monkeypatch):
    """A second platform, at the same stand-in."""
    platform = type("Slow", (type(PLATFORMS["twitch"]),), {"slug": "slow", "name": "Slow"})()
    monkeypatch.setitem(PLATFORMS, "slow", platform)
    return platform


def make_due(twitch, platform: str, number: int) -> list[Connection]:
    """Rows of accounts of their own, with tokens that the stand-in gave."""
    made = []
    for _ in range(number):
        account = factories.make_account()
        factories.make_credentials(account=account, platform=platform, client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
        tokens = twitch.issue_tokens("mira_plays", ["bits:read"])
        made.append(
            factories.make_connection(
                account=account,
                platform=platform,
                access_token=tokens["access_token"],
                refresh_token=tokens["refresh_token"],
                refresh_due_at=timezone.now(),
                validate_due_at=timezone.now(),
            )
        )
    return made


@pytest.mark.django_db(transaction=True)
class TestWorkThrough:
    def test_one_list_that_hangs_keeps_no_other_waiting(self):
        hanging, others = grants(50), grants(40)
        release, done, others_done = threading.Event(), [], threading.Event()

        def work(grant):
            if grant in hanging:
                release.wait(PATIENCE)
            else:
                done.append(grant)
                if len(done) == len(others):
                    others_done.set()

        sweep = threading.Thread(target=sweeps.work_through, args=([hanging, others], work))
        sweep.start()
        try:
            assert others_done.wait(PATIENCE)
            assert sweep.is_alive()
        finally:
            release.set()
            sweep.join()

        assert sorted(done) == sorted(others)

    def test_a_platform_is_never_asked_about_more_than_five_at_once(self):
        lock, now, most = threading.Lock(), [0], [0]
        full = threading.Barrier(sweeps.IN_FLIGHT)

        def work(grant):
            with lock:
                now[0] += 1
                most[0] = max(most[0], now[0])
            full.wait(PATIENCE)
            with lock:
                now[0] -= 1

        assert sweeps.work_through([grants(4 * sweeps.IN_FLIGHT)], work) == 4 * sweeps.IN_FLIGHT
        assert most == [sweeps.IN_FLIGHT]

    def test_what_runs_when_the_worker_stops_is_finished_and_nothing_begins(self, monkeypatch):
        monkeypatch.setattr("automations.domain.runner.stopping", threading.Event())  # it hears of that, too
        begun, release, finished = threading.Barrier(sweeps.IN_FLIGHT + 1), threading.Event(), []

        def work(grant):
            begun.wait(PATIENCE)
            release.wait(PATIENCE)
            finished.append(grant)

        due = grants(50)
        sweep = threading.Thread(target=sweeps.work_through, args=([due], work))
        sweep.start()
        begun.wait(PATIENCE)

        worker_shutting_down.send(sender="worker", sig="SIGTERM", how="Warm", exitcode=0)
        release.set()
        sweep.join(PATIENCE)

        assert not sweep.is_alive()
        assert sorted(finished) == sorted(due[: sweeps.IN_FLIGHT])
        assert sweeps.work_through([due], work) == 0

    def test_a_sweep_leaves_the_rest_to_the_next_one(self, monkeypatch):
        monkeypatch.setattr(sweeps, "BEGINS_FOR", 0.0)

        assert sweeps.work_through([grants(3)], lambda grant: pytest.fail("it began")) == 0

    def test_sweeps_end_before_the_next_one_is_due(self):
        every = settings.CELERY_BEAT_SCHEDULE["refresh-due-grants"]["schedule"]
        assert every > sweeps.BEGINS_FOR + oauth.DEADLINE


@pytest.mark.django_db(transaction=True)
class TestOverTheWire:
    @pytest.mark.parametrize("sweep", [refresh_due, validate_due], ids=["refresh", "validate"])
    def test_nobody_holds_the_database_while_platforms_are_asked(self, sweep, twitch, slow, monkeypatch):
        """As many as may be in flight wait for an answer; each has given its connection back."""
        make_due(twitch, "twitch", sweeps.IN_FLIGHT)
        open_while_asked = []
        honest = refresh.oauth.http.call

        def call(*arguments, **options):
            open_while_asked.append(database.connection is not None)
            return honest(*arguments, **options)

        monkeypatch.setattr("lumio.lib.http.call", call)

        assert sweep() == sweeps.IN_FLIGHT
        assert open_while_asked == [False] * sweeps.IN_FLIGHT

    def test_a_platform_with_a_thousand_overdue_does_not_push_others_out_of_the_sweep(self, twitch, slow, monkeypatch):
        make_due(twitch, "slow", 6)
        [late] = make_due(twitch, "twitch", 1)
        Connection.objects.filter(platform="slow").update(refresh_due_at=timezone.now() - timedelta(hours=1))

        refresh.refresh_due(limit=3)

        assert Connection.objects.get(pk=late.pk).version == 2
        assert Connection.objects.filter(platform="slow", version=2).count() == 3


@pytest.mark.django_db
class TestPlans:
    """What is due, and what a page shows, is found by an index however many grants there are."""

    @pytest.fixture
    def crowded(self, ada_actor) -> None:
        accounts = Account.objects.bulk_create([Account(name=f"Account {n}") for n in range(GRANTS)])
        now = timezone.now()
        Connection.objects.bulk_create(
            [
                Connection(
                    account=account,
                    platform="twitch",
                    channel_id=str(n),
                    channel_name=str(n),
                    access_token_encrypted=b"x",
                    connected_at=now,
                    updated_at=now,
                    refresh_due_at=now + timedelta(hours=1 if n >= DUE else -1, seconds=n),
                    validate_due_at=now + timedelta(hours=1 if n >= DUE else -1, seconds=n),
                )
                for n, account in enumerate(accounts)
            ],
            batch_size=2000,
        )
        with database.cursor() as cursor:
            cursor.execute("ANALYZE")

    def test_every_query_about_connections_uses_an_index(self, crowded, ada_actor, django_assert_max_num_queries):
        now = timezone.now()
        plans = {
            "connection_refresh_due": refresh._due("twitch", now)[: refresh.SWEEP],
            "connection_validate_due": validation._due("twitch", now)[: validation.SWEEP],
        }
        for index, rows in plans.items():
            assert len(rows) == DUE
            assert index in rows.explain(), rows.explain()
        listing = Connection.objects.filter(account=ada_actor.account).order_by("platform", "purpose").explain()
        assert "SCAN connections_connection" not in listing
        assert "Seq Scan" not in listing
        channels.cards(ada_actor)  # the first look makes the webhook URLs
        with django_assert_max_num_queries(6):
            channels.cards(ada_actor)
