"""Everything that Twitch's token endpoint is known to answer instead of tokens, and everything that may come instead
of Twitch: on the way back from a sign-in, and when a sign-in is renewed."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from connections.domain import refresh
from connections.domain.channels import CardState
from connections.enums import GrantState
from connections.ingest import wanted_sources
from connections.models import Connection, OAuthAttempt
from connections.platforms import oauth
from connections.platforms.failures import STORED, PlatformFailure
from tests.connections.conftest import PAGE, as_stored, banners, come_back, leave

CALLBACK = "/connections/twitch/callback"
REDIRECT_URI = "http://localhost:8000/connections/twitch/callback"
TOKENS = {"access_token": "a" * 30, "refresh_token": "r" * 50, "expires_in": 14124, "scope": []}

NEEDS_SIGN_IN, REJECTED, CONNECTED = GrantState.NEEDS_SIGN_IN, GrantState.CREDENTIALS_REJECTED, GrantState.CONNECTED


@dataclass(frozen=True)
class Row:
    """One way of not getting tokens, and what people are told: a stable code and words that only this case has."""

    id: str
    code: str
    words: str
    fault: dict[str, Any] = field(default_factory=dict)
    #: The same, where a sign-in comes back to a platform that words both cases alike.
    back: tuple[str, str] | None = None
    #: What becomes of a grant that is being renewed.
    state: GrantState = CONNECTED
    #: Seconds until the next try, at least and at most; None where there is none.
    pause: tuple[float, float] | None = (15, 30)


def says(status: int, message: str, **headers: str) -> dict[str, Any]:
    """An error as id.twitch.tv words it."""
    return {"status": status, "body": {"status": status, "message": message}, "headers": headers}


def final(
    state: GrantState, id: str, code: str, words: str, fault: dict[str, Any], back: tuple[str, str] | None = None
) -> Row:
    return Row(id, code, words, fault, back, state, None)


CODE = "code_rejected", "its own confirmation"


TABLE = [
    final(NEEDS_SIGN_IN, "400 ended", "grant_ended", "ended this sign-in", says(400, "Invalid refresh token"), CODE),
    final(NEEDS_SIGN_IN, "401 ended", "grant_ended", "ended this sign-in", says(401, "Invalid refresh token"), CODE),
    final(NEEDS_SIGN_IN, "nothing", "no_refresh_token", "cannot be renewed", says(400, "missing refresh token")),
    final(NEEDS_SIGN_IN, "code", "code_rejected", "its own confirmation", says(400, "Invalid authorization code")),
    final(REJECTED, "client id", "client_unknown", "does not know the Client ID", says(400, "invalid client")),
    final(REJECTED, "secret", "client_secret_rejected", "Client Secret is wrong", says(403, "invalid client secret")),
    final(REJECTED, "public", "client_public", "registered as Public", says(400, "missing client secret")),
    final(REJECTED, "public, other words", "client_public", "as Public", says(400, "Invalid client credentials")),
    final(
        NEEDS_SIGN_IN,
        "redirect",
        "redirect_mismatch",
        f"Add exactly {REDIRECT_URI} as a redirect URI",
        says(400, "Parameter redirect_uri does not match registered URI"),
    ),
    final(
        NEEDS_SIGN_IN,
        "scope",
        "scope_rejected",
        "refuses a permission that Lumio asks for",
        says(400, "invalid scope requested: 'tea:read'"),
    ),
    Row("429", "platform_rate_limited", "Wait 60 seconds", {"status": 429}, pause=(58, 60)),
    Row("429 with words", "platform_rate_limited", "Wait 60 seconds", says(429, "slow down"), pause=(58, 60)),
    Row("new words", "refused_oddly", "does not know: “tea first”", says(400, "tea first")),
    Row("503", "platform_unavailable", "does not answer as it should", {"status": 503}),
    Row("500 with telling words", "platform_unavailable", "does not answer", says(500, "Invalid refresh token")),
    Row("hung up", "platform_silent", "could not be reached or took too long", {"close": True}),
    Row("dripping", "platform_silent", "took too long to answer", {"drip": 0.05}),
    Row("200 HTML", "answer_not_understood", "a proxy or a firewall", {"status": 200, "body": "<html>Wi-Fi"}),
    Row("200 {}", "answer_not_understood", "a proxy or a firewall", {"status": 200, "body": {}}),
    Row("200 list", "answer_not_understood", "a proxy or a firewall", {"status": 200, "body": ["access_token"]}),
    Row("200 null", "answer_not_understood", "a proxy", {"status": 200, "body": TOKENS | {"access_token": None}}),
    Row("200 blank", "answer_not_understood", "a proxy", {"status": 200, "body": TOKENS | {"access_token": " "}}),
    Row("200 odd", "answer_not_understood", "a proxy", {"status": 200, "body": r'{"access_token": "\ud800"}'}),
    Row("200 error", "answer_not_understood", "a proxy", {**says(400, "Invalid refresh token"), "status": 200}),
    Row("200 truncated", "answer_not_understood", "a proxy", {"status": 200, "body": json.dumps(TOKENS)[:-20]}),
    Row("200 huge", "answer_not_understood", "a proxy", {"status": 200, "body": TOKENS | {"more": "x" * 70_000}}),
    Row("200 huge number", "answer_not_understood", "a proxy", {"status": 200, "body": "9" * 5000}),
    Row("redirect elsewhere", "answer_not_understood", "a proxy", {"redirect": "http://127.0.0.1:9/"}),
    Row("404 page", "answer_not_understood", "a proxy", {"status": 404, "body": "<html>not here</html>"}),
    Row("unprintable words", "refused_oddly", "know: “a b”", says(400, "a\x00 \ud800b")),
]  # fmt: skip


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    """The dripping answer would take a minute; the deadline is of the test's choice."""
    monkeypatch.setitem(oauth._ask.__kwdefaults__, "deadline", 1.0)


@pytest.fixture(autouse=True)
def _credentials(credentials):
    return credentials


@pytest.mark.parametrize("row", TABLE, ids=[row.id for row in TABLE])
def test_coming_back(row, ada_client, account, twitch):
    url = twitch.consent(leave(ada_client), user="mira_plays")
    twitch.fail("/oauth2/token", **row.fault)

    response = come_back(ada_client, url)

    code, words = row.back or (row.code, row.words)
    assert response.url == PAGE
    [entry] = AuditEntry.objects.filter(account=account, action="connection.refused")
    assert entry.after == {"code": code}
    page = ada_client.get(PAGE)
    [banner] = [str(message) for message in page.context["messages"]]
    assert "Twitch" in banner or row.code == "no_refresh_token"
    assert words in banner
    assert not Connection.objects.exists()
    assert page.context["cards"][0].state == CardState.READY
    paused = OAuthAttempt.objects.get().pause_until
    assert (paused is not None) is (row.code == "platform_rate_limited")


@pytest.mark.parametrize("row", TABLE, ids=[row.id for row in TABLE])
def test_renewing(row, ada_client, account, twitch, grant):
    connection = grant(refresh_due_at=timezone.now())
    before = as_stored(connection)
    twitch.fail("/oauth2/token", **row.fault)

    with pytest.raises(PlatformFailure) as raised:
        refresh.refresh(connection.pk, 1)

    assert raised.value.code == row.code
    stored = as_stored(connection)
    kept = ("access_token_encrypted", "refresh_token_encrypted", "version", "scopes", "expires_at")
    assert {name: bytes(stored[name]) if "token" in name else stored[name] for name in kept} == {
        name: bytes(before[name]) if "token" in name else before[name] for name in kept
    }
    assert (stored["state"], stored["failure_code"], stored["refresh_owner"]) == (row.state, row.code, "")
    is_over = row.state != CONNECTED
    assert bool(wanted_sources()) is not is_over
    page = ada_client.get(PAGE)
    card = page.context["cards"][0]
    assert card.token_is_dead is is_over
    assert card.state == row.state
    assert (row.words in card.trouble, "(refresh failed)" in page.content.decode()) == (True, is_over)
    if row.pause is None:
        assert stored["refresh_due_at"] is None
        assert AuditEntry.objects.get(account=account, action__in=LOST).after == {"code": row.code}
    else:
        wait = (stored["refresh_due_at"] - timezone.now()).total_seconds()
        assert row.pause[0] - 5 < wait <= row.pause[1]


LOST = ("connection.lost", "credentials.rejected")


@pytest.mark.parametrize("row", [row for row in TABLE if row.pause], ids=[row.id for row in TABLE if row.pause])
def test_what_passes_turns_red_only_when_the_token_has_run_out(row, ada_client, twitch, grant):
    connection = grant(expires_at=timezone.now() - timedelta(seconds=1))
    twitch.fail("/oauth2/token", **row.fault)

    with pytest.raises(PlatformFailure):
        refresh.refresh(connection.pk, 1)

    page = ada_client.get(PAGE)
    card = page.context["cards"][0]
    assert (card.token_is_dead, card.state) == (True, CardState.CONNECTED)
    assert "(refresh failed)" in page.content.decode()
    assert "Lumio keeps trying by itself." in page.content.decode()
    assert "Reconnecting</span>" in page.content.decode()


def test_sentences_are_told_apart():
    """No two codes of the table say the same."""
    sentences = {row.code: str(STORED[row.code].sentence) for row in TABLE}

    assert len(set(sentences.values())) == len(sentences)


@pytest.mark.parametrize(
    ("headers", "pause"),
    [({"Retry-After": "200"}, 200), ({"Ratelimit-Reset": 120}, 120), ({"Ratelimit-Reset": "soon"}, 60), ({}, 60)],
    ids=["Retry-After", "Ratelimit-Reset", "nonsense", "nothing"],
)
def test_a_rate_limit_lasts_as_long_as_the_platform_says(headers, pause, ada_client, twitch, grant):
    """Ratelimit-Reset is a moment: whole seconds since 1970."""
    given = {
        name: str(int(time.time()) + value) if isinstance(value, int) else value for name, value in headers.items()
    }
    connection = grant()
    url = twitch.consent(leave(ada_client), user="mira_plays")
    twitch.fail("/oauth2/token", status=429, headers=given, times=2)

    with pytest.raises(PlatformFailure):
        refresh.refresh(connection.pk, 1)
    come_back(ada_client, url)

    waits = [Connection.objects.get().refresh_due_at, OAuthAttempt.objects.get().pause_until]
    assert all(pause - 5 < (until - timezone.now()).total_seconds() <= pause for until in waits)


class TestWhatTheBrowserBringsBack:
    """Without tokens being asked for at all."""

    @pytest.mark.parametrize(
        ("error", "description", "code", "words"),
        [
            ("access_denied", "The user denied you access", "access_denied", "says that access was refused"),
            ("redirect_mismatch", "Parameter redirect_uri", "redirect_mismatch", f"Add exactly {REDIRECT_URI}"),
            ("invalid_scope", "invalid scope requested: 'x'", "scope_rejected", "refuses a permission"),
            ("server_error", "It broke", "platform_said_no", "It said: “It broke”"),
            ("server_error", "", "platform_said_no", "It said: “server_error”"),
        ],
    )
    def test_with_a_state(self, error, description, code, words, ada_client, account, twitch):
        denied = twitch.consent(leave(ada_client), user="mira_plays", allow=False)
        query = dict(part.split("=", 1) for part in denied.partition("?")[2].split("&"))

        answer = ada_client.get(CALLBACK, {"state": query["state"], "error": error, "error_description": description})

        assert answer.url == PAGE
        assert AuditEntry.objects.get(account=account, action="connection.refused").after == {"code": code}
        [banner] = banners(ada_client)
        assert words in banner
        assert not twitch.calls("/oauth2/token")

    def test_a_redirect_mismatch_without_a_state(self, ada_client, twitch):
        leave(ada_client)

        answer = ada_client.get(CALLBACK, {"error": "redirect_mismatch", "error_description": "Parameter redirect_uri"})

        assert answer.url == PAGE
        [banner] = banners(ada_client)
        assert banner == (
            f"Twitch does not know this Lumio's address. Add exactly {REDIRECT_URI} as a redirect URI in the developer "
            "console, save there, then connect again."
        )
