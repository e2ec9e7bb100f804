"""Every request has an id: in its answer, in what is logged about it, and where it says that something broke."""

from __future__ import annotations

import io
import json
import logging
from uuid import uuid4

import pytest
from celery.beat import Scheduler
from django.conf import settings
from django.db import OperationalError, connection
from django.test import Client
from django.utils.module_loading import import_string
from kombu.exceptions import OperationalError as BrokerAway

from lumio.celery import app
from lumio.lib.redact import MASK

GIVEN = "0123456789abcdef0123456789abcdef"
FORM = "application/x-www-form-urlencoded"


def guard(client: Client) -> dict[str, str]:
    """What a form carries against forged ones."""
    return {"csrfmiddlewaretoken": client.cookies[settings.CSRF_COOKIE_NAME].value}


@pytest.fixture
def broken(monkeypatch) -> Client:
    """A browser for which the dashboard breaks, and the probe of REST."""

    def burst(*_: object, **__: object) -> None:
        raise RuntimeError("token=Canary7Zq9")

    monkeypatch.setattr("lumio.first_steps.left", burst)
    monkeypatch.setattr("accounts.domain.people.seen", burst)
    return Client(HTTP_HOST="localhost", raise_request_exception=False)


def handler(formatter: str) -> tuple[logging.Handler, io.StringIO]:
    """A handler like that of the settings, and what it wrote."""
    stream = io.StringIO()
    made = logging.StreamHandler(stream)
    for name in settings.LOGGING["handlers"]["stderr"]["filters"]:
        made.addFilter(import_string(settings.LOGGING["filters"][name]["()"])())
    described = dict(settings.LOGGING["formatters"][formatter])
    made.setFormatter(import_string(described.pop("()"))(*described.values()))
    return made, stream


@pytest.fixture
def written(request):
    made, stream = handler(request.param)
    logging.getLogger("django.request").addHandler(made)
    yield stream.getvalue
    logging.getLogger("django.request").removeHandler(made)


@pytest.mark.parametrize("written", ["line"], indirect=True)
def test_page_log_and_answer_name_the_same_request(broken, ada_client, written):
    broken.cookies = ada_client.cookies

    answer = broken.get("/dashboard")

    assert answer.status_code == 500
    request_id = answer["X-Request-ID"]
    assert f"<code>{request_id}</code>" in answer.content.decode()
    first, *trace = written().splitlines()
    assert first == f"ERROR django.request: Internal Server Error: /dashboard [{request_id}]"
    assert trace[-1] == f"RuntimeError: token={MASK}"


@pytest.mark.parametrize(
    ("status", "ask"),
    [
        (400, lambda client: client.post("/language", b"a=b", content_type=f"{FORM}; charset=utf-16")),
        (403, lambda client: client.get("/dashboard/tokens")),
        (403, lambda client: client.post("/account/logout/")),
        (404, lambda client: client.get("/dashboard/nothing")),
        (409, lambda client: client.post("/dashboard/alerts/switch", {"account": uuid4(), **guard(client)})),
    ],
)
def test_every_page_about_an_error_says_its_number(ben_client, status, ask):
    client = Client(HTTP_HOST="localhost", enforce_csrf_checks=True, raise_request_exception=False)
    client.cookies = ben_client.cookies
    client.get("/dashboard")  # for the cookie against forged forms

    answer = ask(client)

    assert answer.status_code == status
    assert f"<code>{answer['X-Request-ID']}</code>" in answer.content.decode()


def test_a_database_that_is_away_has_its_number_too(ben_client):
    def refuse(*_: object) -> None:
        raise OperationalError("database is locked")

    ben_client.raise_request_exception = False
    with connection.execute_wrapper(refuse):
        answer = ben_client.get("/dashboard")

    assert answer.status_code == 503
    assert f"<code>{answer['X-Request-ID']}</code>" in answer.content.decode()


@pytest.mark.parametrize("written", ["json"], indirect=True)
def test_lines_as_json_say_it_too_and_are_masked(broken, ada_client, written):
    broken.cookies = ada_client.cookies

    answer = broken.get("/v1/me", headers={"X-Request-ID": GIVEN})

    assert (answer.status_code, answer["X-Request-ID"], answer.json()["request_id"]) == (500, GIVEN, GIVEN)
    [line] = map(json.loads, written().splitlines())
    assert line.pop("exc_info").endswith(f"RuntimeError: token={MASK}")
    assert line.pop("time")
    assert line == {
        "level": "ERROR",
        "logger": "django.request",
        "message": "Internal Server Error: /v1/me",
        "request_id": GIVEN,
    }


@pytest.mark.parametrize("given", ["1", "<script>", "0" * 500])
def test_what_is_no_id_is_not_taken_for_one(client, given):
    answer = client.get("/healthz-or-nothing", headers={"X-Request-ID": given})

    assert len(answer["X-Request-ID"]) == 32
    assert answer["X-Request-ID"] != given


@pytest.mark.parametrize(("formatter", "said"), [("line", "INFO lumio: Ready\n"), ("json", '"request_id": null}\n')])
def test_outside_of_requests_a_line_names_none(formatter, said):
    made, stream = handler(formatter)

    made.handle(logging.makeLogRecord({"name": "lumio", "levelname": "INFO", "msg": "Ready"}))

    assert stream.getvalue().endswith(said)


class TestOutage:
    @pytest.fixture
    def scheduler(self, monkeypatch) -> Scheduler:
        def refuse(*_: object, **__: object) -> None:
            raise BrokerAway("Connection refused")

        monkeypatch.setattr("celery.app.task.Task.apply_async", refuse)
        monkeypatch.setattr(app, "send_task", refuse)
        logger = logging.getLogger("celery.beat")
        configured = {type(one) for one in logger.filters}  # by each test that sets up logging once more
        monkeypatch.setattr(logger, "filters", [one() for one in configured])
        scheduler = Scheduler(app, lazy=True)
        scheduler.setup_schedule()
        return scheduler

    def test_beat_tells_of_it_in_one_line(self, scheduler, caplog):
        for entry in scheduler.schedule.values():
            scheduler.apply_entry(entry)

        [line] = [record for record in caplog.records if record.name == "celery.beat"]
        assert line.getMessage().startswith("The schedule waits for Valkey: Couldn't apply scheduled task")
        assert line.exc_info is None

    def test_the_next_one_is_told_again(self, scheduler, caplog, monkeypatch):
        [entry, *_] = scheduler.schedule.values()
        scheduler.apply_entry(entry)
        monkeypatch.setattr("lumio.logs.OneLineAnOutage.APART", 0.0)
        scheduler.apply_entry(entry)

        scheduler.apply_entry(entry)

        assert len([record for record in caplog.records if record.name == "celery.beat"]) == 2
