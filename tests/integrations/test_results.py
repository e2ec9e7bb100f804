"""What is kept of the tries to reach a tool."""

from __future__ import annotations

import uuid

import pytest

from events import bus
from integrations.domain import results
from integrations.enums import Trigger
from integrations.models import IntegrationResult
from integrations.tools.failures import Kicked, NotRunning, Refused, WrongPassword, stored
from integrations.tools.link import Found
from tests import factories

pytestmark = pytest.mark.django_db

FOUND = Found("30.1.2", 12)


@pytest.fixture
def row(account):
    return factories.make_integration(account=account)


def kept(row) -> list[str]:
    """The newest first."""
    return [result.failure_code or result.version for result in results.latest([row.pk])[row.pk]]


def test_keeps_what_was_found_and_who_asked(row, ada):
    found = Found("1.0.1", 7, name="Gaming PC", actions=31, is_protected=False)

    results.record(row.pk, trigger=Trigger.TEST, found=found, by=ada)

    result = IntegrationResult.objects.get()
    assert (result.integration, result.trigger, result.by) == (row, Trigger.TEST, ada)
    assert (result.version, result.latency_ms, result.actions, result.is_protected) == ("1.0.1", 7, 31, False)
    assert (result.failure_code, result.failure_params) == ("", {})


def test_keeps_a_failure_so_that_it_can_be_told_again(row):
    failure = NotRunning(tool="OBS Studio", address="127.0.0.1:4455")

    results.record(row.pk, trigger=Trigger.LINK, failure=failure)

    result = IntegrationResult.objects.get()
    assert stored(result.failure_code, result.failure_params).text == failure.text
    assert (result.version, result.latency_ms) == ("", None)


def test_keeps_the_last_ten_of_each(row, account):
    other = factories.make_integration(account=account, label="Laptop")
    results.record(other.pk, trigger=Trigger.TEST, found=FOUND)

    for number in range(12):
        results.record(row.pk, trigger=Trigger.TEST, found=Found(f"30.0.{number}", 12))

    assert kept(row) == [f"30.0.{number}" for number in range(11, 1, -1)]
    assert kept(other) == ["30.1.2"]


def test_a_connection_that_comes_and_goes_does_not_push_out_what_people_tested(row):
    results.record(row.pk, trigger=Trigger.TEST, failure=WrongPassword(tool="OBS Studio"))

    for found, failure in (
        (None, WrongPassword(tool="OBS Studio")),
        (FOUND, None),
        (Found("30.1.2", 99), None),
        (None, Kicked(tool="OBS Studio")),
        (None, Kicked(tool="OBS Studio")),
        (FOUND, None),
    ):
        results.record(row.pk, trigger=Trigger.LINK, found=found, failure=failure)

    assert kept(row) == ["30.1.2", "tool_kicked", "30.1.2", "tool_wrong_password"]


def test_what_a_person_tests_is_written_down_each_time(row):
    for _ in range(2):
        results.record(row.pk, trigger=Trigger.TEST, found=FOUND)

    assert kept(row) == ["30.1.2", "30.1.2"]


def test_a_tool_may_say_what_it_likes(row):
    results.record(row.pk, trigger=Trigger.TEST, found=Found("9\x00\n" * 100, 12))
    results.record(row.pk, trigger=Trigger.TEST, failure=Refused(tool="OBS Studio", reason="no\x00 " * 1_000))

    newest, oldest = results.latest([row.pk])[row.pk]
    assert oldest.version == ("9 " * 20)
    assert newest.failure_params["reason"] == ("no " * 100)


def test_a_removed_integration_gets_none():
    results.record(uuid.uuid4(), trigger=Trigger.LINK, found=FOUND)

    assert not IntegrationResult.objects.exists()


def test_tells_open_pages_once_it_is_stored(row, monkeypatch, django_capture_on_commit_callbacks):
    said = []
    monkeypatch.setattr(bus, "announce", lambda channel, payload: said.append((str(channel), payload)))

    with django_capture_on_commit_callbacks(execute=True):
        results.record(row.pk, trigger=Trigger.LINK, found=FOUND)
        results.record(row.pk, trigger=Trigger.LINK, found=FOUND)

    payload = {"id": f"integration:{row.pk}", "type": "integration.changed", "data": {"integration": "obs"}}
    assert said == [(f"status:{row.account_id}", payload)]


def test_reading_those_of_many_costs_one_query(account, django_assert_num_queries):
    rows = [factories.make_integration(account=account, label=f"OBS {number}") for number in range(3)]
    for row in rows:
        results.record(row.pk, trigger=Trigger.TEST, found=FOUND, by=factories.make_user(name="Ben"))

    with django_assert_num_queries(1):
        shown = results.latest([row.pk for row in rows])
        assert [[result.by.name for result in shown[row.pk]] for row in rows] == [["Ben"]] * 3
