"""The simulated Kick as it delivers: signed, again until somebody takes it, and no longer to who never does."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import requests
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from tests.fakes.kick import Kick
from tests.processes.process import wait_for

FOLLOWED, CHAT = "channel.followed", "chat.message.sent"


class Receiver:
    """Takes what comes, and answers with the next of `answers`, then 204."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.came: list[tuple[dict[str, str], bytes]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.came.append((dict(self.headers), body))
                self.send_response(receiver.answers.pop(0) if receiver.answers else 204)
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


@pytest.fixture
def kick(receiver) -> Iterator[Kick]:
    with Kick() as stand_in:
        stand_in.add_app()
        stand_in.add_user("mira", id="700001")
        stand_in.set_webhook(receiver.url)
        stand_in.configure(retries=2, retry_after=0.01)
        yield stand_in


@pytest.fixture
def ask(kick):
    token = kick.issue_tokens("mira", ["events:subscribe"])["access_token"]

    def ask(method: str, **arguments) -> requests.Response:
        url = f"{kick.url}/public/v1/events/subscriptions"
        return requests.request(method, url, headers={"Authorization": f"Bearer {token}"}, timeout=30, **arguments)

    return ask


def subscribe(ask, *names: str) -> list[dict]:
    events = [{"name": name, "version": 1} for name in names]
    return ask("POST", json={"method": "webhook", "events": events}).json()["data"]


def test_subscriptions_are_made_listed_and_ended(kick, ask):
    made = subscribe(ask, FOLLOWED, CHAT, "channel.hosted")

    assert [(one["name"], one["error"]) for one in made] == [
        (FOLLOWED, ""),
        (CHAT, ""),
        ("channel.hosted", "invalid event"),
    ]
    assert subscribe(ask, FOLLOWED)[0]["error"] == "subscription already exists"
    listed = ask("GET").json()["data"]
    assert [(one["event"], one["broadcaster_user_id"]) for one in listed] == [(FOLLOWED, 700001), (CHAT, 700001)]

    assert ask("DELETE", params={"id": [one["id"] for one in listed]}).status_code == 204
    assert ask("GET").json()["data"] == []


def test_without_the_scope_there_are_none(kick):
    token = kick.issue_tokens("mira", ["user:read"])["access_token"]

    answer = requests.get(
        f"{kick.url}/public/v1/events/subscriptions", headers={"Authorization": f"Bearer {token}"}, timeout=30
    )

    assert (answer.status_code, answer.json()) == (401, {"data": {}, "message": "Unauthorized"})


def test_a_ban_through_the_api_is_delivered(kick, ask, receiver):
    subscribe(ask, "moderation.banned")
    juno = int(kick.add_user("juno").id)
    token = kick.issue_tokens("mira", ["moderation:ban"])["access_token"]

    answer = requests.post(
        f"{kick.url}/public/v1/moderation/bans",
        json={"broadcaster_user_id": 700001, "user_id": juno, "duration": 10, "reason": "caps"},
        headers={"Authorization": f"Bearer {token}"},
        timeout=30,
    )

    assert answer.status_code == 200
    wait_for(lambda: receiver.came, seconds=30, what="the delivery")
    [(_, body)] = receiver.came
    told = json.loads(body)
    assert (told["banned_user"]["user_id"], told["metadata"]["reason"]) == (juno, "caps")
    assert told["metadata"]["expires_at"] > told["metadata"]["created_at"]


def test_what_is_delivered_bears_the_published_key(kick, ask, receiver):
    subscribe(ask, FOLLOWED)

    assert kick.follow("juno") == 1
    wait_for(lambda: receiver.came, seconds=30, what="what Kick does")

    [(headers, body)] = receiver.came
    pem = requests.get(f"{kick.url}/public/v1/public-key", timeout=30).json()["data"]["public_key"]
    message = f"{headers['Kick-Event-Message-Id']}.{headers['Kick-Event-Message-Timestamp']}.".encode() + body
    signed = base64.b64decode(headers["Kick-Event-Signature"])
    load_pem_public_key(pem.encode()).verify(signed, message, padding.PKCS1v15(), hashes.SHA256())
    assert headers["Kick-Event-Type"] == FOLLOWED
    assert headers["Kick-Event-Subscription-Id"] == kick.subscriptions()[0].id


def test_nobody_who_did_not_subscribe_hears_of_it(kick, ask):
    subscribe(ask, CHAT)

    assert kick.follow("juno") == 0


def test_a_delivery_comes_again_to_the_last_byte_until_it_is_taken(kick, ask, receiver):
    subscribe(ask, FOLLOWED)
    receiver.answers = [503, 500]

    kick.follow("juno")
    wait_for(lambda: kick.sent()[0].arrived, seconds=30, what="what Kick does")

    assert kick.sent()[0].answers == [503, 500, 204]
    assert receiver.came[0] == receiver.came[1] == receiver.came[2]


def test_a_subscription_whose_deliveries_fail_is_ended(kick, ask, receiver):
    subscribe(ask, FOLLOWED, CHAT)
    kick.configure(failures_until_end=2)
    receiver.answers = [500] * 6

    kick.follow("juno")
    kick.follow("otto")
    wait_for(lambda: len(kick.subscriptions()) == 1, seconds=30, what="what Kick does")

    assert [one.name for one in kick.subscriptions()] == [CHAT]


def test_turning_webhooks_off_ends_all(kick, ask):
    subscribe(ask, FOLLOWED, CHAT)

    kick.turn_webhooks_off()

    assert kick.subscriptions() == []


def test_what_is_said_through_the_api_is_delivered_too(kick, ask, receiver):
    subscribe(ask, CHAT)
    token = kick.issue_tokens("mira", ["chat:write"])["access_token"]
    body = {"type": "user", "broadcaster_user_id": 700001, "content": "hello"}

    answer = requests.post(
        f"{kick.url}/public/v1/chat", json=body, headers={"Authorization": f"Bearer {token}"}, timeout=30
    )
    wait_for(lambda: receiver.came, seconds=30, what="what Kick does")

    assert answer.json()["data"]["message_id"] in receiver.came[0][1].decode()


def test_the_last_delivery_can_come_twice(kick, ask, receiver):
    subscribe(ask, FOLLOWED)
    kick.follow("juno")
    wait_for(lambda: receiver.came, seconds=30, what="what Kick does")

    kick.duplicate_last()
    wait_for(lambda: len(receiver.came) == 2, seconds=30, what="what Kick does")

    assert receiver.came[0] == receiver.came[1]
