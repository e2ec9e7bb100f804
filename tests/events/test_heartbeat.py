"""Heartbeats: who lives, as the database knows it."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import InterfaceError
from django.utils import timezone

from events.domain import heartbeat
from events.management.commands import ingest
from events.models import Heartbeat

pytestmark = pytest.mark.django_db


def test_a_process_has_one_row_however_often_it_beats(monkeypatch):
    for pid in (7, 7, 8, 7):
        monkeypatch.setattr("os.getpid", lambda pid=pid: pid)
        heartbeat.beat("ingest")

    assert Heartbeat.objects.filter(name="ingest").count() == 2


def test_the_age_of_a_kind_is_that_of_its_liveliest_process():
    now = timezone.now()
    for name, owner, age in (("ingest", "a:1", 100), ("ingest", "b:1", 40), ("beat", "a:2", 70)):
        Heartbeat.objects.create(name=name, owner=owner, seen_at=now - timedelta(seconds=age))

    ages = heartbeat.ages()

    assert ages.keys() == {"ingest", "beat"}
    assert 40 <= ages["ingest"] < 60
    assert 70 <= ages["beat"] < 90


def test_a_newcomer_clears_away_who_is_long_gone():
    gone = timezone.now() - timedelta(days=2)
    Heartbeat.objects.create(name="ingest", owner="gone:1", seen_at=gone)

    heartbeat.beat("ingest")

    assert not Heartbeat.objects.filter(owner="gone:1").exists()


async def test_a_connection_that_broke_does_not_end_the_beating(monkeypatch):
    def broken(name: str) -> None:
        raise InterfaceError("connection already closed")

    monkeypatch.setattr(heartbeat, "beat", broken)

    await asyncio.to_thread(ingest._beat)


async def test_ingest_beats_only_while_its_loop_turns(monkeypatch):
    beats = threading.Semaphore(0)
    monkeypatch.setattr(ingest, "BEAT_EVERY", 0.001)
    monkeypatch.setattr(ingest, "_beat", beats.release)
    task = asyncio.create_task(ingest.keep_beating())

    await asyncio.to_thread(beats.acquire)
    while beats.acquire(timeout=0.05):  # the loop stands still here: at most one is under way
        pass
    silent = not beats.acquire(timeout=0.05)
    await asyncio.to_thread(beats.acquire)

    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert silent
