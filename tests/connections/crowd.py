"""Processes that use one grant at the same time, as many web, worker and ingest processes do.

`python -m tests.connections.crowd <connection id>` is one of them: for each version on a line of its input it wants
tokens newer than that, and prints the version it got, or the code of why there is none.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from uuid import UUID

from lumio.env import ROOT

#: Names a database other than the settings', so that a process can work on the one of a test run.
DATABASE = "TEST_DATABASE"


class Crowd:
    """Context manager around `size` such processes with this environment. They end with their input, or with ours."""

    def __init__(self, connection_id: UUID | str, *, size: int, environment: Mapping[str, str]) -> None:
        self._processes = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.connections.crowd", str(connection_id)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, **environment},
                cwd=ROOT,
            )
            for _ in range(size)
        ]

    def __enter__(self) -> Crowd:
        assert self._heard() == ["ready"] * len(self._processes)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            with suppress(BrokenPipeError), process:
                assert process.stdin is not None
                process.stdin.close()

    def renew(self, version: int) -> list[str]:
        """Have everybody want newer tokens at once. What each of them got; "" of one that died."""
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.write(f"{version}\n")
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.flush()
        return self._heard()

    def _heard(self) -> list[str]:
        return [process.stdout.readline().strip() for process in self._processes if process.stdout is not None]


def main(connection_id: str) -> None:
    import django
    from django.conf import settings

    if name := os.environ.get(DATABASE):
        settings.DATABASES["default"]["NAME"] = name
    django.setup()
    from connections.domain import grants

    print("ready", flush=True)
    for line in sys.stdin:
        try:
            got = str(grants.refresh_if_version(UUID(connection_id), int(line)).version)
        except grants.GrantUnusable as unusable:
            got = unusable.failure.code
        print(got, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
