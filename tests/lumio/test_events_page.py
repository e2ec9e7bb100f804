"""The page of everything that happened: search, pages, what a row opens to, and test events."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime

import pytest

from accounts.enums import Permission
from accounts.models import AuditEntry
from events.domain.publish import publish_local
from events.enums import Kind, Origin, Unit
from events.models import Event
from events.types import Person
from lumio.event_log import PAGE
from tests.factories import make_account, make_event, make_member, make_stream_event
from tests.pages import signed_in, words

URL = "/dashboard/events"


def rows(client, query: str = "", **headers) -> list[int]:
    """The numbers of the events on a page, from top to bottom."""
    response = client.get(URL + query, headers=headers)
    assert response.status_code == 200, response.content
    return numbers(response)


def numbers(response) -> list[int]:
    return [int(seq) for seq in re.findall(r'<li class="log__row" data-seq="(\d+)"', response.content.decode())]


def link(response, label: str) -> str | None:
    """Where the button of that name leads."""
    buttons = re.findall(r'<a class="button[^"]*" href="([^"]*)"[^>]*>(.*?)</a>', page_of(response), re.DOTALL)
    return next((html.unescape(href) for href, inner in buttons if words(inner) == label), None)


def page_of(response) -> str:
    return response.content.decode()


@pytest.fixture
def many(account):
    """A page and a half of follows, numbered from 1, and one in somebody else's account."""
    make_event(account=make_account(), actor=Person(name="Foreign"))
    publish_local(account.pk, [make_stream_event() for _ in range(PAGE + PAGE // 2)], Origin.LIVE)
    return account


class TestRows:
    def test_the_newest_are_on_the_first_page(self, ada_client, many):
        response = ada_client.get(URL)

        assert numbers(response) == list(range(75, 25, -1))
        assert (link(response, "Newer"), link(response, "Older")) == (None, "?before=26")
        assert f'data-account="{many.pk}" data-after="75"' in page_of(response)

    def test_pages_lead_there_and_back(self, ada_client, many):
        older = ada_client.get(URL + "?before=26")
        newer = ada_client.get(URL + link(older, "Newer"))

        assert numbers(older) == list(range(25, 0, -1))
        assert link(older, "Older") is None
        assert "data-account" not in page_of(older).partition("<live-rows")[2].partition(">")[0]
        assert numbers(newer) == list(range(75, 25, -1))
        assert (link(newer, "Newer"), link(newer, "Older")) == (None, "?before=26")

    def test_beyond_either_end_there_is_a_way_back(self, ada_client, many):
        before, after = ada_client.get(URL + "?before=1"), ada_client.get(URL + "?after=75")

        assert (numbers(before), link(before, "Newer"), link(before, "Older")) == ([], "?after=0", None)
        assert (numbers(after), link(after, "Newer"), link(after, "Older")) == ([], None, "?before=76")

    def test_filters_stay_with_the_links(self, ada_client, many):
        response = ada_client.get(URL + "?platform=twitch&q=grace&test=follow")

        assert link(response, "Older") == "?platform=twitch&q=grace&before=26"

    def test_nothing_of_other_accounts(self, cleo_client, many):
        response = cleo_client.get(URL)

        assert numbers(response) == []
        assert "Nothing has happened yet" in page_of(response)

    def test_however_many_rows_the_queries_are_the_same(self, ada_client, many, django_assert_num_queries):
        ada_client.get(URL)
        with django_assert_num_queries(5) as few:
            ada_client.get(URL + "?q=nobody")
        with django_assert_num_queries(len(few)):
            ada_client.get(URL)

    def test_the_page_itself_gets_the_rows_that_came_meanwhile_newest_first(self, ada_client, many):
        response = ada_client.get(URL + "?after=73", headers={"HX-Request": "true"})

        assert numbers(response) == [75, 74]
        assert "<html" not in page_of(response)

    def test_a_row_opens_to_all_that_a_reader_may_know(self, ada_client, account):
        make_event(
            account=account,
            kind=Kind.TIP,
            platform="youtube",
            origin=Origin.LIVE,
            occurred_at=datetime(2026, 5, 1, 12, tzinfo=UTC),
            actor=Person(id="77", login="juno_tv", name="Juno"),
            amount=1250,
            unit=Unit.MONEY,
            currency="EUR",
            message="for the roof",
            extra={"provider": "streamelements"},
            raw={"secret": "payload"},
        )

        page = page_of(ada_client.get(URL))

        [details] = re.findall(r'<dl class="facts log__facts">.*?</dl>', page, re.DOTALL)
        found = re.findall(r"<dt>(.*?)</dt><dd.*?>(.*?)</dd>", details, re.DOTALL)
        facts = {words(name): words(value) for name, value in found}
        assert facts.pop("Received")
        assert facts == {
            "Type": "Tip tip",
            "Number": "1",
            "Platform": "YouTube · channel 1001 •••••••• hidden in streamer mode",
            "Origin": "live",
            "Happened": "May 1, 2026, noon",
            "Who": "Juno @juno_tv 77 •••••••• hidden in streamer mode",
            "Amount": "12.50 EUR",
            "Message": "for the roof",
            "Details": '{ "provider": "streamelements" }',
        }
        assert "secret" not in page

    def test_test_events_are_marked(self, ada_client, account):
        make_event(account=account, origin=Origin.TEST)
        make_event(account=account, origin=Origin.LIVE)

        page = page_of(ada_client.get(URL))

        drawn = page.partition("data-rows>")[2]
        marks = re.findall(r'data-slot="test"( hidden)?>', drawn)
        assert marks == [" hidden", ""]

    @pytest.mark.parametrize("payload", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</pre><svg>"])
    def test_strangers_text_is_text(self, ada_client, account, payload):
        make_event(
            account=account, kind=Kind.CHEER, actor=Person(name=payload), message=payload, extra={payload: payload}
        )

        page = page_of(ada_client.get(URL + "?q=" + payload[:5]))

        for spoiled in ("<script>alert", "<img src=x", "</pre><svg>"):
            assert spoiled not in page

    def test_a_kind_that_this_version_does_not_know_is_drawn(self, ada_client, account):
        make_event(account=account, origin=Origin.LIVE)
        Event.objects.update(kind="made.up")

        assert rows(ada_client) == []
        assert ada_client.get("/v1/events").json()["data"][0]["type"] == "made.up"


class TestSearch:
    @pytest.fixture(autouse=True)
    def some(self, account):
        make = make_event
        make(account=account, kind=Kind.FOLLOW, origin=Origin.TEST)
        make(account=account, kind=Kind.TIP, platform="youtube", origin=Origin.LIVE, message="for the lighthouse")
        make(account=account, kind=Kind.POLL_PROGRESS, origin=Origin.LIVE)
        make(account=account, kind=Kind.SUB_RECEIVED_GIFT, origin=Origin.LIVE, actor=Person(name="Otto"))
        Event.objects.filter(kind=Kind.TIP).update(occurred_at=datetime(2026, 5, 1, 12, tzinfo=UTC))

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("", [4, 2, 1]),
            ("?q=lighthouse", [2]),
            ("?q=otto", [4]),
            ("?platform=youtube", [2]),
            ("?group=subs", [4]),
            ("?group=polls", []),
            ("?origin=test", [1]),
            ("?origin=real", [4, 2]),
            ("?until=2026-05-02T00:00", [2]),
            ("?since=2026-05-01T12:01", [4, 1]),
            ("?made=up", [4, 2, 1]),
        ],
    )
    def test_what_fits_is_found(self, ada_client, query, found):
        assert rows(ada_client, query) == found

    def test_times_are_the_readers(self, ada_client, ada):
        ada.time_zone = "Asia/Tokyo"
        ada.save()

        assert rows(ada_client, "?since=2026-05-01T21:00&until=2026-05-01T21:01") == [2]

    def test_nothing_that_fits_says_so(self, ada_client):
        page = page_of(ada_client.get(URL + "?q=nobody"))

        assert "Nothing fits" in page
        assert 'value="nobody"' in page

    @pytest.mark.parametrize(
        ("zone", "moment"), [("Europe/Berlin", "0001-01-01T00:00"), ("America/New_York", "9999-12-31T23:59")]
    )
    def test_a_moment_before_or_after_all_others_is_none(self, ada, ada_client, zone, moment):
        ada.time_zone = zone
        ada.save()

        response = ada_client.get(URL, {"since": moment})

        assert (response.status_code, list(response.context["form"].errors)) == (422, ["since"])

    @pytest.mark.parametrize(
        "query",
        [
            "?platform=twich",
            "?group=x",
            "?origin=x",
            "?since=x",
            "?q=" + "x" * 101,
            "?before=x",
            "?after=-1",
            f"?before={2**63}",
        ],
    )
    def test_what_makes_no_sense_is_said_beside_the_field(self, ada_client, query):
        response = ada_client.get(URL + query)

        assert response.status_code == 422
        assert numbers(response) == []
        assert response.context["form"].errors


class TestTestEvents:
    def test_one_is_sent_and_the_form_stays_as_it_was(self, ada_client, account):
        data = {
            "what": "tip money",
            "platform": "kick",
            "name": "Juno",
            "amount": "12.5",
            "currency": "eur",
            "message": "hi",
        }

        response = ada_client.post(URL, data | {"account": account.pk}, follow=True)

        row = Event.objects.get()
        assert (row.kind, row.platform, row.origin, row.actor_name) == (Kind.TIP, "kick", Origin.TEST, "Juno")
        assert (row.amount, row.unit, row.currency, row.message) == (1250, Unit.MONEY, "EUR", "hi")
        assert response.redirect_chain == [(URL + "?test=tip+money", 302)]
        assert [str(message) for message in response.context["messages"]] == ["Sent as event 1, marked TEST."]
        assert '<option value="tip money" selected>' in page_of(response)
        assert re.search(r'<details class="card test-event" id="test-event" open>', page_of(response))
        assert AuditEntry.objects.filter(action="test_event.sent").count() == 1

    @pytest.mark.parametrize(
        ("data", "amount", "unit"),
        [
            ({"what": "cheer kicks", "amount": "7"}, 7, "kicks"),
            ({"what": "cheer kicks"}, 100, "kicks"),
            ({"what": "follow", "amount": "7"}, None, ""),
            ({"what": "tip money", "amount": "500", "currency": "JPY"}, 500, "money"),
            ({"what": "tip money", "amount": "0.01"}, 1, "money"),
        ],
    )
    def test_amounts_are_as_people_write_them(self, ada_client, account, data, amount, unit):
        ada_client.post(URL, data | {"platform": "twitch", "account": account.pk})

        row = Event.objects.get()
        assert (row.amount, row.unit) == (amount, unit)

    @pytest.mark.parametrize(
        ("data", "field"),
        [
            ({"what": "mod.ban"}, "what"),
            ({"what": ""}, "what"),
            ({"platform": "spotify"}, "platform"),
            ({"amount": "1.5"}, "amount"),
            ({"amount": "0"}, "amount"),
            ({"amount": "1e400"}, "amount"),
            ({"what": "tip money", "amount": "1.234"}, "amount"),
            ({"what": "tip money", "currency": "e"}, "currency"),
            ({"what": "tip money", "currency": "123"}, "__all__"),
            ({"name": "x" * 81}, "name"),
        ],
    )
    def test_what_makes_no_sense_is_said_and_nothing_happens(self, ada_client, account, data, field):
        good = {"what": "cheer bits", "platform": "twitch", "account": account.pk}

        response = ada_client.post(URL, good | data)

        assert response.status_code == 422
        assert list(response.context["test_form"].errors) == [field]
        assert 'id="test-event" open' in page_of(response)
        assert not Event.objects.exists()

    def test_whoever_may_only_look_finds_no_form_and_sends_nothing(self, account):
        client = signed_in(make_member(account=account, permissions={Permission.EVENTS_READ}).user)

        response = client.post(URL, {"what": "follow", "platform": "twitch", "account": account.pk})

        assert "test-event" not in page_of(client.get(URL))
        assert response.status_code == 403
        assert "events:create" in page_of(response)
        assert not Event.objects.exists()
