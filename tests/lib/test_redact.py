from __future__ import annotations

import io
import json
import logging
import sys
import threading
import time

import pytest
from django.utils.log import AdminEmailHandler

from lumio.lib.redact import MASK, RedactingFilter, RedactingFormatter, mask_crashes, redact

CANARY = "Canary7Zq9"
TOKEN = f"lm_pop_{CANARY}{'0' * 26}"


@pytest.fixture
def written():
    """A logger and what it wrote, set up as `settings.LOGGING` does."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(RedactingFilter())
    handler.setFormatter(RedactingFormatter("%(levelname)s %(name)s: %(message)s"))
    log = logging.getLogger("tests.redact")
    log.propagate = False
    log.addHandler(handler)
    yield log, stream.getvalue
    log.removeHandler(handler)


SECRETIVE = [
    f"GET /popout/events?token={TOKEN} HTTP/1.1",
    f"/connections/twitch/callback?code={CANARY}&scope=bits%3Aread&state={CANARY}",
    f"/v1/ws?Token={CANARY}",
    f"grant_type=refresh_token&refresh_token={CANARY}&client_secret={CANARY}",
    json.dumps({"access_token": CANARY, "refresh_token": CANARY, "expires_in": 14400}),
    json.dumps({"body": json.dumps({"access_token": CANARY})}),
    repr({"client_secret": CANARY, "token": CANARY.encode()}),
    f"Authorization: Bearer {CANARY}",
    repr({"Authorization": f"OAuth {CANARY}"}),
    f"Cookie: lumio_session={CANARY}; __Host-lumio_csrf={CANARY}",
    f"call(token='{CANARY}', refresh_token=b'{CANARY}')",
    f"Unprocessable Content: /setup/{CANARY}",
    f"Not Found: /overlay/{CANARY}/preview",
    f"Gone: /connect/{CANARY}",
    f"Gone: /invite/{CANARY}",
    f"Forbidden: /v1/invitations/{CANARY}/accept",
    f"postgresql://lumio:{CANARY}@db/lumio and redis://:{CANARY}@valkey:6379/0",
    f"see {TOKEN}, then {TOKEN}.",
]


@pytest.mark.parametrize("text", SECRETIVE)
def test_a_secret_is_masked(text) -> None:
    masked = redact(text)

    assert CANARY not in masked
    assert MASK in masked
    assert redact(masked).count(MASK) == masked.count(MASK)


@pytest.mark.parametrize(
    "text",
    [
        "GET /dashboard/tokens?preset=events HTTP/1.1",
        "connection twitch:1 refreshed, expires_in=14400, error code 4003",
        "state since 12:00, 3 of 7 subscriptions",
        '{"code": 4401, "status": 200}',
        "http://localhost:8000/popout/events",
        "Forbidden: /dashboard/connections/twitch/connect",
        "Traceback: invalid token in line 3",
    ],
)
def test_what_is_no_secret_stays(text) -> None:
    assert redact(text) == text


def test_messages_and_arguments_are_masked(written) -> None:
    log, text = written

    log.warning("GET %s took %d ms", f"/popout/events?token={TOKEN}", 7)
    log.warning("%(path)s", {"path": f"/x?code={CANARY}"})

    assert text() == (
        f"WARNING tests.redact: GET /popout/events?token={MASK} took 7 ms\nWARNING tests.redact: /x?code={MASK}\n"
    )


@pytest.mark.parametrize("piece", ["a.", "http://", "token=", '"token":\'x', "bearer ", "/setup/", "a://x:"])
def test_what_strangers_repeat_costs_no_more_than_its_length(piece) -> None:
    """Request lines are logged, and anybody may send one of 16 KiB."""

    def seconds(times: int) -> float:
        text = piece * times
        best = float("inf")
        for _ in range(5):
            began = time.process_time()
            redact(text)
            best = min(best, time.process_time() - began)
        return best

    # Eight times as long: a pattern that starts over at each piece would take 64 times as long.
    assert seconds(8000) < 24 * max(seconds(1000), 1e-4)


def test_tracebacks_are_masked_with_their_causes(written) -> None:
    log, text = written

    try:
        try:
            raise ValueError(f"https://id.example/token?refresh_token={CANARY}")
        except ValueError as error:
            raise RuntimeError({"access_token": CANARY}) from error
    except RuntimeError:
        log.exception("refresh of %s failed", TOKEN, stack_info=True)

    assert CANARY not in text()
    assert text().count("Traceback") == 2
    assert text().count(MASK) >= 3


def test_frames_are_not_written_however_much_else_is(caplog) -> None:
    caplog.set_level(logging.DEBUG)

    assert logging.getLogger("tests.redact.other").isEnabledFor(logging.DEBUG)
    assert not logging.getLogger("websockets.client").isEnabledFor(logging.DEBUG)


def test_a_broken_log_call_is_written_without_its_secrets(written, capsys) -> None:
    log, text = written

    log.warning("%d", TOKEN)
    log.warning("%s %s", TOKEN)

    assert text() == f"WARNING tests.redact: %d ('{MASK}',)\nWARNING tests.redact: %s %s ('{MASK}',)\n"
    assert CANARY not in capsys.readouterr().err


def test_what_ends_a_process_or_a_thread_is_masked_too(monkeypatch, caplog, capsys) -> None:
    def fail() -> None:
        raise RuntimeError(f"GET /x?token={CANARY}")

    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    caplog.handler.setFormatter(RedactingFormatter())
    mask_crashes()

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    sys.excepthook(RuntimeError, RuntimeError(f"?code={CANARY}"), None)
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)

    assert caplog.text.count(f"RuntimeError: GET /x?token={MASK}\n") == 1
    assert caplog.text.count(f"RuntimeError: ?code={MASK}") == 1
    assert (CANARY in caplog.text, CANARY in capsys.readouterr().err) == (False, False)


@pytest.mark.parametrize(
    "name", ["django", "django.request", "django.server", "django.db.backends", "celery", "daphne"]
)
def test_no_logger_writes_past_the_mask(name) -> None:
    handlers = [*logging.getLogger(name).handlers, *logging.getLogger().handlers]

    writing = [one for one in handlers if isinstance(one, logging.StreamHandler | AdminEmailHandler)]
    ours = [handler for handler in writing if not type(handler).__module__.startswith("_pytest")]
    assert ours
    assert [handler for handler in ours if not isinstance(handler.formatter, RedactingFormatter)] == []
