"""Which pages have an overlay open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import time_machine

from accounts.actor import PermissionRefused
from accounts.enums import Action, Permission
from accounts.models import AuditEntry
from events import bus
from overlays.domain import sources
from overlays.domain.sources import State
from overlays.models import Source
from overlays.tasks import forget_sources
from tests import factories

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
ONE, TWO = UUID(int=1), UUID(int=2)
IN_OBS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/127.0.0.0 Safari/537.36 OBS/31.0.0"


@pytest.fixture
def overlay(account):
    return factories.make_overlay(account=account)


def note(overlay, source: UUID = ONE, *, since: float = 0, at: float = 0, version: str = "", **state) -> bool:
    return sources.note(
        overlay.pk,
        source,
        State(**state),
        version=version,
        obs_version="31.0.0",
        user_agent=IN_OBS,
        connected_at=NOON + timedelta(seconds=since),
        now=NOON + timedelta(seconds=at),
    )


def of(overlay, *, at: float = 0) -> list[sources.SourceShown]:
    with time_machine.travel(NOON + timedelta(seconds=at), tick=False):
        return sources.of([overlay]).get(overlay.pk, [])


def test_a_page_is_shown_as_it_last_said_it_was(overlay):
    note(overlay, visible=False, active=False)
    note(overlay, at=5, visible=True, active=True, frames=60)

    assert of(overlay, at=6) == [
        sources.SourceShown(
            id=ONE,
            browser="OBS on Windows",
            obs_version="31.0.0",
            is_connected=True,
            is_visible=True,
            is_active=True,
            is_current=True,
            frames=60,
            connected_at=NOON,
            seen_at=NOON + timedelta(seconds=5),
        )
    ]


def test_a_page_of_other_files_is_said_to_be_old(overlay):
    note(overlay, version="older")

    assert [one.is_current for one in of(overlay)] == [False]


def test_one_that_is_silent_is_not_there_whatever_it_said(overlay):
    note(overlay, visible=True, frames=60)

    [shown] = of(overlay, at=46)

    assert (shown.is_connected, shown.is_visible, shown.frames) == (False, None, None)


def test_one_that_has_gone_is_shown_for_an_hour_and_known_for_a_day(overlay):
    note(overlay)
    sources.gone(ONE, NOON, NOON)

    assert [one.is_connected for one in of(overlay, at=3599)] == [False]
    assert of(overlay, at=3600) == []
    assert Source.objects.count() == 1
    with time_machine.travel(NOON + timedelta(days=1, seconds=1), tick=False):
        assert forget_sources() == 1


def test_of_those_that_have_gone_the_last_ones_are_remembered(overlay, account, monkeypatch):
    monkeypatch.setattr(sources, "MOST_KEPT", 2)
    other = factories.make_overlay(account=account)
    note(other, UUID(int=9))
    sources.gone(UUID(int=9), NOON, NOON)
    note(overlay, UUID(int=8))
    for number in range(1, 5):
        note(overlay, UUID(int=number))
        sources.gone(UUID(int=number), NOON, NOON + timedelta(seconds=number))

    note(overlay, UUID(int=5), at=5)

    left = Source.objects.filter(overlay=overlay).values_list("pk", flat=True)
    assert set(left) == {UUID(int=number) for number in (3, 4, 5, 8)}
    assert Source.objects.filter(overlay=other).count() == 1


def test_a_page_that_has_connected_again_is_not_gone_when_its_old_connection_breaks(overlay):
    note(overlay)

    assert sources.gone(ONE, NOON - timedelta(seconds=1), NOON + timedelta(seconds=1)) is False
    assert [one.is_connected for one in of(overlay)] == [True]
    assert sources.gone(ONE, NOON, NOON + timedelta(seconds=1)) is True


def test_a_page_that_lost_its_connection_is_remembered_as_it_was(overlay, account):
    other = factories.make_overlay(account=account)
    note(overlay, visible=True, frames=60)
    sources.gone(ONE, NOON, NOON)

    def known(of, at: float) -> State | None:
        return sources.last_known(of.pk, ONE, NOON + timedelta(seconds=at))

    assert [known(overlay, 44), known(overlay, 45), known(other, 1)] == [State(True, None, 60), None, None]


def test_the_newest_comes_first_and_other_overlays_are_left_out(overlay, account):
    other = factories.make_overlay(account=account)
    note(overlay, ONE)
    note(overlay, TWO, since=1, at=1)
    note(other, UUID(int=3))

    assert [one.id for one in of(overlay, at=2)] == [TWO, ONE]


def test_any_number_of_overlays_takes_one_query(overlay, account, django_assert_num_queries):
    others = [factories.make_overlay(account=account) for _ in range(3)]
    note(overlay)

    with django_assert_num_queries(1):
        sources.of([overlay, *others])


def test_a_page_is_of_one_overlay_for_ever(overlay, account):
    other = factories.make_overlay(account=account)
    note(overlay, at=0)

    assert note(other, at=1) is False
    assert Source.objects.get().overlay == overlay
    assert Source.objects.get().seen_at == NOON


@pytest.mark.parametrize(
    ("visible", "active", "is_seen"),
    [(None, None, True), (True, None, True), (True, True, True), (True, False, False), (False, True, False)],
)
def test_an_alert_is_seen_where_nobody_says_otherwise(visible, active, is_seen):
    assert State(visible=visible, active=active).is_seen is is_seen


def test_all_pages_of_an_overlay_are_told_to_load_again(
    overlay, ada_actor, monkeypatch, django_capture_on_commit_callbacks
):
    told = []
    monkeypatch.setattr(bus, "send", lambda topic, text: told.append(topic))

    with django_capture_on_commit_callbacks(execute=True):
        sources.reload(actor=ada_actor, overlay=overlay)

    assert told == [f"lumio:overlay:{overlay.pk}"]
    assert AuditEntry.objects.get(action=Action.OVERLAY_RELOADED).target_name == overlay.name


def test_whoever_may_only_look_cannot_do_that(overlay, account):
    actor = factories.make_actor(account=account, permissions={Permission.OVERLAYS_READ})

    with pytest.raises(PermissionRefused):
        sources.reload(actor=actor, overlay=overlay)

    assert not AuditEntry.objects.filter(action=Action.OVERLAY_RELOADED).exists()
