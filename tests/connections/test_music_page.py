"""The words of the music page. What it says with them is tested in `tests/js/music.test.mjs`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.utils import translation

from connections.domain import music_page

CASES = json.loads((Path(__file__).parents[1] / "js" / "music.json").read_text())


def test_the_words_of_the_cases_are_the_words_of_the_page():
    words = music_page._catalogue()

    assert {name: words[name] for name in CASES["words"] if isinstance(words[name], str)} == {
        name: text for name, text in CASES["words"].items() if isinstance(text, str)
    }
    assert words["headings"].items() >= CASES["words"]["headings"].items()
    assert words["troubles"].items() >= CASES["words"]["troubles"].items()


@pytest.mark.parametrize("language", ["en", "de"])
def test_no_place_is_left_in_what_the_page_shows_as_it_is(language):
    with translation.override(language):
        words = music_page._catalogue()

    shown = [text for text in words.values() if isinstance(text, str)] + list(words["headings"].values())
    assert [text for text in shown if "{" in text] == []
