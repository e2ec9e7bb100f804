"""Run the simulated platforms, OBS and Streamer.bot as a process of their own.

    python -m tests.fakes --port 9100
    python -m tests.fakes --demo -- python manage.py up

Each listens on a port of its own, Twitch on the first. The first form prints the settings that point Lumio at them. The
second adds the demo studio and runs a command that finds the platforms in its environment; they end together.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import threading
from contextlib import ExitStack
from types import FrameType

from tests.fakes.cast import Stage
from tests.fakes.studio import Studio
from tests.fakes.wire import environment

DEFAULT_PORT = 9100


def main() -> int:
    options = _options()
    stage = Stage(options.lumio.rstrip("/"))
    if options.demo:
        stage.twitch.mount(Studio(stage).routes())
    with ExitStack() as running:
        for number, stand_in in enumerate(stage.everything.values()):
            port = options.port and options.port + number
            try:
                running.enter_context(stand_in.start(port))
            except OSError as error:
                name, why = type(stand_in).__name__, os.strerror(error.errno or 0)
                print(f"The simulated {name} cannot listen on port {port}: {why}. Try --port 0.")
                return 1
        for platform in stage.platforms.values():
            platform.draw_pictures()
        variables = environment(**{slug: stand_in.url for slug, stand_in in stage.stand_ins.items()})
        if options.demo:
            print(f"Demo studio: {stage.twitch.url}/studio (what to paste into Lumio, and what can happen)", flush=True)
        if options.command:
            return _run(options.command, variables)
        for name, value in variables.items():
            print(f"{name}={value}", flush=True)
        return _wait()


def _options() -> argparse.Namespace:
    lumio = os.environ.get("LUMIO_URL", "http://localhost:8000")
    parser = argparse.ArgumentParser(prog="python -m tests.fakes")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="the first of ten; 0 takes free ones")
    parser.add_argument("--demo", action="store_true", help="serve the demo studio at /studio")
    parser.add_argument("--lumio", default=lumio, help="where the demo applications lead back to")
    parser.add_argument("command", nargs="*", help="after --, a command to run with the environment set")
    return parser.parse_args()


def _wait() -> int:
    """Until Ctrl-C or SIGTERM."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    stop.wait()
    return 0


def _run(command: list[str], variables: dict[str, str]) -> int:
    """Run the command to its end; SIGTERM to us ends it, Ctrl-C reaches it by itself."""
    process: subprocess.Popen[bytes] | None = None

    def pass_on(number: int, frame: FrameType | None) -> None:
        if process is not None:
            process.send_signal(number)

    signal.signal(signal.SIGINT, lambda *_: None)
    signal.signal(signal.SIGTERM, pass_on)
    process = subprocess.Popen(command, env=os.environ | variables)
    return process.wait()


if __name__ == "__main__":
    sys.exit(main())
