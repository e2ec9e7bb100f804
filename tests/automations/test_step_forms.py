"""What the form of a step says about what it cannot offer."""

from __future__ import annotations

import pytest

from automations.domain.offers import Offers
from automations.step_forms import Draft
from integrations.enums import Tool
from tests import factories

pytestmark = pytest.mark.django_db

NO_TOOL = "There is no {} on the Connections page yet. Add one there first."
UNSEEN = "This OBS is not connected now, so its names are to be typed as they are there."


def notes(actor, type: str, **config) -> list[str]:
    return Draft("1", type, config, Offers(actor)).notes


@pytest.mark.parametrize(("type", "name"), [("obs", "OBS Studio"), ("streamerbot", "Streamer.bot")])
def test_step_without_its_tool_says_where_to_add_one(ada_actor, type, name):
    assert notes(ada_actor, type) == [NO_TOOL.format(name)]


def test_obs_that_is_away_says_that_its_names_are_to_be_typed_where_there_are_any(ada_actor, account):
    obs = str(factories.make_integration(account=account).pk)

    assert notes(ada_actor, "obs", integration=obs, act="scene.program") == [UNSEEN]
    assert notes(ada_actor, "obs", integration=obs, act="studio.take") == []


def test_streamerbot_says_why_its_actions_cannot_be_seen(ada_actor, account):
    bot = factories.make_integration(account=account, tool=Tool.STREAMERBOT)

    [why] = notes(ada_actor, "streamerbot", integration=str(bot.pk))

    assert why.startswith("The bridge page is not open.")


@pytest.mark.parametrize("type", ["wait", "chat"])
def test_step_that_needs_no_tool_has_nothing_to_say(ada_actor, type):
    assert notes(ada_actor, type) == []


def test_draft_is_the_same_after_it_was_drawn(ada_actor):
    offers = Offers(ada_actor)
    drawn, other = Draft("1", "obs", {}, offers), Draft("1", "obs", {}, offers)

    assert drawn.fields
    assert drawn == other
