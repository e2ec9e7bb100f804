"""JSON from a stranger: small enough, shallow enough, and nothing in it that a database would choke on."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from django.utils.translation import gettext_lazy as _

from lumio.lib.errors import Refusal


class MalformedJson(Refusal):
    code = "malformed"
    status = 400
    sentence = _("The body is not valid JSON.")


class BodyTooLarge(Refusal):
    code = "too_large"
    status = 413
    sentence = _("The body is larger than {limit} bytes.")


def parse(body: bytes, *, limit: int) -> Any:
    """The value of a JSON text of at most `limit` bytes.

    Raises BodyTooLarge or MalformedJson. NaN, NUL and half surrogate pairs count as malformed: JSON has no NaN, and
    PostgreSQL stores neither of the others.
    """
    if len(body) > limit:
        raise BodyTooLarge(limit=limit)
    try:
        text = body.decode("utf-8")
        value = json.loads(text, parse_constant=_refuse)
        if "\\u" in text or "\x00" in text:
            _check(value)
    except (ValueError, RecursionError) as error:
        raise MalformedJson from error
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _check(value: Any) -> None:
    """Raise ValueError if a string anywhere in `value` holds NUL or half a surrogate pair."""
    if isinstance(value, str):
        if "\x00" in value:
            raise ValueError("NUL")
        value.encode("utf-8")
    elif isinstance(value, dict):
        for key, item in value.items():
            _check(key)
            _check(item)
    elif isinstance(value, list):
        for item in value:
            _check(item)
