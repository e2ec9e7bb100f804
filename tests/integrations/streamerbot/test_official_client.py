"""The stand-in is what the vendor's own client takes for a Streamer.bot: npm, @streamerbot/client."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests import npm
from tests.fakes.streamerbot import StreamerBot
from tests.fakes.streamerbot.state import EVENTS
from tests.integrations.streamerbot.conftest import PASSWORD


def told(streamerbot: StreamerBot, password: str = "") -> dict[str, Any]:
    return json.loads(npm.run("streamerbot.mjs", str(streamerbot.port), password).splitlines()[-1])


@pytest.mark.parametrize("password", ["", PASSWORD])
def test_it_connects_lists_runs_and_listens(streamerbot: StreamerBot, password: str) -> None:
    lights = streamerbot.add_action("Lights", group="Room")
    streamerbot.configure(password=password)

    said = told(streamerbot, password)

    assert said["info"]["version"] == "1.0.1"
    assert (said["ready"], said["authenticated"]) == (True, bool(password))
    assert said["actions"] == [{"name": "Lights", "group": "Room", "enabled": True}]
    assert (said["ran"], said["byName"]) == ({"ran": "Lights"}, "ok")
    assert said["unknown"] == {"thrown": "Request failed"}
    assert (said["global"], said["globals"], said["broadcaster"]) == (0, 1, "Mira_Plays")
    assert said["sources"] == len(EVENTS)
    assert said["events"] == [["General.Custom", {"boss": "defeated"}]]
    assert (said["left"], said["disconnected"]) == ("ok", True)
    assert [(run["id"], run["name"]) for run in streamerbot.runs()] == [(lights, "Lights"), (lights, "Lights")]
    assert streamerbot.runs()[0]["args"]["colour"] == "red"
    if password:
        assert said["said"]["status"] == "ok"
        assert streamerbot.snapshot()["said"] == [{"platform": "twitch", "message": "hello", "bot": False}]
    else:
        assert said["said"]["status"] == "error"
        assert streamerbot.snapshot()["said"] == []


@pytest.mark.parametrize("manner", ["error", "4009", "close"])
def test_it_does_not_come_in_with_a_wrong_password(streamerbot: StreamerBot, manner: str) -> None:
    streamerbot.configure(password=PASSWORD, wrong_password=manner)

    said = told(streamerbot, "something else")

    assert said["ready"] is False
    assert said["errors"]
    assert not any(socket["authenticated"] for socket in streamerbot.sockets())


def test_it_needs_the_password_where_that_is_enforced(streamerbot: StreamerBot) -> None:
    streamerbot.configure(password=PASSWORD)

    said = told(streamerbot)

    assert said["ready"] is False
    assert streamerbot.runs() == []


def test_it_works_with_a_version_that_does_not_greet(streamerbot: StreamerBot) -> None:
    streamerbot.add_action("Lights")
    streamerbot.configure(version="0.2.4")

    said = told(streamerbot)

    assert said["info"]["version"] == "0.2.4"
    assert said["ready"] is True
