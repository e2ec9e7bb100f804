"""A thousand events at fifty a second meet twenty automations, while workers are killed at random: each step at most
once, and each run ends by saying what became of it."""

from __future__ import annotations

from tests.automations import fire
from tests.fakes.streamerbot import StreamerBot
from tests.long.test_refresh import database_url, valkey  # noqa: F401
from tests.processes.cluster import Lumio

FIRE = fire.Fire(events=1000, per_second=50, automations=20, deaths=8)


def test_each_step_is_done_once_at_most_while_workers_are_killed(database_url, valkey):  # noqa: F811
    settings = {"redis_url": valkey.url, "database_url": database_url, "environment": fire.ENVIRONMENT}
    with StreamerBot() as streamerbot, Lumio(worker=3, **settings) as lumio:
        figures = fire.stand(lumio, streamerbot, FIRE)

    print(figures)
    assert figures["heard"] > 300, figures
