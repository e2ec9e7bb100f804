"""How Trovo's numbers are understood: at its token endpoint, and by the calls of its API."""

from __future__ import annotations

import pytest

from connections.platforms import PLATFORMS, failures
from connections.platforms.base import Client
from connections.platforms.trovo import api
from connections.platforms.trovo.scopes import BOT_SCOPES, SCOPES
from lumio.lib.http import Answer
from lumio.lib.secrets import Secret
from tests.connections.calls import answer

TROVO = PLATFORMS["trovo"]
CLIENT = Client("the-id", Secret("the-secret"))


def refusal(number: object, *, status: int = 400, error: str = "someError", message: str = "Some words.") -> Answer:
    return answer(status, {"status": number, "error": error, "message": message})


@pytest.mark.parametrize("status", [400, 401, 500])
@pytest.mark.parametrize(
    ("number", "failure"),
    [
        (11712, failures.GrantEnded),
        (11713, failures.GrantEnded),
        ("11713", failures.GrantEnded),
        (11717, failures.ClientSecretRejected),
        (11716, failures.RedirectMismatch),
        (11710, failures.CodeRejected),
        (10710, failures.CodeRejected),
        (11711, failures.CodeRejected),
        (11703, failures.ScopeRejected),
        (11706, failures.RateLimited),
        (11718, failures.Unavailable),
    ],
)
def test_the_number_decides_at_the_token_endpoint(status, number, failure):
    found = TROVO.classify(refusal(number, status=status))

    assert type(found) is failure
    assert found.params["reason"] == "Some words."


@pytest.mark.parametrize(
    ("given", "failure"),
    [
        (refusal(11715), failures.RefusedOddly),
        (refusal(117120), failures.RefusedOddly),
        (refusal(-1000), failures.RefusedOddly),
        (refusal(-1000, status=500), failures.Unavailable),
        (refusal(20000, status=500), failures.Unavailable),
        (refusal(11712, status=502), failures.Unavailable),
        (answer(500, "<html>"), failures.Unavailable),
        (answer(400, "<html>"), failures.NotUnderstood),
        (answer(400, {"status": None}), failures.NotUnderstood),
        (answer(200, {"status": 11712}), failures.NotUnderstood),
        (answer(429), failures.RateLimited),
    ],
)
def test_what_has_no_known_number_is_never_final(given, failure):
    found = TROVO.classify(given)

    assert type(found) is failure
    assert not found.is_final


def test_without_words_the_number_is_the_reason():
    assert TROVO.classify(answer(400, {"status": 11713})).params["reason"] == "(11713)"


def test_a_rate_limit_is_over_within_a_minute():
    assert TROVO.classify(refusal(11706)).retry_after == 60


@pytest.mark.parametrize("status", [400, 401, 500])
@pytest.mark.parametrize(
    ("number", "failure"),
    [
        (11704, failures.TokenRefused),
        (11714, failures.TokenRefused),
        (11730, failures.ScopeMissing),
        (11706, failures.RateLimited),
        (11707, failures.SenderNotLetIn),
        (10908, failures.MessageRepeated),
        (12401, failures.SlowMode),
        (10505, failures.RefusedOddly),
    ],
)
def test_the_number_decides_in_the_api(status, number, failure):
    found = api.failure_of(refusal(number, status=status))

    assert type(found) is failure
    assert found.params["reason"] == "Some words."


@pytest.mark.parametrize("given", [answer(401), answer(500, "<html>"), refusal(-1201), answer(404, [])])
def test_an_answer_without_a_number_is_an_outage(given):
    assert type(api.failure_of(given)) is failures.Unavailable


def test_tokens_are_asked_for_in_json_with_the_client_id_in_a_header():
    assert TROVO.token_request(CLIENT, {"grant_type": "refresh_token", "refresh_token": "r"}) == {
        "json": {"grant_type": "refresh_token", "refresh_token": "r", "client_secret": "the-secret"},
        "headers": {"client-id": "the-id"},
    }


def test_a_token_is_handed_back_in_json():
    assert TROVO.revoke_request(CLIENT, Secret("a")) == {
        "json": {"access_token": "a"},
        "headers": {"client-id": "the-id"},
    }


def test_bots_are_asked_for_the_same_two_rights():
    names = ["chat_send_self", "user_details_self"]

    assert [scope.name for scope in SCOPES] == [scope.name for scope in BOT_SCOPES] == names


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("", ""),
        ("aaaa.png?ext=png&t=0", "https://headicon.trovo.live/user/aaaa.png?ext=png&t=0"),
        ("https://headicon.trovo.live/user/a.png", "https://headicon.trovo.live/user/a.png"),
    ],
)
def test_pictures_come_whole_or_as_a_file_name(sent, shown):
    assert api.picture(sent) == shown
