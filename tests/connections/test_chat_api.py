"""The chat over REST and GraphQL: the same rows, rules and codes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from accounts.throttle import Limit
from connections import chat_rest
from connections.enums import OrderState
from connections.models import ChatOrder, ViewerNote
from connections.platforms.failures import ActRefused, RateLimited, SlowMode
from events.enums import Kind, Origin
from events.types import Person
from tests import factories
from tests.connections.chatters import STREAMER, connect

#: Each platform is asked in a thread of its own.
pytestmark = pytest.mark.django_db(transaction=True)

GRACE = "/v1/chat/viewers/kettle/2002"
GRAPHQL = {"platform": "kettle", "userId": "2002"}
ORDER = "order { id act state seconds target { id name } by { name } problem { code } canUndo undone }"


@pytest.fixture
def channel(kettle, account):
    return connect(account)


@pytest.fixture
def line(account, channel):
    fields = {"platform": "kettle", "channel_id": STREAMER, "origin": Origin.LIVE}
    grace = Person(id="2002", login="grace", name="Grace")
    return factories.make_event(account=account, kind=Kind.CHAT_MESSAGE, actor=grace, message="Hello", **fields)


def send(client: Client, method: str, address: str, body: object = None):
    return client.generic(method, address, json.dumps({} if body is None else body), content_type="application/json")


def graphql(client: Client, query: str, **variables: object) -> dict:
    body = json.dumps({"query": query, "variables": variables})
    return client.post("/v1/gql", body, content_type="application/json").json()


def code(answer: dict) -> str:
    return answer["errors"][0]["extensions"]["code"]


class TestRest:
    def test_a_message_and_what_became_of_it(self, kettle, ada_client, channel):
        response = send(ada_client, "POST", "/v1/chat/messages", {"text": "Hello"})

        assert response.status_code == 201
        [order] = response.json()["data"]
        assert {**order, "id": "", "created_at": ""} == {
            "id": "",
            "act": "send",
            "platform": "kettle",
            "state": "done",
            "created_at": "",
            "waits_until": None,
            "message_id": "say-1",
            "seconds": None,
            "target": None,
            "by": {"name": "Ada"},
            "voice": "channel",
            "speaker": "Mira",
            "text": "Hello",
            "problem": None,
            "can_undo": False,
            "undone": False,
        }
        assert ada_client.get(f"/v1/chat/orders/{order['id']}").json()["data"] == order

    def test_a_failed_message_is_an_answer_and_not_an_error(self, kettle, ada_client, channel):
        kettle.asked.answers = [RateLimited(platform="Kettle", seconds=600, retry_after=600)]

        response = send(ada_client, "POST", "/v1/chat/messages", {"text": "Hello"})

        [order] = response.json()["data"]
        assert (response.status_code, order["state"]) == (201, "failed")
        assert order["problem"] == {
            "code": "platform_rate_limited",
            "detail": "Kettle asks for a pause: it was asked too often in a short time. "
            "Wait 600 seconds, then try again.",
            "retry_after": 600,
        }

    def test_a_message_in_slow_mode_tells_how_long_it_is_too_early(self, kettle, ada_client, channel):
        kettle.asked.answers = [SlowMode(platform="Kettle", seconds=30), SlowMode(platform="Kettle", seconds=None)]

        with time_machine.travel(datetime(2026, 11, 26, 12, tzinfo=UTC), tick=False) as clock:
            [order] = send(ada_client, "POST", "/v1/chat/messages", {"text": "Hello"}).json()["data"]
            left = [order["problem"]["retry_after"]]
            for seconds in (10, 19, 1):
                clock.shift(seconds)
                again = ada_client.get(f"/v1/chat/orders/{order['id']}").json()["data"]
                left.append(again["problem"]["retry_after"])
            [untold] = send(ada_client, "POST", "/v1/chat/messages", {"text": "Hello?"}).json()["data"]

        assert (order["problem"]["code"], left) == ("slow_mode", [30, 20, 1, None])
        assert (untold["problem"]["code"], untold["problem"]["retry_after"]) == ("slow_mode", None)

    def test_a_waiting_message_tells_until_when(self, kettle, ada_client, channel):
        kettle.asked.answers = [RateLimited(platform="Kettle", seconds=60, retry_after=60)]

        [order] = send(ada_client, "POST", "/v1/chat/messages", {"text": "Hello"}).json()["data"]

        assert order["state"] == "waiting"
        wait = datetime.fromisoformat(order["waits_until"]) - datetime.fromisoformat(order["created_at"])
        assert timedelta(seconds=59) < wait < timedelta(seconds=70)

    def test_deleting_silencing_and_undoing(self, kettle, ada_client, line):
        deleted = send(ada_client, "DELETE", f"/v1/chat/{line.seq}")
        timed_out = send(ada_client, "POST", f"{GRACE}/timeout", {"seconds": 61, "reason": "Spam"})
        undone = send(ada_client, "POST", f"/v1/chat/orders/{timed_out.json()['data']['id']}/undo")
        banned = send(ada_client, "POST", f"{GRACE}/ban", {})
        unbanned = send(ada_client, "POST", f"{GRACE}/unban")

        answers = [deleted, timed_out, undone, banned, unbanned]
        assert [answer.status_code for answer in answers] == [200] * 5
        assert [answer.json()["data"]["act"] for answer in answers] == ["delete", "timeout", "unban", "ban", "unban"]
        assert timed_out.json()["data"]["seconds"] == 120
        assert timed_out.json()["data"]["target"] == {"id": "2002", "login": "grace", "name": "Grace"}
        assert timed_out.json()["data"]["can_undo"] is True
        again = ada_client.get(f"/v1/chat/orders/{timed_out.json()['data']['id']}").json()["data"]
        assert (again["can_undo"], again["undone"]) == (False, True)
        assert [call[0] for call in kettle.asked.calls] == ["delete", "timeout", "lift", "ban", "lift"]

    @pytest.mark.parametrize(
        ("answer", "status", "code"),
        [
            (ActRefused(platform="Kettle", reason="a moderator"), 409, "act_refused"),
            (RateLimited(platform="Kettle", seconds=9, retry_after=9), 429, "platform_rate_limited"),
        ],
    )
    def test_what_the_platform_refuses_is_an_error(self, kettle, ada_client, line, answer, status, code):
        kettle.asked.answers = [answer]

        response = send(ada_client, "POST", f"{GRACE}/ban", {})

        assert (response.status_code, response.json()["code"]) == (status, code)
        assert response.headers.get("Retry-After") == ("9" if status == 429 else None)

    def test_the_card_and_the_notes(self, kettle, ada_client, line):
        note = send(ada_client, "POST", f"{GRACE}/notes", {"text": "Sells pills"})

        card = ada_client.get(GRACE).json()["data"]

        assert note.status_code == 201
        assert {key: card["viewer"][key] for key in ("platform", "id", "login", "name")} == {
            "platform": "kettle",
            "id": "2002",
            "login": "grace",
            "name": "Grace",
        }
        assert card["profile"] == {
            "created_at": None,
            "followed_at": None,
            "avatar_url": "https://kettle.example/grace.png",
            "page_url": "https://kettle.example/grace",
        }
        assert [(row["type"], row["data"]["message"], row["data"]["removed"]) for row in card["messages"]] == [
            ("chat.message", "Hello", None)
        ]
        assert (card["messages_total"], card["actions"], card["profile_problem"]) == (1, [], None)
        assert card["notes"] == ada_client.get(f"{GRACE}/notes").json()["data"] == [note.json()["data"]]
        assert send(ada_client, "DELETE", f"/v1/chat/notes/{card['notes'][0]['id']}").status_code == 204
        assert not ViewerNote.objects.exists()

    def test_the_desk(self, kettle, ada_client, channel):
        desk = ada_client.get("/v1/chat/desk").json()["data"]

        assert [one["platform"] for one in desk["channels"]] == ["kettle"]
        assert desk["channels"][0]["acts"]["reply"] == {"possible": True, "why": ""}
        assert (desk["me"], desk["mentions"]) == ({"name": "Ada"}, ["mira", "Mira"])

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"text": 7},
            {"text": None},
            {"text": "x" * 2_001},
            {"text": "Hi", "platforms": "kettle"},
            {"text": "Hi", "platforms": [7]},
            {"text": "Hi", "platforms": ["x" * 21]},
            {"text": "Hi", "platforms": ["kettle"] * 21},
            {"text": "Hi", "reply_to": "1"},
            {"text": "Hi", "reply_to": True},
            {"text": "Hi", "reply_to": 0},
            {"text": "Hi", "reply_to": 2**63},
            {"text": "Hi", "voice": "shouting"},
            {"text": "Hi", "voice": 1},
        ],
    )
    def test_a_message_that_is_none(self, kettle, ada_client, channel, body):
        response = send(ada_client, "POST", "/v1/chat/messages", body)

        assert (response.status_code, response.json()["code"]) == (400, "invalid")
        assert (kettle.asked.calls, ChatOrder.objects.count()) == ([], 0)

    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            ({"text": "  "}, 400, "nothing_to_say"),
            ({"text": "x" * 41}, 400, "text_too_long"),
            ({"text": "Hi", "platforms": ["nowhere"]}, 400, "unknown_platform"),
            ({"text": "Hi", "platforms": []}, 409, "nowhere_to_send"),
            ({"text": "Hi", "reply_to": 99}, 404, "not_found"),
        ],
    )
    def test_a_message_that_goes_nowhere(self, kettle, ada_client, channel, body, status, code):
        response = send(ada_client, "POST", "/v1/chat/messages", body)

        assert (response.status_code, response.json()["code"]) == (status, code)
        assert (kettle.asked.calls, ChatOrder.objects.count()) == ([], 0)

    @pytest.mark.parametrize(
        ("act", "body"),
        [
            ("timeout", {}),
            ("timeout", {"seconds": 0}),
            ("timeout", {"seconds": -1}),
            ("timeout", {"seconds": "60"}),
            ("timeout", {"seconds": 60.0}),
            ("timeout", {"seconds": True}),
            ("timeout", {"seconds": 10**12}),
            ("timeout", {"seconds": 60, "reason": 7}),
            ("timeout", {"seconds": 60, "reason": "x" * 201}),
            ("ban", {"reason": "x" * 201}),
            ("ban", {"reason": None}),
            ("notes", {}),
            ("notes", {"text": " "}),
            ("notes", {"text": "x" * 1_001}),
            ("notes", {"text": 7}),
        ],
    )
    def test_an_act_that_is_none(self, kettle, ada_client, line, act, body):
        response = send(ada_client, "POST", f"{GRACE}/{act}", body)

        assert (response.status_code, response.json()["code"]) == (400, "invalid")
        assert (kettle.asked.calls, ChatOrder.objects.count(), ViewerNote.objects.count()) == ([], 0, 0)

    @pytest.mark.parametrize("address", ["/v1/chat/viewers/kettle/9", "/v1/chat/viewers/kettle/%00"])
    def test_somebody_nobody_saw(self, ada_client, line, address):
        for method, path in (
            ("GET", ""),
            ("POST", "/ban"),
            ("POST", "/timeout"),
            ("POST", "/unban"),
            ("POST", "/notes"),
        ):
            assert send(ada_client, method, address + path, {"seconds": 60, "text": "x"}).status_code == 404

    def test_whoever_asks_too_often_is_told_to_wait(self, kettle, ada_client, line, monkeypatch):
        monkeypatch.setattr(chat_rest.Ban, "limits", {"POST": Limit("chat-acts", 1)})
        monkeypatch.setattr(chat_rest.MessageList, "limits", {"POST": Limit("chat-sends", 1)})

        answers = [send(ada_client, "POST", f"{GRACE}/ban", {}) for _ in range(2)]
        answers += [send(ada_client, "POST", "/v1/chat/messages", {"text": "Hi"}) for _ in range(2)]

        assert [answer.status_code for answer in answers] == [200, 429, 201, 429]
        assert len(kettle.asked.calls) == 2


class TestGraphQL:
    def test_a_message(self, kettle, ada_client, channel):
        answer = graphql(
            ada_client,
            "mutation($input: SendChatMessageInput!) { sendChatMessage(input: $input) "
            "{ orders { id platform state messageId text voice speaker } } }",
            input={"text": "Hello", "platforms": ["kettle"], "voice": "channel"},
        )

        [order] = answer["data"]["sendChatMessage"]["orders"]
        assert {**order, "id": ""} == {
            "id": "",
            "platform": "kettle",
            "state": "done",
            "messageId": "say-1",
            "text": "Hello",
            "voice": "channel",
            "speaker": "Mira",
        }
        asked = graphql(ada_client, "query($id: ID!) { chatOrder(id: $id) { state } }", id=order["id"])
        assert asked["data"] == {"chatOrder": {"state": "done"}}

    def test_moderating(self, kettle, ada_client, line):
        who = "$platform: String!, $userId: ID!"
        viewer = "platform: $platform, userId: $userId"

        deleted = graphql(ada_client, f"mutation {{ deleteChatMessage(seq: {line.seq}) {{ {ORDER} }} }}")
        timed_out = graphql(
            ada_client, f"mutation({who}) {{ timeoutViewer({viewer}, seconds: 61) {{ {ORDER} }} }}", **GRAPHQL
        )
        id = timed_out["data"]["timeoutViewer"]["order"]["id"]
        undone = graphql(ada_client, f"mutation($id: ID!) {{ undoChatOrder(id: $id) {{ {ORDER} }} }}", id=id)
        banned = graphql(
            ada_client, f'mutation({who}) {{ banViewer({viewer}, reason: "Spam") {{ {ORDER} }} }}', **GRAPHQL
        )
        unbanned = graphql(ada_client, f"mutation({who}) {{ unbanViewer({viewer}) {{ {ORDER} }} }}", **GRAPHQL)

        told = [
            next(iter(answer["data"].values()))["order"] for answer in (deleted, timed_out, undone, banned, unbanned)
        ]
        assert [(order["act"], order["state"], order["seconds"]) for order in told] == [
            ("delete", "done", None),
            ("timeout", "done", 120),
            ("unban", "done", None),
            ("ban", "done", None),
            ("unban", "done", None),
        ]
        assert [call[0] for call in kettle.asked.calls] == ["delete", "timeout", "lift", "ban", "lift"]

    def test_the_card_and_the_notes(self, kettle, ada_client, line):
        who = "$platform: String!, $userId: ID!"
        viewer = "platform: $platform, userId: $userId"
        added = graphql(
            ada_client,
            f'mutation({who}) {{ addViewerNote({viewer}, text: "Sells pills") '
            "{ note { id text by { name } } } }",
            **GRAPHQL,
        )["data"]["addViewerNote"]["note"]

        card = graphql(
            ada_client,
            f"query({who}) {{ chatViewer({viewer}) {{ viewer {{ id name }} profile {{ pageUrl }} messagesTotal "
            "messages { seq type message } notes { id text by { name } } actions { act } acts { ban { possible } } } }",
            **GRAPHQL,
        )["data"]["chatViewer"]

        assert card == {
            "viewer": {"id": "2002", "name": "Grace"},
            "profile": {"pageUrl": "https://kettle.example/grace"},
            "messagesTotal": 1,
            "messages": [{"seq": line.seq, "type": "chat.message", "message": "Hello"}],
            "notes": [added],
            "actions": [],
            "acts": {"ban": {"possible": True}},
        }
        assert (added["text"], added["by"]) == ("Sells pills", {"name": "Ada"})
        removed = graphql(ada_client, "mutation($id: ID!) { removeViewerNote(id: $id) { id } }", id=added["id"])
        assert removed["data"]["removeViewerNote"] == {"id": added["id"]}
        assert not ViewerNote.objects.exists()

    def test_the_desk(self, kettle, ada_client, channel):
        asked = (
            "{ chatDesk { channels { platform timeouts { step } voices { voice isDefault } } presets me { name } } }"
        )

        assert graphql(ada_client, asked)["data"]["chatDesk"] == {
            "channels": [
                {"platform": "kettle", "timeouts": {"step": 60}, "voices": [{"voice": "channel", "isDefault": True}]}
            ],
            "presets": [1, 60, 600, 3600, 86400],
            "me": {"name": "Ada"},
        }

    @pytest.mark.parametrize(
        ("query", "told"),
        [
            ('mutation { sendChatMessage(input: {text: " "}) { orders { id } } }', "nothing_to_say"),
            ('mutation { sendChatMessage(input: {text: "x", voice: "loud"}) { orders { id } } }', "invalid"),
            ('mutation { sendChatMessage(input: {text: "x", replyTo: 0}) { orders { id } } }', "invalid"),
            (
                'mutation { sendChatMessage(input: {text: "x", platforms: ["no"]}) { orders { id } } }',
                "unknown_platform",
            ),
            ("mutation { deleteChatMessage(seq: 99) { order { id } } }", "not_found"),
            ('mutation { banViewer(platform: "kettle", userId: "9") { order { id } } }', "not_found"),
            ('mutation { banViewer(platform: "\\u0000", userId: "2002") { order { id } } }', "not_found"),
            ('mutation { timeoutViewer(platform: "kettle", userId: "2002", seconds: 0) { order { id } } }', "invalid"),
            ('mutation { undoChatOrder(id: "no id") { order { id } } }', "not_found"),
            ('mutation { addViewerNote(platform: "kettle", userId: "2002", text: " ") { note { id } } }', "invalid"),
            ('mutation { removeViewerNote(id: "no id") { id } }', "not_found"),
            ('{ chatOrder(id: "no id") { id } }', "not_found"),
            ('{ chatViewer(platform: "kettle", userId: "9") { messagesTotal } }', "not_found"),
        ],
    )
    def test_what_is_wrong(self, kettle, ada_client, line, query, told):
        assert code(graphql(ada_client, query)) == told
        assert (kettle.asked.calls, ChatOrder.objects.count()) == ([], 0)


def test_an_order_of_another_account(ada_client, cleo_client, account, channel):
    order = factories.make_order(account=account, platform="kettle")
    note = factories.make_note(account=account, platform="kettle")

    for method, address in (
        ("GET", f"/v1/chat/orders/{order.pk}"),
        ("POST", f"/v1/chat/orders/{order.pk}/undo"),
        ("DELETE", f"/v1/chat/notes/{note.pk}"),
    ):
        assert send(cleo_client, method, address).status_code == 404
    assert ChatOrder.objects.get().state == OrderState.DONE
    assert ViewerNote.objects.get() == note
