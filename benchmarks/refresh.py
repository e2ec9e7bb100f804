"""What renewing a hundred sign-ins costs, as others pile up that are not due.

`python -m benchmarks.refresh <grants>` is the measured process: it fills its own database, then sweeps once for each
line of its input and prints the seconds.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from tempfile import TemporaryDirectory

from aiohttp import web

from lumio.env import ROOT
from tests.fakes import wire
from tests.fakes.server import Settings, StandIn
from tests.processes.postgres import Postgres

FEW, MANY, DUE = 1_000, 100_000, 100
#: Sweeps of each, one after the other in turn, so that a busy moment of the machine hits both.
ROUNDS = 7


def refresh_sweep_growth() -> float:
    """Seconds of a sweep with 100 due of 100,000 grants over 100 due of 1,000, on SQLite."""
    return _growth("", "")


def refresh_sweep_growth_postgresql() -> float:
    """The same on PostgreSQL."""
    with Postgres() as server:
        return _growth(server.create("few"), server.create("many"))


def _growth(few_url: str, many_url: str) -> float:
    with ExitStack() as running:
        tokens = running.enter_context(TokenEndpoint())
        few = running.enter_context(_sweeper(FEW, few_url, tokens))
        many = running.enter_context(_sweeper(MANY, many_url, tokens))
        times = [(_sweep(few), _sweep(many)) for _ in range(ROUNDS)]
    seconds = [statistics.median(column) for column in zip(*times, strict=True)]
    return seconds[1] / seconds[0]


class TokenEndpoint(StandIn):
    """A platform that gives tokens to whoever asks, at once."""

    settings = Settings()

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/oauth2/token", self._tokens)]

    async def _tokens(self, request: web.Request) -> web.Response:
        return web.json_response({"access_token": "a" * 30, "refresh_token": "r" * 50, "expires_in": 14_000})


@contextmanager
def _sweeper(grants: int, database_url: str, tokens: TokenEndpoint) -> Iterator[subprocess.Popen[str]]:
    with TemporaryDirectory(prefix="lumio-bench-") as var:
        environment = os.environ | wire.environment(tokens.url) | {"LUMIO_VAR_DIR": var, "DATABASE_URL": database_url}
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.refresh", str(grants)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=ROOT,
        )
        with process:
            assert process.stdin is not None
            try:
                yield process
            finally:
                process.stdin.close()


def _sweep(process: subprocess.Popen[str]) -> float:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("sweep\n")
    process.stdin.flush()
    return float(process.stdout.readline())


# The measured process


def main(grants: int) -> None:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    due = _fill(grants)
    from connections.domain import refresh
    from connections.models import Connection

    for _ in sys.stdin:
        Connection.objects.filter(pk__in=due).update(refresh_due_at=django.utils.timezone.now())
        began = time.perf_counter()
        taken = refresh.refresh_due()
        seconds = time.perf_counter() - began
        assert taken == DUE, f"{taken} were due"
        assert not Connection.objects.filter(pk__in=due).exclude(failure_code="").exists(), "a refresh failed"
        print(seconds, flush=True)


def _fill(grants: int) -> list[object]:
    """Grants of as many accounts, of which `DUE` can be refreshed; their ids."""
    from django.db import connection as database
    from django.utils import timezone

    from accounts.models import Account
    from connections.models import Connection
    from tests import factories

    now = timezone.now()
    accounts = Account.objects.bulk_create([Account(name=f"Account {n}") for n in range(grants)], batch_size=5_000)
    due = []
    for account in accounts[:DUE]:
        factories.make_credentials(account=account)
        due.append(factories.make_connection(account=account).pk)
    Connection.objects.bulk_create(
        [
            Connection(
                account=account,
                platform="twitch",
                channel_id=str(n),
                channel_name=f"Channel {n}",
                access_token_encrypted=b"x" * 60,
                refresh_token_encrypted=b"x" * 80,
                connected_at=now,
                updated_at=now,
                # Over the next three hours, as in life.
                refresh_due_at=now + timedelta(minutes=10, seconds=10_800 * n / grants),
            )
            for n, account in enumerate(accounts[DUE:])
        ],
        batch_size=2_000,
    )
    with database.cursor() as cursor:
        cursor.execute("ANALYZE")
    return due


if __name__ == "__main__":
    main(int(sys.argv[1]))
