"""The simulated StreamElements: its REST, its two gateways, and what goes wrong there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import websockets
from websockets.asyncio.client import connect

from tests.fakes.streamelements import StreamElements
from tests.test_fakes.clients import PATIENCE, Answer, read


@pytest.fixture
def streamelements() -> Iterator[StreamElements]:
    with StreamElements() as stand_in:
        stand_in.add_channel("Mira_Plays", id="5f00aa11bb22cc33dd44ee55")
        yield stand_in


@pytest.fixture
def jwt(streamelements) -> str:
    return streamelements.issue_jwt()


def ask(streamelements: StreamElements, path: str, jwt: str, **query: Any) -> Answer:
    headers = {"Authorization": f"Bearer {jwt}"}
    address = f"{streamelements.url}/kappa/v2/{path}"
    return read(requests.get(address, params=query, headers=headers, timeout=PATIENCE))


async def hear(socket) -> Any:
    async with asyncio.timeout(PATIENCE):
        return json.loads(await socket.recv())


def subscribe(jwt: str, topic: str = "channel.tips") -> str:
    data = {"topic": topic, "room": "5f00aa11bb22cc33dd44ee55", "token": jwt, "token_type": "jwt"}
    return json.dumps({"type": "subscribe", "nonce": "n-1", "data": data})


class TestRest:
    def test_tells_whose_a_jwt_is_and_too_much_beside(self, streamelements, jwt):
        status, body = ask(streamelements, "channels/me", jwt)

        assert status == 200
        assert (body["_id"], body["provider"], body["displayName"]) == (
            "5f00aa11bb22cc33dd44ee55",
            "twitch",
            "Mira_Plays",
        )
        assert {"email", "apiToken", "accessToken"} <= body.keys()

    def test_refuses_a_dead_one(self, streamelements, jwt):
        streamelements.kill_jwt(jwt)

        assert ask(streamelements, "channels/me", jwt) == (
            401,
            {"statusCode": 401, "error": "Unauthorized", "message": "Invalid token"},
        )

    def test_pages_sorts_and_filters(self, streamelements, jwt):
        tips = [streamelements.unheard_tip(f"donor {ago}", ago=ago) for ago in (300, 200, 100)]
        path = "tips/5f00aa11bb22cc33dd44ee55"
        second = streamelements.state.find(tips[1])[1]["createdAt"]

        def ids(**query: Any) -> list[str]:
            return [tip["_id"] for tip in ask(streamelements, path, jwt, **query)[1]["docs"]]

        assert ids() == tips
        assert ids(sort="-createdAt") == tips[::-1]
        assert [ids(limit=2), ids(limit=2, offset=2)] == [tips[:2], tips[2:]]
        assert (ids(after=second), ids(before=second)) == (tips[2:], tips[:1])

    @pytest.mark.parametrize("query", [{"limit": ""}, {"limit": 0}, {"limit": 101}, {"sort": "amount"}])
    def test_refuses_other_parameters(self, streamelements, jwt, query):
        assert ask(streamelements, "tips/5f00aa11bb22cc33dd44ee55", jwt, **query)[0] == 400

    def test_shows_nobody_elses_tips(self, streamelements, jwt):
        other = streamelements.add_channel("Otto")

        assert ask(streamelements, f"tips/{other}", jwt)[0] == 403


class TestAstro:
    async def test_welcomes_subscribes_and_tells(self, streamelements, jwt):
        async with connect(f"ws://{streamelements.host}/astro/") as socket:
            welcome = await hear(socket)
            await socket.send(subscribe(jwt))
            answer = await hear(socket)
            tip = streamelements.tip("Harlan", 4.2, "USD", "hi")
            told = await hear(socket)

        assert (welcome["type"], answer["type"], answer["nonce"]) == ("welcome", "response", "n-1")
        assert (told["topic"], told["room"], told["data"]["_id"]) == ("channel.tips", "5f00aa11bb22cc33dd44ee55", tip)

    @pytest.mark.parametrize("topic", ["channel.tips", "channel.tips.moderation"])
    async def test_refuses_a_token_that_lacks_the_right(self, streamelements, jwt, topic):
        streamelements.configure(may_moderate=False)
        async with connect(f"ws://{streamelements.host}/astro/") as socket:
            await hear(socket)
            await socket.send(subscribe(jwt if "moderation" in topic else "x", topic))
            answer = await hear(socket)

        assert answer["error"] == "err_unauthorized"

    async def test_moves_a_client_once_and_with_its_own_token_only(self, streamelements, jwt):
        async with connect(f"ws://{streamelements.host}/astro/") as old:
            await hear(old)
            await old.send(subscribe(jwt))
            await hear(old)
            streamelements.ask_to_move()
            token = (await hear(old))["data"]["reconnect_token"]
            async with connect(f"ws://{streamelements.host}/astro/?reconnect_token={token}") as new:
                await hear(new)
                tip = streamelements.tip()
                assert (await hear(new))["data"]["_id"] == tip
            async with connect(f"ws://{streamelements.host}/astro/?reconnect_token={token}") as again:
                with pytest.raises(websockets.ConnectionClosed):
                    await hear(again)

    @pytest.mark.parametrize(("astro", "status"), [("draining", 502), ("limited", 429)])
    async def test_turns_clients_away(self, streamelements, astro, status):
        streamelements.configure(astro=astro)

        with pytest.raises(websockets.InvalidStatus) as refused:
            await connect(f"ws://{streamelements.host}/astro/")

        assert refused.value.response.status_code == status

    async def test_a_dead_token_falls_silent_without_a_word(self, streamelements, jwt):
        async with connect(f"ws://{streamelements.host}/astro/") as socket:
            await hear(socket)
            await socket.send(subscribe(jwt))
            await hear(socket)

            streamelements.kill_jwt()
            streamelements.tip()

            with pytest.raises(TimeoutError):
                await asyncio.wait_for(socket.recv(), 0.2)


class TestTheOlderGateway:
    ADDRESS = "/realtime/socket.io/?cluster=main&EIO={}&transport=websocket"

    async def opened(self, streamelements):
        return await connect(f"ws://{streamelements.host}{self.ADDRESS.format(3)}")

    async def test_speaks_engine_io_3(self, streamelements, jwt):
        async with await self.opened(streamelements) as socket:
            opening, connected = await socket.recv(), await socket.recv()
            await socket.send("42" + json.dumps(["authenticate", {"method": "jwt", "token": jwt}]))
            authenticated = json.loads((await socket.recv())[2:])
            await socket.send("2")
            pong = await socket.recv()
            tip = streamelements.tip("Harlan", 12.5, "EUR")
            name, activity = json.loads((await socket.recv())[2:])

        assert (opening[0], connected, pong) == ("0", "40", "3")
        assert (authenticated[0], authenticated[1]["channelId"]) == ("authenticated", "5f00aa11bb22cc33dd44ee55")
        assert (name, activity["type"], activity["data"]["tipId"]) == ("event", "tip", tip)
        assert activity["_id"] != tip

    async def test_lets_anybody_in_and_then_says_no(self, streamelements):
        async with await self.opened(streamelements) as socket:
            await socket.recv()
            await socket.recv()
            await socket.send('42["authenticate", {"method": "jwt", "token": "x"}]')

            assert json.loads((await socket.recv())[2:])[0] == "unauthorized"

    async def test_turns_newer_clients_away(self, streamelements):
        with pytest.raises(websockets.InvalidStatus):
            await connect(f"ws://{streamelements.host}{self.ADDRESS.format(4)}")
