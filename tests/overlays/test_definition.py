"""An overlay as its pages draw it."""

from __future__ import annotations

import pytest

from events.channels import Channel
from events.enums import Kind
from overlays.domain import hearing
from overlays.domain.definition import definition
from overlays.enums import LayerType
from overlays.layers import LAYERS, VARIATION, defaults
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def overlay(account):
    return factories.make_overlay(account=account, name="Main", width=1280, height=720, language="de")


def test_it_has_everything_the_lowest_layer_first(overlay):
    below = factories.make_layer(overlay=overlay, type=LayerType.TEXT, name="Below", x=10, opacity=50)
    above = factories.make_layer(overlay=overlay, type=LayerType.GOAL, name="Above", visible=False, locked=True)

    told = definition(overlay)

    assert told | {"layers": None} == {
        "id": str(overlay.pk),
        "version": 1,
        "name": "Main",
        "width": 1280,
        "height": 720,
        "background": "transparent",
        "language": "de",
        "layers": None,
        "uploads": {},
    }
    assert told["layers"][0] == {
        "id": str(below.pk),
        "type": "text",
        "name": "Below",
        "visible": True,
        "locked": False,
        "x": 10,
        "y": 0,
        "width": 640,
        "height": 80,
        "opacity": 50,
        "config": defaults(LAYERS[LayerType.TEXT].settings),
    }
    assert [(layer["id"], layer["visible"], layer["locked"]) for layer in told["layers"]] == [
        (str(below.pk), True, False),
        (str(above.pk), False, True),
    ]


def test_a_setting_that_is_newer_than_the_layer_has_its_default(overlay):
    layer = factories.make_layer(overlay=overlay, type=LayerType.ALERT_BOX)
    layer.config = {"variations": [{"id": "v1", "name": "Old"}], "gone": 1}
    layer.save()

    config = definition(overlay)["layers"][0]["config"]

    assert config.keys() == defaults(LAYERS[LayerType.ALERT_BOX].settings).keys()
    assert config["variations"] == [defaults(VARIATION) | {"id": "v1", "name": "Old"}]


def test_it_names_the_uploads_that_layers_use_and_that_are_there(overlay, account, django_assert_num_queries):
    picture = factories.make_upload(account=account, kind="image", name="Cat.png")
    sound = factories.make_upload(account=account)
    factories.make_upload(account=account, name="Unused.ogg")
    foreign = factories.make_upload(account=factories.make_account())
    gone = "6f1b0c52-36a1-4d0e-9d7e-0a3c3f7f1f10"
    factories.make_layer(overlay=overlay, type=LayerType.IMAGE, config={"picture": str(picture.pk)})
    factories.make_layer(
        overlay=overlay,
        type=LayerType.ALERT_BOX,
        config={
            "variations": [
                factories.make_variation(sound=str(sound.pk), picture=gone),
                factories.make_variation(sound="@chime", picture=str(foreign.pk)),
            ]
        },
    )

    with django_assert_num_queries(2):
        told = definition(overlay)

    assert told["uploads"] == {
        str(picture.pk): {"url": f"/uploads/{picture.file}", "kind": "image"},
        str(sound.pk): {"url": f"/uploads/{sound.file}", "kind": "sound"},
    }


@pytest.mark.parametrize(
    ("type", "config", "topics"),
    [
        (LayerType.ALERT_BOX, {}, ["alerts"]),
        (LayerType.CHAT_BOX, {}, ["chat"]),
        (LayerType.EVENT_LIST, {}, ["events"]),
        (LayerType.NOW_PLAYING, {}, ["music"]),
        (LayerType.TEXT, {}, ["status"]),
        (LayerType.TIMER, {}, ["status"]),
        (LayerType.GOAL, {}, []),
        (LayerType.IMAGE, {}, []),
        (LayerType.CUSTOM, {"events": True, "chat": True}, ["chat", "events"]),
        (LayerType.CUSTOM, {"events": False, "chat": False}, []),
    ],
)
def test_its_pages_hear_what_its_visible_layers_listen_to(overlay, type, config, topics):
    layer = factories.make_layer(overlay=overlay, type=type, config=config)

    def heard() -> list[tuple[str, bool]]:
        return [(one.topic, one.is_on_air) for one in hearing.channels_of(overlay, definition(overlay))]

    assert heard() == [("overlay", False), *((topic, True) for topic in topics)]
    layer.visible = False
    layer.save()
    assert heard() == [("overlay", False)]


def test_a_page_that_knows_nothing_begins_a_little_way_back_or_where_the_log_is_now(account):
    """Never "from now on": what happens between the answer and the subscription would be told to nobody."""
    chat, events = (Channel(topic, account.pk, is_on_air=True) for topic in ("chat", "events"))
    assert (hearing.first_cursor(chat), hearing.first_cursor(events)) == (0, 0)

    factories.make_event(account=account, kind=Kind.MOD_BAN)
    for number in range(35):
        factories.make_event(account=account, kind=Kind.CHAT_MESSAGE, external_id=f"m{number}")

    assert (hearing.first_cursor(chat), hearing.first_cursor(events)) == (5, 1)


@pytest.mark.parametrize("after", [None, -1, True, "7", 1.5, 2**63])
def test_a_page_that_says_nonsense_about_what_it_knows_knows_nothing(account, after):
    chat = Channel("chat", account.pk, is_on_air=True)
    factories.make_event(account=account, kind=Kind.CHAT_MESSAGE)
    factories.make_event(account=account, kind=Kind.CHAT_MESSAGE_DELETED, extra={"message_id": "other"})

    assert (hearing.seen_cursor(chat, after), hearing.seen_cursor(chat, 1)) == (0, 1)
