"""Run the simulated Twitch as a process of its own: `python -m tests.fakes --port 9100`."""

from __future__ import annotations

import argparse
import signal
import threading

from tests.fakes.cast import set_stage
from tests.fakes.twitch import Twitch
from tests.fakes.wire import environment

DEFAULT_PORT = 9100
REDIRECT_URI = "http://localhost:8000/connections/twitch/callback"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fakes", description=__doc__)
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="0 takes a free one")
    parser.add_argument("--redirect-uri", default=REDIRECT_URI, help="what the demo app has registered")
    options = parser.parse_args()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    twitch = Twitch()
    set_stage(twitch, redirect_uri=options.redirect_uri)
    with twitch.start(options.port):
        for name, value in environment(twitch.url).items():
            print(f"{name}={value}", flush=True)
        stop.wait()


if __name__ == "__main__":
    main()
