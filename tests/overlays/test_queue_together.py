"""Pages that ask, begin, end and die in several processes at once, while events come in: they take turns at the queue.

Each thread has a connection of its own, as each web process has.
"""

from __future__ import annotations

import itertools
import random
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Event as Flag

import pytest
from django.db import close_old_connections, connections
from django.utils import timezone

from accounts.models import Account
from events.enums import Origin
from overlays.domain import queue
from overlays.models import Alert, AlertPlay, Overlay
from tests.factories import make_event, make_overlay
from tests.overlays.alerts import make_box, settings_of

#: Alerts of each of two writers.
COME = 12


class Clock:
    """One for all pages, ahead by a moment whenever one of them looks: they would wait longer than a test should."""

    def __init__(self) -> None:
        self._started = timezone.now()
        self._looks = itertools.count()

    def now(self) -> datetime:
        return self._started + timedelta(seconds=0.1) * next(self._looks)


@pytest.mark.django_db(transaction=True)
def test_pages_of_several_processes_play_each_alert_once(account):
    overlay = make_overlay(account=account)
    make_box(overlay, seconds=1)
    settings_of(account, guard_most=0)
    have_come, clock = Flag(), Clock()

    with ThreadPoolExecutor(5) as pool:
        pages = [pool.submit(watch, overlay, have_come, clock, seed) for seed in range(3)]
        for writer in [pool.submit(write, account) for _ in range(2)]:
            writer.result(timeout=120)
        have_come.set()
        shown = [page.result(timeout=120) for page in pages]

    alerts = set(Alert.objects.values_list("pk", flat=True))
    assert len(alerts) == 2 * COME
    assert set(Alert.objects.values_list("state", flat=True)) == {"played"}
    for one in shown:
        assert set(one.values()) <= {1}
    assert set().union(*shown) == alerts
    assert set(AlertPlay.objects.values_list("state", flat=True)) <= {"done", "lost"}


def write(account: Account) -> None:
    try:
        for _ in range(COME):
            make_event(account=account, origin=Origin.LIVE)
    finally:
        connections.close_all()


def watch(overlay: Overlay, have_come: Flag, clock: Clock, seed: int) -> Counter[int]:
    """How often each alert was shown by one source after the other: some die before they begin, some after."""
    dice, source, seen = random.Random(seed), uuid.uuid4(), Counter[int]()
    try:
        while True:
            close_old_connections()
            over = have_come.is_set()
            play = queue.offer(overlay, source, clock.now())
            if play is None:
                if over and not Alert.objects.filter(state__in=("waiting", "playing")).exists():
                    return seen
                continue
            if dice.random() < 0.15:
                queue.gone(source, clock.now())
                source = uuid.uuid4()
                continue
            seen[play["alert"]] += 1
            queue.started(uuid.UUID(play["play"]), source, clock.now())
            if dice.random() < 0.15:
                queue.gone(source, clock.now())
                source = uuid.uuid4()
            else:
                queue.done(uuid.UUID(play["play"]), source, clock.now())
    finally:
        connections.close_all()
