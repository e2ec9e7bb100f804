"""Alerts by the thousand, shown by pages that die at random."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from overlays.models import Alert
from tests.overlays.queue_model import walk
from tests.overlays.test_queue_model import Queue

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seed", range(4))
def test_ten_thousand_alerts_are_each_acknowledged_once(seed):
    house = walk(2_500, seed=seed)

    house.check_the_end()
    assert Alert.objects.filter(account=house.account).count() == 2_500


def test_no_long_order_of_things_loses_or_doubles_an_alert():
    run_state_machine_as_test(
        Queue,
        settings=settings(
            max_examples=150, stateful_step_count=80, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
