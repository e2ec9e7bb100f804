"""What Streamer.bot says, as values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from events.enums import Kind
from integrations.streamerbot import parse
from integrations.streamerbot.parse import Action, Info

NOW = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)


def event(**frame: Any):
    return parse.event(frame, integration_id="7", label="Gaming PC", at=NOW)


def told(source: str, kind: str, data: Any = None, at: str = "2026-11-27T10:00:00.1234567+02:00"):
    return event(timeStamp=at, event={"source": source, "type": kind}, data=data)


class TestEvents:
    def test_one_that_has_a_name(self):
        found = told("Custom", "Event", {"eventName": " Boss\u202e defeated ", "args": {"key": "secret"}})

        assert (found.kind, found.platform, found.channel_id) == (Kind.TOOL_EVENT, "streamerbot", "7")
        assert found.occurred_at == datetime(2026, 11, 27, 8, 0, 0, 123456, tzinfo=UTC)
        assert (found.message, found.extra) == (
            "",
            {"title": "Boss defeated", "source": "Custom", "type": "Event", "integration": "Gaming PC"},
        )

    @pytest.mark.parametrize(
        ("data", "message"),
        [("hello", "hello"), ({"message": "hello"}, "hello"), ({"text": "hello"}, ""), ([1], ""), (None, "")],
    )
    def test_of_the_data_a_text_is_told_and_nothing_else(self, data, message):
        found = told("General", "Custom", data)

        assert (found.extra["title"], found.message) == ("General.Custom", message)
        assert "".join(piece["text"] for piece in found.fragments) == message

    def test_the_same_again_is_the_same_event(self):
        assert told("Kofi", "Donation", {"id": 1}).external_id == told("Kofi", "Donation", {"id": 1}).external_id
        assert told("Kofi", "Donation", {"id": 1}).external_id != told("Kofi", "Donation", {"id": 2}).external_id

    def test_without_a_time_nothing_is_a_repeat(self):
        frame = {"event": {"source": "General", "type": "Custom"}, "data": "again"}
        ids = {
            parse.event(frame, integration_id="7", label="", at=NOW + timedelta(seconds=later)).external_id
            for later in (0, 1)
        }

        assert len(ids) == 2

    @pytest.mark.parametrize(
        "frame", [{}, {"event": None}, {"event": "Twitch"}, {"event": {"source": "Twitch"}}, {"event": {"type": 4}}]
    )
    def test_a_frame_that_names_no_event_is_none(self, frame):
        assert event(**frame) is None

    def test_whatever_comes_can_be_stored(self):
        found = told("General\0", "Custom\ud800", {"message": "a\0b", "deep": [[[["\0"]]]]}, at="yesterday")

        assert (found.extra["title"], found.message, found.occurred_at) == ("General.Custom", "ab", NOW)
        assert "\0" not in str(found.raw)


class TestActions:
    def test_with_and_without_a_group(self):
        listed = [
            {"id": "1", "name": "A", "group": "None", "enabled": True},
            {"id": "2", "name": "B\u200b ", "group": "Room", "enabled": False},
            {"id": "3", "name": None, "group": None},
        ]

        assert parse.actions({"actions": listed}) == [
            Action("1", "A", "", True),
            Action("2", "B", "Room", False),
            Action("3", "", "", True),
        ]

    @pytest.mark.parametrize("answer", [{}, {"actions": {}}, {"actions": [None, "x", {"name": "no id"}, {"id": 4}]}])
    def test_what_is_no_action_is_left_out(self, answer):
        assert parse.actions(answer) == []


class TestWanted:
    def test_what_changes_actions_always_and_services_if_asked_for(self):
        known = {"events": {"application": ["actionAdded"], "twitch": ["follow"], "kofi": ["donation"], "obs": []}}

        assert parse.wanted(known, takes_events=False) == {"Application": ["ActionAdded"]}
        assert parse.wanted(known, takes_events=True) == {"Application": ["ActionAdded"], "Kofi": ["Donation"]}

    @pytest.mark.parametrize(
        "answer", [{}, {"events": []}, {"events": {"Kofi": "Donation"}}, {"events": {"Kofi": [1]}}]
    )
    def test_nothing_of_what_cannot_be_read(self, answer):
        assert parse.wanted(answer, takes_events=True) == {}


@pytest.mark.parametrize(
    ("version", "greets"),
    [("0.2.4", False), ("v0.2.5", True), ("1.0.1", True), ("0.1.22", False), ("1.0.0-beta.2", True), ("new", True)],
)
def test_which_versions_greet(version, greets):
    assert Info(version, "").greets is greets


def test_who_it_is():
    assert parse.info({"info": {"version": " 1.0.1 ", "name": "PC\n2"}}) == Info("1.0.1", "PC 2")
    assert [parse.info(frame) for frame in ({}, {"info": {"name": "PC"}}, {"info": [], "version": "1"})] == [None] * 3
