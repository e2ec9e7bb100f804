from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _
from rest_framework.response import Response

from accounts.enums import Permission
from accounts.gates import ApiView, any_of
from events.channels import TOPICS
from events.domain import log, status
from events.enums import Log
from events.payloads import payload
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from rest_framework.request import Request


class BadCursor(Refusal):
    code = "bad_cursor"
    status = 400
    sentence = _("{name} takes a whole number from {low} to {high}.")


class LogView(ApiView):
    """A page of a log, by `seq`, itself excluded on both ends.

    Newest first; with `?after=` what follows, oldest first. `_links.next` is the next page in the same direction.
    """

    log: ClassVar[Log]

    def get(self, request: Request) -> Response:
        limit = _number(request, "limit", 1, log.LONGEST_PAGE) or log.PAGE
        after = _number(request, "after", 0, 2**63 - 1)
        before = _number(request, "before", 0, 2**63 - 1)
        rows = log.page(self.actor.account.pk, self.log, limit, before=before, after=after)
        links = {"self": _link(request)}
        if len(rows) == limit:
            links["next"] = _link(request, **{"before" if after is None else "after": rows[-1].seq})
        return Response({"data": [payload(row) for row in rows], "_links": links})


class Events(LogView):
    gates: ClassVar = {"GET": Permission.EVENTS_READ}
    log = Log.EVENTS


class Chat(LogView):
    gates: ClassVar = {"GET": Permission.CHAT_READ}
    log = Log.CHAT


class Status(ApiView):
    """Whether each platform's channel is live. For whoever may listen to the `status` channel."""

    gates: ClassVar = {"GET": any_of(*TOPICS["status"])}

    def get(self, request: Request) -> Response:
        statuses = [status.payload(one)["data"] for one in status.of_account(self.actor.account.pk)]
        return Response({"data": statuses, "_links": {"self": _link(request)}})


def _number(request: Request, name: str, low: int, high: int) -> int | None:
    text = request.query_params.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 20 and low <= int(text) <= high):
        raise BadCursor(name=name, low=low, high=high)
    return int(text)


def _link(request: Request, **changes: Any) -> str:
    """This address with other cursors. A token is never repeated: answers are copied into logs and tickets."""
    query = {key: value for key, value in request.query_params.items() if key != "token"} | changes
    return f"{request.path}?{urlencode(query)}" if query else request.path
