"""Searches the logs of a whole test run for every secret that was made in it. pyproject.toml names it with `-p`.

Looked at is what an operator would find who lets everything be logged: each record of each logger at DEBUG, masked as
`settings.LOGGING` has it, and what the real processes of the tests print. A secret in there is an error of the last
test of the run; with several workers each looks at its own.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import pytest

#: So many characters of a secret, from either end, give it away; shorter ones are not looked for.
END = 16
#: What secrets are made of. Whatever parts them in a line (`=`, `.`, `:`) parts them here too.
WORD = re.compile(rf"[\w-]{{{END},}}", re.ASCII)
TOKEN = re.compile(r"lm_pop_\w{42}", re.ASCII)


class Watch:
    """What must not be written, and the words that were. A word is kept with the first line it stood in."""

    def __init__(self) -> None:
        self._ends: set[str] = set()
        self._lines: dict[str, str] = {}

    def remember(self, value: str) -> None:
        """A secret. Of what holds no digit, or is of words, nobody can say whether a line means it."""
        for word in WORD.findall(value):
            if re.search(r"\d", word) and re.search(r"[^\W\d]", word):
                self._ends |= {word[:END], word[-END:]}

    def look(self, line: str, mask: Callable[[str], str] = str) -> None:
        """A line of a log; `mask` is what it goes through before it is written."""
        if new := [word for word in WORD.findall(line) if word not in self._lines]:
            written = mask(line)
            self._lines |= {word: written for word in new if word in written}

    def leaks(self) -> list[str]:
        """The lines that hold a secret, or what can only be a popout token."""
        return sorted({line for word, line in self._lines.items() if self._is_secret(word)})

    def _is_secret(self, word: str) -> bool:
        pieces = (word[start : start + END] for start in range(len(word) - END + 1))
        return bool(TOKEN.search(word)) or any(piece in self._ends for piece in pieces)


@pytest.fixture(scope="session", autouse=True)
def _no_secret_in_the_logs() -> Iterator[None]:
    with watching() as watch:
        yield
    leaks = watch.leaks()
    assert not leaks, "secrets in the logs of this run:\n" + "\n".join(leaks)


@contextmanager
def watching() -> Iterator[Watch]:
    watch = Watch()
    with pytest.MonkeyPatch.context() as patch:
        _remember_what_is_made(watch, patch)
        _look_at_what_is_logged(watch, patch)
        yield watch


def _remember_what_is_made(watch: Watch, patch: pytest.MonkeyPatch) -> None:
    from django.contrib.sessions.backends.base import SessionBase

    from lumio.lib.secrets import Secret
    from tests.fakes.oauth.state import App, State

    def after(owner: Any, name: str, value_of: Callable[..., str | None]) -> None:
        """Remember `value_of(what the function returned, *its arguments)`."""
        original = getattr(owner, name)

        @wraps(original)
        def remembering(*args: Any, **kwargs: Any) -> Any:
            made = original(*args, **kwargs)
            watch.remember(value_of(made, *args) or "")
            return made

        patch.setattr(owner, name, remembering)

    after(Secret, "__init__", lambda _, secret, *args: secret.reveal())
    after(secrets, "token_urlsafe", lambda made, *args: made)
    after(SessionBase, "_get_new_session_key", lambda made, session: made)
    after(App, "__init__", lambda _, app, *args: app.client_secret)
    after(State, "code", lambda made, *args: made)
    after(State, "_keep", lambda made, *args: made.value)
    after(State, "rotate", lambda _, state, grant: grant.refresh_token)


def _look_at_what_is_logged(watch: Watch, patch: pytest.MonkeyPatch) -> None:
    from lumio.lib.redact import redact
    from tests.processes.process import Process

    is_enabled, handle, kill = logging.Logger.isEnabledFor, logging.Logger.handle, Process.kill

    def heed_all(logger: logging.Logger, level: int) -> bool:
        return level >= _level_at_debug(logger)

    def look_and_handle(logger: logging.Logger, record: logging.LogRecord) -> None:
        watch.look(_line(record), redact)
        if is_enabled(logger, record.levelno):
            handle(logger, record)

    def kill_and_look(process: Process) -> None:
        kill(process)
        for line in process.output().splitlines():
            watch.look(line)

    patch.setattr(logging.Logger, "isEnabledFor", heed_all)
    patch.setattr(logging.Logger, "handle", look_and_handle)
    patch.setattr(Process, "kill", kill_and_look)


def _level_at_debug(logger: logging.Logger) -> int:
    """From which level on it would write with `LUMIO_LOG_LEVEL=DEBUG`."""
    while logger.parent is not None:
        if logger.level:
            return logger.level
        logger = logger.parent
    return logging.DEBUG


def _line(record: logging.LogRecord) -> str:
    try:
        line = record.getMessage()
    except (TypeError, ValueError, KeyError):  # a broken call, of which `lumio.lib.redact` writes the pieces
        line = f"{record.msg} {record.args!r}"
    if record.exc_info:
        line += "\n" + logging.Formatter().formatException(record.exc_info)  # type: ignore[arg-type]
    return f"{record.name}: {line}"
