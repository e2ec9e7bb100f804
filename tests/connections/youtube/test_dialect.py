"""How Google's refusals are understood: at its token endpoint, and by the calls of the Data API."""

from __future__ import annotations

import pytest

from connections.platforms import PLATFORMS, failures
from connections.platforms.base import Client
from connections.platforms.youtube import api
from lumio.lib.http import Answer
from lumio.lib.secrets import Secret
from tests.connections.calls import answer

YOUTUBE = PLATFORMS["youtube"]
PAGE = "<!DOCTYPE html><title>Error 403 (Forbidden)!!1</title>"


@pytest.mark.parametrize(
    ("status", "error", "description", "failure"),
    [
        (400, "invalid_grant", "Token has been expired or revoked.", failures.GrantEnded),
        (400, "invalid_grant", "Bad Request", failures.GrantEnded),
        (401, "invalid_client", "Unauthorized", failures.ClientSecretRejected),
        (401, "invalid_client", "The provided client secret is invalid.", failures.ClientSecretRejected),
        (401, "invalid_client", "The OAuth client was not found.", failures.ClientUnknown),
        (401, "invalid_client", "Something new", failures.CredentialsRejected),
        (401, "deleted_client", "The OAuth client was deleted.", failures.ClientDeleted),
        (400, "redirect_uri_mismatch", "Bad Request", failures.RedirectMismatch),
        (400, "unauthorized_client", "Unauthorized", failures.ClientTypeRejected),
        (401, "unauthorized_client", "Unauthorized", failures.ClientTypeRejected),
        (400, "invalid_scope", "Some requested scopes were invalid. {invalid=[x]}", failures.ScopeRejected),
        (400, "invalid_request", "Missing required parameter: refresh_token", failures.RefusedOddly),
        (400, "unsupported_grant_type", "Invalid grant_type", failures.RefusedOddly),
        (429, "rate_limited", "", failures.RateLimited),
        (500, "internal_failure", "", failures.Unavailable),
        (503, "invalid_grant", "Bad Request", failures.Unavailable),
    ],
)
def test_at_the_token_endpoint(status, error, description, failure):
    found = YOUTUBE.classify(answer(status, {"error": error, "error_description": description}))

    assert type(found) is failure
    assert found.params["reason"] == (description or error)
    assert "YouTube" in found.text


def test_a_page_at_the_token_endpoint_is_no_refusal():
    found = [YOUTUBE.classify(answer(status, PAGE)) for status in (403, 503)]

    assert [type(one) for one in found] == [failures.NotUnderstood, failures.Unavailable]


def refusal(status: int, reason: str, message: str = "Some words.") -> Answer:
    """As section 8 of the fact sheet and developers.google.com/youtube/v3/live/docs/errors have it."""
    errors = [{"domain": "youtube", "reason": reason, "message": message}]
    return answer(status, {"error": {"code": status, "message": message, "errors": errors}})


@pytest.mark.parametrize(
    ("status", "reason", "failure"),
    [
        (401, "authError", failures.TokenRefused),
        (401, "youtubeSignupRequired", failures.NoChannel),
        (403, "insufficientPermissions", failures.ScopeMissing),
        (403, "accessNotConfigured", failures.ApiSwitchedOff),
        (403, "quotaExceeded", failures.QuotaSpent),
        (403, "dailyLimitExceeded", failures.QuotaSpent),
        (403, "rateLimitExceeded", failures.RateLimited),
        (429, "rateLimitExceeded", failures.RateLimited),
        (403, "userRateLimitExceeded", failures.RateLimited),
        (403, "userRequestsExceedRateLimit", failures.RateLimited),
        (403, "liveStreamingNotEnabled", failures.NotLive),
        (403, "liveChatEnded", failures.NotLive),
        (403, "liveChatDisabled", failures.NotLive),
        (404, "liveChatNotFound", failures.NotLive),
        (403, "forbidden", failures.RefusedOddly),
        (400, "messageTextInvalid", api.NotAccepted),
        (500, "backendError", failures.Unavailable),
        (503, "backendError", failures.Unavailable),
    ],
)
def test_the_reason_decides_at_the_api(status, reason, failure):
    found = api.failure_of(refusal(status, reason))

    assert type(found) is failure
    assert found.params["reason"] == "Some words."
    assert "YouTube" in found.text


@pytest.mark.parametrize(
    ("reason", "failure"),
    [
        ("ACCESS_TOKEN_SCOPE_INSUFFICIENT", failures.ScopeMissing),
        ("SERVICE_DISABLED", failures.ApiSwitchedOff),
        ("SOMETHING_ELSE", failures.RefusedOddly),
    ],
)
def test_newer_answers_have_it_in_their_details(reason, failure):
    details = [{"@type": "type.googleapis.com/google.rpc.Help"}, {"reason": reason}]

    found = api.failure_of(answer(403, {"error": {"code": 403, "message": "Some words.", "details": details}}))

    assert type(found) is failure


@pytest.mark.parametrize(
    ("given", "failure"),
    [
        (answer(401), failures.TokenRefused),
        (answer(401, {"error": "invalid_token"}), failures.TokenRefused),
        (answer(429, PAGE), failures.RateLimited),
        (answer(403, PAGE), failures.Unavailable),
        (answer(403, {"error": {}}), failures.Unavailable),
        (answer(403, {"error": {"errors": "quotaExceeded"}}), failures.Unavailable),
        (answer(403, {"error": {"errors": [None, {"reason": 5}]}}), failures.Unavailable),
        (answer(403, ["error"]), failures.Unavailable),
        (answer(502, PAGE), failures.Unavailable),
    ],
)
def test_any_part_of_an_error_may_be_missing(given, failure):
    assert type(api.failure_of(given)) is failure


def test_words_lose_their_html():
    message = 'You have exceeded your <a href="/youtube/v3/getting-started#quota">quota</a>.<script>alert(1)</script>'

    found = api.failure_of(refusal(403, "forbidden", message))

    assert found.params["reason"] == "You have exceeded your quota.alert(1)"


def test_without_words_the_reason_stands_for_them():
    assert api.failure_of(refusal(403, "forbidden", "")).params["reason"] == "forbidden"


@pytest.mark.parametrize(("headers", "seconds"), [({"Retry-After": "7"}, 7), ({}, 60)])
def test_a_pause_is_as_long_as_google_says(headers, seconds):
    found = api.failure_of(answer(429, headers=headers))

    assert found.retry_after == seconds
    assert f"Wait {seconds} seconds" in found.text


def test_a_spent_quota_is_no_pause_of_seconds_and_ends_nothing():
    found = api.failure_of(refusal(403, "quotaExceeded"))

    assert (found.retry_after, found.is_final) == (None, False)


def test_a_token_is_handed_back_without_the_app():
    assert YOUTUBE.revoke_request(Client("the-id", Secret("the-secret")), Secret("the-token")) == {
        "data": {"token": "the-token"}
    }
