"""Spotify's player against the stand-in, over the wire."""

from __future__ import annotations

import pytest

from connections.platforms import failures
from connections.platforms.playing import Command, DeviceGone, ItemKind, NoActiveDevice, NotNow, PremiumNeeded
from connections.platforms.spotify.player import SpotifyPlayer, refusal_of
from lumio.lib.secrets import Secret
from tests.connections.calls import answer

PLAYER = SpotifyPlayer()
ME = "/v1/me/player"


def refused(status: int, message: str, reason: str = ""):
    return answer(status, {"error": {"status": status, "message": message, "reason": reason}})


class TestReading:
    def test_what_plays(self, spotify, token):
        spotify.play("Lighthouse", subtitle="The Fog Signals, Mira", progress_ms=61_000)

        found = PLAYER.playback(token())

        assert found.is_playing
        assert (found.item.title, found.item.subtitle) == ("Lighthouse", "The Fog Signals, Mira")
        assert found.item.image == "https://i.scdn.co/image/L640"
        assert 61_000 <= found.progress_ms < 66_000
        assert (found.device.name, found.device.volume) == ("Desk", 40)
        assert found.refuses == {Command.PLAY}

    def test_an_episode_is_asked_for_by_name(self, spotify, token):
        spotify.play("Fog", kind="episode", subtitle="Coast")

        assert PLAYER.playback(token()).item.kind is ItemKind.EPISODE

    def test_nothing_plays(self, token):
        assert PLAYER.playback(token()) is None

    def test_an_empty_answer_is_nothing_too(self, spotify):
        spotify.fail(ME, status=200, body="")

        assert PLAYER.playback(Secret("x")) is None

    @pytest.mark.parametrize("body", ["<html>", "[]", "null"])
    def test_an_answer_of_another_shape_is_an_outage(self, spotify, body):
        spotify.fail(ME, status=200, body=body)

        with pytest.raises(failures.Unavailable):
            PLAYER.playback(Secret("x"))

    def test_the_devices(self, spotify, token):
        spotify.add_device("Desk")
        spotify.add_device("Phone", active=False, type="Smartphone")

        assert [(one.id, one.type, one.is_active) for one in PLAYER.devices(token())] == [
            ("desk", "Computer", True),
            ("phone", "Smartphone", False),
        ]


class TestTelling:
    def test_pause_and_play(self, spotify, token):
        spotify.play()

        PLAYER.tell(Command.PAUSE, token())
        assert not PLAYER.playback(token()).is_playing
        PLAYER.tell(Command.PLAY, token())
        assert PLAYER.playback(token()).is_playing

    def test_next_and_previous(self, spotify, token):
        spotify.play("One")
        spotify.queue("Two")

        PLAYER.tell(Command.NEXT, token())
        assert PLAYER.playback(token()).item.title == "Two"
        PLAYER.tell(Command.PREVIOUS, token())
        assert PLAYER.playback(token()).item.title == "One"

    def test_volume(self, spotify, token):
        spotify.play()

        PLAYER.set_volume(65, token())

        assert PLAYER.playback(token()).device.volume == 65

    def test_another_device(self, spotify, token):
        spotify.play()
        spotify.add_device("Phone", active=False)

        PLAYER.move_to("phone", token())

        assert PLAYER.playback(token()).device.name == "Phone"

    def test_a_device_that_is_not_there(self, spotify, token):
        spotify.play()

        with pytest.raises(DeviceGone):
            PLAYER.move_to("gone", token())

    def test_nowhere_to_play(self, token):
        with pytest.raises(NoActiveDevice):
            PLAYER.tell(Command.PLAY, token())

    def test_without_premium(self, spotify, token):
        spotify.play()
        spotify.set_player(has_premium=False)

        with pytest.raises(PremiumNeeded):
            PLAYER.tell(Command.PAUSE, token())

        assert PLAYER.playback(token()).is_playing

    def test_without_the_right(self, spotify):
        spotify.play()
        given = Secret(spotify.issue_tokens("mira", ["user-read-playback-state"])["access_token"])

        with pytest.raises(failures.ScopeMissing):
            PLAYER.tell(Command.PAUSE, given)

    def test_nothing_after_this(self, spotify, token):
        spotify.play()

        with pytest.raises(NotNow) as refusal:
            PLAYER.tell(Command.NEXT, token())

        assert refusal.value.text == "Spotify did not do that. There is nothing after this."


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (refused(404, "Player command failed: No active device found", "NO_ACTIVE_DEVICE"), NoActiveDevice),
        (refused(404, "Not found."), NoActiveDevice),
        (refused(403, "Player command failed: Premium required", "PREMIUM_REQUIRED"), PremiumNeeded),
        (refused(403, "Player command failed: Restriction violated", "UNKNOWN"), NotNow),
        (refused(403, "Player command failed: Restriction violated"), NotNow),
        (refused(403, "x", "ALREADY_PAUSED"), NotNow),
        (refused(403, "x", "SOMETHING_NEW"), failures.Unavailable),
        (refused(403, "Insufficient client scope"), failures.ScopeMissing),
        (answer(403, "Active premium subscription required for the owner of the app."), failures.OwnerNeedsPremium),
        (answer(403, "the user may not be registered"), failures.NotRegistered),
        (refused(401, "The access token expired"), failures.TokenRefused),
        (answer(429, "Too many requests", headers={"Retry-After": "7"}), failures.RateLimited),
        (answer(502, "<html>"), failures.Unavailable),
        (answer(500, "plain"), failures.Unavailable),
        (answer(403, {"error": "x"}), failures.Unavailable),
    ],
)
def test_why_it_did_not(given, kind):
    assert type(refusal_of(given)) is kind


@pytest.mark.parametrize(("headers", "seconds"), [({"Retry-After": "7"}, 7), ({}, 5)])
def test_a_pause_that_nobody_names_begins_short(headers, seconds):
    assert refusal_of(answer(429, headers=headers)).retry_after == seconds
