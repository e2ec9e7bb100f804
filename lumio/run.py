"""One process of Lumio, as a unit or a container runs it: `python -m lumio.run web --port 8000`.

This process becomes the program that it starts, so signals reach it directly. Django is never imported here.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from lumio.up import programs


def main(arguments: Sequence[str]) -> None:
    argv = command(arguments)
    os.umask(0o077)
    # Threads otherwise get an arena each, and the memory of a peak stays with them.
    os.environ.setdefault("MALLOC_ARENA_MAX", "2")
    os.execv(argv[0], argv)  # noqa: S606 - no shell is wanted


def command(arguments: Sequence[str]) -> list[str]:
    """The command line of the process that is asked for; SystemExit with the usage when there is none such."""
    parser = argparse.ArgumentParser(prog="python -m lumio.run", description="Run one process of Lumio.")
    kinds = parser.add_subparsers(dest="kind", required=True)
    web = kinds.add_parser("web", help="pages, APIs, WebSockets")
    web.add_argument("--bind", default="127.0.0.1", help="the address it listens on (127.0.0.1)")
    web.add_argument("--port", type=int, default=8000, help="8000")
    worker = kinds.add_parser("worker", help="renewing sign-ins, automations, what takes long")
    worker.add_argument("--name", default="worker", help="tells workers of one machine apart in their logs (worker)")
    kinds.add_parser("beat", help="the schedule")
    kinds.add_parser("ingest", help="the connections to the platforms")
    asked = parser.parse_args(arguments)
    match asked.kind:
        case "web":
            return programs.web(asked.bind, asked.port)
        case "worker":
            return [*programs.worker(), "--hostname", f"{asked.name}@%h"]
        case "beat":
            return programs.beat()
        case _:
            return programs.ingest()


if __name__ == "__main__":
    main(sys.argv[1:])
