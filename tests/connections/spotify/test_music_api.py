"""Music over REST and GraphQL: thin doors of the same room."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from accounts.throttle import Limit
from connections.music_rest import DeviceList
from tests import factories

pytestmark = pytest.mark.django_db

STATE = "{ music { state readAt item { title } device { name isActive } can { play } trouble { code detail } } }"


@pytest.fixture(autouse=True)
def _real_valkey(real_valkey) -> None:
    """What is kept is kept there."""


def put(client: Client, path: str, body: dict[str, Any]):
    return client.put(path, json.dumps(body), content_type="application/json")


def graph(client: Client, query: str) -> dict[str, Any]:
    return client.post("/v1/gql", json.dumps({"query": query}), content_type="application/json").json()


class TestRest:
    def test_a_state_without_what_only_pages_need(self, ada_client, listener):
        told = ada_client.get("/v1/music").json()["data"]

        assert told["state"] == "trouble"
        assert set(told["trouble"]) == {"code", "detail"}
        assert told["trouble"]["code"] == "music_not_known"

    def test_the_commands(self, ada_client, listener, spotify):
        spotify.play("One")
        spotify.queue("Two")
        player = spotify.state.user("mira").player

        assert ada_client.post("/v1/music/pause").status_code == 204
        assert not player.is_playing
        assert ada_client.post("/v1/music/play").status_code == 204
        assert player.is_playing
        assert ada_client.post("/v1/music/next").status_code == 204
        assert player.item.title == "Two"
        assert ada_client.post("/v1/music/previous").status_code == 204
        assert player.item.title == "One"

    def test_volume_and_device(self, ada_client, listener, spotify):
        spotify.play()
        spotify.add_device("Phone", active=False)

        assert put(ada_client, "/v1/music/volume", {"percent": 65}).status_code == 204
        assert put(ada_client, "/v1/music/device", {"id": "phone"}).status_code == 204
        devices = ada_client.get("/v1/music/devices").json()["data"]

        assert [(one["id"], one["volume"], one["is_active"]) for one in devices] == [
            ("desk", 65, False),
            ("phone", 40, True),
        ]

    @pytest.mark.parametrize("percent", [101, -1, "40", 40.0, True, None])
    def test_a_volume_that_is_none(self, ada_client, listener, spotify, percent):
        assert put(ada_client, "/v1/music/volume", {"percent": percent}).status_code == 400
        assert spotify.calls("/v1/me/player*") == []

    def test_what_spotify_does_not_do(self, ada_client, listener):
        answer = ada_client.post("/v1/music/play")

        assert (answer.status_code, answer.json()["code"]) == (409, "no_active_device")

    def test_a_pause_says_how_long(self, ada_client, listener, spotify):
        spotify.limit(100)

        answer = ada_client.post("/v1/music/play")

        assert (answer.status_code, answer.json()["code"]) == (429, "paused_until")
        assert 95 <= int(answer["Retry-After"]) <= 100

    def test_buttons_are_pressed_only_so_often(self, ada_client, listener, spotify, monkeypatch):
        monkeypatch.setattr(DeviceList, "limits", {"GET": Limit("music-control", 1, 3600)})

        answers = [ada_client.get("/v1/music/devices").status_code for _ in range(3)]

        assert answers.count(429) >= 1
        assert len(spotify.calls("/v1/me/player/devices")) == answers.count(200)


class TestGraphql:
    def test_a_state(self, ada_client, listener):
        told = graph(ada_client, STATE)["data"]["music"]

        assert (told["state"], told["trouble"]["code"], told["item"]) == ("trouble", "music_not_known", None)

    def test_the_commands(self, ada_client, listener, spotify):
        spotify.play()
        spotify.add_device("Phone", active=False)
        player = spotify.state.user("mira").player

        paused = graph(ada_client, "mutation { controlMusic(command: PAUSE) { command } }")
        louder = graph(ada_client, "mutation { setMusicVolume(percent: 65) { percent } }")
        moved = graph(ada_client, 'mutation { moveMusic(deviceId: "phone") { deviceId } }')
        devices = graph(ada_client, "{ musicDevices { id volume isActive } }")

        assert paused == {"data": {"controlMusic": {"command": "PAUSE"}}}
        assert louder == {"data": {"setMusicVolume": {"percent": 65}}}
        assert moved == {"data": {"moveMusic": {"deviceId": "phone"}}}
        assert devices["data"]["musicDevices"] == [
            {"id": "desk", "volume": 65, "isActive": False},
            {"id": "phone", "volume": 40, "isActive": True},
        ]
        assert not player.is_playing

    def test_what_spotify_does_not_do(self, ada_client, listener, spotify):
        spotify.play()

        answer = graph(ada_client, "mutation { setMusicVolume(percent: 101) { percent } }")

        assert answer["errors"][0]["extensions"]["code"] == "invalid"
        assert spotify.calls("/v1/me/player*") == []

    def test_whoever_may_only_look(self, account, listener, spotify):
        member = factories.make_member(account=account, permissions={"spotify:read"})
        client = Client(HTTP_HOST="localhost")
        client.force_login(member.user)

        assert graph(client, STATE)["data"]["music"]["state"] == "trouble"
        refused = graph(client, "mutation { controlMusic(command: PLAY) { command } }")

        assert refused["errors"][0]["extensions"]["code"] == "permission_refused"
        assert spotify.calls("/v1/me/player*") == []
