"""The processes that make up Lumio, as command lines: the same in every deployment and in the tests."""

from __future__ import annotations

import sys
from pathlib import Path

from lumio.env import ROOT

#: By its own folder, not by a link to it: once that leads to the next version, this one goes on with its own packages.
PYTHON = str(Path(sys.executable).parent.resolve() / Path(sys.executable).name)
MANAGE = [PYTHON, str(ROOT / "manage.py")]
CELERY = [PYTHON, "-m", "celery", "--quiet", "--skip-checks", "-A", "lumio"]


def web(bind: str, port: int) -> list[str]:
    """Pages, REST, GraphQL and WebSockets. The access log is off because it would show `?token=`."""
    return [
        *(PYTHON, "-m", "daphne", "--bind", bind, "--port", str(port)),
        *("--websocket_timeout", "-1", "--ping-interval", "20", "--ping-timeout", "30"),
        *("--websocket-max-message-size", "65536", "--access-log", "/dev/null"),
        "lumio.asgi:application",
    ]


def worker(*, with_beat: bool = False) -> list[str]:
    """Refreshing and validating tokens. `with_beat` runs the schedule in a fork of it.

    There are more threads than tasks a minute: while a platform hangs, a sweep takes most of its minute.
    """
    argv = [*CELERY, "worker", "--pool", "threads", "--concurrency", "8", "--without-gossip", "--without-mingle"]
    return [*argv, "--beat", "--scheduler", "celery.beat:Scheduler"] if with_beat else argv


def beat() -> list[str]:
    """The schedule. This scheduler keeps no file: the database knows what is due."""
    return [*CELERY, "beat", "--scheduler", "celery.beat:Scheduler", "--pidfile", ""]


def ingest() -> list[str]:
    """The long-lived connections to the platforms."""
    return [*MANAGE, "ingest"]
