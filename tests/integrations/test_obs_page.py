"""What the OBS page says: the same as `static/js/popout/obs-face.js`, by the same cases."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.utils import translation

from accounts.enums import Permission
from events import channels
from events.domain import watching
from integrations.domain import live, obs_page
from integrations.domain.obs_page import Face
from integrations.enums import ObsAct, Route
from integrations.obs import state
from tests import factories

CASES = json.loads((Path(__file__).parents[1] / "js" / "obs-page.json").read_text())
TOLD = {
    case["name"]: case["message"]["data"]
    for case in json.loads((Path(__file__).parents[1] / "js" / "obs.json").read_text())["messages"]
}
SEEN = {"program": None, "preview": None, "switching_to": None, "studio_mode": False}


@pytest.mark.parametrize("case", CASES["faces"], ids=lambda case: case["name"])
def test_what_is_said_of_the_connection(case):
    assert obs_page.face(case["data"], CASES["words"]) == Face(*case["face"])


@pytest.mark.parametrize("case", CASES["scenes"], ids=lambda case: case["name"])
def test_which_scenes_are_shown(case):
    seen = {name: value for name, value in case["data"].items() if name != "names"}
    scenes = [{"name": name} for name in case["data"]["names"]]

    tiles = obs_page.tiles(SEEN | seen | {"scenes": scenes})

    assert [tile["name"] for tile in tiles] == case["shown"]


@pytest.mark.parametrize("case", CASES["choices"], ids=lambda case: case["name"])
def test_which_obs_is_shown(case):
    known = [{"integration": key, "label": label, "link": link} for key, label, link in case["obs"]]

    chosen = obs_page.choose(known, case["wanted"])

    assert (chosen and chosen["integration"]) == case["chosen"]


def test_a_scene_says_what_is_special_about_it():
    assert obs_page.tiles(TOLD["studio mode, switching"]) == [
        {"name": "Live", "is_program": True, "is_preview": False},
        {"name": "Pause", "is_program": False, "is_preview": True},
    ]


def test_the_words_of_the_cases_are_the_words_of_the_page():
    words = obs_page._catalogue()

    for name, text in CASES["words"].items():
        assert words[name] == text if isinstance(text, str) else words[name].items() >= text.items(), name


def test_every_button_is_something_that_obs_may_be_told():
    acts = {f"{output.name}.{button.act}" for output in obs_page.OUTPUTS for button in output.buttons}
    held = {f"{output.name}.{button.act}" for output in obs_page.OUTPUTS for button in output.buttons if button.is_held}

    assert acts < set(ObsAct.values)
    assert held == set(obs_page.QUESTIONS)
    assert held == {act for act in ObsAct.values if act.endswith((".start", ".stop"))}


@pytest.mark.parametrize("language", ["en", "de"])
def test_no_place_is_left_in_what_the_page_shows_as_it_is(language):
    with translation.override(language):
        words = obs_page._catalogue()

    shown = [*words["links"].values(), *words["links_why"].values(), *words["headings"].values()]
    assert [text for text in [*shown, *words["outputs"].values()] if "{" in text] == []


class TestThePage:
    @pytest.fixture(autouse=True)
    def _real_valkey(self, real_valkey) -> None:
        """What is kept is kept there."""

    @pytest.fixture
    def obs(self, account):
        """A connected OBS on the air."""
        row = factories.make_integration(account=account, label="Gaming PC", route=Route.DIRECT)
        live.keep(row.pk, account.pk, {"state": "connected", "version": "30.1.2", "latency_ms": 12})
        data = TOLD["on air"] | {"integration": str(row.pk)}
        watching.keep(channels.obs(account.pk), state.message(data), part=str(row.pk))
        return row

    @pytest.fixture
    def address(self, ada_actor):
        def made(*permissions: Permission) -> str:
            _, secret = factories.make_token(actor=ada_actor, permissions=set(permissions))
            return f"/popout/obs?token={secret.reveal()}"

        return made

    def test_the_first_paint_shows_the_scenes_and_which_one_is_live(self, client, obs, address):
        page = client.get(address(Permission.SETTINGS_READ)).content.decode()

        drawn = page[: page.index("<template data-scene>")]
        assert re.findall(r'<li class="scene" data-key="([^"]*)"( data-live)?', drawn) == [
            ("Live", " data-live"),
            ("Pause", ""),
        ]
        assert '<strong data-slot="label">Gaming PC</strong><span data-slot="heading">Connected</span>' in page

    def test_whoever_only_looks_has_no_button_to_press(self, client, obs, address):
        page = client.get(address(Permission.SETTINGS_READ)).content.decode()

        assert ("data-press" in page, "data-hold" in page, "<dialog" in page) == (False, False, False)

    def test_whoever_controls_has_them_unless_the_address_says_otherwise(self, client, obs, address):
        link = address(Permission.SETTINGS_READ, Permission.OBS_EDIT)

        assert "data-hold" in client.get(link).content.decode()
        assert "data-hold" not in client.get(f"{link}&controls=0").content.decode()

    def test_without_any_obs_it_says_where_to_add_one(self, client, account, address):
        page = client.get(address(Permission.SETTINGS_READ)).content.decode()

        assert '<strong data-slot="trouble-heading">No OBS here yet</strong>' in page
        assert 'data-slot="desk" hidden' in page

    def test_the_page_has_its_numbers_found_out(self, client, obs, account, address):
        client.get(address(Permission.SETTINGS_READ))

        assert watching.is_watched(channels.obs(account.pk))

    def test_names_from_obs_are_text(self, client, account, obs, address):
        payload = '</script><script>alert(1)</script><img src=x onerror="alert(1)">'
        data = TOLD["on air"] | {"integration": str(obs.pk), "scenes": [{"name": payload}], "program": payload}
        watching.keep(channels.obs(account.pk), state.message(data), part=str(obs.pk))

        page = client.get(address(Permission.SETTINGS_READ)).content.decode()

        assert ("<script>alert" in page, "<img src=x" in page) == (False, False)

    def test_the_dashboard_has_the_same_page(self, ada_client, obs):
        page = ada_client.get("/dashboard/obs", {"obs": "gaming pc"}).content.decode()

        assert 'data-wanted="gaming pc"' in page
        assert "data-hold" in page

    def test_another_account_sees_nothing_of_it(self, cleo_client, obs):
        page = cleo_client.get("/dashboard/obs").content.decode()

        assert "Gaming PC" not in page
        assert "No OBS here yet" in page
