"""Run the simulated Twitch as a process of its own.

    python -m tests.fakes --port 9100
    python -m tests.fakes --demo -- python manage.py up

The second form adds the demo studio and runs a command that finds the simulated Twitch in its
environment; the two end together.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import threading
from types import FrameType

from tests.fakes.cast import CLIENT_ID, CLIENT_SECRET, set_stage
from tests.fakes.studio import Studio
from tests.fakes.twitch import Twitch
from tests.fakes.wire import environment

DEFAULT_PORT = 9100
CALLBACK = "/connections/twitch/callback"


def main() -> int:
    options = _options()
    twitch = Twitch()
    set_stage(twitch, redirect_uri=options.redirect_uri)
    if options.demo:
        twitch.mount(Studio(twitch, redirect_uri=options.redirect_uri).routes())
    try:
        twitch.start(options.port)
    except OSError as error:
        why = os.strerror(error.errno or 0)
        print(f"The simulated Twitch cannot listen on port {options.port}: {why}. Try --port 0.")
        return 1
    with twitch:
        for name, value in environment(twitch.url).items():
            print(f"{name}={value}", flush=True)
        if options.demo:
            print(f"Demo studio: {twitch.url}/studio", flush=True)
            print(f"Client ID: {CLIENT_ID}  Client Secret: {CLIENT_SECRET}", flush=True)
        if options.command:
            return _run(options.command, environment(twitch.url))
        return _wait()


def _options() -> argparse.Namespace:
    lumio = os.environ.get("LUMIO_URL", "http://localhost:8000").rstrip("/")
    parser = argparse.ArgumentParser(prog="python -m tests.fakes")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="0 takes a free one")
    parser.add_argument("--demo", action="store_true", help="serve the demo studio at /studio")
    parser.add_argument("--redirect-uri", default=lumio + CALLBACK, help="what the demo app has registered")
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
