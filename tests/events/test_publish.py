from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import close_old_connections, connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts.models import Account
from events import bus
from events.domain import log
from events.domain.publish import Batch, StaleFence, Stored, publish, publish_local
from events.enums import Kind, Log, Origin, Unit
from events.models import ChatLine, Event, IngestSource, LiveHead
from events.payloads import payload
from events.types import Person
from tests import factories
from tests.factories import make_stream_event


@pytest.fixture
def announced(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """(topic, text) of everything that went to the bus."""
    sent: list[tuple[str, str]] = []
    monkeypatch.setattr(bus, "send_all", sent.extend)
    return sent


def make_source(account: Account, *, key: str = "twitch:one", fence: int = 3) -> IngestSource:
    return IngestSource.objects.create(account=account, key=key, fence=fence)


def seqs(account: Account, which: Log = Log.EVENTS) -> list[int]:
    return [row.seq for row in log.since(account.pk, which, 0, 10_000)]


def test_rows_are_numbered_per_log_and_announced_together(account, announced, django_capture_on_commit_callbacks):
    make_source(account)
    events = [
        make_stream_event(external_id="a"),
        make_stream_event(external_id="b", kind=Kind.CHAT_MESSAGE, message="hi"),
        make_stream_event(external_id="c", kind=Kind.RAID),
    ]

    with django_capture_on_commit_callbacks(execute=True):
        [answer] = publish([Batch(account.pk, "twitch:one", 3, events)])

    assert isinstance(answer, Stored)
    assert [(row.log, row.seq, row.external_id) for row in answer.rows] == [
        ("events", 1, "a"),
        ("chat", 1, "b"),
        ("events", 2, "c"),
    ]
    assert LiveHead.objects.values_list("events_seq", "chat_seq").get(account=account) == (2, 1)
    first, *rows = dict(announced)[f"lumio:events:{account.pk}"].split("\n")
    assert (first, len(rows)) == ("1", 2)
    assert len(announced) == 2


def test_a_known_event_is_silently_the_same(account, announced, django_capture_on_commit_callbacks):
    make_source(account)
    batch = Batch(account.pk, "twitch:one", 3, [make_stream_event(external_id="a")])
    publish([batch])

    with django_capture_on_commit_callbacks(execute=True):
        [answer] = publish([batch])

    assert answer == Stored(batch, [])
    assert seqs(account) == [1]
    assert announced == []


def test_the_same_id_from_two_sources_is_two_events(account):
    make_source(account, key="twitch:one")
    make_source(account, key="twitch:two")
    event = make_stream_event(external_id="a")

    publish([Batch(account.pk, key, 3, [event]) for key in ("twitch:one", "twitch:two")])

    assert seqs(account) == [1, 2]


def test_a_stale_fence_stores_nothing_of_its_batch_and_everything_of_the_others(account):
    make_source(account, key="twitch:zombie", fence=4)
    make_source(account, key="twitch:alive", fence=7)
    stale = Batch(account.pk, "twitch:zombie", 3, [make_stream_event(external_id="z")])
    alive = Batch(account.pk, "twitch:alive", 7, [make_stream_event(external_id="a")])

    answers = publish([stale, alive])

    assert answers[0] == StaleFence(stale)
    assert [row.external_id for row in Event.objects.filter(account=account)] == ["a"]


def test_a_source_that_was_removed_stores_nothing(account):
    batch = Batch(account.pk, "twitch:gone", 1, [make_stream_event()])

    assert publish([batch]) == [StaleFence(batch)]
    assert seqs(account) == []


def test_an_account_that_was_deleted_does_not_take_others_with_it(account):
    source = make_source(account)
    gone = factories.make_account()
    batch = Batch(gone.pk, "lumio", None, [make_stream_event()])
    gone.delete()

    answers = publish([batch, Batch(account.pk, source.key, 3, [make_stream_event()])])

    assert answers[0] == StaleFence(batch)
    assert seqs(account) == [1]


def test_accounts_are_numbered_apart(account, cleo_actor):
    event = make_stream_event()

    for pk in (account.pk, cleo_actor.account.pk):
        publish_local(pk, [event], Origin.TEST)

    assert seqs(account) == seqs(cleo_actor.account) == [1]


def test_whatever_a_platform_sends_is_storable(account):
    event = make_stream_event(
        external_id="x" * 500,
        kind=Kind.CHAT_MESSAGE,
        actor=Person(id="1", login="a" * 300, name="n\0" * 300, avatar="https://example.com/" + "a" * 900),
        message="half a pair \ud800, nothing \0, " + "ä" * 10_000,
        fragments=({"type": "text", "text": "\ud800\0"},),
        extra={"badges": ["\0"], "\0": 1},
        raw={"deep": [{"text": "\udfff"}]},
    )

    publish_local(account.pk, [event, event], Origin.TEST)

    line = ChatLine.objects.get(account=account)
    assert line.message.startswith("half a pair ?, nothing �, ä")
    assert len(line.message) == len(event.message)
    assert len(line.external_id) == 64
    assert (len(line.actor_login), len(line.actor_name)) == (100, 200)
    assert line.extra == {"badges": ["�"], "�": 1}
    assert line.raw == {"deep": [{"text": "?"}]}


@pytest.mark.parametrize(
    ("extra", "kept"),
    [
        ({"text": "\\u0000 'quoted' \"twice\" %s $1 \x1f\u2028 🎉"},) * 2,
        ({"nested": [[{"deep": [None, True, {"er": {}}]}], []]},) * 2,
        ({"numbers": [10**30, -(10**30), 0.1, 1e20, -1.5e-7]},) * 2,
        ({"none": [float("nan"), float("inf"), {"deep": -float("inf")}]}, {"none": [None, None, {"deep": None}]}),
        ({"text": ["\0", "\ud83d"], "\0key": {"\udfff": 1}}, {"text": ["�", "?"], "�key": {"?": 1}}),
    ],
    ids=["odd text", "nested", "numbers", "no numbers", "unstorable"],
)
def test_json_is_kept_as_far_as_both_databases_take_it(
    account, announced, django_capture_on_commit_callbacks, extra, kept
):
    event = make_stream_event(fragments=({"type": "text", **extra},), extra=extra, raw=extra)

    with django_capture_on_commit_callbacks(execute=True):
        publish_local(account.pk, [make_stream_event(), event], Origin.TEST)

    stored = log.latest(account.pk, Log.EVENTS, 1)[0]
    assert (stored.extra, stored.fragments, stored.raw) == (kept, [{"type": "text", **kept}], kept)
    [(_, text)] = announced
    assert json.loads(text.split("\n")[-1]) == payload(stored)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"kind": Kind.CHAT_MESSAGE, "message": "'1' \\ \n %s", "fragments": ({"type": "text", "text": "\\u0041"},)},
        {"kind": Kind.CHARITY_DONATION, "amount": 2**63 - 1, "unit": Unit.MONEY, "currency": "EUR"},
        {"actor": Person(anonymous=True), "amount": 0, "raw": {"a": [None, 1.5]}, "extra": {"none": None}},
        {"occurred_at": datetime(2026, 3, 29, 1, 59, 59, tzinfo=UTC)},
        {"occurred_at": datetime(2026, 10, 25, 3, 0, 0, 7, tzinfo=timezone(timedelta(hours=2)))},
    ],
    ids=["plain", "quotes", "money", "anonymous", "whole second", "other zone"],
)
def test_a_row_is_stored_as_django_would_store_it(account, fields):
    [row] = publish_local(account.pk, [make_stream_event(external_id="a", **fields)], Origin.TEST)
    row.seq, row.external_id = 2, "b"
    row.save()

    ours, djangos = type(row)._default_manager.filter(account=account).order_by("seq").values()
    assert {**ours, "id": 0, "seq": 0, "external_id": ""} == {**djangos, "id": 0, "seq": 0, "external_id": ""}
    columns = "account_id, kind, occurred_at, received_at, actor_anonymous, amount, raw IS NULL"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM {row._meta.db_table} ORDER BY seq")
        ours, djangos = cursor.fetchall()
    assert ours == djangos


@pytest.mark.parametrize(("amount", "kept"), [(10**30, 2**63 - 1), (-(10**30), 1 - 2**63), (None, None)])
def test_an_amount_that_no_column_holds_is_cut(account, amount, kept):
    publish_local(account.pk, [make_stream_event(amount=amount, unit=Unit.POINTS)], Origin.TEST)

    assert Event.objects.get(account=account).amount == kept


def test_the_payload_says_nothing_that_only_the_server_may_know(account):
    [row] = publish_local(account.pk, [make_stream_event(external_id="a", raw={"secret": "s"})], Origin.TEST)

    message = payload(row)

    assert (message["seq"], message["type"], message["data"]["id"]) == (1, "follow", "a")
    assert "secret" not in str(message)
    assert message["data"]["actor"] == {
        "id": "2002",
        "login": "grace",
        "name": "Grace",
        "avatar": "",
        "anonymous": False,
    }


def test_a_payload_is_the_same_whether_fresh_or_read_back(account):
    [row] = publish_local(account.pk, [make_stream_event()], Origin.TEST)

    assert payload(row) == payload(log.latest(account.pk, Log.EVENTS, 1)[0])


def test_publishing_costs_the_same_number_of_queries_for_one_event_and_for_many(account):
    publish_local(account.pk, [make_stream_event()], Origin.TEST)  # makes the head

    costs = []
    for count in (1, 1_000):
        with CaptureQueriesContext(connection) as queries:
            publish_local(account.pk, [make_stream_event() for _ in range(count)], Origin.TEST)
        costs.append(len(queries))

    # Head, fences, known ids, rows, head; whether alerts, goals or automations follow; and their savepoints.
    assert costs[0] == costs[1] <= 14


def test_publishing_costs_the_same_number_of_queries_for_one_account_and_for_many(db):
    def cost(accounts: int) -> int:
        batches = []
        for _ in range(accounts):
            account = factories.make_account()
            make_source(account, key=f"twitch:{account.pk}")
            publish_local(account.pk, [make_stream_event()], Origin.TEST)  # makes the head
            events = [make_stream_event(kind=Kind.CHAT_MESSAGE, message="hi") for _ in range(2)]
            batches.append(Batch(account.pk, f"twitch:{account.pk}", 3, events))
        with CaptureQueriesContext(connection) as queries:
            publish(batches)
        return len(queries)

    assert cost(1) == cost(20)


def test_what_is_known_in_one_account_is_new_in_another(account):
    other = factories.make_account()
    event = make_stream_event(external_id="a")
    publish_local(account.pk, [event], Origin.LIVE)

    answers = publish([Batch(one.pk, "lumio", None, [event]) for one in (account, other)])

    assert [[row.seq for row in answer.rows] for answer in answers if isinstance(answer, Stored)] == [[], [1]]


@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deliveries=st.lists(st.lists(st.integers(0, 12), max_size=8), max_size=6))
def test_any_order_and_repetition_stores_each_event_once_without_gaps(db, deliveries):
    account = factories.make_account()
    make_source(account, key=f"twitch:{account.pk}")

    for numbers in deliveries:
        events = [make_stream_event(external_id=f"event {number}") for number in numbers]
        publish([Batch(account.pk, f"twitch:{account.pk}", 3, events)])

    stored = log.since(account.pk, Log.EVENTS, 0, 1000)
    first_seen = list(dict.fromkeys(f"event {number}" for numbers in deliveries for number in numbers))
    assert [row.external_id for row in stored] == first_seen
    assert [row.seq for row in stored] == list(range(1, len(stored) + 1))


@pytest.mark.django_db(transaction=True)
def test_commit_order_is_seq_order_for_writers_side_by_side(account):
    """A reader that goes by `seq` while three writers publish never sees a number appear below one it has."""
    others = [factories.make_account() for _ in range(2)]
    writing = 3

    def write(writer: int) -> None:
        nonlocal writing
        close_old_connections()
        try:
            for number in range(15):
                # In turns of different order, which would deadlock if heads were not locked in id order.
                accounts = [account, *others] if writer % 2 else [*others[::-1], account]
                events = [make_stream_event(external_id=f"{writer} {number} {i}") for i in range(3)]
                publish([Batch(one.pk, f"local {writer}", None, events) for one in accounts])
        finally:
            writing -= 1
            connection.close()

    def read() -> list[int]:
        close_old_connections()
        seen: list[int] = []
        try:
            while True:
                is_last = writing == 0
                seen += [row.seq for row in log.since(account.pk, Log.EVENTS, seen[-1] if seen else 0, 1000)]
                if is_last:
                    return seen
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        reader = pool.submit(read)
        for writer in [pool.submit(write, writer) for writer in range(3)]:
            writer.result()
        seen = reader.result()

    assert seen == list(range(1, 3 * 15 * 3 + 1))
    for other in others:
        assert seqs(other) == seen
