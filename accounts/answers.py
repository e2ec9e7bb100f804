"""What REST endpoints take and answer with: `{"data": …, "_links": {"self": …}}`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.views.decorators.debug import sensitive_variables
from rest_framework import serializers
from rest_framework.response import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rest_framework.request import Request


class Time(serializers.DateTimeField):
    """A moment, ISO 8601 in UTC whatever the caller's time zone, as sockets and GraphQL have it."""

    def to_representation(self, value: datetime | str) -> str:
        return value if isinstance(value, str) else value.astimezone(UTC).isoformat()


class Text(serializers.CharField):
    """A text, and not a number in the place of one."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    """true or false, and not whatever else might be meant by it, as 0 or "off"."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Whole(serializers.IntegerField):
    """A whole number, and not a text or true in the place of one."""

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return super().to_internal_value(data)


@sensitive_variables("data", "given")
def checked(serializer: type[serializers.Serializer], data: Any) -> dict[str, Any]:
    """What a caller gave, as `serializer` takes it. Raises ValidationError, which is answered with 400."""
    given = serializer(data=data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def sent(serializer: type[serializers.Serializer], request: Request) -> dict[str, Any]:
    """The same of what came with a request."""
    return checked(serializer, request.data)


@sensitive_variables("input")
def taken(serializer: type[serializers.Serializer], input: Mapping[str, Any]) -> dict[str, Any]:
    """The same of an input of GraphQL, where null counts as left out."""
    return checked(serializer, {name: value for name, value in input.items() if value is not None})


def envelope(request: Request, data: Any, links: dict[str, str] | None = None) -> Response:
    """200 with `data`, as serializers give it. `links` stand beside `self`."""
    return Response({"data": data, "_links": {"self": link(request), **(links or {})}})


def created(data: Any, location: str) -> Response:
    """201 for what now stands at the address `location`."""
    return Response({"data": data, "_links": {"self": location}}, status=201, headers={"Location": location})


def link(request: Request, **changes: Any) -> str:
    """This address with other parameters, None taking one away. A token is never repeated: answers get into tickets."""
    query = {**request.query_params.dict(), **changes, "token": None}
    kept = {name: value for name, value in query.items() if value is not None}
    return f"{request.path}?{urlencode(kept)}" if kept else request.path
