"""The page of help, and the places that lead to its parts."""

from __future__ import annotations

import re

import pytest

from integrations.enums import Tool
from lumio.env import ROOT
from tests.connections.conftest import credentials, grant, twitch  # noqa: F401  # fixtures

#: What templates fill in: the tool of a row or a step, and the extra tags of a message.
FILLED_IN = {*Tool.values, "sign-in"}
LEADS_THERE = re.compile(r'<c-help topic="([\w-]+)"')


@pytest.fixture
def parts(ada_client) -> set[str]:
    """Those that the page lists at its top, all of which it has."""
    page = ada_client.get("/dashboard/help").content.decode()
    listed = set(re.findall(r'<a href="#([\w-]+)">', page))
    assert listed == set(re.findall(r'<h2 id="([\w-]+)">', page))
    return listed


def test_every_part_that_is_led_to_is_there(parts):
    templates = [path.read_text(encoding="utf-8") for path in (ROOT / "templates").rglob("*.html")]
    led_to = {part for text in templates for part in LEADS_THERE.findall(text)}

    assert led_to == {"sign-in", "no-events", "expired", "tips"}
    assert led_to | FILLED_IN <= parts


def test_the_page_leads_to_the_first_steps_and_the_check_of_whoever_may_see_it(ada_client):
    page = ada_client.get("/dashboard/help").content.decode()

    assert 'href="/dashboard/start"' in page
    assert page.count('href="/dashboard/preflight"') == 2  # in the sidebar, and above the help


@pytest.mark.usefixtures("twitch", "credentials")
def test_a_sign_in_that_failed_leads_to_what_helps(ada_client):
    answer = ada_client.get("/connections/twitch/callback?error=access_denied&state=unknown", follow=True)

    assert '<a href="/dashboard/help#sign-in">What helps?</a>' in answer.content.decode()
