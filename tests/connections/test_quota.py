"""The ledger: every call is counted, by the platform's own day, whoever makes it."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import DatabaseError, connections

from accounts.domain.accounts import instance_account
from connections.domain import bot_cards, bots, channels, credentials, grants, quota, vault
from connections.enums import Purpose
from connections.models import QuotaDay
from connections.platforms import PLATFORMS
from connections.platforms.failures import NotLive, QuotaReserved, QuotaSpent
from connections.platforms.metering import UNMETERED, Budget
from tests import factories
from tests.connections.stages import STREAMER, stage_of

YOUTUBE = PLATFORMS["youtube"]
PACIFIC = ZoneInfo("America/Los_Angeles")
#: Noon in California, in winter.
NOON = datetime(2026, 11, 4, 20, tzinfo=UTC)
LIMIT, RESERVE = 10_000, 1_500


@pytest.fixture
def meter(account):
    return quota.meter_of(account.pk, "youtube")


def spent(account) -> list[tuple[date, int]]:
    return list(QuotaDay.objects.filter(account=account).order_by("day").values_list("day", "spent"))


@pytest.mark.django_db
class TestCounting:
    def test_a_day_begins_at_midnight_in_california(self, account, meter):
        with time_machine.travel(datetime(2026, 11, 4, 7, 59, tzinfo=UTC), tick=False) as traveller:
            meter.spend(5)
            traveller.shift(timedelta(minutes=1))
            meter.spend(20)
            meter.spend(1)

        assert spent(account) == [(date(2026, 11, 3), 5), (date(2026, 11, 4), 21)]

    @time_machine.travel(NOON, tick=False)
    def test_old_days_go(self, account, meter):
        for days in (1, 7, 8, 30):
            QuotaDay.objects.create(account=account, platform="youtube", day=date(2026, 11, 4) - timedelta(days=days))

        meter.spend(1)

        assert [day.day for day, _ in spent(account)] == [28, 3, 4]

    def test_accounts_do_not_spend_each_others_units(self, meter):
        other = quota.meter_of(factories.make_account().pk, "youtube")

        meter.spend(5)

        assert (meter.budget().spent, other.budget().spent) == (5, 0)

    def test_platforms_without_a_quota_count_nothing(self, account):
        assert quota.meter_of(account.pk, "twitch") is UNMETERED

    @time_machine.travel(NOON, tick=False)
    def test_it_costs_one_statement_once_the_day_has_begun(self, meter, django_assert_num_queries):
        meter.spend(1)

        with django_assert_num_queries(1):
            meter.spend(1, listening=True, pace=60)

    def test_the_database_is_away(self, account, meter, monkeypatch):
        monkeypatch.setattr(quota, "QuotaDay", Away)

        with pytest.raises(quota.NotCounted, match="quota_not_counted"):
            meter.spend(1)
        with pytest.raises(quota.NotCounted):
            meter.budget()


class Away:
    class objects:
        @staticmethod
        def filter(**_):
            raise DatabaseError


@pytest.mark.django_db
class TestTheEnd:
    @pytest.fixture(autouse=True)
    def _noon(self):
        with time_machine.travel(NOON, tick=False):
            yield

    def test_listening_leaves_the_reserve_to_sending(self, account, meter):
        meter.spend(LIMIT - RESERVE - 5)
        meter.spend(5, listening=True)

        with pytest.raises(QuotaReserved) as refusal:
            meter.spend(1, listening=True)
        meter.spend(20)

        assert "kept for sending and moderating" in refusal.value.text
        assert spent(account) == [(date(2026, 11, 4), LIMIT - RESERVE + 20)]

    def test_sending_is_left_to_youtube_beyond_what_we_counted(self, account, meter):
        meter.spend(LIMIT)

        meter.spend(20)

        assert spent(account) == [(date(2026, 11, 4), LIMIT + 20)]

    @pytest.mark.parametrize("listening", [True, False])
    def test_nothing_is_asked_once_youtube_says_that_nothing_is_left(self, account, meter, listening):
        meter.spend(5)
        meter.exhausted()

        with pytest.raises(QuotaSpent) as refusal:
            meter.spend(1, listening=listening)

        assert type(refusal.value) is QuotaSpent
        assert spent(account) == [(date(2026, 11, 4), 5)]
        assert meter.budget().for_listening == 0

    def test_the_next_day_is_a_new_one(self, account, meter):
        meter.exhausted()

        with time_machine.travel(datetime(2026, 11, 5, 8, tzinfo=UTC), tick=False):
            meter.spend(1, listening=True)

        assert spent(account) == [(date(2026, 11, 4), 0), (date(2026, 11, 5), 1)]

    @pytest.mark.parametrize(("minutes", "is_exhausted"), [(0, False), (14, False), (15, True)])
    def test_just_after_midnight_it_may_still_be_about_yesterday(self, meter, minutes, is_exhausted):
        midnight = datetime(2026, 11, 5, tzinfo=PACIFIC)

        with time_machine.travel(midnight + timedelta(minutes=minutes), tick=False):
            meter.exhausted()

            assert meter.budget().is_exhausted is is_exhausted

    def test_another_app_has_its_whole_quota(self, account, ada_actor, meter):
        factories.make_credentials(account=account, platform="youtube", client_id="old-id", client_secret="old-secret")
        meter.exhausted()

        credentials.save(actor=ada_actor, platform=YOUTUBE, client_id="old-id", client_secret="new-secret")
        after_new_secret = meter.budget().is_exhausted
        credentials.save(actor=ada_actor, platform=YOUTUBE, client_id="new-id", client_secret="new-secret")

        assert (after_new_secret, meter.budget().is_exhausted) == (True, False)

    def test_an_operator_may_say_that_projects_have_more(self, meter, settings):
        settings.YOUTUBE_DAILY_UNITS = 1_000_000
        meter.spend(LIMIT)

        meter.spend(5, listening=True)

        assert meter.budget().for_listening == 1_000_000 - RESERVE - LIMIT - 5


@pytest.mark.django_db(transaction=True)
def test_calls_at_the_same_time_are_all_counted(account, meter):
    threads = [threading.Thread(target=spend_often, args=(meter,)) for _ in range(6)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert meter.budget().spent == 6 * 20 * 5


def spend_often(meter) -> None:
    try:
        for _ in range(20):
            meter.spend(5, listening=True)
    finally:
        connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_together_they_do_not_spend_the_reserve(account, meter):
    meter.spend(LIMIT - RESERVE - 12)
    refused: list[QuotaReserved] = []

    def spend() -> None:
        try:
            meter.spend(5, listening=True)
        except QuotaReserved as refusal:
            refused.append(refusal)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=spend) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (meter.budget().spent, len(refused)) == (LIMIT - RESERVE - 2, 6)


class TestBudget:
    def budget(self, spent: int = 0, **fields) -> Budget:
        resets_at = datetime(2026, 11, 5, tzinfo=PACIFIC)
        return Budget(spent=spent, limit=LIMIT, reserve=RESERVE, resets_at=resets_at, **fields)

    def test_asking_every_five_seconds_is_over_before_three_hours(self):
        pace = 5 * 3600 // 5

        assert self.budget().lasts_until(pace, NOON) == NOON + timedelta(hours=8_500 / 3_600)
        assert not self.budget().lasts_for(8, pace, NOON)

    def test_a_stream_lasts_beyond_the_day(self):
        assert self.budget(720).lasts_until(60 + 5, NOON) is None
        assert self.budget(720).lasts_for(8, 60 + 5, NOON)

    @pytest.mark.parametrize("spent", [0, 720, 5_000, 7_500])
    def test_calls_that_far_apart_last_until_the_day_ends(self, spent):
        seconds = self.budget(spent).seconds_per_call(5, NOON, besides=60)

        pace = 60 + 5 * 3600 / seconds
        over = self.budget(spent).lasts_until(pace + 0.01, NOON)
        assert self.budget(spent).lasts_until(pace - 0.01, NOON) is None
        assert timedelta() < datetime(2026, 11, 5, tzinfo=PACIFIC) - over < timedelta(minutes=2)

    @pytest.mark.parametrize("fields", [{"spent": 8_500}, {"is_exhausted": True}, {"spent": 8_000}])
    def test_with_nothing_left_there_is_no_pace(self, fields):
        assert self.budget(**fields).seconds_per_call(5, NOON, besides=60) == float("inf")

    def test_who_does_nothing_lasts_unless_nothing_is_left(self):
        assert self.budget().lasts_until(0, NOON) is None
        assert self.budget(9_000).lasts_until(0, NOON) == NOON

    @pytest.mark.parametrize(
        ("at", "hours"), [("2026-03-08T12:00", 23), ("2026-07-01T12:00", 24), ("2026-11-01T12:00", 25)]
    )
    def test_a_day_may_have_other_hours(self, at, hours):
        noon = datetime.fromisoformat(at).replace(tzinfo=PACIFIC)
        began, ends = YOUTUBE.quota.midnight(noon), YOUTUBE.quota.resets_at(noon)

        assert ends.astimezone(UTC) - began.astimezone(UTC) == timedelta(hours=hours)


@pytest.fixture
def stage(settings, account):
    with stage_of("youtube", settings) as made:
        made.credentials(account)
        yield made


class TestWhoSpends:
    """What the ledger has counted is what the stand-in has counted."""

    def counted(self, stage, account) -> tuple[int, int]:
        return quota.meter_of(account.pk, "youtube").budget().spent, stage.stand_in.quota_spent()

    def test_signing_in_and_the_test_button(self, stage, account, ada_client, ada_actor):
        connection = stage.connected(ada_client)
        channels.test(actor=ada_actor, connection=connection)

        assert self.counted(stage, account) == (2, 2)

    def test_saying_hello_and_asking_who_moderates(self, stage, account, ada_client, ada_actor):
        connection = stage.connected(ada_client)
        stage.stand_in.go_live(channel=STREAMER)
        make_bot(stage, account)

        bots.send(account, YOUTUBE, "Hello")
        bot_cards.check_moderator(actor=ada_actor, platform=YOUTUBE)

        assert self.counted(stage, account) == (1 + 21 + 2, 1 + 21 + 2)
        assert grants.access(connection.pk).meter.budget().spent == 24

    def test_a_call_that_is_refused(self, stage, account, ada_client):
        stage.connected(ada_client)

        with pytest.raises(NotLive):
            bots.send(account, YOUTUBE, "Hello")

        assert self.counted(stage, account) == (2, 2)

    @time_machine.travel(NOON)
    def test_what_youtube_says_counts_for_everybody(self, stage, account, ada_client, ada_actor):
        connection = stage.connected(ada_client)
        stage.stand_in.configure(quota=1)
        with pytest.raises(QuotaSpent):
            channels.test(actor=ada_actor, connection=connection)
        asked = len(stage.stand_in.calls("/youtube/v3/*"))

        with pytest.raises(QuotaSpent):
            bots.send(account, YOUTUBE, "Hello")

        assert len(stage.stand_in.calls("/youtube/v3/*")) == asked

    def test_the_bot_of_this_lumio_spends_the_units_of_its_own_app(self, account):
        instance = instance_account()
        for number, owner in enumerate((account, instance)):
            client = {"client_id": f"id-{number}", "client_secret": f"secret-{number}"}
            factories.make_credentials(account=owner, platform="youtube", **client)

        vault.client_for(instance.pk, "youtube").meter.spend(20)

        assert [quota.meter_of(owner.pk, "youtube").budget().spent for owner in (account, instance)] == [0, 20]


def make_bot(stage, account):
    tokens = stage.stand_in.issue_tokens("otto", ["https://www.googleapis.com/auth/youtube.force-ssl"])
    return factories.make_connection(
        account=account,
        platform="youtube",
        purpose=Purpose.BOT,
        channel_id=stage.stand_in.state.user("otto").id,
        channel_login="otto",
        channel_name="Otto",
        access_token=tokens["access_token"],
        refresh_token=tokens["refresh_token"],
        expires_in=tokens["expires_in"],
        scopes=tokens["scope"].split(),
    )


@pytest.mark.django_db
class TestTheCard:
    def gauge(self, actor):
        return channels.card(actor, YOUTUBE).quota

    @pytest.fixture
    def connection(self, account):
        return factories.make_connection(account=account, platform="youtube", channel_id="UCmira")

    @time_machine.travel(NOON, tick=False)
    def test_it_says_how_much_is_spent_and_how_long_the_rest_lasts(self, ada_actor, ada_client, connection, meter):
        meter.spend(2_500)
        meter.spend(5, listening=True, pace=3_600)

        gauge = self.gauge(ada_actor)

        assert (gauge.spent, gauge.limit, gauge.is_over, gauge.lasts_long) == (2_505, LIMIT, False, False)
        assert gauge.lasts_until == NOON + timedelta(hours=1, minutes=30)
        page = ada_client.get("/dashboard/connections/youtube/card").content.decode()
        assert "Spent 2,505 of 10,000 units" in page
        assert "Like this it does not last for a stream of eight hours." in page

    @time_machine.travel(NOON, tick=False)
    def test_a_stream_lasts_until_it_starts_anew(self, ada_actor, ada_client, connection, meter):
        meter.spend(1, listening=True, pace=65)

        gauge = self.gauge(ada_actor)

        assert (gauge.lasts_until, gauge.lasts_long) == (None, True)
        assert gauge.resets_at == datetime(2026, 11, 5, 8, tzinfo=UTC)
        page = ada_client.get("/dashboard/connections/youtube/card").content.decode()
        assert "lasts until it starts anew:" in page
        assert "2026-11-05T" in page
        assert "eight hours" not in page

    @time_machine.travel(NOON, tick=False)
    def test_a_spent_quota_is_no_broken_sign_in(self, ada_actor, ada_client, connection, meter):
        meter.exhausted()

        card = channels.card(ada_actor, YOUTUBE)

        assert (card.state, card.quota.is_over, card.trouble) == ("connected", True, "")
        assert "nothing is read before" in ada_client.get("/dashboard/connections/youtube/card").content.decode()

    def test_other_platforms_have_none(self, ada_actor, account, meter):
        factories.make_connection(account=account, channel_id="31337")

        assert channels.card(ada_actor, PLATFORMS["twitch"]).quota is None

    @time_machine.travel(NOON, tick=False)
    def test_both_apis_tell_the_same(self, ada_client, connection, meter):
        meter.spend(5)

        rest = ada_client.get("/v1/connections").json()["data"][0]["quota"]
        query = "{ channelConnections { quota { spent limit resetsAt lastsUntil } } }"
        answer = ada_client.post("/v1/gql", {"query": query}, content_type="application/json").json()
        graph = answer["data"]["channelConnections"][0]["quota"]

        assert (rest["spent"], rest["limit"], rest["lasts_until"]) == (5, LIMIT, None)
        assert datetime.fromisoformat(rest["resets_at"]) == datetime(2026, 11, 5, 8, tzinfo=UTC)
        assert (graph["spent"], graph["limit"], graph["lastsUntil"]) == (5, LIMIT, None)
