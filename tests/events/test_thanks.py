"""Who was thanked for what, shared by everybody in the account."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.http import Http404
from django.utils import timezone

from accounts.actor import PermissionRefused
from accounts.enums import Permission
from accounts.models import AuditEntry
from events.domain import retention, samples, thanks
from events.enums import THANKED_FOR, Kind, Origin
from events.models import Event, LiveHead, Viewer
from events.payloads import payload
from tests import factories

AT = datetime(2026, 11, 26, 12, tzinfo=UTC)
ADA = {"id": "", "login": "", "name": "Ada"}


@pytest.fixture
def follow(account) -> Event:
    return factories.make_event(account=account, kind=Kind.FOLLOW, origin=Origin.LIVE)


def told(account) -> list[tuple[str, str, dict]]:
    """What the log says of ticks, oldest first."""
    rows = Event.objects.filter(account=account, kind=Kind.EVENT_THANKED).order_by("seq")
    return [(row.platform, row.origin, row.extra) for row in rows]


def test_a_tick_is_in_the_event_and_told_in_the_log(account, ada_actor, follow):
    with time_machine.travel(AT, tick=False):
        event = thanks.tick(actor=ada_actor, seq=follow.seq, thanked=True)

    ticked = {"at": "2026-11-26T12:00:00+00:00", "by": ADA}
    assert event.thanked == ticked
    assert payload(Event.objects.get(seq=follow.seq))["data"]["thanked"] == ticked
    assert told(account) == [("twitch", "live", {"seq": follow.seq, "thanked": ticked})]
    assert LiveHead.objects.get(account=account).events_seq == 2


def test_a_tick_is_taken_back(account, ada_actor, follow):
    thanks.tick(actor=ada_actor, seq=follow.seq, thanked=True)

    event = thanks.tick(actor=ada_actor, seq=follow.seq, thanked=False)

    assert event.thanked is None
    assert payload(Event.objects.get(seq=follow.seq))["data"]["thanked"] is None
    assert [extra["thanked"] is None for _, _, extra in told(account)] == [False, True]


def test_who_ticked_first_stays_named_and_nothing_is_told_twice(account, ada_actor, follow):
    ben = factories.make_actor(account=account, permissions={Permission.EVENTS_CREATE})
    thanks.tick(actor=ada_actor, seq=follow.seq, thanked=True)

    event = thanks.tick(actor=ben, seq=follow.seq, thanked=True)

    assert event.thanked_by == ADA
    assert len(told(account)) == 1


def test_taking_back_what_is_not_there_changes_nothing(account, ada_actor, follow):
    thanks.tick(actor=ada_actor, seq=follow.seq, thanked=False)

    assert told(account) == []


@pytest.mark.parametrize("kind", sorted(samples.SAMPLES.keys() & THANKED_FOR))
def test_a_test_event_can_be_ticked_and_its_tick_is_a_test(account, ada_actor, kind):
    row = samples.send(actor=ada_actor, kind=kind, platform="kick")

    thanks.tick(actor=ada_actor, seq=row.seq, thanked=True)

    assert Event.objects.get(seq=row.seq).thanked_by == ADA
    assert [(platform, origin) for platform, origin, _ in told(account)] == [("kick", "test")]


@pytest.mark.parametrize("kind", [Kind.STREAM_ONLINE, Kind.REDEMPTION, Kind.SUB_END, Kind.EVENT_THANKED])
def test_nobody_is_thanked_for_anything_else(account, ada_actor, kind):
    event = factories.make_event(account=account, kind=kind)

    with pytest.raises(thanks.NothingToThankFor):
        thanks.tick(actor=ada_actor, seq=event.seq, thanked=True)

    assert Event.objects.exclude(thanked_at=None).count() == 0
    assert Event.objects.count() == 1


def test_whoever_may_not_is_refused(account, follow):
    reader = factories.make_actor(account=account, permissions={Permission.EVENTS_READ})

    with pytest.raises(PermissionRefused):
        thanks.tick(actor=reader, seq=follow.seq, thanked=True)

    assert Event.objects.get().thanked is None


def test_a_strangers_event_is_not_there(cleo_actor, follow):
    with pytest.raises(Http404):
        thanks.tick(actor=cleo_actor, seq=follow.seq, thanked=True)

    assert Event.objects.get().thanked is None


def test_a_tick_makes_no_viewer_and_no_line_of_the_audit_log(ada_actor, follow):
    Viewer.objects.all().delete()
    before = AuditEntry.objects.count()

    thanks.tick(actor=ada_actor, seq=follow.seq, thanked=True)

    assert (Viewer.objects.count(), AuditEntry.objects.count()) == (0, before)


def test_a_tick_outlives_the_payload_and_is_forgotten_with_its_event(ada_actor, follow, settings):
    Event.objects.update(received_at=timezone.now() - timedelta(days=8), raw={"as": "it came"})
    thanks.tick(actor=ada_actor, seq=follow.seq, thanked=True)

    retention.forget()
    kept = Event.objects.get(seq=follow.seq)
    assert (kept.raw, kept.thanked_by) == (None, ADA)

    settings.LUMIO_EVENT_DAYS = 1
    retention.forget()
    assert list(Event.objects.values_list("kind", flat=True)) == [Kind.EVENT_THANKED]


class TestApis:
    def test_rest_ticks_and_takes_back(self, ada_client, follow):
        with time_machine.travel(AT, tick=False):
            ticked = ada_client.put(f"/v1/events/{follow.seq}/thanks")
        again = ada_client.put(f"/v1/events/{follow.seq}/thanks")
        taken = ada_client.delete(f"/v1/events/{follow.seq}/thanks")

        tick = {"seq": follow.seq, "thanked": {"at": "2026-11-26T12:00:00+00:00", "by": ADA}}
        assert [ticked.json()["data"], again.json()["data"]] == [tick, tick]
        assert taken.json()["data"] == {"seq": follow.seq, "thanked": None}

    def test_rest_says_what_nobody_is_thanked_for(self, ada_client, account):
        event = factories.make_event(account=account, kind=Kind.STREAM_ONLINE)

        answer = ada_client.put(f"/v1/events/{event.seq}/thanks")

        assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_thank_for")

    def test_a_popout_token_is_enough(self, client, ada_actor, follow):
        _, secret = factories.make_token(actor=ada_actor, permissions={"events:read", "events:create"})

        answer = client.put(f"/v1/events/{follow.seq}/thanks?token={secret.reveal()}")

        assert answer.json()["data"]["thanked"]["by"] == ADA

    def test_graphql_ticks_and_tells(self, ada_client, follow):
        def ask(query: str):
            return ada_client.post("/v1/gql", {"query": query}, content_type="application/json").json()["data"]

        mutation = "mutation { tickThanks(seq: 1, thanked: %s) { seq thanked { by { name } } } }"
        query = "{ event(seq: 1) { thanked { by { id login name } } } chat { thanked { at } } }"

        assert ask(mutation % "true") == {"tickThanks": {"seq": 1, "thanked": {"by": {"name": "Ada"}}}}
        assert ask(query) == {"event": {"thanked": {"by": ADA}}, "chat": []}
        assert ask(mutation % "false") == {"tickThanks": {"seq": 1, "thanked": None}}
        assert ask(query) == {"event": {"thanked": None}, "chat": []}

    def test_what_is_owed_is_found(self, ada_client, account, ada_actor, follow):
        owed = factories.make_event(account=account, kind=Kind.TIP)
        factories.make_event(account=account, kind=Kind.STREAM_ONLINE)
        thanks.tick(actor=ada_actor, seq=follow.seq, thanked=True)

        def found(asked: str) -> list[int]:
            return [row["seq"] for row in ada_client.get(f"/v1/events?thanked={asked}").json()["data"]]

        assert [found("false"), found("true"), found("")] == [[owed.seq], [follow.seq], [4, 3, 2, 1]]
        query = {"query": "{ events(thanked: false) { seq } }"}
        answer = ada_client.post("/v1/gql", query, content_type="application/json")
        assert answer.json() == {"data": {"events": [{"seq": owed.seq}]}}
        assert ada_client.get("/v1/events?thanked=perhaps").json()["code"] == "bad_filter"
