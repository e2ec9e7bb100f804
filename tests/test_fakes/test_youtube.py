"""What the simulated Google and YouTube do their own way: refresh tokens, granular consent, errors and quota."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import requests
import time_machine

from tests.fakes.youtube import YouTube
from tests.fakes.youtube.api import PACIFIC
from tests.fakes.youtube.oauth import FORCE_SSL, READONLY
from tests.test_fakes.clients import PATIENCE, YouTubeClient, browse, query_of, read, standard

MIRA = "UCmira00000000000000000"
MINE = "/youtube/v3/channels?part=snippet&mine=true"
ACTIVE = "/youtube/v3/liveBroadcasts?part=id,snippet,status,statistics&broadcastStatus=active&broadcastType=all"


@pytest.fixture
def youtube() -> Iterator[YouTube]:
    with YouTube() as youtube:
        youtube.add_app()
        youtube.add_user("miraplays", id=MIRA, name="Mira Plays")
        yield youtube


@pytest.fixture
def client(youtube) -> YouTubeClient:
    return YouTubeClient(youtube, next(iter(youtube.state.apps.values())))


@pytest.fixture
def token(youtube) -> str:
    return youtube.issue_tokens("miraplays", [READONLY, FORCE_SSL])["access_token"]


@pytest.fixture
def ask(client, token):
    """GET with Mira's token."""

    def get(path: str, access_token: str = token) -> tuple[int, Any]:
        return read(client.get(path, access_token))

    return get


def reason(answer: tuple[int, Any]) -> tuple[int, str]:
    status, body = answer
    return status, body["error"]["errors"][0]["reason"]


# Consent and refresh tokens


def consented(client: YouTubeClient, **changes: str | None) -> dict:
    return client.exchange(client.code("miraplays", **changes))[1]


def test_tokens_have_googles_shape(client):
    body = consented(client)

    assert (body["access_token"][:5], body["refresh_token"][:3]) == ("ya29.", "1//")
    assert body | {"access_token": "", "refresh_token": ""} == {
        "access_token": "",
        "refresh_token": "",
        "token_type": "Bearer",
        "expires_in": 3599,
        "scope": f"{READONLY} {FORCE_SSL}",
    }


def test_refresh_token_needs_offline_access(client):
    assert "refresh_token" not in consented(client, access_type=None)


def test_second_consent_has_a_refresh_token_only_where_it_is_asked_for(youtube, client):
    first = consented(client, prompt=None)
    second = consented(client, prompt="select_account")
    third = consented(client, prompt="consent select_account")

    assert ["refresh_token" in body for body in (first, second, third)] == [True, False, True]
    assert client.refresh(first["refresh_token"])[0] == client.refresh(third["refresh_token"])[0] == 200


def test_consent_after_a_revocation_is_a_first_one(youtube, client):
    client.revoke(consented(client)["refresh_token"])

    assert "refresh_token" in consented(client, prompt=None)


@pytest.mark.parametrize(("prompt", "status"), [(None, 302), ("select_account", 200), ("consent", 200)])
def test_page_is_skipped_unless_a_prompt_is_asked_for(client, prompt, status):
    consented(client)

    assert browse(client.authorize_url(prompt=prompt), cookies={"login": "miraplays"}).status_code == status


def test_unticked_scope_is_not_granted(youtube, client):
    page = browse(client.authorize_url()).text
    back = youtube.consent(client.authorize_url(), user="miraplays", scopes=[READONLY])

    _, body = client.exchange(query_of(back)["code"])

    assert page.count('type="checkbox"') == 2
    assert (query_of(back)["scope"], body["scope"]) == (READONLY, READONLY)


def test_nothing_ticked_is_a_refusal(youtube, client):
    back = youtube.consent(client.authorize_url(), user="miraplays", scopes=[])

    assert query_of(back) == {"error": "access_denied", "state": "s-1"}


def test_single_scope_has_no_box(youtube, client):
    page = browse(client.authorize_url(scope=FORCE_SSL)).text
    back = youtube.consent(client.authorize_url(scope=FORCE_SSL), user="miraplays", scopes=[])

    assert "checkbox" not in page
    assert query_of(back)["scope"] == FORCE_SSL


def test_grants_of_a_testing_project_end_after_seven_days_also_when_it_is_published(youtube, client):
    youtube.configure(testing_project=True)
    body = consented(client)
    youtube.configure(testing_project=False)

    with time_machine.travel(time.time() + 604_700):
        assert client.refresh(body["refresh_token"])[0] == 200
    with time_machine.travel(time.time() + 604_801):
        assert client.refresh(body["refresh_token"]) == client.dead_refresh
    assert body["refresh_token_expires_in"] == 604_800


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"redirect_uri": "http://localhost/"}, 400, "redirect_uri_mismatch"),
        ({"scope": "everything"}, 400, "invalid_scope"),
    ],
)
def test_broken_authorize_request_is_a_page(client, change, status, error):
    answer = browse(client.authorize_url(**change))

    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert f"Error {status}: {error}" in answer.text


def test_deleted_client(youtube, client):
    body = consented(client)

    youtube.delete_app()

    deleted = (401, standard("deleted_client", "The OAuth client was deleted."))
    assert client.refresh(body["refresh_token"]) == deleted


def test_revoking_either_token_ends_every_grant_of_the_pair(youtube, client):
    channel, bot = (youtube.issue_tokens("miraplays", [scope]) for scope in (READONLY, FORCE_SSL))

    assert client.revoke(bot["refresh_token"]) == (200, {})

    assert not client.lives(channel["access_token"])
    assert client.refresh(channel["refresh_token"]) == client.dead_refresh
    assert client.revoke(channel["access_token"]) == client.revoked_again


def test_token_info(youtube, client, token):
    def info(value: str) -> tuple[int, Any]:
        return read(requests.get(f"{youtube.url}/tokeninfo", params={"access_token": value}, timeout=PATIENCE))

    status, body = info(token)

    assert (status, body["aud"], body["scope"]) == (200, client.app.client_id, f"{READONLY} {FORCE_SSL}")
    assert info("x") == (400, standard("invalid_token", "Invalid Value"))


# The channel


def test_own_channel(ask):
    status, body = ask(MINE)

    [channel] = body["items"]
    assert (status, channel["id"], channel["snippet"]["title"]) == (200, MIRA, "Mira Plays")
    assert channel["snippet"]["customUrl"] == "@miraplays"
    assert set(channel["snippet"]["thumbnails"]) == {"default", "medium", "high"}


def test_handle_may_be_absent_and_parts_are_those_asked_for(youtube, ask):
    youtube.state.users[MIRA].has_handle = False

    assert "customUrl" not in ask(MINE)[1]["items"][0]["snippet"]
    assert ask("/youtube/v3/channels?part=id&mine=true")[1]["items"] == [{"kind": "youtube#channel", "id": MIRA}]


def test_no_channel_says_so_in_one_of_two_ways(youtube, ask):
    youtube.state.users[MIRA].has_channel = False

    status, empty = ask(MINE)
    youtube.configure(signup_required=True)

    assert (status, "items" in empty, empty["pageInfo"]["totalResults"]) == (200, False, 0)
    assert reason(ask(MINE)) == (401, "youtubeSignupRequired")


def test_api_that_is_switched_off(youtube, ask):
    youtube.configure(api_enabled=False)

    answer = ask(MINE)

    assert reason(answer) == (403, "accessNotConfigured")
    assert answer[1]["error"]["errors"][0]["domain"] == "usageLimits"
    assert answer[1]["error"]["status"] == "PERMISSION_DENIED"


def test_dead_token(ask):
    assert reason(ask(MINE, "x")) == (401, "authError")


def test_missing_scope(youtube, ask):
    reader = youtube.issue_tokens("miraplays", [])["access_token"]

    answer = ask(MINE, reader)

    assert reason(answer) == (403, "insufficientPermissions")
    assert answer[1]["error"]["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"


@pytest.mark.parametrize("query", ["mine=true", "part=snippet"])
def test_part_and_filter_are_required(ask, query):
    assert reason(ask(f"/youtube/v3/channels?{query}")) == (400, "missingRequiredParameter")


# Quota


def test_quota_runs_out_and_comes_back_at_midnight_pacific(youtube, ask, token):
    with time_machine.travel(datetime(2026, 10, 5, 23, 30, tzinfo=PACIFIC)) as clock:
        token = youtube.issue_tokens("miraplays", [READONLY])["access_token"]
        youtube.configure(quota=2)
        statuses = [ask(MINE, token)[0] for _ in range(2)]
        exceeded = ask(MINE, token)
        spent = youtube.quota_spent()
        clock.shift(31 * 60)
        after_midnight = ask(MINE, token)[0]

    assert (statuses, spent, after_midnight) == ([200, 200], 2, 200)
    assert reason(exceeded) == (403, "quotaExceeded")
    assert exceeded[1]["error"]["errors"][0]["domain"] == "youtube.quota"


def test_refused_call_costs_too_and_sending_costs_twenty(youtube, ask, send):
    reader = youtube.issue_tokens("miraplays", [])["access_token"]
    ask(MINE, reader)
    send("Kx", "hello")

    assert youtube.quota_spent() == 21


# Broadcasts


def test_offline_has_an_empty_list(ask):
    status, body = ask(ACTIVE)

    assert (status, body["items"]) == (200, [])


def test_active_broadcasts_come_and_go(youtube, ask):
    first = youtube.go_live(title="Cosy", viewers=42)
    youtube.go_live(title="Shorts", chat=False, viewers=None)

    both = ask(ACTIVE)[1]["items"]
    youtube.go_offline(first.id)
    left = ask(ACTIVE)[1]["items"]

    assert both[0] == {
        "kind": "youtube#liveBroadcast",
        "id": first.id,
        "snippet": {
            "channelId": MIRA,
            "title": "Cosy",
            "actualStartTime": first.started_at,
            "categoryId": "20",
            "liveChatId": first.chat_id,
        },
        "status": {"lifeCycleStatus": "live", "privacyStatus": "public"},
        "statistics": {"concurrentViewers": "42"},
    }
    assert ("liveChatId" in both[1]["snippet"], both[1]["statistics"]) == (False, {})
    assert [one["snippet"]["title"] for one in left] == ["Shorts"]


def test_permanent_stream_key_is_hidden_unless_all_are_asked_for(youtube, ask):
    youtube.go_live(persistent=True)
    event = youtube.go_live(persistent=False)

    [shown] = ask(ACTIVE.replace("&broadcastType=all", ""))[1]["items"]

    assert shown["id"] == event.id


def test_broadcast_that_is_over_is_completed(youtube, ask):
    broadcast = youtube.go_live()
    youtube.go_offline()

    [shown] = ask(f"/youtube/v3/liveBroadcasts?part=status,statistics&id={broadcast.id}")[1]["items"]

    assert (shown["status"]["lifeCycleStatus"], shown["statistics"]) == ("complete", {})


@pytest.mark.parametrize(
    ("query", "expected"),
    [("part=id", "missingRequiredParameter"), ("part=id&mine=true&broadcastStatus=active", "incompatibleParameters")],
)
def test_exactly_one_filter(ask, query, expected):
    assert reason(ask(f"/youtube/v3/liveBroadcasts?{query}")) == (400, expected)


# Chat


@pytest.fixture
def send(youtube, token):
    def post(chat_id: str, text: str, access_token: str = token, **changes: Any) -> tuple[int, Any]:
        snippet = {"liveChatId": chat_id, "type": "textMessageEvent", "textMessageDetails": {"messageText": text}}
        return read(
            requests.post(
                f"{youtube.url}/youtube/v3/liveChat/messages?part=snippet",
                json={"snippet": snippet | changes},
                headers={"Authorization": f"Bearer {access_token}"},
                timeout=PATIENCE,
            )
        )

    return post


def test_message_is_sent_and_handed_back(youtube, send):
    chat_id = youtube.go_live().chat_id

    status, body = send(chat_id, "x" * 200)

    [spoken] = youtube.spoken()
    assert (status, body["id"], body["snippet"]["displayMessage"]) == (200, spoken.message_id, "x" * 200)
    assert (spoken.chat_id, spoken.author_id, spoken.text) == (chat_id, MIRA, "x" * 200)


@pytest.mark.parametrize(
    ("text", "change", "expected"),
    [
        ("x" * 201, {}, (400, "messageTextInvalid")),
        ("", {}, (400, "messageTextRequired")),
        ("hello", {"liveChatId": ""}, (400, "liveChatIdRequired")),
        ("hello", {"type": ""}, (400, "typeRequired")),
        ("hello", {"liveChatId": "nowhere"}, (404, "liveChatNotFound")),
    ],
)
def test_wrong_messages_are_not_sent(youtube, send, text, change, expected):
    chat_id = youtube.go_live().chat_id

    answer = send(chat_id, text, **change)

    assert (reason(answer), youtube.spoken()) == (expected, [])


def test_chat_ends_with_its_broadcast(youtube, send):
    chat_id = youtube.go_live().chat_id
    youtube.go_offline()

    assert reason(send(chat_id, "hello")) == (403, "liveChatEnded")


def test_banned_people_and_readers_cannot_send(youtube, send):
    chat_id = youtube.go_live().chat_id
    youtube.ban("ben")
    banned = youtube.issue_tokens("ben", [FORCE_SSL])["access_token"]
    reader = youtube.issue_tokens("ben", [READONLY])["access_token"]

    assert reason(send(chat_id, "hello", banned)) == (403, "forbidden")
    assert reason(send(chat_id, "hello", reader)) == (403, "insufficientPermissions")
    assert youtube.spoken() == []


def test_owner_lists_the_moderators(youtube, ask):
    chat_id = youtube.go_live().chat_id
    otto = youtube.add_user("otto", name="Otto")
    youtube.make_moderator("otto")
    others = youtube.issue_tokens("otto", [READONLY])["access_token"]
    path = f"/youtube/v3/liveChat/moderators?part=snippet&liveChatId={chat_id}"

    status, body = ask(path)

    [moderator] = body["items"]
    details = moderator["snippet"]["moderatorDetails"]
    assert (status, details["channelId"], details["displayName"]) == (200, otto.id, "Otto")
    assert reason(ask(path, others)) == (403, "forbidden")


# Live chats

MESSAGES = "/youtube/v3/liveChat/messages"


@pytest.fixture
def live(youtube):
    youtube.add_user("juno", name="Juno")
    return youtube.go_live()


def read_chat(ask, live, page_token: str = "") -> tuple[list[str], str]:
    """What was said, and where to go on."""
    token = f"&pageToken={page_token}" if page_token else ""
    status, page = ask(f"{MESSAGES}?part=id,snippet,authorDetails&liveChatId={live.chat_id}{token}")
    assert status == 200
    return [item["snippet"]["displayMessage"] for item in page["items"]], page["nextPageToken"]


class TestLiveChats:
    def test_first_the_history_then_what_is_new(self, youtube, ask, live):
        youtube.configure(history=2)
        for number in range(3):
            youtube.chat("juno", f"{number}")

        said, place = read_chat(ask, live)
        youtube.chat("juno", "new")

        assert (said, read_chat(ask, live, place)[0]) == (["1", "2"], ["new"])
        assert youtube.quota_spent() == 10

    def test_what_was_sent_is_read(self, ask, send, live):
        send(live.chat_id, "hi")

        assert read_chat(ask, live)[0] == ["hi"]

    @pytest.mark.parametrize("place", ["GJ0.0", "GJ1", "x"])
    def test_a_token_it_never_gave(self, ask, live, place):
        answer = ask(f"{MESSAGES}?part=id&liveChatId={live.chat_id}&pageToken={place}")

        assert reason(answer) == (400, "pageTokenInvalid")

    def test_asking_too_soon(self, youtube, ask, live):
        youtube.configure(enforces_interval=True)
        read_chat(ask, live)

        assert reason(ask(f"{MESSAGES}?part=id&liveChatId={live.chat_id}")) == (403, "rateLimitExceeded")

    def test_the_end(self, youtube, ask, live):
        _, place = read_chat(ask, live)
        youtube.go_offline()

        status, page = ask(f"{MESSAGES}?part=id,snippet&liveChatId={live.chat_id}&pageToken={place}")

        assert (status, page["items"][0]["snippet"]["type"]) == (200, "chatEndedEvent")
        assert "offlineAt" in page
        ended = ask(f"{MESSAGES}?part=id&liveChatId={live.chat_id}&pageToken={page['nextPageToken']}")
        assert reason(ended) == (403, "liveChatEnded")

    @pytest.mark.parametrize("chunk", [0, 3])
    def test_a_stream_is_one_array_that_grows(self, youtube, token, live, chunk):
        youtube.configure(chunk=chunk)
        url = f"{youtube.url}{MESSAGES}/stream?part=id,snippet&liveChatId={live.chat_id}"
        headers = {"Authorization": f"Bearer {token}"}

        with requests.get(url, headers=headers, stream=True, timeout=PATIENCE) as stream:
            youtube.chat("juno", "grüße")
            youtube.go_offline()
            pages = stream.json()

        said = [item["snippet"]["displayMessage"] for page in pages for item in page["items"]]
        assert said == ["grüße", ""]
        assert youtube.quota_spent() == 5

    @pytest.mark.parametrize(("stream", "status"), [("missing", 404), ("unimplemented", 501)])
    def test_there_may_be_no_streams(self, youtube, ask, live, stream, status):
        youtube.configure(stream=stream)

        assert ask(f"{MESSAGES}/stream?part=id&liveChatId={live.chat_id}")[0] == status
        assert youtube.quota_spent() == 0
