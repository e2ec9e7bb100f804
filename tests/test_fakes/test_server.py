"""What all stand-ins share: verbs over HTTP, misbehaviour on request, counting calls."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
import requests

from tests.fakes.cast import CLIENT_ID, STREAMER
from tests.fakes.twitch import Twitch


def control(twitch, verb: str, **arguments: object) -> tuple[int, dict]:
    answer = requests.post(f"{twitch.url}/_control/{verb}", json=arguments, timeout=30)
    return answer.status_code, answer.json()


def validate(twitch) -> requests.Response:
    return requests.get(f"{twitch.url}/oauth2/validate", timeout=30, allow_redirects=False)


# Verbs from other processes


def test_verbs_are_reachable_over_http(twitch):
    status, body = control(twitch, "add_user", login="juno", id="7", color="#ff7f50")

    assert status == 200
    assert (body["result"]["id"], body["result"]["moderators"]) == ("7", [])
    assert twitch.state.users["7"].color == "#ff7f50"


@pytest.mark.parametrize(
    ("verb", "arguments", "status", "error"),
    [
        ("stop", {}, 404, "no such verb"),
        ("__init__", {}, 404, "no such verb"),
        ("follow", {}, 400, "TypeError: missing a required argument: 'user'"),
        ("follow", {"user": "juno", "mood": 1}, 400, "TypeError: got an unexpected keyword argument 'mood'"),
        ("delete_message", {"message_id": "x"}, 400, "LookupError: no message x"),
        ("configure", {"mood": 1}, 400, "ValueError: no such settings: ['mood']"),
    ],
)
def test_wrong_verbs_and_arguments_are_told(twitch, verb, arguments, status, error):
    assert control(twitch, verb, **arguments) == (status, {"error": error})


def test_state_is_readable(twitch):
    twitch.issue_tokens("mira_plays", ["bits:read"])

    state = requests.get(f"{twitch.url}/_state", timeout=30).json()

    assert [user["login"] for user in state["users"]] == ["mira_plays"]
    assert [grant["scopes"] for grant in state["grants"]] == [["bits:read"]]
    assert (state["sessions"], state["subscriptions"]) == ([], [])


def test_verbs_work_before_the_start():
    twitch = Twitch()
    twitch.add_user("juno")

    with twitch:
        assert [user.login for user in twitch.state.users.values()] == ["juno"]


def test_wait_subscribed_gives_up_with_the_missing_topics(twitch):
    with pytest.raises(TimeoutError, match=r"channel\.follow"):
        twitch.wait_subscribed("channel.follow", timeout=0.05)


# Counting


def test_calls_are_counted_by_endpoint_and_parameters(twitch):
    validate(twitch)
    requests.post(f"{twitch.url}/oauth2/token", data={"grant_type": "refresh_token"}, timeout=30)
    requests.post(f"{twitch.url}/oauth2/token", data={"grant_type": "password"}, timeout=30)

    assert [call.path for call in twitch.calls()] == ["/oauth2/validate", "/oauth2/token", "/oauth2/token"]
    assert len(twitch.calls("/oauth2/token", grant_type="refresh_token")) == 1
    assert len(twitch.calls("POST /oauth2/*")) == 2
    assert len(control(twitch, "calls", endpoint="GET /oauth2/*")[1]["result"]) == 1
    twitch.forget_calls()
    assert twitch.calls() == []


# Misbehaviour


def test_failure_counts_down(twitch):
    twitch.fail("/oauth2/validate", status=503, times=2)

    answers = [validate(twitch) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [503, 503, 401]
    with pytest.raises(requests.JSONDecodeError):
        answers[0].json()


def test_failure_with_body_and_headers(twitch):
    twitch.fail("/oauth2/validate", status=429, body={"status": 429}, headers={"Ratelimit-Reset": "12"})

    answer = validate(twitch)

    assert (answer.status_code, answer.json(), answer.headers["Ratelimit-Reset"]) == (429, {"status": 429}, "12")


def test_failure_hits_only_its_endpoint_and_method(twitch):
    twitch.fail("POST /oauth2/validate", status=503)
    twitch.fail("/helix/*", status=503)

    assert validate(twitch).status_code == 401
    assert requests.get(f"{twitch.url}/helix/users", timeout=30).status_code == 503


def test_failure_for_a_time(twitch):
    twitch.fail("*", status=503, seconds=1)

    assert [validate(twitch).status_code for _ in range(2)] == [503] * 2
    time.sleep(1)
    assert validate(twitch).status_code == 401


def test_heal_ends_everything(twitch):
    twitch.fail("*", status=503, times=None)
    twitch.configure(latency=5.0)

    twitch.heal()
    started = time.monotonic()

    assert validate(twitch).status_code == 401
    assert time.monotonic() - started < 2


def test_redirect(twitch):
    twitch.fail("/oauth2/validate", redirect="http://127.0.0.1:1/")

    assert validate(twitch).headers["Location"] == "http://127.0.0.1:1/"


def test_latency_and_delay_are_added(twitch):
    twitch.configure(latency=0.1)
    twitch.fail("/oauth2/validate", delay=0.1)

    started = time.monotonic()
    answer = validate(twitch)

    assert answer.status_code == 401
    assert time.monotonic() - started >= 0.2


def test_drip_sends_the_honest_answer_byte_by_byte(twitch):
    twitch.fail("/oauth2/validate", drip=0.005)

    started = time.monotonic()
    answer = validate(twitch)

    assert answer.json() == {"status": 401, "message": "missing authorization token"}
    assert time.monotonic() - started >= 0.005 * len(answer.content)


def test_closed_connection(twitch):
    twitch.fail("/oauth2/validate", close=True)

    with pytest.raises(requests.ConnectionError):
        validate(twitch)
    assert validate(twitch).status_code == 401


def test_late_answer_after_the_work_was_done(twitch):
    twitch.issue_tokens("mira_plays", [])
    app = next(iter(twitch.state.apps.values()))
    form = {"client_id": app.client_id, "client_secret": app.client_secret, "grant_type": "client_credentials"}
    twitch.fail("/oauth2/token", delay=5, after=True)

    with pytest.raises(requests.Timeout):
        requests.post(f"{twitch.url}/oauth2/token", data=form, timeout=0.5)

    assert [token.user_id for token in twitch.state.access_tokens.values()] == ["31337", None]


def test_answer_lost_after_the_work_was_done(twitch):
    """What leaves a client with a spent refresh token."""
    app = next(iter(twitch.state.apps.values()))
    twitch.configure(rotation=True)
    tokens = twitch.issue_tokens("mira_plays", [])
    form = {
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "grant_type": "refresh_token",
        "refresh_token": tokens["refresh_token"],
    }
    twitch.fail("/oauth2/token", close=True, after=True)

    with pytest.raises(requests.ConnectionError):
        requests.post(f"{twitch.url}/oauth2/token", data=form, timeout=30)

    assert requests.post(f"{twitch.url}/oauth2/token", data=form, timeout=30).status_code == 400


# As a process


def test_runs_as_a_process_and_stops_on_sigterm():
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.fakes", "--port", "0", "--lumio", "http://localhost:1/"],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    try:
        lines = dict(process.stdout.readline().strip().split("=", 1) for _ in range(5))
        url = lines["TWITCH_AUTH_URL"].removesuffix("/oauth2")
        state = requests.get(f"{url}/_state", timeout=30).json()
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=10)
        process.stdout.close()

    assert code == 0
    assert [(app["client_id"], app["redirect_uris"]) for app in state["apps"]] == [
        (CLIENT_ID, ["http://localhost:1/connections/twitch/callback"])
    ]
    assert state["users"][0]["login"] == STREAMER
