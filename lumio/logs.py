"""How lines of the log say which request they are about: by the id that its answer has in `X-Request-ID`."""

from __future__ import annotations

import logging
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
