"""Functions of the tests that run inside of a process set: with its settings, its database and its Valkey."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from lumio.env import ROOT
from lumio.up.programs import MANAGE


class Inside:
    """`inside("tests.e2e.stage.claim", "Mira live")` is what that function returned there, through JSON.

    One process, started by the first call, answers all of them: starting it takes longer than most.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._process: subprocess.Popen[str] | None = None

    def __call__(self, function: str, *arguments: Any) -> Any:
        process = self._process = self._process or self._start()
        assert process.stdin and process.stdout
        print(json.dumps([function, *arguments]), file=process.stdin, flush=True)
        answer = process.stdout.readline()
        assert answer, f"{function} failed, see the error output"
        return json.loads(answer)

    def stop(self) -> None:
        if self._process:
            assert self._process.stdin
            self._process.stdin.close()
            self._process.wait(10)

    def _start(self) -> subprocess.Popen[str]:
        script = f"from {__name__} import serve; serve()"
        return subprocess.Popen(
            [*MANAGE, "shell", "--no-imports", "--command", script],
            env=dict(self._environment),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )


def serve() -> None:
    """In the process: do what stands on each line of the input, answer with what it returned."""
    for line in sys.stdin:
        function, *arguments = json.loads(line)
        module, _, name = function.rpartition(".")
        print(json.dumps(getattr(import_module(module), name)(*arguments), default=str), flush=True)
