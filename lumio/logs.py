"""How lines of the log say which request they are about, by the id that its answer has in `X-Request-ID`; and how an
outage of Valkey is told once."""

from __future__ import annotations

import logging
from time import monotonic
from typing import Any

from django_guid import get_guid
from pythonjsonlogger.json import JsonFormatter

from lumio.lib.redact import redact


class AboutRequest(logging.Filter):
    """Gives a line its request's id: `request_id`, None outside of requests, and `about`, as lines of text end."""

    def filter(self, record: logging.LogRecord) -> bool:
        request_id = get_guid()
        vars(record).update(request_id=request_id, about=f" [{request_id}]" if request_id else "")
        return True


class OneLineAnOutage(logging.Filter):
    """Has beat say in one line that nothing can be scheduled. By itself it writes pages about every job that is due."""

    #: Seconds without a failure after which the next one is another outage. Some job is due every five.
    APART = 60.0

    def __init__(self) -> None:
        super().__init__()
        self._told_until = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        # By name, as every process reads this and only beat needs Celery's.
        if type(error).__name__ != "SchedulingError":
            return True
        is_told = monotonic() < self._told_until
        self._told_until = monotonic() + self.APART
        record.msg, record.args, record.exc_info = "The schedule waits for Valkey: %s", (error,), None
        return not is_told


class JsonLines(JsonFormatter):
    """One object in a line, masked as text lines are; what else a library says about itself is left out."""

    FIELDS = ("time", "level", "logger", "message", "request_id", "exc_info", "stack_info")

    def __init__(self) -> None:
        named = {"levelname": "level", "name": "logger"}
        super().__init__([*named, "message", "request_id"], rename_fields=named, timestamp="time")

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        # Before it is JSON: a mask may take away the quotes at the end of what it hides.
        said = {name: log_data[name] for name in self.FIELDS if name in log_data}
        return {name: redact(value) if isinstance(value, str) else value for name, value in said.items()}
