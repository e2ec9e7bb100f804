"""Runs a command against a real Valkey, and with `--postgres` a real PostgreSQL, and ends both after it.

python -m tests.processes.with_services [--postgres] pytest tests
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack

from tests.processes import made
from tests.processes.postgres import Postgres
from tests.processes.valkey import TestValkey


def main(argv: list[str]) -> int:
    wants_postgres = argv[:1] == ["--postgres"]
    command = argv[1:] if wants_postgres else argv
    with ExitStack() as services:
        made_here = services.enter_context(tempfile.TemporaryDirectory(prefix="lumio-made-"))
        environment = {made.FOLDER: made_here, **os.environ, "REDIS_URL": services.enter_context(TestValkey()).url}
        environment.pop("DATABASE_URL", None)
        if wants_postgres:
            environment["DATABASE_URL"] = services.enter_context(Postgres()).url
        # The command gets the Ctrl-C too; it ends first, then the services do.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        return subprocess.run(command, env=environment, preexec_fn=_heed_interrupts).returncode


def _heed_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
