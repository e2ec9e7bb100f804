"""What Twitch's badges, cheermotes and emotes look like, over the wire."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests

from connections.platforms import PLATFORMS
from connections.platforms.failures import TokenRefused, Unavailable
from lumio.lib.secrets import Secret
from tests.connections.calls import Access
from tests.connections.conftest import STREAMER
from tests.fakes.twitch import Twitch

TWITCH = PLATFORMS["twitch"]
BADGES, CHEERMOTES = "/helix/chat/badges", "/helix/bits/cheermotes"


@pytest.fixture
def access(twitch: Twitch) -> Callable[[], Access]:
    def of() -> Access:
        token = twitch.issue_tokens("mira_plays", [])["access_token"]
        return Access(Secret(token), STREAMER, next(iter(twitch.state.apps)))

    return of


def is_picture(url: str) -> bool:
    answer = requests.get(url, timeout=30)
    return answer.ok and answer.headers["Content-Type"].startswith("image/")


def test_badges_of_all_channels(twitch, access):
    found = TWITCH.badges(access())

    assert {key: title for key, (_, title) in found.items()} == {
        ("broadcaster", "1"): "Broadcaster",
        ("moderator", "1"): "Moderator",
        ("vip", "1"): "VIP",
        ("subscriber", "0"): "Subscriber",
        ("subscriber", "12"): "1-Year Subscriber",
    }
    assert all(is_picture(url) for url, _ in found.values())


def test_badges_of_a_channel_are_its_own(twitch, access):
    twitch.state.user("mira_plays").broadcaster_type = "affiliate"

    own, everywhere = TWITCH.badges(access(), STREAMER), TWITCH.badges(access())

    assert {version for _, version in own} == {"0", "3", "12"}
    assert own["subscriber", "12"] != everywhere["subscriber", "12"]


def test_a_channel_without_any(twitch, access):
    assert TWITCH.badges(access(), STREAMER) == {}


def test_cheermotes_with_the_least_bits_first(twitch, access):
    found = TWITCH.cheermotes(access(), STREAMER)

    assert list(found) == ["cheer"]
    assert [bits for bits, _, _ in found["cheer"]] == [1, 100, 1_000, 5_000, 10_000]
    assert found["cheer"][1][2] == "#9c3ee8"
    assert all(is_picture(url) for _, url, _ in found["cheer"])


def test_an_emotes_picture_needs_no_asking(twitch):
    assert is_picture(TWITCH.emote_url("25"))
    assert twitch.calls("/helix/*") == []


def test_a_dead_token(twitch, access):
    given = access()
    twitch.expire_tokens()

    with pytest.raises(TokenRefused):
        TWITCH.badges(given)


@pytest.mark.parametrize("body", [{}, {"data": None}, {"data": {}}, "<html>"])
@pytest.mark.parametrize("path", [f"{BADGES}/global", CHEERMOTES])
def test_an_answer_of_another_shape_is_an_outage(twitch, access, path, body):
    twitch.fail(path, status=200, body=body)

    with pytest.raises(Unavailable):
        TWITCH.badges(access()) if path.startswith(BADGES) else TWITCH.cheermotes(access(), STREAMER)


@pytest.mark.parametrize(
    "badge",
    [
        None,
        {"set_id": "vip"},
        {"set_id": "vip", "versions": {"id": "1"}},
        {"set_id": "vip", "versions": [None, {"id": 1, "image_url_2x": "https://cdn.example/1"}]},
        {"set_id": "vip", "versions": [{"id": "1", "image_url_2x": "javascript:alert(1)"}]},
        {"set_id": "", "versions": [{"id": "1", "image_url_2x": "https://cdn.example/1"}]},
    ],
)
def test_an_odd_badge_is_left_out(twitch, access, badge):
    fine = {"set_id": "ok", "versions": [{"id": "1", "image_url_2x": "https://cdn.example/1"}]}
    twitch.fail(f"{BADGES}/global", status=200, body={"data": [badge, fine]})

    assert TWITCH.badges(access()) == {("ok", "1"): ("https://cdn.example/1", "")}


@pytest.mark.parametrize("tiers", [None, [None], [{"min_bits": "1"}], [{"min_bits": 1, "images": {"dark": []}}]])
def test_an_odd_cheermote_is_left_out(twitch, access, tiers):
    still = {"min_bits": 1, "color": "red", "images": {"dark": {"static": {"2": "https://cdn.example/2"}}}}
    body = {"data": [{"prefix": "Odd", "tiers": tiers}, {"prefix": "Muxy", "tiers": [still]}, 7]}
    twitch.fail(CHEERMOTES, status=200, body=body)

    assert TWITCH.cheermotes(access(), STREAMER) == {"muxy": [(1, "https://cdn.example/2", "")]}
