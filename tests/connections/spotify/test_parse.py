"""What plays, from the JSON of Spotify's player. Pure, and it never raises."""

from __future__ import annotations

import pytest

from connections.platforms.playing import Command, Device, Item, ItemKind, Playback
from connections.platforms.spotify import parse

TRACK = {
    "type": "track",
    "id": "4x",
    "uri": "spotify:track:4x",
    "name": "Lighthouse",
    "duration_ms": 200_000,
    "explicit": True,
    "is_local": False,
    "artists": [{"id": "1", "name": "The Fog Signals"}, {"id": "2", "name": "Mira"}],
    "album": {
        "name": "Album",
        "images": [
            {"url": "https://i.scdn.co/image/small", "width": 64, "height": 64},
            {"url": "https://i.scdn.co/image/large", "width": 640, "height": 640},
        ],
    },
    "external_urls": {"spotify": "https://open.spotify.com/track/4x"},
}
DEVICE = {
    "id": "d1",
    "is_active": True,
    "is_private_session": False,
    "is_restricted": False,
    "name": "Desk",
    "type": "Computer",
    "volume_percent": 40,
    "supports_volume": True,
}
ANSWER = {
    "device": DEVICE,
    "progress_ms": 61_234,
    "is_playing": True,
    "currently_playing_type": "track",
    "actions": {"disallows": {"resuming": True, "skipping_prev": True, "seeking": True}},
    "item": TRACK,
}
DESK = Device("d1", "Desk", "Computer", volume=40)
LIGHTHOUSE = Item(
    ItemKind.TRACK,
    title="Lighthouse",
    subtitle="The Fog Signals, Mira",
    image="https://i.scdn.co/image/large",
    duration_ms=200_000,
    link="https://open.spotify.com/track/4x",
    explicit=True,
)


def test_a_track():
    assert parse.playback(ANSWER) == Playback(
        is_playing=True,
        item=LIGHTHOUSE,
        progress_ms=61_234,
        device=DESK,
        refuses=frozenset({Command.PLAY, Command.PREVIOUS}),
    )


def test_an_episode_has_its_show_where_a_track_has_artists():
    episode = {
        "type": "episode",
        "name": "Fog",
        "duration_ms": 1000,
        "images": [],
        "show": {"name": "Coast", "images": [{"url": "https://i.scdn.co/image/show"}]},
    }

    found = parse.playback(ANSWER | {"currently_playing_type": "episode", "item": episode})

    assert found.item == Item(
        ItemKind.EPISODE, title="Fog", subtitle="Coast", image="https://i.scdn.co/image/show", duration_ms=1000
    )


def test_a_file_of_the_listeners_own():
    local = TRACK | {"id": None, "is_local": True, "album": {"id": None, "images": []}, "external_urls": {}}

    found = parse.playback(ANSWER | {"item": local}).item

    assert (found.title, found.image, found.link) == ("Lighthouse", "", "")


@pytest.mark.parametrize(
    ("kind", "item"),
    [("ad", Item(ItemKind.AD)), ("unknown", Item(ItemKind.UNKNOWN)), ("track", None), ("episode", None), (None, None)],
)
def test_nothing_that_has_a_name(kind, item):
    assert parse.playback(ANSWER | {"currently_playing_type": kind, "item": None}).item == item


def test_a_device_that_is_not_to_be_seen_or_told():
    told = DEVICE | {"id": None, "is_private_session": True, "is_restricted": True, "volume_percent": None}

    assert parse.device(told) == Device(
        "", "Desk", "Computer", volume=None, can_volume=False, is_private=True, is_restricted=True
    )


@pytest.mark.parametrize(
    ("told", "can"), [({}, True), ({"supports_volume": False}, False), ({"volume_percent": None}, False)]
)
def test_a_device_whose_volume_can_be_set(told, can):
    assert parse.device(DEVICE | told).can_volume is can


def test_the_devices():
    assert parse.devices({"devices": [DEVICE, None, {"id": "d2", "name": "Phone", "volume_percent": 200}]}) == [
        DESK,
        Device("", "", can_volume=False, is_active=False),
        Device("d2", "Phone", volume=100, is_active=False),
    ]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//i.scdn.co/x", "http://[", 7, None])
def test_an_address_that_is_none_is_left_out(url):
    told = TRACK | {"external_urls": {"spotify": url}, "album": {"images": [{"url": url}]}}

    found = parse.playback(ANSWER | {"item": told}).item

    assert (found.link, found.image) == ("", "")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"item": [], "device": [], "actions": [], "progress_ms": "1"},
        {"item": {"artists": {}, "album": [], "show": 7, "images": 7, "external_urls": 7, "name": 7}},
        {"item": {"name": "\x00\ud800"}, "actions": {"disallows": None}, "progress_ms": -1},
    ],
)
def test_another_shape_is_nothing_to_fail_about(body):
    found = parse.playback(body)

    assert (found.is_playing, found.progress_ms, found.refuses) == (False, None, frozenset())
