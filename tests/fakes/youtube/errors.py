"""Errors of the YouTube Data API: decided by `errors[0].reason`, and said in English with HTML in it at times."""

from __future__ import annotations

from typing import Any

from tests.fakes.server import Refused

STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    501: "UNIMPLEMENTED",
}


class ApiError(Refused):
    """`{"error": {"code", "message", "errors": [{"domain", "reason", "message"}], "status"}}`."""

    def __init__(
        self, status: int, reason: str, message: str, *, domain: str = "global", details: list[Any] | None = None
    ) -> None:
        super().__init__(status, message)
        self.reason = reason
        self.domain = domain
        self.details = details

    def body(self) -> dict[str, Any]:
        error: dict[str, Any] = {
            "code": self.status,
            "message": self.message,
            "errors": [{"message": self.message, "domain": self.domain, "reason": self.reason}],
            "status": STATUS[self.status],
        }
        return {"error": error | ({"details": self.details} if self.details else {})}


def invalid_credentials() -> ApiError:
    return ApiError(401, "authError", "Invalid Credentials")


def signup_required() -> ApiError:
    return ApiError(401, "youtubeSignupRequired", "Unauthorized", domain="youtube.header")


def access_not_configured() -> ApiError:
    return ApiError(
        403,
        "accessNotConfigured",
        "YouTube Data API v3 has not been used in project 31337 before or it is disabled. Enable it by visiting "
        "https://console.developers.google.com/apis/api/youtube.googleapis.com/overview?project=31337 then retry.",
        domain="usageLimits",
    )


def insufficient_permissions() -> ApiError:
    info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}
    message = "Request had insufficient authentication scopes."
    return ApiError(403, "insufficientPermissions", message, details=[info])


def quota_exceeded() -> ApiError:
    return ApiError(
        403,
        "quotaExceeded",
        "The request cannot be completed because you have exceeded your "
        '<a href="/youtube/v3/getting-started#quota">quota</a>.',
        domain="youtube.quota",
    )


def rate_limit_exceeded() -> ApiError:
    return ApiError(403, "rateLimitExceeded", "The request was sent too soon after the previous one.")


def wrong_parameters(reason: str, message: str) -> ApiError:
    return ApiError(400, reason, message, domain="youtube.parameter")


def chat_error(status: int, reason: str, message: str) -> ApiError:
    return ApiError(status, reason, message, domain="youtube.liveChat")
