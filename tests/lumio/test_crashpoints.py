from __future__ import annotations

import os
import subprocess
import sys

import pytest

PROGRAM = """
from lumio.lib.crashpoints import crash_point
for number in range(3):
    crash_point("after_provider_answer")
    crash_point("somewhere_else")
    print(number, flush=True)
"""


@pytest.mark.parametrize(
    ("armed", "printed", "exit_code"),
    [
        ("", "0\n1\n2\n", 0),
        ("unknown", "0\n1\n2\n", 0),
        ("after_provider_answer", "", 137),
        ("after_provider_answer:3", "0\n1\n", 137),
        ("somewhere_else:2", "0\n", 137),
    ],
)
def test_process_dies_only_at_the_armed_pass(armed: str, printed: str, exit_code: int):
    environment = {**os.environ, "LUMIO_CRASH_AT": armed}

    done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True)

    assert (done.stdout, done.returncode) == (printed, exit_code)
