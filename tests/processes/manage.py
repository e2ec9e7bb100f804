"""`python -m tests.processes.manage <command>` is `manage.py <command>` on the database of a running test."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping

from lumio.env import ROOT

#: Names the database, in place of the settings'.
DATABASE = "TEST_DATABASE"


def start(*arguments: str, environment: Mapping[str, str]) -> subprocess.Popen[str]:
    """The command in a process of its own, with what it prints in a pipe."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.processes.manage", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **environment},
        cwd=ROOT,
    )


def main(argv: list[str]) -> None:
    from django.conf import settings
    from django.core.management import execute_from_command_line

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lumio.settings")
    settings.DATABASES["default"]["NAME"] = os.environ[DATABASE]
    execute_from_command_line(argv)


if __name__ == "__main__":
    main(sys.argv)
