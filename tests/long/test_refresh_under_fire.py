"""Twenty workers sweep grants of a platform that rotates and ends a grant whose spent token comes back, and are killed
at random all the while. No grant is lost but those whose answer died with a worker, and those say so."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from lumio.env import ROOT
from tests.fakes import cast
from tests.long.test_refresh import database_url, lumio, spent, twitch, valkey  # noqa: F401
from tests.processes.process import wait_for
from tests.system.database import Database

WORKERS, GRANTS, KILLS = 20, 80, 30
#: Seconds: of an access token's life, between two deaths, and of waiting for the leases of the dead.
LIFE, PACE, LEASES = 20, 1.0, 90


class Workers:
    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        self.alive = [self._start() for _ in range(WORKERS)]
        for process in self.alive:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.connections.sweeper"],
            stdout=subprocess.PIPE,
            text=True,
            env=self._environment,
            cwd=ROOT,
        )

    def kill_one(self) -> None:
        """As by `kill -9`, wherever it is; another takes its place."""
        process = self.alive.pop(random.randrange(len(self.alive)))
        process.kill()
        process.wait()
        self.alive.append(self._start())

    def stop(self) -> None:
        for process in self.alive:
            process.kill()
            process.wait()


@contextmanager
def sweeping(environment: dict[str, str]):
    workers = Workers(environment)
    try:
        yield workers
    finally:
        workers.stop()


def test_only_what_died_with_a_worker_is_lost_and_says_so(lumio, twitch):  # noqa: F811
    # A third of a second between the platform's deed and its answer: many deaths fall in between.
    twitch.configure(rotation=True, access_lifetime=LIFE, latency=0)
    twitch.fail("/oauth2/token", delay=0.3, after=True, times=None)
    answers = [twitch.issue_tokens(cast.STREAMER, ["bits:read"]) for _ in range(GRANTS)]
    lumio.inside("tests.system.stage.make_due", cast.STREAMER, answers)
    database = Database(lumio)

    with sweeping(lumio.environment) as workers:
        for _ in range(KILLS):
            time.sleep(PACE * random.random() * 2)
            workers.kill_one()
        # What a dead worker had claimed is tried again once its lease has run out.
        twitch.configure(access_lifetime=14_000)
        wait_for(lambda: _all_settled(database), seconds=LEASES, what="the leases of the dead")

    rows = database.ask("SELECT state, failure_code, count(*) FROM connections_connection GROUP BY 1, 2")
    outcome = {(state, code): number for state, code, number in rows}
    sent = Counter(spent(twitch))
    sent_again = [token for token, times in sent.items() if times > 1]
    lost = outcome.pop(("needs_sign_in", "refresh_answer_lost"), 0)
    print({"refreshes": len(sent), "sent twice": len(sent_again), "lost": lost})
    assert set(outcome) == {("connected", "")}
    assert outcome["connected", ""] + lost == GRANTS
    # A token was sent again only for a grant whose worker had died; the platform had answered the first time or not.
    assert max(sent.values()) <= 2
    assert lost <= len(sent_again) <= KILLS * 5
    assert sum(sent.values()) > GRANTS * 2
    _all_kept_work(lumio, twitch)


def _all_settled(database: Database) -> bool:
    """Nobody holds a claim, and every token that still works was given after the last death."""
    open_claims = "SELECT count(*) FROM connections_connection WHERE refresh_owner <> '' AND state = 'connected'"
    soon = datetime.now(UTC) + timedelta(hours=1)
    short = (
        "SELECT count(*) FROM connections_connection WHERE state = 'connected' AND "
        f"(failure_code <> '' OR refresh_started_at IS NOT NULL OR expires_at < '{soon:%Y-%m-%d %H:%M:%S+00}')"
    )
    return database.ask(open_claims) == [(0,)] and database.ask(short) == [(0,)]


def _all_kept_work(lumio, twitch) -> None:  # noqa: F811
    """What is stored for each grant that was kept is what the platform has in force."""
    script = (
        "import json; from connections.models import Connection; from connections.domain import vault; "
        "print(json.dumps([vault.read(row, 'refresh_token_encrypted').reveal() "
        "for row in Connection.objects.filter(state='connected')]))"
    )
    stored = json.loads(lumio.manage("shell", "--no-imports", "--command", script).splitlines()[-1])
    in_force = {grant.refresh_token for grant in twitch.state.grants}
    assert set(stored) <= in_force
