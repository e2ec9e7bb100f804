"""The Automations page, the editor, and what automations did."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.enums import Permission
from automations import presets
from automations.automation_words import starts
from automations.domain import automations
from automations.domain.automations import Changes
from automations.enums import RunState, StepState
from automations.models import Automation, Run
from integrations.domain import actions, obs
from integrations.obs import state
from tests import factories
from tests.automations.made import CHAT, make_automation, make_run, wait
from tests.pages import member, said, words

pytestmark = pytest.mark.django_db

PAGE = "/dashboard/automations"
READ, CREATE, EDIT, DELETE, EXECUTE, HISTORY = (
    Permission.AUTOMATIONS_READ,
    Permission.AUTOMATIONS_CREATE,
    Permission.AUTOMATIONS_EDIT,
    Permission.AUTOMATIONS_DELETE,
    Permission.AUTOMATIONS_EXECUTE,
    Permission.AUTOMATIONS_HISTORY,
)


def shown(client: Client, address: str = PAGE) -> str:
    content = client.get(address).content.decode()
    return words(content.partition("<main")[2].partition("</main>")[0])


def form(account, *steps: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """What the editor sends: a thank you for followers, unless told otherwise. Steps are keyed as they come."""
    usual = {"account": account.pk, "name": "Thanks", "enabled": "on", "trigger": "event", "kinds": ["follow"]}
    sent = usual | {"who": "everybody"} | fields
    sent["step"] = [str(number) for number in range(1, len(steps) + 1)]
    for number, step in enumerate(steps, start=1):
        sent |= {f"step-{number}-{name}": value for name, value in step.items()}
    return sent


class _Fields(HTMLParser):
    """What a browser would send of the form of the editor."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, list[str]] = {}
        self._select = self._textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        unsaid = "on" if given.get("type") == "checkbox" else ""
        name, value = given.get("name") or "", given.get("value", unsaid) or ""
        if tag == "select":
            self._select = name
        elif tag == "textarea":
            self._textarea = name
            self.found[name] = [""]
        elif tag == "option" and "selected" in given:
            self.found.setdefault(self._select, []).append(value)
        elif tag == "input" and name and (given.get("type") not in ("checkbox", "radio") or "checked" in given):
            self.found.setdefault(name, []).append(value)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._textarea = ""

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.found[self._textarea][0] += data


def fields_of(html: str) -> dict[str, list[str]]:
    parser = _Fields()
    parser.feed(html.partition('class="stack automation-form"')[2].partition("</form>")[0])
    return parser.found


SAY = {"type": "chat", "text": "Thank you, {{name}}!"}


class TestTheList:
    def test_says_how_to_begin_while_there_is_none(self, ada_client):
        assert "No automations yet" in shown(ada_client)

    def test_tells_what_starts_each_and_what_it_does(self, ada_client, account):
        obs = factories.make_integration(account=account, label="Gaming PC")
        switch = {"integration": str(obs.pk), "act": "scene.program", "arguments": {"scene": "BRB"}}
        make_automation(
            account=account, name="Big", kinds=["tip", "raid"], least=10, platforms=["twitch"],
            steps=[{"type": "obs", "config": switch}, wait(2.5), CHAT],
        )  # fmt: skip

        text = shown(ada_client)

        assert "When: Tip, Raid, from 10 on (Twitch)" in text
        assert "Gaming PC: Switch the scene, BRB Wait for 2.5 s Chat: Welcome, {{name}}!" in text
        assert "It has not run yet." in text

    def test_says_where_a_tool_was_removed(self, ada_client, account):
        obs = factories.make_integration(account=account, label="Gaming PC")
        switch = {"integration": str(obs.pk), "act": "scene.program", "arguments": {"scene": "BRB"}}
        make_automation(account=account, steps=[{"type": "obs", "config": switch}, CHAT])
        assert "removed" not in shown(ada_client)

        obs.delete()

        assert "Uses a tool that was removed" in shown(ada_client)

    def test_shows_how_the_newest_run_went(self, ada_client, account):
        row = make_automation(account=account)
        make_run(account=account, automation=row, state=RunState.DONE)
        make_run(account=account, automation=row, state=RunState.FAILED)

        assert "failed in part last run" in shown(ada_client)

    def test_is_redrawn_only_if_it_changed(self, ada_client, account):
        row = make_automation(account=account)
        run = make_run(account=account, automation=row)
        seen = re.search(r"seen=(\w+)", ada_client.get(PAGE).content.decode())[1]

        same = ada_client.get(f"{PAGE}/list?seen={seen}")
        Run.objects.filter(pk=run.pk).update(state=RunState.RUNNING)
        other = ada_client.get(f"{PAGE}/list?seen={seen}")

        assert (same.status_code, other.status_code) == (204, 200)
        assert "running last run" in words(other.content.decode())

    def test_offers_what_the_reader_may_do_and_nothing_else(self, account):
        make_automation(account=account)

        text = shown(member(account, READ))

        assert [
            word for word in ("Run", "Disable", "Edit", "Delete", "New Automation", "last run") if word in text
        ] == []

    def test_is_of_one_account(self, cleo_client, account):
        make_automation(account=account, name="Secret plan")

        assert "No automations yet" in shown(cleo_client)


class TestButtons:
    def test_run_begins_one_and_leads_to_what_comes_of_it(self, ada_client, account):
        row = make_automation(account=account, name="Hello")

        answer = ada_client.post(f"{PAGE}/{row.pk}/run", {"account": account.pk})

        assert answer.url == f"{PAGE}/{row.pk}/runs"
        assert [(run.automation, run.by, run.state) for run in Run.objects.all()] == [(row, "Ada", "waiting")]

    def test_switch_is_said_and_done(self, ada_client, account):
        row = make_automation(account=account, name="Hello")

        answer = ada_client.post(f"{PAGE}/{row.pk}/switch", {"account": account.pk, "on": "0"})

        row.refresh_from_db()
        assert (said(answer), row.enabled) == (["Hello no longer runs by itself."], False)

    def test_who_may_not_do_the_steps_by_hand_cannot_switch_it_on(self, account):
        row = make_automation(account=account, enabled=False)

        answer = member(account, READ, EDIT).post(f"{PAGE}/{row.pk}/switch", {"account": account.pk, "on": "1"})

        row.refresh_from_db()
        assert said(answer)[0].startswith("Its steps need a right that you lack")
        assert row.enabled is False

    def test_delete_asks_first(self, ada_client, account):
        row = make_automation(account=account, name="Hello")

        assert "Delete Hello" in shown(ada_client, f"{PAGE}/{row.pk}/remove")
        assert Automation.objects.exists()
        ada_client.post(f"{PAGE}/{row.pk}/remove", {"account": account.pk})
        assert not Automation.objects.exists()


class TestTemplates:
    def test_each_is_offered_with_what_it_is_for(self, ada_client):
        text = shown(ada_client, f"{PAGE}/new")

        assert [slug for slug, one in presets.PRESETS.items() if f"{one.label} {one.help}" not in text] == []

    @pytest.mark.parametrize("slug", presets.PRESETS)
    def test_each_can_be_saved_once_its_scenes_are_chosen(self, ada_actor, account, slug):
        tools = {
            "obs": str(factories.make_integration(account=account).pk),
            "streamerbot": str(factories.make_integration(account=account, tool="streamerbot").pk),
        }
        steps = presets.PRESETS[slug].made
        for step in steps:
            config = step["config"]
            if step["type"] in tools:
                config["integration"] = tools[step["type"]]
            if step["type"] == "streamerbot":
                config["action"] = "4711"
            if config.get("act") == "scene.program":
                config["arguments"] = {"scene": "BRB"}
            if config.get("act", "").startswith("input."):
                config["arguments"] = {"input": "Mic", **config["arguments"]}

        row = automations.create(
            actor=ada_actor, wanted=Changes(name="Mine", **presets.PRESETS[slug].fields, steps=steps)
        )

        assert [step.type for step in row.steps.all()] == [step["type"] for step in steps]
        assert starts(row)

    def test_the_only_obs_is_chosen_already(self, ada_client, account):
        tool = factories.make_integration(account=account)

        content = ada_client.get(f"{PAGE}/new?from=recording").content.decode()

        assert f'<option value="{tool.pk}" selected>' in content


class TestTheEditor:
    def test_makes_an_automation_of_what_was_filled_in(self, ada_client, account):
        tool = factories.make_integration(account=account)
        obs = {"type": "obs", "integration": str(tool.pk), "act": "input.mute", "input": "Mic", "muted": "true"}
        steps = [SAY | {"platforms": ["twitch"]}, {"type": "wait", "seconds": "1,5"}, obs]

        answer = ada_client.post(f"{PAGE}/new", form(account, *steps, least="2.50", cooldown="30"))

        row = Automation.objects.get()
        assert answer.url == PAGE
        assert (row.name, row.kinds, float(row.least), row.cooldown, row.enabled) == (
            "Thanks",
            ["follow"],
            2.5,
            30,
            True,
        )
        assert [step.config for step in row.steps.all()] == [
            {"text": "Thank you, {{name}}!", "platforms": ["twitch"]},
            {"seconds": 1.5},
            {"integration": str(tool.pk), "act": "input.mute", "arguments": {"input": "Mic", "muted": True}},
        ]

    def test_what_is_opened_and_sent_back_changes_nothing(self, ada_client, account):
        obs = factories.make_integration(account=account)
        bot = factories.make_integration(account=account, tool="streamerbot")
        arguments = {"viewer": "{{name}}", "times": 3, "loud": True}
        steps = [
            {"type": "obs", "config": {"integration": str(obs.pk), "act": act, "arguments": given}}
            for act, given in {
                "source.visible": {"scene": "Live", "item": 4, "visible": False},
                "input.volume": {"input": "Mic", "db": -6.5},
                "input.media": {"input": "Fanfare", "media": "restart"},
                "transition.duration": {"duration_ms": 300},
                "stream.start": {},
            }.items()
        ]
        action = {"integration": str(bot.pk), "action": "4711", "action_name": "Lights", "arguments": arguments}
        row = make_automation(
            account=account, steps=[*steps, {"type": "streamerbot", "config": action}, CHAT, wait(0.5)]
        )
        before = [step.config for step in row.steps.all()]

        answer = ada_client.post(f"{PAGE}/{row.pk}", fields_of(ada_client.get(f"{PAGE}/{row.pk}").content.decode()))

        assert [step.config for step in row.steps.all()] == before
        row.refresh_from_db()
        assert (said(answer), row.version) == ([f"{row.name} is saved."], 1)

    @pytest.mark.parametrize(
        ("do", "texts"),
        [
            ("add:chat", ["one", "two", "three", ""]),
            ("up:3", ["one", "three", "two"]),
            ("down:1", ["two", "one", "three"]),
            ("up:1", ["one", "two", "three"]),
            ("remove:2", ["one", "three"]),
            ("redraw", ["one", "two", "three"]),
            ("nonsense:9", ["one", "two", "three"]),
        ],
    )
    def test_steps_are_added_moved_and_taken_away_before_anything_is_saved(self, ada_client, account, do, texts):
        steps = [{"type": "chat", "text": text} for text in ("one", "two", "three")]

        answer = ada_client.post(f"{PAGE}/new", form(account, *steps, name="Kept", do=do))

        content = answer.content.decode()
        assert re.findall(r"<textarea[^>]*-text[^>]*>(.*?)</textarea>", content) == texts
        assert 'value="Kept"' in content
        assert not Automation.objects.exists()

    def test_with_htmx_the_steps_alone_come_back(self, ada_client, account):
        answer = ada_client.post(f"{PAGE}/new", form(account, do="add:wait"), headers={"HX-Request": "true"})

        assert answer.content.decode().lstrip().startswith('<div class="stack" id="steps"')

    def test_fields_follow_what_obs_is_to_do(self, ada_client, account):
        step = {"type": "obs", "integration": "", "act": "transition.duration"}

        content = ada_client.post(f"{PAGE}/new", form(account, step, do="redraw")).content.decode()

        assert 'name="step-1-duration_ms"' in content
        assert 'name="step-1-scene"' not in content

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"name": ""}, "This field is required."),
            ({"kinds": []}, "Choose at least one thing that happens on stream"),
            ({"trigger": "command", "command": "lurk"}, "A command is one word that begins with a sign"),
            ({"cooldown": "-1"}, "Ensure this value is greater than or equal to 0."),
            ({"least": "1.234"}, "Ensure that there are no more than 2 decimal places."),
        ],
    )
    def test_what_is_wrong_is_said_and_nothing_is_lost(self, ada_client, account, fields, sentence):
        answer = ada_client.post(f"{PAGE}/new", form(account, SAY, **fields))

        content = answer.content.decode()
        assert (answer.status_code, Automation.objects.exists()) == (422, False)
        assert sentence in content
        assert "Thank you, {{name}}!" in content

    @pytest.mark.parametrize(
        ("step", "sentence"),
        [
            ({"type": "wait", "seconds": "999"}, "it waits for 0.5 to 300 seconds."),
            ({"type": "chat", "text": " "}, "write what is to be said in chat."),
            ({"type": "obs", "act": "scene.program"}, "Step 1: “OBS Studio” is missing."),
            ({"type": "streamerbot", "integration": "x", "action": ""}, "Step 1: “Id of the action” is missing."),
            (
                {"type": "obs", "integration": "x", "act": "stream.start"},
                "choose one of your integrations of OBS Studio.",
            ),
        ],
    )
    def test_what_is_wrong_with_a_step_is_said_beside_it(self, ada_client, account, step, sentence):
        answer = ada_client.post(f"{PAGE}/new", form(account, step))

        step_shown = unescape(answer.content.decode().partition('id="step-1"')[2])
        assert (answer.status_code, Automation.objects.exists()) == (422, False)
        assert sentence in step_shown

    def test_who_saves_second_is_told_and_overwrites_nothing(self, ada_client, ada_actor, account):
        row = make_automation(account=account, name="First")
        sent = fields_of(ada_client.get(f"{PAGE}/{row.pk}").content.decode())
        automations.save(actor=ada_actor, automation_id=row.pk, version=1, wanted=Changes(name="Second"))

        answer = ada_client.post(f"{PAGE}/{row.pk}", sent | {"name": "Third"})

        row.refresh_from_db()
        assert "Somebody has saved this automation since you opened it." in answer.content.decode()
        assert row.name == "Second"

    def test_step_that_the_person_could_not_do_by_hand_is_neither_offered_nor_saved(self, account):
        editor = member(account, READ, CREATE)

        page = editor.get(f"{PAGE}/new?from=empty").content.decode()
        answer = editor.post(f"{PAGE}/new", form(account, SAY))

        assert 'value="add:chat"' not in page
        assert 'value="add:wait"' in page
        assert (answer.status_code, Automation.objects.exists()) == (422, False)
        assert "Its steps need a right that you lack" in answer.content.decode()

    def test_an_integration_that_was_removed_stays_until_another_is_chosen(self, ada_client, account):
        tool = factories.make_integration(account=account)
        config = {"integration": str(tool.pk), "act": "stream.start", "arguments": {}}
        row = make_automation(account=account, steps=[{"type": "obs", "config": config}])
        tool.delete()

        content = ada_client.get(f"{PAGE}/{row.pk}").content.decode()
        answer = ada_client.post(f"{PAGE}/{row.pk}", fields_of(content) | {"name": "New"})

        assert "one that was removed" in content
        assert said(answer) == ["New is saved."]

    @pytest.mark.parametrize("nasty", ["\x00", "[" * 5000, "NaN", "1e999", "9" * 5000, "{{" * 400, "=", "\ud7ff"])
    @pytest.mark.parametrize("type", ["obs", "streamerbot", "chat", "wait"])
    def test_nothing_that_is_typed_breaks_it(self, ada_client, account, type, nasty):
        names = ("text", "seconds", "integration", "action", "arguments", "source", "scene", "item", "visible", "name")
        step = {"type": type, "act": "source.visible"} | dict.fromkeys(names, nasty)

        codes = [ada_client.post(f"{PAGE}/new", form(account, step, do=do)).status_code for do in ("", "redraw")]

        assert codes == [302 if type == "chat" and nasty.strip("\x00") and len(nasty) <= 500 else 422, 200]


class TestWhatIsOffered:
    @pytest.fixture
    def tool(self, account, monkeypatch):
        """A connected OBS that shows a scene."""
        row = factories.make_integration(account=account, label="Gaming PC")
        data = state.blank(integration=str(row.pk), label=row.label, via="direct") | {
            "link": "connected",
            "scenes": [{"name": "Live"}, {"name": "BRB <b>"}],
            "program": "Live",
            "items": [
                {"id": 3, "name": "Camera", "visible": True, "group": None},
                {"id": 1, "name": "Hat", "visible": True, "group": "Camera effects"},
            ],
            "inputs": [state.input_of("Mic", muted=False, volume={}, is_special=True, media=None)],
        }
        monkeypatch.setattr(obs, "listing", lambda actor: [data])
        return row

    def options(self, client, account, tool, **step) -> list[str]:
        step = {"type": "obs", "integration": str(tool.pk)} | step
        content = client.post(f"{PAGE}/new", form(account, step, do="redraw")).content.decode()
        return [words(one) for one in re.findall(r"<option[^>]*>.*?</option>", content.partition('id="step-1"')[2])]

    def test_scenes_are_those_of_the_connected_obs(self, ada_client, account, tool):
        assert self.options(ada_client, account, tool, act="scene.program")[-3:] == ["Choose…", "Live", "BRB <b>"]

    def test_scene_that_is_not_there_now_stays_chosen(self, ada_client, account, tool):
        offered = self.options(ada_client, account, tool, act="scene.program", scene="Old")

        assert offered[-1] == "Old (not there now)"

    def test_sources_are_named_with_their_scene_or_group(self, ada_client, account, tool):
        offered = self.options(ada_client, account, tool, act="source.visible")

        assert offered[-5:] == ["Choose…", "Live: Camera", "Camera effects: Hat", "shown", "hidden"]

    def test_source_that_is_chosen_is_stored_as_obs_knows_it(self, ada_client, account, tool):
        step = {"type": "obs", "integration": str(tool.pk), "act": "source.visible", "visible": "false"}

        ada_client.post(f"{PAGE}/new", form(account, step | {"source": '["Live", 3]'}))

        [saved] = Automation.objects.get().steps.all()
        assert saved.config["arguments"] == {"scene": "Live", "item": 3, "visible": False}

    def test_who_may_not_see_settings_is_offered_no_names(self, account, tool):
        editor = member(account, READ, CREATE, Permission.OBS_EDIT)

        assert "BRB <b>" not in self.options(editor, account, tool, act="scene.program")

    def test_actions_are_those_of_the_connected_streamerbot(self, ada_client, account, monkeypatch):
        bot = factories.make_integration(account=account, tool="streamerbot")
        found = [{"id": "4711", "name": "Lights", "group": "Room", "is_enabled": True}]
        monkeypatch.setattr(actions, "listing", lambda actor, integration: found)
        step = {
            "type": "streamerbot",
            "integration": str(bot.pk),
            "action": "4711",
            "arguments": "viewer = {{name}}\nn = 3",
        }

        ada_client.post(f"{PAGE}/new", form(account, step))

        [saved] = Automation.objects.get().steps.all()
        assert saved.config == {
            "integration": str(bot.pk),
            "action": "4711",
            "action_name": "Lights",
            "arguments": {"viewer": "{{name}}", "n": 3},
        }


class TestTheHistory:
    def test_says_what_came_of_each_step_and_how_long_it_took(self, ada_client, account):
        row = make_automation(account=account, name="Hello")
        run = make_run(
            account=account, automation=row, name="Hello", trigger="event", state=RunState.FAILED,
            platform="twitch", variables={"name": "Juno"}, steps=[
                {"type": "obs", "config": {"integration": str(row.pk), "act": "stream.start", "arguments": {}}},
                CHAT,
            ],
        )  # fmt: skip
        now = timezone.now()
        run.steps.filter(position=0).update(
            state=StepState.FAILED, failure_code="integration_gone", failure_params={"tool": "OBS Studio"},
            started_at=now, ended_at=now + timedelta(seconds=1.5),
        )  # fmt: skip
        run.steps.filter(position=1).update(
            state=StepState.DONE, outcome={"said": "Welcome, Juno!", "sent": ["Twitch"], "waiting": [], "failed": []}
        )

        text = shown(ada_client, f"{PAGE}/{row.pk}/runs")

        assert "Hello failed in part started by Juno on Twitch" in text
        assert "The OBS Studio that this step used was removed from Lumio." in text
        assert "1.5 s" in text
        assert "Said on Twitch. “Welcome, Juno!” done" in text

    def test_of_all_has_also_what_was_removed_since(self, ada_client, account):
        make_run(account=account, name="Gone by now")

        assert "Gone by now" in shown(ada_client, f"{PAGE}/runs")

    def test_is_asked_for_often_while_a_run_goes_on(self, ada_client, account):
        run = make_run(account=account)
        often = ada_client.get(f"{PAGE}/runs").content.decode()
        Run.objects.filter(pk=run.pk).update(state=RunState.DONE, ended_at=timezone.now())
        seldom = ada_client.get(f"{PAGE}/runs").content.decode()

        assert ("every 1s" in often, "every 1s" in seldom) == (True, False)

    def test_is_redrawn_only_if_it_changed(self, ada_client, account):
        run = make_run(account=account)
        seen = re.search(r"runs\?seen=(\w+)", ada_client.get(f"{PAGE}/runs").content.decode())[1]

        same = ada_client.get(f"{PAGE}/runs?seen={seen}")
        run.steps.update(state=StepState.RUNNING)
        other = ada_client.get(f"{PAGE}/runs?seen={seen}")

        assert (same.status_code, other.status_code) == (204, 200)
        assert other.content.decode().lstrip().startswith('<div class="stack" id="runs"')

    def test_goes_back_page_by_page(self, ada_client, account):
        for number in range(21):
            make_run(account=account, name=f"Run {number}.")

        first = ada_client.get(f"{PAGE}/runs").content.decode()
        older = re.search(r"\?before=(\d+)", first)[1]
        second = shown(ada_client, f"{PAGE}/runs?before={older}")

        assert ("Run 20." in first, "Run 0." in first, "Run 0." in second, "Run 1." in second) == (
            True,
            False,
            True,
            False,
        )

    def test_says_how_often_it_did_not_run(self, ada_client, account):
        make_run(account=account, left_out=12)

        assert "it would have run 12 times more" in shown(ada_client, f"{PAGE}/runs")

    def test_is_of_one_account(self, cleo_client, account):
        row = make_automation(account=account)
        make_run(account=account, automation=row, name="Secret plan")

        assert "No automation has run yet" in shown(cleo_client, f"{PAGE}/runs")
        assert cleo_client.get(f"{PAGE}/{row.pk}/runs").status_code == 404
