"""How Spotify's words are understood: at its token endpoint, and by the calls of its API."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connections.platforms import PLATFORMS, failures
from connections.platforms.base import Client, Section
from connections.platforms.spotify import api
from lumio.lib.http import Answer
from lumio.lib.secrets import Secret
from tests.connections.calls import answer

SPOTIFY = PLATFORMS["spotify"]
HOURS = 7 * 3600

OWNER_WITHOUT_PREMIUM = (
    "Active premium subscription required for the owner of the app. When the subscription status changes, it can take "
    "a few hours before requests are allowed again."
)


def error(status: int, message: str) -> Answer:
    """As the Web API has it."""
    return answer(status, {"error": {"status": status, "message": message}})


@pytest.mark.parametrize(
    ("status", "error", "description", "failure"),
    [
        (400, "invalid_grant", "Refresh token revoked", failures.GrantEnded),
        (400, "invalid_grant", "Invalid refresh token", failures.GrantEnded),
        (400, "invalid_grant", "Invalid authorization code", failures.CodeRejected),
        (400, "invalid_grant", "Authorization code expired", failures.CodeRejected),
        (400, "invalid_grant", "code_verifier was incorrect", failures.CodeRejected),
        (400, "invalid_grant", "Invalid redirect URI", failures.RedirectMismatch),
        (400, "invalid_client", "Invalid client", failures.ClientUnknown),
        (400, "invalid_client", "Invalid client secret", failures.ClientSecretRejected),
        (400, "invalid_client", "Something new", failures.CredentialsRejected),
        (400, "invalid_request", "Something new", failures.RefusedOddly),
        (503, "invalid_grant", "Refresh token revoked", failures.Unavailable),
        (429, "", "", failures.RateLimited),
    ],
)
def test_the_words_of_the_token_endpoint(status, error, description, failure):
    found = SPOTIFY.classify(answer(status, {"error": error, "error_description": description}))

    assert type(found) is failure


@pytest.mark.parametrize(
    ("given", "failure", "reason"),
    [
        (error(401, "The access token expired"), failures.TokenRefused, "The access token expired"),
        (answer(401), failures.TokenRefused, "401"),
        (error(403, "Insufficient client scope"), failures.ScopeMissing, "Insufficient client scope"),
        (answer(403, OWNER_WITHOUT_PREMIUM), failures.OwnerNeedsPremium, OWNER_WITHOUT_PREMIUM),
        (error(403, OWNER_WITHOUT_PREMIUM), failures.OwnerNeedsPremium, OWNER_WITHOUT_PREMIUM),
        (
            answer(403, "User not registered in the Developer Dashboard"),
            failures.NotRegistered,
            "User not registered in the Developer Dashboard",
        ),
        (
            answer(403, "Check settings on developer.spotify.com/dashboard, the user may not be registered.\r\n"),
            failures.NotRegistered,
            "Check settings on developer.spotify.com/dashboard, the user may not be registered.",
        ),
        (answer(403, '"User not registered"'), failures.NotRegistered, "User not registered"),
        (answer(403, "<html>User not registered"), failures.Unavailable, "403"),
        (error(403, "Something new"), failures.Unavailable, "Something new"),
        (answer(502, "<html>"), failures.Unavailable, "502"),
        (answer(503, b"\xff\x00".decode("latin-1")), failures.Unavailable, "ÿ"),
        (answer(500, []), failures.Unavailable, "500"),
        (answer(500, {"error": "x"}), failures.Unavailable, "500"),
    ],
)
def test_the_words_of_the_api(given, failure, reason):
    found = api.failure_of(given)

    assert type(found) is failure
    assert found.params["reason"] == reason
    assert found.retry_after is None


def test_a_pause_of_hours_is_kept():
    given = answer(429, headers={"Retry-After": str(HOURS)})

    assert SPOTIFY.classify(given).retry_after == api.failure_of(given).retry_after == HOURS


def test_nobody_is_sent_away_for_more_than_a_day():
    given = answer(429, headers={"Retry-After": "9999999"})

    assert SPOTIFY.classify(given).retry_after == api.failure_of(given).retry_after == 86_400


def test_the_pair_goes_into_a_header():
    client = Client("id", Secret("secret"))

    assert SPOTIFY.token_request(client, {"grant_type": "client_credentials"}) == {
        "data": {"grant_type": "client_credentials"},
        "headers": {"Authorization": "Basic aWQ6c2VjcmV0"},
    }


def test_what_it_is_besides_a_platform():
    assert SPOTIFY.section is Section.MUSIC
    assert (SPOTIFY.listens, SPOTIFY.has_bots, SPOTIFY.oauth.revoke_url) == (False, False, "")
    assert (SPOTIFY.grant_lasts, SPOTIFY.warns_ahead) == (timedelta(days=181), timedelta(days=30))


@pytest.mark.parametrize(
    ("address", "redirect_uri"),
    [
        ("http://localhost:8000", "http://127.0.0.1:8000/connections/spotify/callback"),
        ("http://localhost", "http://127.0.0.1/connections/spotify/callback"),
        ("https://lumio.vision", "https://lumio.vision/connections/spotify/callback"),
    ],
)
def test_loopback_is_spelled_as_spotify_takes_it(settings, address, redirect_uri):
    settings.LUMIO_URL = address

    assert SPOTIFY.redirect_uri == redirect_uri
