"""The simulated Kick's bans, timeouts and deletions: who may, what is refused, and what is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.fakes.kick import Kick
from tests.fakes.kick.oauth import SCOPES
from tests.test_fakes.clients import PATIENCE, Answer, read

MIRA, JUNO = 700_001, 721
BANS, CHAT = "/public/v1/moderation/bans", "/public/v1/chat"
DONE = (200, {"data": {}, "message": "OK"})


@pytest.fixture
def kick() -> Iterator[Kick]:
    with Kick() as kick:
        kick.add_app()
        kick.add_user("mira-plays", id=str(MIRA))
        kick.add_user("juno", id=str(JUNO))
        yield kick


@pytest.fixture
def ask(kick):
    def call(
        method: str, path: str, *, user: str = "mira-plays", scopes: list[str] | None = None, **body: Any
    ) -> Answer:
        token = kick.issue_tokens(user, sorted(SCOPES) if scopes is None else scopes)["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        return read(requests.request(method, kick.url + path, json=body, headers=headers, timeout=PATIENCE))

    return call


@pytest.fixture
def ban(ask):
    def post(**changes: Any) -> Answer:
        return ask("POST", BANS, **{"broadcaster_user_id": MIRA, "user_id": JUNO} | changes)

    return post


def test_a_ban_silences_and_ends_with_a_body(kick, ask, ban):
    kick.chat("juno", "spam")

    assert ban(reason="spam") == DONE

    assert kick.state.user("mira-plays").silenced == {str(JUNO): None}
    assert (kick.chat("juno", "more"), kick.messages()) == ("", [])
    whom = {"broadcaster_user_id": MIRA, "user_id": JUNO}
    answers = [ask("DELETE", BANS, **whom)[0] for _ in range(2)]
    assert answers == [200, 400]
    assert kick.chat("juno", "thanks")


def test_a_timeout_is_counted_in_minutes_and_ends_by_itself(kick, ban):
    assert ban(duration=10) == DONE

    assert kick.chat("juno", "more") == ""
    kick.state.user("mira-plays").silenced[str(JUNO)] -= 601
    assert kick.chat("juno", "back again")


def test_who_is_silenced_cannot_send(kick, ask, ban):
    ban()

    status, body = ask("POST", CHAT, user="juno", type="user", broadcaster_user_id=MIRA, content="Hello")

    assert (status, body["data"], kick.spoken()) == (403, "User is banned", [])


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"duration": 0}, 400),
        ({"duration": 10_081}, 400),
        ({"reason": "x" * 101}, 400),
        ({"user_id": str(JUNO)}, 400),
        ({"user_id": MIRA}, 400),
        ({"user_id": 5}, 404),
        ({"broadcaster_user_id": JUNO}, 403),
        ({"scopes": ["user:read"]}, 401),
    ],
)
def test_what_is_refused(kick, ban, change, status):
    assert ban(**change)[0] == status
    assert kick.state.user("mira-plays").silenced == {}


def test_a_message_is_deleted_by_the_owner_of_the_chat_once(kick, ask):
    message_id, kept = kick.chat("juno", "spam"), kick.chat("juno", "tea?")
    path = f"{CHAT}/{message_id}"

    statuses = [ask("DELETE", path, user="juno")[0], ask("DELETE", path)[0], ask("DELETE", path)[0]]

    assert statuses == [403, 204, 404]
    assert [message["message_id"] for message in kick.messages()] == [kept]
    assert ask("DELETE", f"{CHAT}/{kept}", scopes=["moderation:ban"])[0] == 401
