"""Errors as programs read them: RFC 9457 problem details for REST, the same codes in GraphQL's `extensions`."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import Error as DatabaseError
from django.http import Http404, JsonResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response

from accounts.actor import PermissionRefused
from lumio.lib.errors import DatabaseAway, Refusal, is_away
from lumio.lib.jsonbody import BodyTooLarge

if TYPE_CHECKING:
    from collections.abc import Mapping

CONTENT_TYPE = "application/problem+json"

#: Codes of ours for what REST framework finds wrong with a request.
CODES = {
    "parse_error": "malformed",
    "invalid": "invalid",
    "not_authenticated": "not_authenticated",
    "authentication_failed": "not_authenticated",
    "permission_denied": "permission_denied",
    "not_found": "not_found",
    "method_not_allowed": "method_not_allowed",
    "not_acceptable": "not_acceptable",
    "unsupported_media_type": "unsupported_media_type",
    "throttled": "rate_limited",
}


@dataclass(frozen=True)
class Problem:
    """What went wrong: HTTP status, stable code, a sentence, and what only this kind of problem has to say."""

    status: int
    code: str
    detail: str
    extra: dict[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        # Of type "about:blank" the title is the status in words (RFC 9457, section 4.2.1).
        title = HTTPStatus(self.status).phrase
        told = {"type": "about:blank", "title": title, "status": self.status, "code": self.code, "detail": self.detail}
        return told | self.extra


def problem_of(error: BaseException) -> Problem | None:
    """How to say `error` to a program; None for what nobody foresaw."""
    match error:
        case Refusal():
            wait = error.retry_after
            headers = {**error.headers, **({"Retry-After": str(wait)} if wait else {})}
            # Sentences name a permission as people read it; programs get it as it is in lists.
            code = error.params.get("permission_code")
            extra = {"permission": code} if code else {}
            return Problem(error.status, error.code, error.text, extra, headers)
        case DatabaseError() if is_away(error):
            return problem_of(DatabaseAway())
        case PermissionRefused(permission=permission):
            detail = _(
                "This needs the permission {permission}. Ask an account owner for a role or a popout token that has it."
            )
            extra = {"permission": permission.value}
            return Problem(403, "permission_refused", detail.format(permission=permission.value), extra)
        case PermissionDenied():
            return Problem(403, "permission_denied", _("This is not allowed."))
        case Http404():
            return Problem(404, "not_found", _("There is nothing here."))
        case RequestDataTooBig():
            return problem_of(BodyTooLarge(limit=settings.DATA_UPLOAD_MAX_MEMORY_SIZE))
        case exceptions.ValidationError(detail=detail):
            fields = detail if isinstance(detail, dict) else {"non_field_errors": detail}
            return Problem(400, "invalid", _("Some of the values cannot be used."), {"errors": fields})
        case exceptions.APIException():
            code = CODES.get(error.default_code, error.default_code)
            headers = {}
            if wait := getattr(error, "wait", None):
                headers["Retry-After"] = str(int(wait))
            if challenge := getattr(error, "auth_header", None):
                headers["WWW-Authenticate"] = challenge
            return Problem(error.status_code, code, str(error.detail), headers=headers)
    return None


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """REST framework's exception handler. What nobody foresaw goes on to Django, which logs it."""
    problem = problem_of(error)
    if problem is None:
        return None
    return Response(problem.as_json(), problem.status, headers=problem.headers, content_type=CONTENT_TYPE)


def respond(problem: Problem) -> JsonResponse:
    """The same answer from a view that is not REST framework's."""
    return JsonResponse(problem.as_json(), status=problem.status, headers=problem.headers, content_type=CONTENT_TYPE)
