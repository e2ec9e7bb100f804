"""What the three providers tell, over the wire, and what of it is believed."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
from hypothesis import given

from connections.emotes import PROVIDERS, bttv, ffz, provider, seventv
from connections.emotes.provider import Emote, Provider
from connections.platforms.failures import NoAnswer, PlatformFailure, RateLimited, Unavailable
from lumio.lib.http import Answer
from tests.connections.twitch.test_parse import JSON

CHANNEL = ("twitch", "31337")
PLACE = "twitch:31337"
EVERYWHERE = {"7tv": "/7tv/v3/emote-sets/global", "bttv": "/bttv/3/cached/emotes/global", "ffz": "/ffz/v1/set/global"}
OF_CHANNEL = {
    "7tv": "/7tv/v3/users/twitch/31337",
    "bttv": "/bttv/3/cached/users/twitch/31337",
    "ffz": "/ffz/v1/room/id/31337",
}


@pytest.fixture(params=PROVIDERS)
def one(request, emotes) -> Provider:
    return PROVIDERS[request.param]


class TestAll:
    def test_emotes_of_everybody(self, one, emotes):
        ids = {word: emotes.add(one.slug, word) for word in ("first", "second")}
        emotes.add(one.slug, "elsewhere", channel=PLACE)

        found = one.everywhere()

        assert {word: (emote.provider, emote.id) for word, emote in found.items()} == {
            word: (one.slug, ids[word]) for word in ids
        }

    def test_emotes_of_a_channel(self, one, emotes):
        emotes.add(one.slug, "everywhere")
        ids = {word: emotes.add(one.slug, word, channel=PLACE) for word in ("own", "shared", "more")}

        found = one.of_channel(*CHANNEL)

        assert {word: emote.id for word, emote in found.items()} == ids

    def test_the_pictures_are_there(self, one, emotes):
        emotes.add(one.slug, "still", channel=PLACE)
        emotes.add(one.slug, "moving", channel=PLACE, animated=True)

        found = one.of_channel(*CHANNEL)

        assert [found["still"].animated, found["moving"].animated] == [False, True]
        for emote in found.values():
            assert requests.get(emote.url, timeout=30).headers["Content-Type"].startswith("image/")

    def test_a_channel_that_is_not_known_has_none(self, one):
        assert one.of_channel(*CHANNEL) == {}

    def test_a_channel_may_have_an_empty_set(self, one, emotes):
        emotes.add(one.slug, "gone", channel=PLACE)
        emotes.remove(one.slug, "gone", channel=PLACE)

        assert one.of_channel(*CHANNEL) == {}

    @pytest.mark.parametrize("body", ["<html>", "{", {}, {"data": []}, {"sets": 7}, {"emotes": "none"}, 7, None])
    def test_an_answer_of_another_shape_takes_no_emotes_away(self, one, emotes, body):
        emotes.fail("*", status=200, body=json.dumps(body) if not isinstance(body, str) else body, times=None)

        for ask in (one.everywhere, lambda: one.of_channel(*CHANNEL)):
            with pytest.raises(Unavailable):
                ask()

    @pytest.mark.parametrize("status", [401, 403, 500, 503])
    def test_a_refusal_takes_no_emotes_away(self, one, emotes, status):
        emotes.fail("*", status=status)

        with pytest.raises(Unavailable):
            one.of_channel(*CHANNEL)

    def test_a_pause_is_kept(self, one, emotes):
        emotes.fail(EVERYWHERE[one.slug], status=429, headers={"Retry-After": "42"})

        with pytest.raises(RateLimited) as refusal:
            one.everywhere()

        assert refusal.value.retry_after == 42

    def test_nobody_at_home(self, one, emotes):
        emotes.fail(OF_CHANNEL[one.slug], close=True)

        with pytest.raises(NoAnswer):
            one.of_channel(*CHANNEL)

    def test_an_answer_without_end(self, one, emotes, monkeypatch):
        monkeypatch.setattr(provider, "MAX_BYTES", 10)
        emotes.add(one.slug, "first")

        with pytest.raises(NoAnswer):
            one.everywhere()


class TestSevenTv:
    def test_zero_width_in_the_set_or_by_its_maker(self, emotes):
        emotes.add("7tv", "RainTime", zero_width=True)
        emotes.add("7tv", "catJAM")

        found = seventv.everywhere()

        assert (found["RainTime"].zero_width, found["catJAM"].zero_width) == (True, False)

    @pytest.mark.parametrize(("flags", "own"), [(1, 0), (0, 256), (1, 256)])
    def test_either_flag_is_enough(self, emotes, flags, own):
        entry = {"id": "a", "name": "x", "flags": flags, "data": {"flags": own}}
        emotes.fail("*", status=200, body={"emotes": [entry]})

        assert seventv.everywhere()["x"].zero_width

    @pytest.mark.parametrize("emote_set", [None, {}, {"id": "1"}, {"id": "1", "emotes": None}])
    def test_a_channel_without_a_set(self, emotes, emote_set):
        emotes.fail("*", status=200, body={"id": "31337", "emote_set": emote_set})

        assert seventv.of_channel(*CHANNEL) == {}


class TestBttv:
    def test_a_modifier_is_no_emote_and_a_hat_lies_over_one(self, emotes):
        entries = [
            {"id": "a", "code": "w!", "modifier": True},
            {"id": "b", "code": "SantaHat", "modifier": True},
            {"id": "c", "code": "OhMyDog"},
        ]
        emotes.fail("*", status=200, body=entries)

        found = bttv.everywhere()

        assert {word: emote.zero_width for word, emote in found.items()} == {"SantaHat": True, "OhMyDog": False}

    def test_of_one_word_the_channels_own_counts(self, emotes):
        body = {"channelEmotes": [{"id": "own", "code": "x"}], "sharedEmotes": [{"id": "shared", "code": "x"}]}
        emotes.fail("*", status=200, body=body)

        assert bttv.of_channel(*CHANNEL)["x"].id == "own"


class TestFfz:
    def test_what_only_some_people_have_is_not_everybodys(self, emotes):
        emotes.add("ffz", "LilZ")

        assert list(ffz.everywhere()) == ["LilZ"]

    def test_the_largest_picture_of_twice_the_size_at_most(self, emotes, settings):
        settings.FFZ_CDN_URL = "https://cdn.example"
        entries = [
            {"id": 1, "name": "small", "urls": {"1": "x"}},
            {"id": 2, "name": "large", "urls": {"1": "x", "2": "x", "4": "x"}},
            {"id": 3, "name": "moving", "urls": {"1": "x"}, "animated": {"1": "x", "2": "x"}},
            {"id": 4, "name": "effect", "hidden": True, "urls": {"1": "x"}},
        ]
        emotes.fail("*", status=200, body={"default_sets": [3], "sets": {"3": {"emoticons": entries}}})

        found = ffz.everywhere()

        assert {word: emote.url for word, emote in found.items()} == {
            "small": "https://cdn.example/emote/1/1",
            "large": "https://cdn.example/emote/2/2",
            "moving": "https://cdn.example/emote/3/animated/2",
        }


@pytest.mark.parametrize("word", ["", "two words", "tab\t", "null\x00", "x" * 101, None, 7, "\u202e"])
def test_what_no_viewer_could_write_is_left_out(word):
    good = Emote("7tv", "1", "https://cdn.example/1")

    assert provider.collected([(word, good), ("fine", good), ("odd", None)]) == {"fine": good}


@pytest.mark.parametrize("emote_id", ["", "../x", "a/b", "a?b", "a" * 65, "ä", None, 7, ["a"]])
def test_an_id_that_would_lead_elsewhere_is_none(emotes, emote_id):
    emotes.fail("*", status=200, body=[{"id": emote_id, "code": "x"}, {"id": "fine", "code": "y"}])

    assert list(bttv.everywhere()) == ["y"]


@pytest.mark.parametrize("asked", ["everywhere", "of_channel"])
@pytest.mark.parametrize("slug", PROVIDERS)
@given(body=JSON)
def test_garbage_is_emotes_or_a_failure(slug, asked, body):
    found = answered(slug, asked, body)

    assert found is None or all(isinstance(emote, Emote) for emote in found.values())


@pytest.mark.parametrize("slug", PROVIDERS)
@given(entry=JSON)
def test_garbage_among_emotes_never_raises(slug, entry):
    entries = [entry, {"id": entry, "name": entry, "code": entry, "data": entry, "urls": entry, "animated": entry}]
    body: Any = {"emotes": entries, "default_sets": [3], "sets": {"3": {"emoticons": entries}}}

    assert answered(slug, "everywhere", entries if slug == "bttv" else body) is not None


def answered(slug: str, asked: str, body: Any) -> Any:
    """What comes of an answer with that body; None for a failure. Nothing travels."""
    answer = Answer(200, {}, json.dumps(body).encode(errors="replace"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(provider, "ask", lambda *args, **kwargs: answer)
        try:
            one = PROVIDERS[slug]
            return one.everywhere() if asked == "everywhere" else one.of_channel(*CHANNEL)
        except PlatformFailure:
            return None
