"""The panic button: one press makes the stream harmless, the next puts back what was, whatever OBS does meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from accounts.actor import PermissionRefused
from accounts.models import AuditEntry
from events import states
from integrations.domain import commands, dependents
from integrations.models import Integration
from integrations.tools.failures import NotConnected, OutcomeUnknown
from overlays.domain import controls, panic, queue
from overlays.models import AlertQueue, Panic, SafeScene
from tests.factories import make_account, make_actor, make_integration, make_overlay
from tests.overlays.alerts import FIRST, NOON, after, happen, make_box, settings_of, state_of

pytestmark = pytest.mark.django_db


class FakeObs:
    """In place of whoever holds the connections. `shows` is the scene of each OBS by its label."""

    def __init__(self) -> None:
        self.shows: dict[str, str] = {}
        self.failures: dict[str, Exception] = {}
        self.meanwhile: Callable[[], None] | None = None
        self.asked: list[tuple[str, str]] = []

    def __call__(self, row: Integration, command: str, data: dict[str, Any], *, within: float) -> dict[str, Any]:
        assert (command, within) == ("switch", panic.ASKED_FOR)
        self.asked.append((row.label, data["scene"]))
        if failure := self.failures.get(row.label):
            raise failure
        was = self.shows[row.label]
        is_switched = was != data["scene"] and data["only_from"] in (None, was)
        if is_switched:
            self.shows[row.label] = data["scene"]
        if self.meanwhile:
            meanwhile, self.meanwhile = self.meanwhile, None
            meanwhile()
        return {"was": was, "is_switched": is_switched}


@pytest.fixture
def obs(monkeypatch: pytest.MonkeyPatch) -> FakeObs:
    fake = FakeObs()
    monkeypatch.setattr(commands, "ask", fake)
    return fake


@pytest.fixture
def add_obs(account, ada_actor, obs) -> Callable[..., Integration]:
    """Adds one that shows "Live" and is to show "BRB"."""

    def add(label: str = "Gaming PC") -> Integration:
        row = make_integration(account=account, label=label)
        before = [(str(one.pk), one.scene) for one in SafeScene.objects.all()]
        panic.change(ada_actor, [*before, (str(row.pk), "BRB")])
        obs.shows[label] = "Live"
        return row

    return add


def told(account) -> dict[str, Any]:
    [message] = states.messages("alerts", [account.pk])[account.pk]
    return message["data"]


def scenes(actor) -> list[tuple[str, str, str]]:
    return [(one.label, one.state, one.code) for one in panic.shown(actor).scenes]


def lines(action: str) -> list[tuple[str, Any]]:
    return list(AuditEntry.objects.filter(action=action).order_by("pk").values_list("actor_name", "after"))


class TestAlerts:
    def test_alerts_are_held_silent_and_gone_until_they_are_restored(self, account, ben_actor):
        overlay = make_overlay(account=account)
        make_box(overlay)
        settings_of(account, muted=True)
        playing, waiting = happen(account), happen(account)
        queue.offer(overlay, FIRST, NOON)

        with time_machine.travel(after(5), tick=False):
            panic.press(ben_actor, on=True)

        assert (state_of(playing), state_of(waiting)) == ("cleared", "cleared")
        late = happen(account, at=6)
        assert queue.offer(overlay, FIRST, after(7)) is None
        shown = told(account)
        assert (shown["paused"], shown["muted"], shown["current"], shown["waiting"]) == (True, True, None, 1)
        assert shown["panic"] == {"since": after(5).isoformat(), "by": "Ben", "failed": 0}

        panic.press(ben_actor, on=False)

        shown = told(account)
        assert (shown["paused"], shown["muted"], shown["panic"]) == (False, True, None)
        assert queue.offer(overlay, FIRST, after(60))["alert"] == late.pk
        assert lines("panic.pressed") == [("Ben", {"cleared": 2})]
        assert lines("panic.restored") == [("Ben", {"paused": False, "muted": True})]

    def test_the_second_of_two_who_press_changes_nothing(self, account, ben_actor, ada_actor):
        panic.press(ben_actor, on=True)
        version, since = told(account)["version"], told(account)["panic"]["since"]

        panic.press(ada_actor, on=True)

        assert told(account)["version"] == version
        assert told(account)["panic"] == {"since": since, "by": "Ben", "failed": 0}
        panic.press(ada_actor, on=False)
        panic.press(ben_actor, on=False)
        assert (told(account)["paused"], told(account)["muted"]) == (False, False)
        assert len(lines("panic.pressed") + lines("panic.restored")) == 2

    def test_who_may_only_look_cannot_press(self, account):
        viewer = make_actor(account=account, permissions={"events:read"})

        with pytest.raises(PermissionRefused, match="events:create"):
            panic.press(viewer, on=True)

        assert not Panic.objects.exists()
        assert not AlertQueue.objects.exists()


class TestChat:
    def test_every_overlay_of_the_account_hides_it(self, account, ben_actor):
        overlays = [make_overlay(account=account).pk, make_overlay(account=account).pk]
        elsewhere = make_overlay(account=make_account()).pk

        def hiding() -> list[bool]:
            found = states.messages("overlay", [*overlays, elsewhere])
            return [found[pk][0]["data"]["hides_chat"] for pk in (*overlays, elsewhere)]

        panic.press(ben_actor, on=True)
        assert hiding() == [True, True, False]
        panic.press(ben_actor, on=False)
        assert hiding() == [False, False, False]


class TestScenes:
    def test_obs_shows_the_safe_scene_and_then_what_it_showed_before(self, account, ben_actor, obs, add_obs):
        add_obs("Gaming PC")
        add_obs("Laptop")

        panic.press(ben_actor, on=True)

        assert obs.shows == {"Gaming PC": "BRB", "Laptop": "BRB"}
        assert scenes(ben_actor) == [("Gaming PC", "safe", ""), ("Laptop", "safe", "")]
        panic.press(ben_actor, on=False)
        assert obs.shows == {"Gaming PC": "Live", "Laptop": "Live"}
        assert scenes(ben_actor) == [("Gaming PC", "restored", ""), ("Laptop", "restored", "")]
        assert [name for name, _ in lines("obs.controlled")] == ["Lumio"] * 4

    def test_a_scene_that_somebody_chose_meanwhile_stays(self, ben_actor, obs, add_obs):
        add_obs()
        panic.press(ben_actor, on=True)
        obs.shows["Gaming PC"] = "Talking"

        panic.press(ben_actor, on=False)

        assert obs.shows == {"Gaming PC": "Talking"}
        assert scenes(ben_actor) == [("Gaming PC", "kept", "")]

    def test_an_obs_that_showed_it_already_is_left_there(self, ben_actor, obs, add_obs):
        add_obs()
        obs.shows["Gaming PC"] = "BRB"

        panic.press(ben_actor, on=True)
        panic.press(ben_actor, on=False)

        assert obs.asked == [("Gaming PC", "BRB")]
        assert scenes(ben_actor) == [("Gaming PC", "idle", "")]
        assert lines("obs.controlled") == []

    def test_one_that_fails_is_told_and_keeps_nothing_else_from_being_done(self, account, ben_actor, obs, add_obs):
        add_obs("Gaming PC")
        add_obs("Laptop")
        obs.failures["Gaming PC"] = NotConnected(tool="OBS", address="192.0.2.7:4455", host="192.0.2.7")

        panic.press(ben_actor, on=True)

        assert obs.shows["Laptop"] == "BRB"
        assert scenes(ben_actor) == [("Gaming PC", "failed", "tool_not_connected"), ("Laptop", "safe", "")]
        assert [one.detail for one in panic.shown(ben_actor).failed] == [
            "OBS is not connected right now, so nothing was done."
        ]
        assert SafeScene.objects.get(integration__label="Gaming PC").failure_params == {"tool": "OBS"}
        assert (told(account)["paused"], told(account)["panic"]["failed"]) == (True, 1)

    def test_pressing_again_asks_only_those_that_failed(self, ben_actor, obs, add_obs):
        add_obs("Gaming PC")
        add_obs("Laptop")
        obs.failures["Gaming PC"] = NotConnected(tool="OBS")
        panic.press(ben_actor, on=True)
        obs.failures.clear()
        obs.asked.clear()

        panic.press(ben_actor, on=True)

        assert obs.asked == [("Gaming PC", "BRB")]
        assert scenes(ben_actor) == [("Gaming PC", "safe", ""), ("Laptop", "safe", "")]

    def test_one_that_could_not_be_put_back_still_knows_where_to(self, ben_actor, obs, add_obs):
        add_obs()
        panic.press(ben_actor, on=True)
        obs.failures["Gaming PC"] = OutcomeUnknown(tool="OBS")
        panic.press(ben_actor, on=False)
        assert scenes(ben_actor) == [("Gaming PC", "failed", "tool_outcome_unknown")]
        assert lines("obs.controlled")[-1] == ("Lumio", {"act": "scene.program", "scene": "Live", "outcome": "unknown"})
        obs.failures.clear()

        panic.press(ben_actor, on=True)
        panic.press(ben_actor, on=False)

        assert obs.shows == {"Gaming PC": "Live"}

    def test_one_that_switches_and_does_not_say_so_is_put_back(self, account, ben_actor, obs, add_obs, monkeypatch):
        row = add_obs()
        told = {account.pk: [{"id": str(row.pk), "data": {"program": "Live"}}]}
        monkeypatch.setattr("integrations.domain.obs.messages", lambda account_ids: told)
        obs.failures["Gaming PC"] = OutcomeUnknown(tool="OBS")
        panic.press(ben_actor, on=True)
        obs.failures.clear()
        obs.shows["Gaming PC"] = "BRB"

        panic.press(ben_actor, on=True)
        panic.press(ben_actor, on=False)

        assert obs.shows == {"Gaming PC": "Live"}
        assert scenes(ben_actor) == [("Gaming PC", "restored", "")]

    @pytest.mark.django_db(transaction=True)
    def test_restored_while_obs_is_asked_ends_where_it_was(self, ben_actor, obs, add_obs):
        add_obs()

        def press() -> None:
            panic.press(ben_actor, on=False)
            connection.close()

        def restore() -> None:
            another = threading.Thread(target=press)
            another.start()
            another.join()

        obs.meanwhile = restore
        panic.press(ben_actor, on=True)

        assert obs.asked == [("Gaming PC", "BRB"), ("Gaming PC", "Live")]
        assert obs.shows == {"Gaming PC": "Live"}
        assert scenes(ben_actor) == [("Gaming PC", "restored", "")]

    def test_who_asked_and_was_killed_is_not_waited_for(self, ben_actor, obs, add_obs):
        add_obs()
        panic.press(ben_actor, on=True)
        asked_until = timezone.now() + panic.GIVEN_UP_AFTER
        SafeScene.objects.update(state="asked", asked_until=asked_until)
        obs.asked.clear()

        panic.press(ben_actor, on=True)
        assert (obs.asked, scenes(ben_actor)) == ([], [("Gaming PC", "asked", "")])
        with time_machine.travel(asked_until + timedelta(seconds=1)):
            assert scenes(ben_actor) == [("Gaming PC", "failed", "tool_outcome_unknown")]
            panic.press(ben_actor, on=True)

        assert scenes(ben_actor) == [("Gaming PC", "safe", "")]


class TestSettings:
    def test_they_replace_what_was_chosen(self, account, ada_actor, add_obs):
        first = add_obs("Gaming PC")
        second = add_obs("Laptop")

        panic.change(ada_actor, [(str(second.pk), "Pause")])

        assert list(SafeScene.objects.values_list("integration", "scene")) == [(second.pk, "Pause")]
        assert lines("panic.settings_changed")[-1][1] == {"scenes": ["Laptop: Pause"]}
        assert dependents.of(account) == {second.pk: ["Panic button"]}
        first.delete()

    @pytest.mark.parametrize("permission", ["overlays:edit", "obs:edit"])
    def test_they_take_both_permissions(self, account, permission):
        half = make_actor(account=account, permissions={permission})
        row = make_integration(account=account)

        with pytest.raises(PermissionRefused):
            panic.change(half, [(str(row.pk), "BRB")])

        assert not SafeScene.objects.exists()

    def test_what_is_refused(self, account, ada_actor, ben_actor, obs, add_obs):
        row = add_obs()
        elsewhere = make_integration(account=make_account())
        streamerbot = make_integration(account=account, tool="streamerbot", label="Bot")
        twice = [(str(row.pk), "A"), (str(row.pk), "B")]

        for wanted in ([(str(elsewhere.pk), "A")], [(str(streamerbot.pk), "A")], [("x", "A")], twice):
            with pytest.raises(panic.NoSuchObs):
                panic.change(ada_actor, wanted)
        for scene in ("", "x" * 257, "a\0"):
            with pytest.raises(panic.BadSafeScene):
                panic.change(ada_actor, [(str(row.pk), scene)])
        panic.press(ben_actor, on=True)
        with pytest.raises(panic.PanicIsOn):
            panic.change(ada_actor, [])

        assert list(SafeScene.objects.values_list("integration", "scene")) == [(row.pk, "BRB")]


def test_what_somebody_paused_by_hand_meanwhile_is_as_before(account, ben_actor):
    panic.press(ben_actor, on=True)
    controls.switch(ben_actor, paused=False)

    panic.press(ben_actor, on=False)

    assert (told(account)["paused"], told(account)["muted"]) == (False, False)
