"""The simulated YouTube's bans and deletions: who may, what they cost, what is refused, and what is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.fakes.youtube import YouTube
from tests.fakes.youtube.oauth import FORCE_SSL, READONLY
from tests.test_fakes.clients import PATIENCE, Answer, read
from tests.test_fakes.test_youtube import reason

MIRA = "UCmira00000000000000000"
BANS, MESSAGES = "/youtube/v3/liveChat/bans", "/youtube/v3/liveChat/messages"


@pytest.fixture
def youtube() -> Iterator[YouTube]:
    with YouTube() as youtube:
        youtube.add_app()
        youtube.add_user("miraplays", id=MIRA, name="Mira Plays")
        youtube.go_live()
        yield youtube


@pytest.fixture
def ask(youtube):
    def call(method: str, path: str, *, user: str = "miraplays", scope: str = FORCE_SSL, **options: Any) -> Answer:
        token = youtube.issue_tokens(user, [scope])["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        return read(requests.request(method, youtube.url + path, headers=headers, timeout=PATIENCE, **options))

    return call


@pytest.fixture
def ban(youtube, ask):
    def post(user: str = "juno", *, by: str = "miraplays", scope: str = FORCE_SSL, **changes: Any) -> Answer:
        snippet = {
            "liveChatId": youtube.state.user("miraplays").broadcasts[-1].chat_id,
            "type": "permanent",
            "bannedUserDetails": {"channelId": youtube.state.user(user).id},
        }
        return ask("POST", f"{BANS}?part=snippet", user=by, scope=scope, json={"snippet": snippet | changes})

    return post


def events(youtube) -> list[dict[str, Any]]:
    items = youtube.state.user("miraplays").broadcasts[-1].items
    return [said["snippet"]["userBannedDetails"] for said in items if said["snippet"]["type"] == "userBannedEvent"]


def test_a_ban_silences_is_told_and_ends_by_its_id(youtube, ask, ban):
    status, made = ban()

    [told] = events(youtube)
    assert (status, made["snippet"]["type"], told["banType"]) == (200, "permanent", "permanent")
    assert told["bannedUserDetails"]["displayName"] == "juno"
    assert (youtube.chat("juno", "more"), youtube.messages(), youtube.quota_spent()) == ("", [], 50)
    answers = [ask("DELETE", f"{BANS}?id={made['id']}")[0] for _ in range(2)]
    assert answers == [204, 404]
    assert youtube.chat("juno", "thanks")


def test_a_temporary_one_ends_by_itself(youtube, ban):
    ban(type="temporary", banDurationSeconds=300)

    [told] = events(youtube)
    assert (told["banType"], told["banDurationSeconds"]) == ("temporary", "300")
    assert youtube.chat("juno", "more") == ""
    youtube.state.user("miraplays").silenced[youtube.state.user("juno").id] -= 301
    assert youtube.chat("juno", "back again")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"liveChatId": "nowhere"}, (404, "liveChatNotFound")),
        ({"bannedUserDetails": {"channelId": "UCnobody"}}, (400, "invalidChannelId")),
        ({"user": "miraplays"}, (403, "liveChatBanInsertionNotAllowed")),
        ({"user": "otto"}, (403, "liveChatBanInsertionNotAllowed")),
        ({"by": "lena"}, (403, "forbidden")),
        ({"scope": READONLY}, (403, "insufficientPermissions")),
    ],
)
def test_what_is_refused(youtube, ban, change, expected):
    youtube.make_moderator("otto")

    assert reason(ban(**change)) == expected
    assert (youtube.state.user("miraplays").silenced, events(youtube)) == ({}, [])


def test_a_moderator_may(youtube, ban):
    youtube.make_moderator("otto")

    assert ban(by="otto")[0] == 200


def test_a_deleted_message_leaves_a_tombstone(youtube, ask):
    message_id, kept = youtube.chat("juno", "spam"), youtube.chat("juno", "tea?")

    foreign = ask("DELETE", f"{MESSAGES}?id={message_id}", user="lena")
    deleted = [ask("DELETE", f"{MESSAGES}?id={message_id}")[0] for _ in range(2)]

    assert (reason(foreign), deleted) == ((403, "forbidden"), [204, 404])
    assert [said["id"] for said in youtube.messages()] == [kept]
    grave = youtube.state.user("miraplays").broadcasts[-1].items[0]
    assert (grave["id"], grave["snippet"]["type"], "displayMessage" in grave["snippet"]) == (
        message_id,
        "tombstone",
        False,
    )
