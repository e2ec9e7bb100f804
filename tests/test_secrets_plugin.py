from __future__ import annotations

import logging
import sys
from contextlib import closing

import pytest

from accounts.sessions import SessionStore
from lumio.lib.redact import redact
from lumio.lib.secrets import Secret, new_secret
from lumio.up.watchdog import Watchdog
from tests.fakes.oauth.state import App, State, random_token
from tests.processes.process import Process
from tests.secrets_plugin import Watch, watching

#: Known to the watches of these tests alone; that of the run itself must not come to know it.
SECRET = "t7Q2x9LmZ4vKc81RbNw0_sYd"
TOKEN = f"lm_pop_{'7Zq' * 14}"


@pytest.fixture
def watch() -> Watch:
    watch = Watch()
    watch.remember(SECRET)
    return watch


@pytest.mark.parametrize(
    "line",
    [
        f"sent {SECRET}",
        f"GET /x?y={SECRET}&z=1",
        f"{{'value': '{SECRET}'}}",
        f"prefix-{SECRET}-suffix",
        f"{SECRET[:16]} was cut",
        f"cut was …{SECRET[-16:]}",
        f"made up by another process: {TOKEN}",
    ],
)
def test_a_secret_in_a_line_is_found(watch, line):
    watch.look(line)

    assert watch.leaks() == [line]


@pytest.mark.parametrize("line", ["", f"…{SECRET[-4:]}", "connection 0199a0c5-7a5f-7c3e-9d5e-111122223333 refreshed"])
def test_other_lines_are_not(watch, line):
    watch.look(line)

    assert watch.leaks() == []


def test_what_is_masked_before_it_is_written_is_no_leak(watch):
    watch.look(f"/popout?token={TOKEN} code={SECRET}", redact)
    assert watch.leaks() == []

    watch.look(f"code {SECRET}", redact)
    assert watch.leaks() == [f"code {SECRET}"]


def test_a_line_that_was_written_before_anybody_knew_of_the_secret_is_found_too():
    watch = Watch()
    watch.look(f"answer: {SECRET}")

    watch.remember(SECRET)

    assert watch.leaks() == [f"answer: {SECRET}"]


def test_words_are_no_secrets():
    watch = Watch()
    watch.remember("a-client-secret-of-words")
    watch.look("a-client-secret-of-words")

    assert watch.leaks() == []


def test_every_run_is_watched(request):
    assert "_no_secret_in_the_logs" in request.fixturenames


def test_what_is_made_is_remembered(db):
    with watching() as watch:
        made = [
            Secret(random_token()).reveal(),
            new_secret(),
            SessionStore()._get_new_session_key(),
            App("client", random_token(), []).client_secret,
            State().app_token("client").value,
            State().code("client", "user", [], "http://localhost"),
        ]
        for value in made:
            watch.look(value)

    assert watch.leaks() == sorted(made)


def test_what_is_logged_is_looked_at_as_it_would_be_written(caplog):
    """At DEBUG, with tracebacks, masked, and no lower than a logger of `settings.LOGGING` goes."""
    with watching() as watch:
        watch.remember(SECRET)
        watch.remember(SECRET[::-1])
        caplog.set_level(logging.WARNING)
        logging.getLogger("planted").debug("message %s", SECRET)
        logging.getLogger("planted").debug("token=%s", SECRET)
        logging.getLogger("websockets.client").debug("frame %s", SECRET)
        try:
            raise ValueError(SECRET[::-1])
        except ValueError:
            logging.getLogger("planted").exception("failed")

    traceback, message = watch.leaks()
    assert message == f"planted: message {SECRET}"
    assert (traceback.splitlines()[0], traceback.splitlines()[-1]) == ("planted: failed", f"ValueError: {SECRET[::-1]}")
    assert [record.getMessage() for record in caplog.records] == ["failed"], "others hear what they always hear"


def test_what_processes_print_is_looked_at_when_they_end(tmp_path):
    with closing(Watchdog()) as watchdog, watching() as watch:
        watch.remember(SECRET)
        argv = [sys.executable, "-c", f"print('GET /x?y={SECRET}')"]
        process = Process("planted", argv, environment={}, log=tmp_path / "log", watchdog=watchdog)
        process.start()
        process._popen.wait(20)
        process.kill()

    assert watch.leaks() == [f"GET /x?y={SECRET}"]
