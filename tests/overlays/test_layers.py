"""What layers are held to before they are stored."""

from __future__ import annotations

import json
from uuid import UUID, uuid4

import pytest
from django.utils import translation

from overlays import presets
from overlays.domain import layers
from overlays.domain.layers import BadLayer, Files
from overlays.enums import LayerType
from overlays.layers import ALERTS, LAYERS, PARTS, SOUNDS, VARIATION, defaults, form_spec

PICTURE, SOUND, GONE = str(uuid4()), str(uuid4()), str(uuid4())
FILES = Files({PICTURE: "image", SOUND: "sound"}, {GONE})


def config(type: str, **wanted) -> dict:
    """The config that a layer is stored with."""
    [found] = layers.checked([{"type": type, "config": wanted}], FILES)
    return found["config"]


def refused(given: dict) -> str:
    with pytest.raises(BadLayer) as error:
        layers.checked([given], FILES)
    return error.value.text


@pytest.mark.parametrize("type", LayerType)
def test_new_layer_has_every_setting(type):
    [found] = layers.checked([{"type": type.value}], FILES)

    form = LAYERS[type]
    assert isinstance(found.pop("id"), UUID)
    assert found == {
        "type": type.value,
        "name": str(type.label),
        "visible": True,
        "locked": False,
        "x": 0,
        "y": 0,
        "width": form.width,
        "height": form.height,
        "opacity": 100,
        "config": defaults(form.settings),
    }


@pytest.mark.parametrize("type", LayerType)
def test_what_was_stored_can_be_stored_again(type):
    words = {"variations": presets.variations()} if type == LayerType.ALERT_BOX else {}
    once = layers.checked([{"type": type.value, "config": words}], FILES)

    again = layers.checked(json.loads(json.dumps(once, default=str)), FILES)

    assert again == once


@pytest.mark.parametrize(
    ("type", "given", "stored"),
    [
        ("text", {"text": "a\r\nb\x00"}, {"text": "a\nb"}),
        ("goal", {"title": " one \n line "}, {"title": "one line"}),
        ("text", {"colour": "#FFAA0080"}, {"colour": "#ffaa0080"}),
        ("text", {"font_size": 20.0}, {"font_size": 20}),
        ("goal", {"target": 0.5}, {"target": 0.5}),
        ("event_list", {"kinds": ["tip", "follow", "tip"]}, {"kinds": ["follow", "tip"]}),
        ("chat_box", {"platforms": ["kick", "twitch"]}, {"platforms": ["twitch", "kick"]}),
        ("timer", {"moment": "2027-01-31T20:00:00+01:00"}, {"moment": "2027-01-31T20:00:00+01:00"}),
        ("image", {"picture": PICTURE}, {"picture": PICTURE}),
        ("image", {"picture": GONE}, {"picture": GONE}),
    ],
)
def test_values_are_stored_in_one_spelling(type, given, stored):
    found = config(type, **given)

    assert {name: found[name] for name in stored} == stored


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"type": "clown"}, "Layer “1”, type: it takes one of: alert_box, chat_box, event_list, now_playing, goal,"),
        ({"type": "text", "name": " "}, "Layer “1”, name: it takes a name."),
        ({"type": "text", "name": "x" * 81}, f"Layer “{'x' * 80}”, name: it takes a text of 80 characters at most."),
        ({"type": "text", "name": "Hi", "x": 1.5}, "Layer “Hi”, x: it takes a whole number from -16384 to 16384."),
        ({"type": "text", "name": "Hi", "width": 0}, "Layer “Hi”, width: it takes a whole number from 1 to 16384."),
        ({"type": "text", "name": "Hi", "opacity": True}, "Layer “Hi”, opacity: it takes a whole number from 0 to 100"),
        ({"type": "text", "name": "Hi", "locked": 1}, "Layer “Hi”, locked: it takes true or false."),
        ({"type": "text", "name": "Hi", "id": "7"}, "Layer “Hi”, id: it takes a UUID, or nothing for a new layer."),
        ({"type": "text", "name": "Hi", "colour": ""}, "Layer “Hi”, colour: there is no such setting. There are: id,"),
        ({"type": "text", "name": "Hi", "config": []}, "Layer “Hi”, config: it takes an object."),
    ],
)
def test_what_is_wrong_with_a_layer_is_said(given, sentence):
    assert refused(given).startswith(sentence)


@pytest.mark.parametrize(
    ("type", "given", "sentence"),
    [
        ("text", {"texts": ""}, "texts: there is no such setting. There are: text, scroll,"),
        ("text", {"text": "x" * 2001}, "Text: it takes a text of 2000 characters at most."),
        ("text", {"text": None}, "Text: it takes a text of 2000 characters at most."),
        ("text", {"font_size": 7}, "Size in pixels: it takes a whole number from 8 to 400."),
        ("text", {"font_size": 8.5}, "Size in pixels: it takes a whole number from 8 to 400."),
        ("text", {"font_size": "8"}, "Size in pixels: it takes a whole number from 8 to 400."),
        ("goal", {"target": float("nan")}, "Goal: it takes a number from 0.01 to 1000000000."),
        ("goal", {"target": float("inf")}, "Goal: it takes a number from 0.01 to 1000000000."),
        ("text", {"shadow": "yes"}, "Shadow: it takes true or false."),
        ("text", {"colour": "red;}*{x:y"}, "Colour: it takes a colour as #rrggbb or #rrggbbaa."),
        ("text", {"align": "justify"}, "Aligned: it takes one of: left, center, right."),
        ("event_list", {"kinds": ["follow", "mod.ban"]}, "Events: it takes a list of: follow,"),
        ("event_list", {"kinds": "follow"}, "Events: it takes a list of: follow,"),
        ("chat_box", {"platforms": ["myspace"]}, "Platforms: it takes a list of: twitch, youtube, kick, trovo."),
        ("timer", {"moment": "2027-01-31T20:00"}, "Moment: it takes a moment with its offset,"),
        ("timer", {"moment": 5}, "Moment: it takes a moment with its offset,"),
        ("goal", {"currency": "euro"}, "Currency: it takes a currency as three capital letters, as EUR."),
        ("image", {"picture": str(uuid4())}, "Picture or video: this file is not there any more."),
        ("image", {"picture": SOUND}, "Picture or video: it takes a file that is: image, video."),
        ("image", {"picture": "@chime"}, "Picture or video: this file is not there any more."),
        ("image", {"picture": "https://evil.example/x.png"}, "Picture or video: this file is not there any more."),
        ("alert_box", {"variations": {}}, "Variations: it takes a list of 50 objects at most."),
        ("alert_box", {"variations": [{}] * 51}, "Variations: it takes a list of 50 objects at most."),
        ("alert_box", {"variations": [{}, {"volume": 101}]}, "Variations, 2, Volume in percent: it takes a whole"),
        ("alert_box", {"variations": [{"id": "<b>"}]}, "Variations, 1, id: it takes up to 40 letters, digits, - and _"),
        ("alert_box", {"variations": [{"id": "a"}, {"id": "a"}]}, "Variations, id: it stands there twice."),
        ("alert_box", {"variations": [{"sound": PICTURE}]}, "Variations, 1, Sound: it takes a file that is: sound."),
    ],
)
def test_what_is_wrong_with_a_setting_is_said(type, given, sentence):
    found = refused({"type": type, "name": "Hi", "config": given})

    assert found.startswith(f"Layer “Hi”, {sentence}")


def test_sounds_of_lumio_may_be_chosen_beside_ones_own():
    sounds = ["", SOUND, *(sound for sound, _label in SOUNDS)]

    found = config("alert_box", variations=[{"sound": sound} for sound in sounds])

    assert [row["sound"] for row in found["variations"]] == sounds


def test_variation_has_every_setting_and_an_id():
    [row] = config("alert_box", variations=[{"name": "Big tip"}])["variations"]

    assert len(row.pop("id")) == 36
    assert row == defaults(VARIATION) | {"name": "Big tip"}


def test_two_layers_cannot_have_one_id():
    one = str(uuid4())

    with pytest.raises(BadLayer) as error:
        layers.checked([{"type": "text", "id": one}, {"type": "image", "name": "Logo", "id": one}], FILES)

    assert error.value.params["layer"] == "Logo"


def test_overlay_has_so_many_layers_and_no_more():
    sixty = [{"type": "text"}] * 60

    assert len(layers.checked(sixty, FILES)) == 60
    with pytest.raises(layers.TooManyLayers):
        layers.checked([*sixty, {"type": "text"}], FILES)


@pytest.mark.parametrize("given", [None, "text", 5, ["text"]])
def test_what_is_no_layer_is_refused(given):
    assert refused(given) == "Layer “1”, layers: it takes an object."


def test_form_says_all_that_can_be_set_in_the_language_of_now():
    with translation.override("en"):
        spec = form_spec()

    assert json.loads(json.dumps(spec)) == spec
    assert list(spec["types"]) == list(LayerType)
    assert [kind for kind, _label in spec["kinds"]] == list(ALERTS)
    for type, form in LAYERS.items():
        shown = spec["types"][type]
        assert [one["name"] for one in shown["settings"]] == [one.name for one in form.settings]
        assert {one["within"] for one in shown["settings"]} <= set(PARTS)
        assert config(type, **shown["defaults"]) == shown["defaults"]
