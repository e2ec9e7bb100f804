"""What a message is drawn with, from what is known already: nothing is fetched here."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connections.domain import dressing
from connections.domain.dressing import dressed
from connections.emotes.provider import Emote
from connections.emotes.shelf import Question
from events.enums import Kind
from events.types import StreamEvent
from lumio.lib.payload import one_piece
from tests import factories

CHANNEL, OTHER = "31337", "1234"


def emote(provider: str, emote_id: str, **more: Any) -> Emote:
    return Emote(provider, emote_id, f"https://cdn.example/{provider}/{emote_id}", **more)


def drawn(word: str, found: Emote) -> dict[str, Any]:
    return {"type": "emote", "text": word, **found._asdict()}


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


CATJAM, CATJAM_BTTV = emote("7tv", "1", animated=True), emote("bttv", "2")
RAIN, OMEGALUL = emote("7tv", "3", zero_width=True), emote("ffz", "4")
CLAP = emote("7tv", "5")
CHEER_1, CHEER_100 = ("https://cdn.example/cheer/1", "#979797"), ("https://cdn.example/cheer/100", "#9c3ee8")

KNOWN: dict[str, Any] = {
    f"7tv:twitch:{CHANNEL}": {"catJAM": CATJAM, "RainTime": RAIN},
    f"bttv:twitch:{CHANNEL}": {"catJAM": CATJAM_BTTV},
    f"ffz:twitch:{CHANNEL}": {"OMEGALUL": OMEGALUL},
    "7tv:everywhere": {"Clap": CLAP, "catJAM": CLAP},
    f"badges:twitch:{CHANNEL}": {("subscriber", "12"): ("https://cdn.example/own-sub", "1-Year Subscriber")},
    f"badges:twitch:{OTHER}": {("subscriber", "12"): ("https://cdn.example/otto-sub", "Otto's")},
    "badges:twitch": {
        ("subscriber", "12"): ("https://cdn.example/any-sub", "Subscriber"),
        ("moderator", "1"): ("https://cdn.example/mod", "Moderator"),
    },
    f"cheermotes:twitch:{CHANNEL}": {"cheer": [(1, *CHEER_1), (100, *CHEER_100)]},
}


@dataclass
class FakeShelf:
    """Knows what it is told, and what it was asked."""

    known: dict[str, Any]
    asked: set[str] = field(default_factory=set)

    def get(self, question: Question) -> Any:
        self.asked.add(question.name)
        return self.known.get(question.name)


@pytest.fixture(autouse=True)
def shelf(monkeypatch, settings) -> FakeShelf:
    settings.LUMIO_EMOTES = ("7tv", "bttv", "ffz")
    fake = FakeShelf(dict(KNOWN))
    monkeypatch.setattr(dressing, "shelf", fake)
    return fake


def message(*fragments: dict[str, Any], platform: str = "twitch", **fields: Any) -> StreamEvent:
    return StreamEvent(
        kind=fields.pop("kind", Kind.CHAT_MESSAGE),
        platform=platform,
        channel_id=CHANNEL,
        external_id="1",
        occurred_at=datetime(2026, 11, 21, tzinfo=UTC),
        message="".join(piece["text"] for piece in fragments),
        fragments=fragments,
        **fields,
    )


def pieces(words: str, **fields: Any) -> list[dict[str, Any]]:
    return list(dressed(message(*one_piece(words), **fields)).fragments)


class TestEmotes:
    def test_a_word_that_a_provider_has(self):
        assert pieces("so catJAM now") == [text("so "), drawn("catJAM", CATJAM), text(" now")]

    def test_only_whole_words_as_they_are_spelled(self):
        for words in ("catJAMs", "catjam", "catJAM!", "(catJAM)"):
            assert pieces(words) == [text(words)]

    def test_a_channels_own_come_before_everybodys_and_7tv_before_bttv(self):
        assert pieces("catJAM") == [drawn("catJAM", CATJAM)]
        assert pieces("Clap") == [drawn("Clap", CLAP)]

    def test_the_operator_says_which_provider_comes_first(self, settings):
        settings.LUMIO_EMOTES = ("bttv", "7tv")

        assert pieces("catJAM OMEGALUL") == [drawn("catJAM", CATJAM_BTTV), text(" OMEGALUL")]

    def test_the_operator_can_have_none(self, settings, shelf):
        settings.LUMIO_EMOTES = ()

        assert pieces("catJAM") == [text("catJAM")]
        assert shelf.asked == set()

    def test_one_of_zero_width_says_so(self):
        assert pieces("catJAM RainTime") == [drawn("catJAM", CATJAM), text(" "), drawn("RainTime", RAIN)]
        assert RAIN._asdict()["zero_width"]

    def test_space_stays_as_it_was(self):
        assert pieces("  a\tcatJAM\n\nb ") == [text("  a\t"), drawn("catJAM", CATJAM), text("\n\nb ")]

    def test_not_known_yet_it_stays_a_word(self, shelf):
        shelf.known.clear()

        assert pieces("catJAM") == [text("catJAM")]
        assert shelf.asked == {
            *(f"{name}:twitch:{CHANNEL}" for name in ("7tv", "bttv", "ffz")),
            *(f"{name}:everywhere" for name in ("7tv", "bttv", "ffz")),
        }

    @pytest.mark.parametrize(
        ("platform", "providers"),
        [("youtube", {"7tv", "bttv"}), ("kick", {"7tv"}), ("trovo", set()), ("streamelements", set())],
    )
    def test_only_providers_that_know_the_platform_are_asked(self, shelf, platform, providers):
        pieces("hello", platform=platform)

        assert {name.partition(":")[0] for name in shelf.asked} == providers

    def test_a_message_of_too_many_pieces_stays_as_it_came(self):
        words = "catJAM " * 200

        assert pieces(words) == [text(words)]

    def test_the_platforms_own_get_their_picture(self, settings):
        settings.TWITCH_CDN_URL = "https://cdn.example"
        kappa = {"type": "emote", "text": "Kappa", "id": "25", "animated": False}

        [dressed_kappa] = dressed(message(kappa)).fragments

        assert dressed_kappa == {**kappa, "url": "https://cdn.example/emoticons/v2/25/default/dark/2.0"}

    def test_those_of_kick_too(self, settings):
        settings.KICK_FILES_URL = "https://files.example"
        kekw = {"type": "emote", "text": "KEKW", "id": "37226"}

        [piece] = dressed(message(kekw, platform="kick")).fragments

        assert piece == {**kekw, "url": "https://files.example/emotes/37226/fullsize"}

    def test_an_odd_id_stays_in_the_last_part_of_the_address(self, settings):
        settings.TWITCH_CDN_URL = "https://cdn.example"

        [piece] = dressed(message({"type": "emote", "text": "x", "id": "../a?b#c"})).fragments

        assert piece["url"] == "https://cdn.example/emoticons/v2/..%2Fa%3Fb%23c/default/dark/2.0"

    @pytest.mark.parametrize("platform", ["youtube", "trovo"])
    def test_where_nobody_tells_what_an_emote_looks_like_it_has_no_picture(self, platform):
        event = message({"type": "emote", "text": ":hi:", "id": "7"}, platform=platform)

        assert dressed(event) is event


class TestLinks:
    @pytest.mark.parametrize(
        ("words", "address"),
        [
            ("https://example.org", "https://example.org"),
            ("HTTP://Example.org/A?b=c#d", "HTTP://Example.org/A?b=c#d"),
            ("see https://example.org/a.", "https://example.org/a"),
            ("https://example.org/a?!...", "https://example.org/a"),
            ("(https://example.org/a)", "https://example.org/a"),
            ("https://example.org/a_(b)", "https://example.org/a_(b)"),
            ('"https://example.org"', "https://example.org"),
            ("https://[::1]/x", "https://[::1]/x"),
        ],
    )
    def test_what_leads_to_the_web(self, words, address):
        found = pieces(words)

        [link] = [piece for piece in found if piece["type"] == "link"]
        assert link == {"type": "link", "text": address, "url": address}
        assert "".join(piece["text"] for piece in found) == words

    @pytest.mark.parametrize(
        "words",
        [
            "javascript://example.org",
            "ftp://example.org",
            "example.org",
            "https://",
            "https://...",
            "https://]",
            "https://[::1",
            "https://known.example@elsewhere.example",
            f"https://example.org/{'a' * 2000}",
        ],
    )
    def test_what_does_not(self, words):
        assert pieces(words) == [text(words)]


class TestMentions:
    @pytest.mark.parametrize(
        ("words", "name"), [("@juno", "juno"), ("@ジュノ!", "ジュノ"), ("@ju-no.tv, hi", "ju-no.tv"), ("hi @a", "a")]
    )
    def test_a_name_behind_an_at(self, words, name):
        found = pieces(words)

        [mention] = [piece for piece in found if piece["type"] == "mention"]
        assert mention == {"type": "mention", "text": f"@{name}", "name": name}
        assert "".join(piece["text"] for piece in found) == words

    @pytest.mark.parametrize("words", ["juno@example.org", "@", "@ juno", "@!", "a@b"])
    def test_none(self, words):
        assert pieces(words) == [text(words)]

    def test_what_the_platform_has_marked_stays(self):
        mention = {"type": "mention", "text": "@Otto", "id": "1234", "login": "otto", "name": "Otto"}
        event = message(mention)

        assert dressed(event) is event


class TestCheermotes:
    @pytest.mark.parametrize(("bits", "tier"), [(1, CHEER_1), (99, CHEER_1), (100, CHEER_100), (5000, CHEER_100)])
    def test_the_picture_is_that_of_the_largest_tier_reached(self, bits, tier):
        piece = {"type": "cheermote", "text": f"Cheer{bits}", "prefix": "Cheer", "bits": bits, "tier": 1}

        [found] = dressed(message(piece)).fragments

        assert found == {**piece, "url": tier[0], "colour": tier[1]}

    @pytest.mark.parametrize("changes", [{"prefix": "Muxy"}, {"bits": 0}, {"bits": None}])
    def test_without_a_tier_it_stays_as_it_came(self, changes):
        event = message({"type": "cheermote", "text": "Cheer1", "prefix": "Cheer", "bits": 1, "tier": 1} | changes)

        assert dressed(event) is event

    def test_a_cheer_event_whose_words_nobody_has_marked(self):
        assert pieces("Cheer150 well played Muxy1 cheer0", kind=Kind.CHEER) == [
            {
                "type": "cheermote",
                "text": "Cheer150",
                "prefix": "Cheer",
                "bits": 150,
                "tier": 100,
                "url": CHEER_100[0],
                "colour": CHEER_100[1],
            },
            text(" well played Muxy1 cheer0"),
        ]

    def test_in_chat_such_a_word_is_a_word(self):
        assert pieces("Cheer150") == [text("Cheer150")]


class TestBadges:
    SUBSCRIBER = {"set": "subscriber", "id": "12", "info": "16"}
    MODERATOR = {"set": "moderator", "id": "1", "info": ""}

    def test_the_channels_own_before_everybodys(self):
        odd = {"set": "no-such", "id": "1", "info": ""}

        event = dressed(message(text("hi"), extra={"badges": [self.SUBSCRIBER, self.MODERATOR, odd], "type": "text"}))

        assert event.extra == {
            "badges": [
                {**self.SUBSCRIBER, "url": "https://cdn.example/own-sub", "title": "1-Year Subscriber"},
                {**self.MODERATOR, "url": "https://cdn.example/mod", "title": "Moderator"},
                odd,
            ],
            "type": "text",
        }

    def test_in_shared_chat_those_of_the_other_channel_too(self):
        source = {"id": OTHER, "login": "otto", "name": "Otto", "badges": [self.SUBSCRIBER]}

        event = dressed(message(text("hi"), extra={"badges": [], "source": source}))

        found = {**self.SUBSCRIBER, "url": "https://cdn.example/otto-sub", "title": "Otto's"}
        assert event.extra == {"badges": [], "source": {**source, "badges": [found]}}

    def test_a_platform_without_pictures_of_badges_is_not_asked(self, shelf):
        event = message(text("hi"), platform="kick", extra={"badges": [self.MODERATOR]})

        assert dressed(event) is event
        assert not [name for name in shelf.asked if name.startswith("badges")]


@pytest.mark.django_db
class TestRefresh:
    def url(self, connection) -> str:
        return f"/dashboard/connections/{connection.pk}/emotes"

    @pytest.fixture
    def connection(self, account):
        return factories.make_connection(account=account, channel_id=CHANNEL)

    @pytest.fixture
    def again(self, monkeypatch) -> list[str]:
        asked: list[str] = []
        monkeypatch.setattr(dressing, "ask_again", lambda *names: asked.extend(names))
        return asked

    def test_everything_about_the_channel_is_asked_for_anew(self, ada_client, connection, again):
        response = ada_client.post(self.url(connection), follow=True)

        assert sorted(again) == sorted(
            [
                *(
                    f"{name}:{place}"
                    for name in ("7tv", "bttv", "ffz")
                    for place in (f"twitch:{CHANNEL}", "everywhere")
                ),
                "badges:twitch",
                f"badges:twitch:{CHANNEL}",
                f"cheermotes:twitch:{CHANNEL}",
            ]
        )
        assert "Emotes and badges are asked for anew." in response.content.decode()

    def test_it_needs_the_permission(self, ben_client, connection, again):
        assert ben_client.post(self.url(connection)).status_code == 403
        assert again == []

    def test_foreign_connections_are_not_there(self, cleo_client, connection, again):
        assert cleo_client.post(self.url(connection)).status_code == 404
        assert again == []

    def test_the_button_is_where_there_is_something_to_ask_for(self, ada_client, ben_client, account, connection):
        factories.make_connection(account=account, platform="trovo")

        page = ada_client.get("/dashboard/connections").content.decode()

        assert self.url(connection) in page
        assert page.count("/emotes") == 1
        assert "/emotes" not in ben_client.get("/dashboard/connections").content.decode()


def test_what_it_was_given_stays_as_it_was():
    fragments = (text("catJAM @juno"),)
    extra = {"badges": [{"set": "moderator", "id": "1", "info": ""}]}
    event = message(*fragments, extra=extra)

    changed = dressed(event)

    assert replace(changed, fragments=event.fragments, extra=event.extra) == event
    assert event.fragments == (text("catJAM @juno"),)
    assert extra == {"badges": [{"set": "moderator", "id": "1", "info": ""}]}


def test_nothing_to_add_is_the_very_same_event():
    for event in (message(text("just words")), message(), message(text("x"), platform="elsewhere")):
        assert dressed(event) is event


def test_what_goes_wrong_costs_the_pictures_and_not_the_message(shelf, caplog):
    shelf.get = _broken
    event = message(text("catJAM"))

    assert dressed(event) is event
    assert "left as it came" in caplog.text


def _broken(question: Question) -> Any:
    raise RuntimeError


@given(st.text(max_size=80), st.sampled_from(["twitch", "youtube", "kick", "trovo"]))
def test_no_text_is_lost_or_added(words, platform):
    for around in (words, f"catJAM {words} @juno https://example.org/{words}"):
        assert "".join(piece["text"] for piece in pieces(around, platform=platform)) == around


@given(st.lists(st.sampled_from(["catJAM", "RainTime", " ", "@juno", "https://a.b/c", "(", ").", "word"]), max_size=20))
def test_text_beside_text_is_one_piece_and_none_is_empty(parts):
    kinds = [piece["type"] for piece in pieces("".join(parts))]

    assert ("text", "text") not in list(pairwise(kinds))
    assert all(piece["text"] for piece in pieces("".join(parts)))


def test_a_plain_message_costs_microseconds():
    event = message(text("good evening everyone, that roof looks great"))

    assert best_of(lambda: dressed(event)) < 100e-6


def best_of(call: Callable[[], Any], rounds: int = 20, calls: int = 200) -> float:
    """Seconds of one call, undisturbed."""
    best = float("inf")
    for _ in range(rounds):
        began = time.perf_counter()
        for _ in range(calls):
            call()
        best = min(best, (time.perf_counter() - began) / calls)
    return best
