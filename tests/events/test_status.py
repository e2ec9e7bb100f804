"""What the `status` channel says: how the channels are, and whether anybody listens to them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from events import bus
from events.domain import sources, status
from events.enums import SourceState
from events.ingest import health
from events.ingest.base import Failure
from events.ingest.health import Health
from events.models import ChannelStatus, IngestSource
from tests.factories import make_account

pytestmark = pytest.mark.django_db


def make_source(account, key="twitch:1", *, held=True, **fields) -> IngestSource:
    leased_until = timezone.now() + timedelta(seconds=60 if held else -1)
    return IngestSource.objects.create(
        account=account,
        key=key,
        **{"owner": "me", "fence": 1, "leased_until": leased_until, "state": SourceState.DELIVERING} | fields,
    )


def test_who_begins_to_look_is_told_of_channels_and_sources(account, django_assert_num_queries):
    other = make_account()
    status.update(account.pk, "twitch", "1001", live=True)
    make_source(account, subscriptions_active=7, subscriptions_wanted=9)
    make_source(other, "kick:2")

    with django_assert_num_queries(2):
        told = status.messages([account.pk, other.pk])

    assert [(one["id"], one["type"]) for one in told[account.pk]] == [
        ("twitch", "channel.status"),
        ("twitch:1", "source.health"),
    ]
    data = told[account.pk][1]["data"]
    assert (data["platform"], data["state"]) == ("twitch", "delivering")
    assert (data["subscriptions_active"], data["subscriptions_wanted"]) == (7, 9)
    assert [one["id"] for one in told[other.pk]] == ["kick:2"]


@pytest.mark.parametrize(
    ("state", "held", "shown"),
    [
        (SourceState.DELIVERING, True, "delivering"),
        # Whoever died cannot say so any more.
        (SourceState.DELIVERING, False, "reconnecting"),
        (SourceState.STOPPED, False, "stopped"),
    ],
)
def test_a_row_is_believed_only_while_somebody_holds_it(account, state, held, shown):
    make_source(account, state=state, held=held)

    assert status.messages([account.pk])[account.pk][0]["data"]["state"] == shown


def test_who_died_is_away_since_nobody_holds_the_source(account):
    source = make_source(account, held=False, state_since=timezone.now() - timedelta(hours=3))
    stopped = make_source(account, "twitch:2", held=False, state=SourceState.STOPPED, state_since=timezone.now())

    assert sources.since(source) == source.leased_until
    assert sources.since(stopped) == stopped.state_since


def test_more_viewers_than_a_column_holds_are_as_many_as_it_does(account):
    status.update(account.pk, "twitch", "1001", live=True, viewers=2**40)

    assert ChannelStatus.objects.get().viewers == 2**31 - 1


def test_what_could_not_be_written_is_news_again_unless_something_newer_is(account):
    make_source(account)
    one = Health("twitch:1", account.pk, 1)
    one.report(SourceState.DELIVERING, 5, 5, None)
    one.channel = {"platform": "twitch", "channel_id": "1001", "live": True, "title": "Old"}

    taken = one.take()
    assert not one.is_news
    one.channel = {"platform": "twitch", "channel_id": "1001", "title": "New"}  # heard meanwhile
    one.put_back(taken)
    health.write([one.take()], owner="me")

    stored = ChannelStatus.objects.get()
    assert (stored.live, stored.title) == (True, "New")
    assert IngestSource.objects.get().subscriptions_active == 5


def test_what_is_heard_while_news_is_written_is_the_next_news(account):
    one = Health("twitch:1", account.pk, 1)

    taken = one.take()
    one.report(SourceState.DELIVERING, 5, 5, None)
    one.remember({"page": "a"})

    assert (taken.state, taken.memory) == (SourceState.STARTING, {})
    assert (one.changed, one.remembers) == (True, True)


def test_who_lost_a_source_says_nothing_about_it(account, monkeypatch):
    told = []
    monkeypatch.setattr(bus, "announce", lambda channel, payload: told.append(payload))
    make_source(account, fence=2)
    old = Health("twitch:1", account.pk, 1)
    old.report(SourceState.RECONNECTING, 0, 5, Failure("unreachable"))
    old.channel = {"platform": "twitch", "channel_id": "1001", "live": True}

    health.write([old], owner="me")  # the same process, under its former fence

    assert IngestSource.objects.get().state == SourceState.DELIVERING
    assert not ChannelStatus.objects.exists()
    assert told == []


def test_a_change_is_announced_as_it_is_sent_to_who_begins_to_look(account, monkeypatch):
    told = []
    monkeypatch.setattr(bus, "announce", lambda channel, payload: told.append(payload))
    make_source(account)
    one = Health("twitch:1", account.pk, 1)
    one.report(SourceState.DELIVERING, 5, 5, None)

    health.write([one], owner="me")

    assert told == [sources.payload(IngestSource.objects.get())] == status.messages([account.pk])[account.pk]


@pytest.mark.django_db(transaction=True)
def test_pages_are_told_that_a_source_is_gone(account, monkeypatch):
    told = []
    monkeypatch.setattr(bus, "announce", lambda channel, payload: told.append(payload))
    make_source(account, subscriptions_active=7)

    sources.remove("twitch:1")
    sources.remove("twitch:1")

    assert not IngestSource.objects.exists()
    assert [(one["id"], one["data"]["state"], one["data"]["subscriptions_active"]) for one in told] == [
        ("twitch:1", "stopped", 0)
    ]
