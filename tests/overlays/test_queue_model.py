"""Whatever becomes of pages, every alert ends exactly once and is seen by each page at most once.

Hypothesis looks for an order of things in which an alert is lost, ends twice or is shown twice; a walk does so at
random (in the long runs through ten thousand alerts).
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from events.enums import Kind
from overlays.domain import controls
from overlays.models import Alert, AlertQueue
from tests.overlays.queue_model import House, Page, walk


class Queue(RuleBasedStateMachine):
    @initialize()
    def start(self) -> None:
        self.house = House()
        self.house.open(0)
        self.house.open(1)
        self.happen(Kind.FOLLOW, 3)

    @rule(kind=st.sampled_from([Kind.FOLLOW, Kind.TIP]), number=st.integers(1, 12))
    def happen(self, kind: Kind, number: int) -> None:
        for _ in range(number):
            self.house.happen(kind)

    @rule(which=st.integers(0, 1))
    def open(self, which: int) -> None:
        if len(self.house.pages) < 4:
            self.house.open(which)

    def page(self, number: int) -> Page | None:
        return self.house.pages[number % len(self.house.pages)] if self.house.pages else None

    @rule(number=st.integers(0, 3), is_heard=st.booleans())
    def ask(self, number: int, is_heard: bool) -> None:
        if page := self.page(number):
            self.house.ask(page, is_heard=is_heard)

    @rule(number=st.integers(0, 3), is_heard=st.booleans())
    def begin(self, number: int, is_heard: bool) -> None:
        if page := self.page(number):
            self.house.begin(page, is_heard=is_heard)

    @rule(number=st.integers(0, 3), is_heard=st.booleans())
    def finish(self, number: int, is_heard: bool) -> None:
        if page := self.page(number):
            self.house.finish(page, is_heard=is_heard)

    @rule(number=st.integers(0, 3))
    def show(self, number: int) -> None:
        if page := self.page(number):
            self.house.ask(page)
            self.house.begin(page)

    @rule(number=st.integers(0, 3))
    def repeat(self, number: int) -> None:
        if page := self.page(number):
            self.house.repeat(page)

    @rule(number=st.integers(0, 3), is_noticed=st.booleans())
    def die(self, number: int, is_noticed: bool) -> None:
        if page := self.page(number):
            self.house.die(page, is_noticed=is_noticed)

    @rule(number=st.integers(0, 3))
    def cut_off(self, number: int) -> None:
        if page := self.page(number):
            self.house.cut_off(page)

    @rule(seconds=st.sampled_from([0.1, 1, 3, 5, 9, 11, 30]))
    def wait(self, seconds: float) -> None:
        self.house.wait(seconds)

    @rule(seconds=st.sampled_from([1, 30]))
    def pause(self, seconds: float) -> None:
        controls.switch(self.house.actor, paused=True)
        self.house.wait(seconds)
        controls.switch(self.house.actor, paused=False)

    @rule()
    def skip(self) -> None:
        if AlertQueue.objects.filter(account=self.house.account, current__isnull=False).exists():
            controls.skip(self.house.actor)

    @rule()
    def clear(self) -> None:
        controls.clear(self.house.actor)

    @invariant()
    def holds(self) -> None:
        if hasattr(self, "house"):
            self.house.check()

    def teardown(self) -> None:
        if hasattr(self, "house"):
            self.house.settle()
            self.house.check()
            self.house.check_the_end()


@pytest.mark.django_db
def test_no_order_of_things_loses_or_doubles_an_alert():
    run_state_machine_as_test(
        Queue,
        settings=settings(
            max_examples=8, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


@pytest.mark.django_db
def test_sixty_alerts_are_each_acknowledged_once():
    house = walk(60, seed=9)

    house.check_the_end()
    assert Alert.objects.filter(account=house.account).count() == 60
