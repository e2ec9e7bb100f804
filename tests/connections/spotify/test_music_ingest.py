"""Asking what plays: how often, by whom, and what is said of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from connections import music_ingest
from connections.domain import music, players
from connections.enums import GrantState
from connections.models import AppCredentials, Connection, PlatformSwitch
from connections.music_ingest import Poller, Timing
from connections.platforms.playing import Command
from events import bus, channels
from events.domain import watching
from events.enums import SourceState
from tests import factories
from tests.connections.listening import OutletRecorder, at_work
from tests.waiting import in_db, until, until_db

PLAYER = "GET /v1/me/player"


@pytest.fixture(autouse=True)
def _real_valkey(real_valkey) -> None:
    """What is kept is kept there."""


@dataclass
class Minutes:
    """A poller whose time is ours, and what it told."""

    travel: Any
    now: float = 0.0
    told: list[dict[str, Any]] = field(default_factory=list)
    poller: Poller = field(init=False)

    def run(self, seconds: float, *, watched: bool = True) -> None:
        """Let it do all that it is time for meanwhile. The first step is at once."""
        end = self.now + seconds
        while self.now < end:
            if watched:
                watching.watch(self.poller.channel)
            self.pass_(min(self.poller.step() or 0.01, end - self.now))

    def pass_(self, seconds: float) -> None:
        self.now += seconds
        self.travel.shift(timedelta(seconds=seconds))


@pytest.fixture
def minutes(listener: Connection, monkeypatch: pytest.MonkeyPatch) -> Iterator[Minutes]:
    with time_machine.travel(timezone.now(), tick=False) as travel:
        found = Minutes(travel)
        found.poller = Poller(listener, Timing(), clock=lambda: found.now)
        keep = watching.keep

        def kept(channel: Any, message: dict[str, Any]) -> None:
            found.told.append(message["data"])
            keep(channel, message)

        monkeypatch.setattr(watching, "keep", kept)
        yield found


@pytest.mark.django_db
class TestHowOften:
    def test_every_three_seconds_while_something_plays(self, minutes, spotify):
        spotify.play(duration_ms=600_000)

        minutes.run(60)

        assert len(spotify.calls(PLAYER)) == 20

    def test_once_more_a_second_after_its_end(self, minutes, spotify):
        spotify.play("One", duration_ms=10_500)
        spotify.queue("Two", duration_ms=600_000)

        minutes.run(12)

        # At 0, 3, 6, 9, and at 11.5.
        assert len(spotify.calls(PLAYER)) == 5
        assert [data["item"]["title"] for data in minutes.told] == ["One", "Two"]

    @pytest.mark.parametrize("set_up", [lambda spotify: None, lambda spotify: spotify.play(paused=True)])
    def test_seldom_and_more_seldom_while_nothing_does(self, minutes, spotify, set_up):
        set_up(spotify)

        minutes.run(15 + 20 + 25 + 30 + 30)

        assert len(spotify.calls(PLAYER)) == 5

    def test_not_at_all_while_nobody_looks(self, minutes, spotify):
        spotify.play()

        minutes.run(600, watched=False)

        assert spotify.calls(PLAYER) == []
        assert minutes.poller.is_idle

    def test_a_button_is_followed_by_a_look(self, minutes, spotify):
        minutes.run(1)
        spotify.play()

        minutes.poller.step(acted=True)

        assert [data["state"] for data in minutes.told] == ["nothing", "playing"]


@pytest.mark.django_db
class TestWhatIsSaid:
    def test_what_goes_on_as_expected_only_every_fifteen_seconds(self, minutes, spotify):
        spotify.play(duration_ms=600_000)

        minutes.run(60)

        assert [data["progress_ms"] for data in minutes.told] == [0, 15_000, 30_000, 45_000]

    @pytest.mark.parametrize(
        "change",
        [
            lambda spotify: spotify.seek(100_000),
            lambda spotify: spotify.seek(0),
            lambda spotify: spotify.set_playing(False),
            lambda spotify: spotify.play("Another"),
            lambda spotify: spotify.add_device("Phone"),
            lambda spotify: setattr(spotify.state.user("mira").player.device, "volume", 41),
            lambda spotify: spotify.close_device("Desk"),
            lambda spotify: spotify.configure(owner_has_premium=False),
        ],
    )
    def test_what_changes_is_said_at_once(self, minutes, spotify, change):
        spotify.play(duration_ms=600_000, progress_ms=60_000)
        minutes.run(7)
        assert len(minutes.told) == 1

        change(spotify)
        minutes.run(3)

        assert len(minutes.told) == 2

    def test_two_seconds_off_are_nothing_to_say(self, minutes, spotify):
        spotify.play(duration_ms=600_000, progress_ms=60_000)
        minutes.run(7)

        spotify.seek(69_000)  # at 67,000 by our count
        minutes.run(3)

        assert len(minutes.told) == 1

    def test_whoever_comes_back_is_told_again(self, minutes, spotify):
        spotify.play(duration_ms=600_000)
        minutes.run(1)
        with_nobody = minutes.poller
        watching.asked(lambda client: client.flushall(), None)
        assert with_nobody.step() == Timing().idle

        minutes.run(1)

        assert len(minutes.told) == 2

    def test_that_premium_is_needed(self, minutes, spotify, listener):
        spotify.play(duration_ms=600_000)
        minutes.run(1)
        players.remember_premium(listener, is_needed=True)

        minutes.run(3)

        assert [data["needs_premium"] for data in minutes.told] == [False, True]


@pytest.mark.django_db
class TestTrouble:
    @pytest.mark.parametrize(
        "fault", [{"status": 502}, {"status": 500, "body": "oops"}, {"close": True}, {"status": 200, "body": "<html>"}]
    )
    def test_an_outage_is_said_only_after_a_while(self, minutes, spotify, fault):
        spotify.play(duration_ms=600_000)
        minutes.run(4)
        spotify.fail(PLAYER, times=None, **fault)

        minutes.run(25)
        assert {data["state"] for data in minutes.told} == {"playing"}
        minutes.run(30)

        assert minutes.told[-1]["state"] == "trouble"
        assert minutes.told[-1]["trouble"]["code"] in {"platform_unavailable", "platform_silent"}
        spotify.heal()
        minutes.run(31)
        assert minutes.told[-1]["state"] == "playing"

    def test_an_outage_is_asked_about_less_and_less(self, minutes, spotify):
        spotify.fail(PLAYER, times=None, status=503)

        minutes.run(5 + 10 + 20 + 30 + 30)

        assert len(spotify.calls(PLAYER)) == 5

    @pytest.mark.parametrize(
        ("setting", "code"),
        [("owner_has_premium", "owner_needs_premium"), ("everybody_registered", "user_not_registered")],
    )
    def test_what_waiting_does_not_help_is_said_at_once(self, minutes, spotify, setting, code):
        spotify.play(duration_ms=600_000)
        minutes.run(1)
        spotify.configure(**{setting: False})

        minutes.run(3)

        assert minutes.told[-1]["trouble"]["code"] == code
        assert minutes.poller.refusal.code == code

    def test_a_sign_in_that_is_over(self, minutes, spotify):
        spotify.play(duration_ms=600_000)
        minutes.run(1)
        spotify.end_grant("mira")
        spotify.expire_tokens()

        minutes.run(3)

        assert minutes.told[-1]["trouble"]["code"] == "grant_ended"

    def test_a_pause_of_hours_is_kept_and_shown(self, minutes, spotify, listener):
        spotify.play(duration_ms=600_000)
        minutes.run(1)
        spotify.limit(5 * 3600)
        minutes.run(3)
        asked = len(spotify.calls("/v1/me/player*"))

        minutes.run(600)

        assert len(spotify.calls("/v1/me/player*")) == asked
        assert (minutes.told[-1]["state"], minutes.told[-1]["trouble"]["code"]) == ("trouble", "paused_until")
        until_then = AppCredentials.objects.get(account=listener.account_id).paused_until
        assert minutes.told[-1]["paused_until"] == until_then.isoformat()

    def test_a_pause_outlives_whoever_was_told_of_it(self, minutes, spotify, listener):
        AppCredentials.objects.update(paused_until=timezone.now() + timedelta(seconds=60))
        spotify.play(duration_ms=600_000)

        minutes.run(59)
        assert spotify.calls("/v1/me/player*") == []
        minutes.run(30)

        assert minutes.told[-1]["state"] == "playing"

    def test_without_valkey_nobody_is_asked_and_nothing_breaks(self, minutes, spotify, settings):
        settings.REDIS_URL = "redis://127.0.0.1:1/0"
        spotify.play()

        minutes.run(300)

        assert spotify.calls(PLAYER) == []


@pytest.mark.django_db
class TestWanted:
    def keys(self) -> list[str]:
        return [spec.key for spec in music_ingest.wanted_sources()]

    def test_each_sign_in_that_works(self, listener):
        [spec] = music_ingest.wanted_sources()

        assert (spec.key, spec.account_id) == (f"music:{listener.pk}", listener.account_id)

    @pytest.mark.parametrize(
        "change",
        [
            lambda row: Connection.objects.update(state=GrantState.NEEDS_SIGN_IN),
            lambda row: Connection.objects.update(scopes=["user-modify-playback-state"]),
            lambda row: Connection.objects.all().delete(),
            lambda row: PlatformSwitch.objects.create(platform="spotify"),
            lambda row: type(row.account).objects.filter(pk=row.account_id).update(closed_at=timezone.now()),
        ],
    )
    def test_no_other(self, listener, change):
        change(listener)

        assert self.keys() == []

    def test_one_at_a_platform_without_a_player(self, account):
        factories.make_connection(account=account, platform="twitch")

        assert self.keys() == []


QUICK = Timing(playing=0.2, after_end=0.1, quiet=0.5, quiet_longest=0.5, after_action=0.1, again=1.0, idle=30.0)


@pytest.mark.django_db(transaction=True)
class TestAtWork:
    """The whole way, with real time."""

    async def test_whoever_comes_to_look_is_told_within_a_moment(self, listener, spotify):
        spotify.play()
        channel = channels.music(listener.account_id)
        outlet = OutletRecorder()
        async with at_work(music_ingest.ask_for_ever(listener, outlet, timing=QUICK)):
            await until(lambda: outlet.reports)
            assert spotify.calls(PLAYER) == []
            await self.until_heard()

            await asyncio.to_thread(watching.watch, channel)

            await until_db(lambda: watching.kept([channel]))
        [kept] = (await asyncio.to_thread(watching.kept, [channel])).values()
        assert (kept["id"], kept["type"], kept["data"]["item"]["title"]) == ("player", "music.player", "Lighthouse")
        assert outlet.reports[-1] == (SourceState.DELIVERING, None, None)

    async def test_a_button_is_seen_before_the_next_look_is_due(self, listener, spotify, ada_actor):
        spotify.play(paused=True)
        channel = channels.music(listener.account_id)
        slow = Timing(after_action=0.1)
        async with at_work(music_ingest.ask_for_ever(listener, OutletRecorder(), timing=slow)):
            await self.until_heard()
            await asyncio.to_thread(watching.watch, channel)
            await until_db(lambda: watching.kept([channel]))

            await in_db(lambda: music.tell(ada_actor, Command.PLAY))

            await until_db(lambda: watching.kept([channel])[channel]["data"]["state"] == "playing")

    async def test_what_is_wrong_is_the_sources_health(self, listener, spotify):
        spotify.configure(owner_has_premium=False)
        outlet = OutletRecorder()
        async with at_work(music_ingest.ask_for_ever(listener, outlet, timing=QUICK)):
            await self.until_heard()

            await asyncio.to_thread(watching.watch, channels.music(listener.account_id))

            await until(lambda: outlet.last_failure)

        assert (outlet.reports[-1][0], outlet.last_failure.code) == (SourceState.RECONNECTING, "owner_needs_premium")

    async def test_what_nobody_understands_wakes_nobody(self, listener, spotify):
        channel = channels.music(listener.account_id)
        async with at_work(music_ingest.ask_for_ever(listener, OutletRecorder(), timing=QUICK)):
            await self.until_heard()
            for nonsense in ("", "[]", "{}", '{"channel": 7, "acted": true}', '{"channel": "chat:1", "acted": false}'):
                await asyncio.to_thread(bus.send, watching.TOPIC, nonsense)

            await asyncio.to_thread(watching.watch, channel)

            await until_db(lambda: watching.kept([channel]))

    async def until_heard(self) -> None:
        """Wait until the poller's own connection to Valkey listens."""

        def listeners() -> int:
            return watching.asked(lambda client: client.pubsub_numsub(watching.TOPIC)[0][1], 0)

        await until_db(lambda: listeners() == 1)
