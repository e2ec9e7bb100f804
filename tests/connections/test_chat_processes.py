"""Waiting messages with real processes that race for them, and die at the worst moment."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection as database

from accounts.models import AuditEntry
from connections.domain import orders
from connections.enums import Act, OrderState, Voice
from connections.models import ChatOrder
from connections.platforms import PLATFORMS
from tests.connections.speakers import channel, said
from tests.connections.stages import stage_of
from tests.fakes.wire import environment
from tests.processes import manage

pytestmark = pytest.mark.django_db(transaction=True)

SWEEP = "from connections.domain import orders; orders.sweep()"


@pytest.fixture
def twitch(settings):
    with stage_of("twitch", settings) as found:
        yield found


@pytest.fixture
def order(twitch, ada_actor, account) -> ChatOrder:
    """A message that waits, due now."""
    mira = channel(twitch, account)
    found = orders.draft(ada_actor, PLATFORMS["twitch"], Act.SEND, text="Hello", voice=Voice.CHANNEL)
    orders.queue(found, mira)
    return found


def sweep(twitch, **variables: str) -> subprocess.Popen[str]:
    """A worker's sweep in a process of its own."""
    here = {manage.DATABASE: str(database.settings_dict["NAME"]), **environment(twitch.stand_in.url), **variables}
    return manage.start("shell", "-c", SWEEP, environment=here)


def ended(process: subprocess.Popen[str]) -> int:
    process.communicate(timeout=60)
    return process.returncode


def test_a_message_that_two_workers_find_is_sent_once(twitch, order):
    assert [ended(one) for one in [sweep(twitch) for _ in range(2)]] == [0, 0]

    order.refresh_from_db()
    assert (order.state, [text for *_, text in said(twitch)]) == (OrderState.DONE, ["Hello"])
    assert AuditEntry.objects.filter(action="chat.sent").count() == 1


def test_one_whose_sender_was_killed_is_never_sent_again(twitch, order):
    assert ended(sweep(twitch, LUMIO_CRASH_AT="chat.sent")) == 137
    assert ended(sweep(twitch)) == 0
    order.refresh_from_db()
    assert order.state == OrderState.WAITING  # until nobody can be at it any more

    with time_machine.travel(datetime.now(UTC) + orders.LEASE + timedelta(seconds=1)):
        orders.sweep()

    order.refresh_from_db()
    assert (order.state, orders.problem(order).code) == (OrderState.FAILED, "outcome_unknown")
    assert [text for *_, text in said(twitch)] == ["Hello"]
