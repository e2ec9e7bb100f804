"""Eight processes live on one rotating grant through a hundred refreshes, and through deaths, on both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connections.platforms.twitch.scopes import SCOPES
from tests.connections.crowd import Crowd
from tests.fakes import cast, wire
from tests.fakes.twitch import Twitch
from tests.processes.cluster import Lumio
from tests.processes.fixtures import valkey  # noqa: F401
from tests.processes.postgres import Postgres
from tests.processes.process import wait_for
from tests.system.database import Database

PROCESSES, ROUNDS = 8, 100
DEATHS = 10


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request) -> Iterator[str]:
    if request.param == "sqlite":
        yield ""
        return
    with Postgres() as server:
        yield server.url


@pytest.fixture
def twitch() -> Iterator[Twitch]:
    with Twitch() as stand_in:
        cast.set_stage(stand_in, redirect_uri="http://localhost:8000/connections/twitch/callback")
        stand_in.configure(rotation=True, latency=0.02)
        yield stand_in


@pytest.fixture
def lumio(database_url, valkey, twitch) -> Iterator[Lumio]:  # noqa: F811
    """A database and an environment; none of its own processes run."""
    made = Lumio(redis_url=valkey.url, database_url=database_url, environment=wire.environment(twitch.url))
    try:
        made.manage("migrate", "--verbosity", "0")
        yield made
    finally:
        made.stop()


@pytest.fixture
def connection_id(lumio, twitch) -> str:
    answer = twitch.issue_tokens(cast.STREAMER, [scope.name for scope in SCOPES])
    grant = {"channel_id": "1", "login": cast.STREAMER, "answer": answer}
    [made] = lumio.inside("tests.system.stage.set_stage", grant)
    return made["connection"]


def spent(twitch) -> list[str]:
    return [call.parameters["refresh_token"] for call in twitch.calls("/oauth2/token", grant_type="refresh_token")]


def test_each_refresh_token_is_spent_once(lumio, twitch, connection_id):
    with Crowd(connection_id, size=PROCESSES, environment=lumio.environment) as processes:
        got = [processes.renew(version) for version in range(1, ROUNDS + 1)]

    assert got == [[str(version + 1)] * PROCESSES for version in range(1, ROUNDS + 1)]
    sent = spent(twitch)
    assert (len(sent), len(set(sent))) == (ROUNDS, ROUNDS)
    state = "SELECT version, state, failure_code, refresh_owner FROM connections_connection"
    assert Database(lumio).ask(state) == [(ROUNDS + 1, "connected", "", "")]


def test_whoever_is_killed_costs_one_retry_and_never_the_grant(lumio, twitch, connection_id):
    """With a platform that forgives, the grant outlives every kind of death."""
    twitch.configure(rotation_grace=True)
    database = Database(lumio)
    version = 1
    for death in range(DEATHS):
        point = ("refresh.before_ask", "refresh.after_answer", "refresh.after_store")[death % 3]
        with Crowd(connection_id, size=1, environment=lumio.environment | {"LUMIO_CRASH_AT": point}) as doomed:
            assert doomed.renew(version) == [""]
        database.change("UPDATE connections_connection SET refresh_leased_until = connected_at")
        with Crowd(connection_id, size=2, environment=lumio.environment) as survivors:
            assert survivors.renew(version) == [str(version + 1)] * 2
        version += 1

    assert database.ask("SELECT version, state, failure_code FROM connections_connection") == [
        (version, "connected", "")
    ]
    sent = spent(twitch)
    assert max(sent.count(token) for token in sent) == 2
    assert len(sent) == DEATHS + len([death for death in range(DEATHS) if death % 3 == 1])


def test_a_platform_without_grace_is_asked_once_more_and_the_card_says_why(lumio, twitch, connection_id):
    with Crowd(
        connection_id, size=1, environment=lumio.environment | {"LUMIO_CRASH_AT": "refresh.after_answer"}
    ) as one:
        assert one.renew(1) == [""]
    database = Database(lumio)
    database.change("UPDATE connections_connection SET refresh_leased_until = connected_at")

    with Crowd(connection_id, size=PROCESSES, environment=lumio.environment) as processes:
        assert processes.renew(1) == ["refresh_answer_lost"] * PROCESSES

    assert len(spent(twitch)) == 2
    assert database.ask("SELECT state, failure_code, version FROM connections_connection") == [
        ("needs_sign_in", "refresh_answer_lost", 1)
    ]


def test_a_worker_that_is_told_to_stop_finishes_what_it_asked_and_asks_nothing_new(lumio, twitch):
    answers = [twitch.issue_tokens(cast.STREAMER, ["bits:read"]) for _ in range(60)]
    lumio.inside("tests.system.stage.make_due", cast.STREAMER, answers)
    worker = lumio.processes["worker"]
    worker.start()
    twitch.configure(latency=2)
    script = "from lumio.celery import app; app.send_task('connections.tasks.refresh_due')"
    lumio.manage("shell", "--no-imports", "--command", script)
    wait_for(lambda: len(spent(twitch)) >= 5, seconds=30, what="the first refreshes")

    worker.stop(seconds=20)

    assert worker.exit_code == 0, worker.output()
    asked = len(spent(twitch))
    assert 5 <= asked <= 10
    assert Database(lumio).ask("SELECT version, refresh_owner, count(*) FROM connections_connection GROUP BY 1, 2") in (
        [(1, "", 60 - asked), (2, "", asked)],
        [(2, "", asked), (1, "", 60 - asked)],
    )
