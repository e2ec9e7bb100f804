"""What plays, as the account is told, and telling the player what to do: over the wire to the stand-in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from accounts.actor import PermissionRefused
from accounts.models import AuditEntry
from connections.domain import credentials, grants, music, pauses, players
from connections.domain.pauses import PausedUntil
from connections.domain.players import NotConnected
from connections.enums import GrantState
from connections.models import AppCredentials, Connection, PlatformSwitch
from connections.platforms import failures
from connections.platforms.playing import (
    Command,
    Device,
    Item,
    ItemKind,
    NoActiveDevice,
    NotNow,
    Playback,
    PremiumNeeded,
)
from events import channels
from events.domain import watching
from tests import factories
from tests.connections.spotify.conftest import make_listener

pytestmark = pytest.mark.django_db

PLAYER = "/v1/me/player"
DESK = Device("d1", "Desk", "Computer", volume=40)
LIGHTHOUSE = Item(ItemKind.TRACK, title="Lighthouse", duration_ms=200_000)


@pytest.fixture(autouse=True)
def _real_valkey(real_valkey) -> None:
    """What is kept is kept there."""


def told(actor) -> tuple[str, str]:
    """The state, and why nobody can tell."""
    data = music.state(actor)
    return data["state"], (data["trouble"] or {}).get("code", "")


def of(**playback):
    playback = {"is_playing": True, "item": LIGHTHOUSE, "progress_ms": 1000, "device": DESK} | playback
    return players.data_of(Playback(**playback), read_at=timezone.now(), needs_premium=False)


class TestWhatIsTold:
    def test_a_track(self):
        data = of(refuses=frozenset({Command.NEXT}))

        assert data["state"] == "playing"
        assert data["item"] == {
            "kind": "track",
            "title": "Lighthouse",
            "subtitle": "",
            "image": "",
            "duration_ms": 200_000,
            "link": "",
            "explicit": False,
        }
        assert data["device"] == {
            "id": "d1",
            "name": "Desk",
            "type": "Computer",
            "volume": 40,
            "can_volume": True,
            "is_private": False,
            "is_restricted": False,
        }
        assert data["can"] == {"play": False, "pause": True, "next": False, "previous": True, "volume": True}

    @pytest.mark.parametrize(
        ("playback", "state"),
        [
            ({"is_playing": False}, "paused"),
            ({"item": None}, "playing"),
            ({"item": None, "is_playing": False}, "nothing"),
            ({"item": Item(ItemKind.AD), "progress_ms": None}, "playing"),
            ({"device": None}, "playing"),
        ],
    )
    def test_the_states(self, playback, state):
        assert of(**playback)["state"] == state

    def test_a_private_session_is_told_to_nobody(self):
        data = of(device=Device("d1", "Desk", volume=40, is_private=True))

        assert (data["state"], data["item"], data["progress_ms"]) == ("private", None, None)

    def test_a_device_that_takes_no_commands(self):
        data = of(device=Device("d1", "Desk", volume=40, is_restricted=True))

        assert set(data["can"].values()) == {False}

    def test_nowhere_to_play(self):
        data = players.data_of(None, read_at=timezone.now(), needs_premium=False)

        assert (data["state"], data["device"]) == ("nothing", None)
        assert data["can"] == {"play": True, "pause": False, "next": False, "previous": False, "volume": False}


class TestState:
    def test_what_was_kept_last(self, ada_actor, listener):
        kept = of()
        watching.keep(channels.music(listener.account_id), players.message(kept))

        assert music.state(ada_actor) == kept

    def test_whom_to_ask_with_is_looked_up_once(self, listener, django_assert_num_queries):
        with django_assert_num_queries(3):  # the sign-in, what is switched off, pauses
            assert players.usable(listener.account_id, players.PLAYER.to_read) == listener

    def test_asking_is_looking(self, ada_actor, listener):
        assert told(ada_actor) == ("trouble", "music_not_known")
        assert watching.is_watched(channels.music(listener.account_id))

    def test_nothing_is_known_while_valkey_is_away(self, settings, ada_actor, listener):
        watching.keep(channels.music(listener.account_id), players.message(of()))
        settings.REDIS_URL = "redis://127.0.0.1:1/0"

        assert told(ada_actor) == ("trouble", "music_not_known")

    def test_nothing_is_connected(self, ada_actor):
        assert told(ada_actor) == ("trouble", "music_not_connected")

    def test_another_accounts_sign_in_is_not_ours(self, ada_actor, spotify, cleo_actor):
        make_listener(cleo_actor.account, spotify)
        watching.keep(channels.music(cleo_actor.account.pk), players.message(of()))

        assert told(ada_actor) == ("trouble", "music_not_connected")

    def test_the_sign_in_is_over_whatever_was_kept(self, ada_actor, listener):
        watching.keep(channels.music(listener.account_id), players.message(of()))
        Connection.objects.update(
            state=GrantState.NEEDS_SIGN_IN,
            failure_code="grant_ended",
            failure_params={"platform": "Spotify", "reason": "Refresh token revoked"},
        )

        assert told(ada_actor) == ("trouble", "grant_ended")

    def test_a_right_is_missing(self, ada_actor, listener):
        Connection.objects.update(scopes=["user-read-currently-playing"])

        assert told(ada_actor) == ("trouble", "scope_missing")

    @pytest.mark.parametrize("everybody", [True, False])
    def test_the_operator_has_switched_it_off(self, ada_actor, listener, everybody):
        PlatformSwitch.objects.create(platform="spotify", account=None if everybody else ada_actor.account)

        assert told(ada_actor) == ("trouble", "platform_unavailable_here")

    def test_a_pause(self, ada_actor, listener):
        until = timezone.now() + timedelta(hours=5)
        AppCredentials.objects.update(paused_until=until)

        data = music.state(ada_actor)

        assert (data["trouble"]["code"], data["paused_until"]) == ("paused_until", until.isoformat())

    def test_a_pause_that_is_over(self, ada_actor, listener):
        AppCredentials.objects.update(paused_until=timezone.now() - timedelta(seconds=1))

        assert told(ada_actor) == ("trouble", "music_not_known")

    def test_the_sentence_is_in_the_readers_language(self, ada_actor, listener):
        trouble = players.trouble(failures.OwnerNeedsPremium(platform="Spotify", reason="x"), at=timezone.now())
        watching.keep(channels.music(listener.account_id), players.message(trouble))

        with translation.override("de"):
            german = music.state(ada_actor)["trouble"]["detail"]

        assert german != trouble["trouble"]["detail"]

    def test_whoever_may_not_see_it_is_told_nothing(self, account, listener):
        with pytest.raises(PermissionRefused):
            music.state(factories.make_actor(account=account, permissions={"spotify:playback"}))

        assert not watching.is_watched(channels.music(account.pk))


class TestTelling:
    def test_it_is_done_and_written_down(self, ada_actor, listener, spotify):
        spotify.play()

        music.tell(ada_actor, Command.PAUSE)
        music.set_volume(ada_actor, 65)
        spotify.add_device("Phone", active=False)
        music.move_to(ada_actor, "phone")

        player = spotify.state.user("mira").player
        assert (player.is_playing, player.active, player.devices["desk"].volume) == (False, "phone", 65)
        lines = AuditEntry.objects.filter(action="music.controlled").order_by("pk")
        assert list(lines.values_list("after", "target_id")) == [
            ({"command": "pause"}, str(listener.pk)),
            ({"volume": 65}, str(listener.pk)),
            ({"device": "phone"}, str(listener.pk)),
        ]

    def test_a_dead_token_is_renewed_once(self, ada_actor, listener, spotify):
        spotify.play()
        spotify.expire_tokens()

        music.tell(ada_actor, Command.PAUSE)

        assert len(spotify.calls("PUT /v1/me/player/pause")) == 2
        assert len(spotify.calls("/api/token", grant_type="refresh_token")) == 1

    @pytest.mark.parametrize(
        ("set_up", "refusal"),
        [
            (lambda spotify: spotify.close_device("Desk"), NoActiveDevice),
            (lambda spotify: spotify.set_playing(False), NotNow),
            (lambda spotify: spotify.set_player(has_premium=False), PremiumNeeded),
            (lambda spotify: spotify.configure(owner_has_premium=False), failures.OwnerNeedsPremium),
            (lambda spotify: spotify.configure(everybody_registered=False), failures.NotRegistered),
            (lambda spotify: spotify.fail(f"{PLAYER}/pause", status=502), failures.Unavailable),
            (lambda spotify: spotify.fail(f"{PLAYER}/pause", status=500, body="oops"), failures.Unavailable),
            (lambda spotify: spotify.fail(f"{PLAYER}/pause", close=True), failures.NoAnswer),
        ],
    )
    def test_what_spotify_does_not_do(self, ada_actor, listener, spotify, set_up, refusal):
        spotify.play()
        set_up(spotify)

        with pytest.raises(refusal):
            music.tell(ada_actor, Command.PAUSE)

        assert not AuditEntry.objects.filter(action="music.controlled").exists()

    def test_that_premium_is_needed_is_remembered_until_it_is_not(self, ada_actor, listener, spotify):
        spotify.play()
        spotify.set_player(has_premium=False)
        with pytest.raises(PremiumNeeded):
            music.tell(ada_actor, Command.PAUSE)
        assert players.needs_premium(listener)

        spotify.set_player(has_premium=True)
        music.tell(ada_actor, Command.PAUSE)

        assert not players.needs_premium(listener)

    def test_another_sign_in_is_tried_anew(self, listener):
        players.remember_premium(listener, is_needed=True)
        listener.connected_at += timedelta(seconds=1)

        assert not players.needs_premium(listener)

    def test_the_sign_in_is_over(self, ada_actor, listener, spotify):
        spotify.end_grant("mira")
        spotify.expire_tokens()

        with pytest.raises(grants.GrantUnusable):
            music.tell(ada_actor, Command.PLAY)

        assert told(ada_actor) == ("trouble", "grant_ended")

    def test_nothing_is_connected(self, ada_actor):
        with pytest.raises(NotConnected):
            music.tell(ada_actor, Command.PLAY)

    @pytest.mark.parametrize("percent", [-1, 101])
    def test_a_volume_that_is_none(self, ada_actor, listener, spotify, percent):
        with pytest.raises(music.NotAVolume):
            music.set_volume(ada_actor, percent)

        assert spotify.calls(f"{PLAYER}/*") == []

    def test_whoever_may_only_look_does_nothing(self, account, listener, spotify):
        viewer = factories.make_actor(account=account, permissions={"spotify:read"})
        spotify.play()

        for do in (
            lambda: music.tell(viewer, Command.PAUSE),
            lambda: music.set_volume(viewer, 5),
            lambda: music.move_to(viewer, "desk"),
            lambda: music.devices(viewer),
        ):
            with pytest.raises(PermissionRefused):
                do()

        assert spotify.calls(f"{PLAYER}*") == []

    def test_devices_that_have_no_address_are_not_offered(self, ada_actor, listener, spotify):
        spotify.add_device("Desk")
        spotify.add_device("Car", id="", active=False)

        assert [device.name for device in music.devices(ada_actor)] == ["Desk"]


class TestPauses:
    def test_after_a_429_nobody_asks(self, ada_actor, listener, spotify):
        spotify.play()
        spotify.limit(5 * 3600)

        for _ in range(3):
            with pytest.raises(PausedUntil) as refusal:
                music.tell(ada_actor, Command.PAUSE)
        with pytest.raises(PausedUntil):
            music.devices(ada_actor)

        assert len(spotify.calls(f"{PLAYER}*")) == 1
        assert 5 * 3600 - 5 <= refusal.value.retry_after <= 5 * 3600
        assert refusal.value.headers == {"Retry-After": str(refusal.value.retry_after)}
        assert "Lumio asks it again at" in refusal.value.text

    def test_it_is_the_app_that_is_to_pause(self, ada_actor, listener, spotify, cleo_actor):
        """Cleo uses the same one, somebody else another that ends alike."""
        other = factories.make_account(owner=factories.make_user())
        for account, client_id in ((cleo_actor.account, spotify.client_id), (other, "x" + spotify.client_id[1:])):
            factories.make_credentials(account=account, platform="spotify", client_id=client_id)
        spotify.limit(100)

        with pytest.raises(PausedUntil):
            music.devices(ada_actor)

        paused = AppCredentials.objects.filter(paused_until__gt=timezone.now())
        assert set(paused.values_list("account_id", flat=True)) == {ada_actor.account.pk, cleo_actor.account.pk}

    def test_without_a_word_the_pauses_grow(self, listener, spotify):
        spotify.limit(3600, says_how_long=False)
        lengths = []
        for _ in range(8):
            AppCredentials.objects.update(paused_until=None)
            with pytest.raises(PausedUntil) as refusal:
                pauses.call(listener, lambda access: players.PLAYER.playback(access.token))
            lengths.append(refusal.value.retry_after)

        assert lengths == [5, 10, 20, 40, 80, 160, 300, 300]

    def test_a_longer_pause_is_not_made_shorter(self, listener):
        until = timezone.now() + timedelta(hours=5)
        AppCredentials.objects.update(paused_until=until)

        pauses._pause(listener, 5)

        assert AppCredentials.objects.get().paused_until == until

    def test_the_card_says_so(self, ada_client, listener):
        AppCredentials.objects.update(paused_until=timezone.now() + timedelta(hours=5))

        page = ada_client.get("/dashboard/connections").content.decode()

        assert "Spotify was asked too often and wants a pause." in page

    def test_another_app_need_not_pause(self, ada_actor, listener, spotify):
        AppCredentials.objects.update(paused_until=timezone.now() + timedelta(hours=5))
        other = spotify.add_app("another0app", "another0secret")

        credentials.save(
            actor=ada_actor,
            platform=players.PLATFORM,
            client_id=other.client_id,
            client_secret=other.client_secret,
        )

        assert AppCredentials.objects.get().paused_until is None
