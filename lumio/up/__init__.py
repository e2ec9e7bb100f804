"""`python manage.py up`: everything Lumio needs on one machine, started, watched and stopped as one.

Django is never imported here: what needs it runs in a process of its own, and this one stays small.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from lumio.env import ROOT, CannotStart, env_str, read_env_file
from lumio.up import programs, var
from lumio.up.address import Address, answers, check_free, read_address
from lumio.up.console import Console
from lumio.up.static import StaticStamp
from lumio.up.supervisor import Child, Stopped, Supervisor
from lumio.up.valkey import Valkey
from lumio.up.watchdog import Watchdog

__all__ = ["main"]


def main(argv: list[str]) -> int:
    """Run Lumio until SIGINT, SIGTERM or SIGHUP; the exit code is 0 after a stop in order."""
    if argv:
        raise CannotStart(
            f"`up` takes no arguments, not {' '.join(argv)!r}. Settings come from the environment or .env."
        )
    os.umask(0o077)
    read_env_file(ROOT / ".env")
    folder = Path(env_str("LUMIO_VAR_DIR") or ROOT / "var").absolute()
    address = read_address()

    var.prepare(folder)
    held = var.lock(folder)
    check_free(address)
    console = Console(sys.stdout)
    if var.ensure_keys(folder):
        console.say(f"made new keys in {folder / 'keys.env'}: back them up, the stored secrets need them")
    read_env_file(folder / "keys.env")
    os.environ.update(
        {
            "LUMIO_VAR_DIR": str(folder),
            "LUMIO_URL": address.url,
            "LUMIO_OVERLAY_URL": address.overlay_url,
            "PYTHONUNBUFFERED": "1",
            "MALLOC_ARENA_MAX": "2",  # threads otherwise get an arena each, and the memory of a peak stays with them
        }
    )
    os.chdir(ROOT)

    with Supervisor(console, Watchdog(keep_open=(held,))) as supervisor:
        try:
            if not env_str("REDIS_URL"):
                start_valkey(supervisor, console, folder)
            prepare_database_and_files(supervisor, console, folder)
            supervisor.start(Child("web", programs.web(address.bind, address.port)))
            # A running refresh may finish: its answer is the only copy of a rotated token.
            supervisor.start(Child("worker", programs.worker(with_beat=True), grace=20))
            supervisor.start(Child("ingest", programs.ingest()))
            supervisor.wait_until(lambda: answers(address), seconds=60)
            supervisor.run_once(
                Child("setup", [*programs.MANAGE, "setup_link", "--if-unclaimed", "--skip-checks"]),
                lambda line: tell_link(console, address, line),
            )
            console.say(f"ready at {address.url} (stop with Ctrl-C)")
            supervisor.serve()
        except Stopped:
            pass
    console.say("stopped")
    return 0


def tell_link(console: Console, address: Address, line: str) -> None:
    """What `setup_link` prints: the link, and on a bad day a warning of a library's that is none."""
    if line.startswith(f"{address.url}/"):
        console.say(f"claim this Lumio, once, at {line}")
    else:
        console.forward("setup", line)


def start_valkey(supervisor: Supervisor, console: Console, folder: Path) -> None:
    valkey = Valkey(folder)
    if valkey.stop_leftover():
        console.say("stopped the Valkey that a killed run left behind")
    supervisor.start(valkey.child())
    if not supervisor.wait_until(valkey.answers, seconds=10):
        raise CannotStart(f"the embedded Valkey does not answer on {valkey.socket}; its lines above say why.")
    os.environ["REDIS_URL"] = valkey.url


def prepare_database_and_files(supervisor: Supervisor, console: Console, folder: Path) -> None:
    """Migrate, and collect the static files if they changed: pages name them by the hash of their content."""
    stamp = StaticStamp(folder)
    is_current = stamp.is_current()
    if not is_current:
        console.say("preparing the database and the static files, which takes a moment")
    if supervisor.run_once(Child("migrate", [*programs.MANAGE, "migrate", "--skip-checks", "--verbosity", "0"])) != 0:
        raise CannotStart("the database could not be brought up to date. The lines above say why; nothing was started.")
    if is_current:
        return
    if (
        supervisor.run_once(
            Child("static", [*programs.MANAGE, "collectstatic", "--skip-checks", "--noinput", "--verbosity", "0"])
        )
        != 0
    ):
        raise CannotStart("the static files could not be collected. The lines above say why; nothing was started.")
    stamp.write()
