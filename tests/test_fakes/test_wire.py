"""The environment that points Lumio at the stand-ins: its names are settings, its addresses exist."""

from __future__ import annotations

import pytest
import requests
from django.conf import settings

from tests.fakes.cast import Stage
from tests.fakes.wire import ADDRESSES, environment
from tests.test_fakes.clients import PATIENCE


def test_every_name_is_a_setting():
    names = [name for addresses in ADDRESSES.values() for name in addresses]

    assert [name for name in names if not hasattr(settings, name)] == []


def test_only_those_that_are_given_are_named():
    assert environment(kick="http://127.0.0.1:9102/", discord="http://127.0.0.1:9105") == {
        "KICK_AUTH_URL": "http://127.0.0.1:9102",
        "KICK_API_URL": "http://127.0.0.1:9102",
        "KICK_FILES_URL": "http://127.0.0.1:9102",
        "DISCORD_API_URL": "http://127.0.0.1:9105/api/v10",
        "DISCORD_CDN_URL": "http://127.0.0.1:9105",
    }


@pytest.mark.parametrize(
    ("slug", "name", "path"),
    [
        ("youtube", "YOUTUBE_CDN_URL", "/UC0123=s88"),
        ("kick", "KICK_FILES_URL", "/images/user/700001/profile_image/conversion/medium.webp"),
        ("trovo", "TROVO_CDN_URL", "/user/100200300.png?ext=png&t=0"),
        ("spotify", "SPOTIFY_CDN_URL", "/image/mira"),
        ("discord", "DISCORD_CDN_URL", "/avatars/1100/0123abcd.png"),
        ("emotes", "SEVENTV_CDN_URL", "/emote/60ae958e229664e86c7b0001/2x.webp"),
        ("emotes", "BTTV_CDN_URL", "/emote/60ae958e229664e86c7b0004/2x.webp"),
        ("emotes", "FFZ_CDN_URL", "/emote/1005/2"),
    ],
)
def test_pictures_are_drawn_at_home(slug, name, path):
    with Stage("http://localhost:8000").stand_ins[slug] as stand_in:
        answer = requests.get(environment(**{slug: stand_in.url})[name] + path, timeout=PATIENCE)

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/svg+xml; charset=utf-8")


def test_answers_name_pictures_at_home_once_told_to():
    with Stage("http://localhost:8000").kick as kick:
        kick.draw_pictures()
        token = kick.issue_tokens("mira-plays", ["user:read"])["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        [user] = requests.get(f"{kick.url}/public/v1/users", headers=headers, timeout=PATIENCE).json()["data"]

        assert requests.get(user["profile_picture"], timeout=PATIENCE).status_code == 200
