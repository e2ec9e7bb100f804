"""How Kick's refusals are understood: at its token endpoint, and by the calls of its API."""

from __future__ import annotations

import pytest

from connections.platforms import PLATFORMS, failures
from connections.platforms.base import Client
from connections.platforms.kick import api
from lumio.lib.secrets import Secret
from tests.connections.calls import answer

KICK = PLATFORMS["kick"]

INVALID_GRANT = (
    "The provided authorization grant (e.g., authorization code, resource owner credentials) or refresh token is "
    "invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to "
    "another client"
)
CLOUDFLARE = "<!DOCTYPE html><title>Just a moment...</title>"


def error(name: str, description: str = "") -> dict[str, str]:
    return {"error": name} | ({"error_description": description} if description else {})


@pytest.mark.parametrize(
    ("status", "body", "failure"),
    [
        (401, error("invalid_grant", INVALID_GRANT), failures.GrantEnded),
        (400, error("invalid_grant"), failures.GrantEnded),
        (401, error("invalid_client", "Client authentication failed"), failures.CredentialsRejected),
        (401, error("unauthorized_client"), failures.CredentialsRejected),
        (400, error("invalid_scope", "The requested scope is invalid, unknown, or malformed"), failures.ScopeRejected),
        (400, error("Invalid request"), failures.RefusedOddly),
        (400, error("invalid_request"), failures.RefusedOddly),
        (400, {"message": "something else"}, failures.RefusedOddly),
        (403, error("access_denied"), failures.RefusedOddly),
        (401, error("unsupported_grant_type"), failures.RefusedOddly),
        (429, "", failures.RateLimited),
        (500, {"message": "Internal Server Error"}, failures.Unavailable),
        (503, CLOUDFLARE, failures.Unavailable),
        (403, CLOUDFLARE, failures.NotUnderstood),
    ],
)
def test_at_the_token_endpoint(status, body, failure):
    found = KICK.classify(answer(status, body))

    assert type(found) is failure
    assert "Kick" in found.text


def test_only_a_person_can_help_is_said_of_nothing_that_passes():
    final = [answer(401, error("invalid_grant")), answer(401, error("invalid_client"))]
    passing = [answer(429), answer(503), answer(403, CLOUDFLARE), answer(403, error("access_denied"))]

    assert [KICK.classify(one).is_final for one in final + passing] == [True, True, False, False, False, False]


@pytest.mark.parametrize(
    ("given", "failure", "reason"),
    [
        (answer(401, {"data": {}, "message": "Unauthorized"}), failures.TokenRefused, None),
        (answer(400, {"data": "No channel", "message": "Bad request"}), failures.RefusedOddly, "No channel"),
        (answer(403, {"data": {}, "message": "Forbidden"}), failures.RefusedOddly, "Forbidden"),
        (answer(404, {"data": None, "message": "Not found"}), failures.RefusedOddly, "Not found"),
        (answer(500, {"message": "Internal Server Error"}), failures.Unavailable, None),
        (answer(403, CLOUDFLARE), failures.Unavailable, None),
        (answer(503, CLOUDFLARE), failures.Unavailable, None),
        (answer(400, ["data"]), failures.Unavailable, None),
        (answer(302), failures.Unavailable, None),
    ],
)
def test_at_the_api(given, failure, reason):
    found = api.failure_of(given)

    assert type(found) is failure
    assert found.params.get("reason") == reason


@pytest.mark.parametrize(("headers", "seconds"), [({"Retry-After": "7"}, 7), ({}, 60)])
def test_a_pause_is_as_long_as_kick_says(headers, seconds):
    found = api.failure_of(answer(429, headers=headers))

    assert (type(found), found.retry_after) == (failures.RateLimited, seconds)
    assert f"Wait {seconds} seconds" in found.text


def test_tokens_are_handed_back_in_the_query():
    request = KICK.revoke_request(Client("the-id", Secret("the-secret")), Secret("the-token"))

    assert request == {
        "params": {"token": "the-token", "token_hint_type": "access_token"},
        "headers": {"Content-Type": "application/x-www-form-urlencoded"},
    }
