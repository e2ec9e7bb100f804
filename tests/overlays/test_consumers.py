"""The socket of overlay pages with a real Valkey and a real database."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from channels.db import database_sync_to_async as in_thread

from accounts.domain import deletion
from events import channels, socket_consumer
from events.domain import status, watching
from events.enums import Kind, Origin
from events.hub import Hub
from events.sockets import Close
from events.types import Person
from overlays import attendance, consumers
from overlays.domain import controls, overlays, panic, sources
from overlays.domain.overlays import Changes
from overlays.enums import GoalOf, LayerType
from overlays.models import Alert, AlertPlay, AlertQueue, Goal, Overlay, Source, Timer
from tests import factories
from tests.overlays.alerts import make_box
from tests.overlays.overlay_page import page
from tests.sockets import IN_OBS
from tests.waiting import in_db, until_db

pytestmark = pytest.mark.django_db(transaction=True)

KEY = "Zm9yIHRlc3RzIGFsb25lLCBhbmQgbm90aGluZyBlbHNl"


@pytest.fixture(autouse=True)
def _real_valkey(valkey, settings) -> None:
    settings.REDIS_URL = valkey.url
    valkey.forget()


@pytest.fixture
def overlay(account) -> Overlay:
    return factories.make_overlay(account=account, key=KEY, name="Main")


@pytest.fixture
def happen(account) -> Any:
    """Has something happen on the account's channel."""

    async def event(kind: Kind = Kind.FOLLOW, **fields: Any) -> Any:
        return await in_thread(factories.make_event)(account=account, kind=kind, **{"origin": Origin.LIVE} | fields)

    return event


async def add(overlay: Overlay, type: LayerType, **config: Any) -> Any:
    return await in_thread(factories.make_layer)(overlay=overlay, type=type, config=config)


async def save(actor: Any, overlay: Overlay, layers: list[dict[str, Any]]) -> None:
    await in_thread(overlays.save)(
        actor=actor, overlay_id=overlay.pk, version=None, wanted=Changes(), layers_wanted=layers
    )


# --- Who may come in --------------------------------------------------------------------------------------------------


async def test_the_key_lets_a_page_in(overlay):
    await add(overlay, LayerType.TEXT, text="Hello")
    async with page() as one:
        await one.enters(KEY)

        ready = await one.hears("ready")
        assert ready["version"] == ""
        assert (await one.sees())["layers"][0]["config"]["text"] == "Hello"
        [state] = await one.hears_rows("overlay", 1)
        assert state["data"] == {"version": 1, "goals": {}, "timers": {}, "facts": {}, "hides_chat": False}


async def test_a_page_is_told_before_any_chat_that_it_is_hidden_and_once_it_is_not(overlay):
    owner = await in_thread(factories.make_actor)(account=overlay.account)
    await in_thread(panic.press)(owner, on=True)
    async with page() as one:
        await one.enters(KEY)

        assert (await one.hears("ready"))["hides_chat"] is True
        await one.hears_rows("overlay", 1)
        await in_thread(panic.press)(owner, on=False)
        told = await one.hears_rows("overlay", 2)
        assert [row["data"]["hides_chat"] for row in told] == [True, False]


async def test_what_is_on_it_comes_in_pieces_that_daphne_sends(overlay):
    code = '"\\"\'\U0001f600\n' * 8_000
    await add(overlay, LayerType.CUSTOM, html=code[:50_000], css=code[:50_000], js=code[:50_000])
    async with page() as one:
        await one.enters(KEY)

        told = await one.sees()
        assert told["layers"][0]["config"]["js"] == code[:50_000]
        assert max(len(json.dumps(said)) for said in one.heard) < 64 * 1024


async def test_a_hidden_layer_is_nobodys_business(overlay):
    text = await add(overlay, LayerType.TEXT, text="seen")
    make_layer = in_thread(factories.make_layer)
    await make_layer(overlay=overlay, type=LayerType.CUSTOM, visible=False)
    goal = await make_layer(overlay=overlay, type=LayerType.GOAL, visible=False)
    await in_thread(Goal.objects.create)(layer=goal, account=overlay.account, counts=GoalOf.FOLLOWS)
    timer = await make_layer(overlay=overlay, type=LayerType.TIMER, visible=False)
    await in_thread(Timer.objects.create)(layer=timer)
    async with page() as one:
        await one.enters(KEY)

        assert [layer["id"] for layer in (await one.sees())["layers"]] == [str(text.pk)]
        [state] = await one.hears_rows("overlay", 1)
        assert state["data"]["goals"] == state["data"]["timers"] == {}


@pytest.mark.parametrize("said", ["wrong", "", "\ud800", None, 7, ["a"]])
async def test_nothing_else_does(overlay, said):
    async with page() as one:
        await one.enters(said)

        assert await one.is_closed() == Close.NOT_AUTHENTICATED
        assert one.heard == []


@pytest.mark.parametrize("source", ["", None, 7, "not-a-uuid"])
async def test_a_page_has_to_call_itself_something(overlay, source):
    async with page() as one:
        await one.enters(KEY, source=source)

        assert await one.is_closed() == Close.NOT_AUTHENTICATED


async def test_whoever_says_something_else_first_is_sent_away(overlay):
    async with page() as one:
        await one.says("next", key=KEY, source=one.source)

        assert await one.is_closed() == Close.NOT_AUTHENTICATED


async def test_whoever_says_nothing_is_sent_away(monkeypatch):
    monkeypatch.setattr(socket_consumer, "AUTHENTICATE_WITHIN", 0.1)
    async with page() as one:
        assert await one.is_closed() == Close.NOT_AUTHENTICATED


@pytest.mark.parametrize("host", [b"localhost:8000", b"studio.lan:8000"])
async def test_only_the_overlays_host_has_the_door(overlay, settings, host):
    settings.LUMIO_LAN_HOSTS = ["studio.lan"]
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "studio.lan"]
    async with page(host=host) as one:
        await one.enters(KEY)

        assert await one.is_closed() == Close.FORBIDDEN
        assert one.heard == []


async def test_a_page_with_another_pages_id_is_sent_away(overlay, account):
    other = await in_thread(factories.make_overlay)(account=account, key="other")
    async with page() as one, page() as thief:
        await one.enters(KEY)
        await one.hears("ready")
        thief.source = one.source

        await thief.enters("other")

        assert await thief.is_closed() == Close.NOT_AUTHENTICATED
        assert (await in_thread(Source.objects.get)()).overlay_id != other.pk


async def test_a_page_of_an_older_version_is_to_load_again(overlay):
    async with page() as one:
        await one.enters(KEY, version="older")

        await one.hears("reload")


async def test_a_new_key_ends_the_page_at_once(overlay, ada_actor):
    async with page() as one:
        await one.enters(KEY)
        await one.hears("ready")

        await in_thread(overlays.rotate)(actor=ada_actor, overlay_id=overlay.pk)

        assert await one.is_closed(within=10) == Close.NOT_AUTHENTICATED


async def test_other_pages_of_the_account_stay_when_a_key_is_renewed(overlay, ada_actor, account):
    other = await in_thread(factories.make_overlay)(account=account, key="other")
    async with page() as one, page() as another:
        await one.enters("other")
        await another.enters(KEY)
        await another.hears("ready")

        await in_thread(overlays.rotate)(actor=ada_actor, overlay_id=overlay.pk)

        await another.is_closed()
        await in_thread(sources.reload)(actor=ada_actor, overlay=other)
        await one.hears_rows("overlay", 2)
        assert one.close_code is None


async def test_a_deleted_overlay_ends_the_page_at_once(overlay, ada_actor):
    async with page() as one:
        await one.enters(KEY)
        await one.hears("ready")

        await in_thread(overlays.remove)(actor=ada_actor, overlay_id=overlay.pk)

        assert await one.is_closed(within=10) == Close.NOT_AUTHENTICATED


async def test_a_closed_account_ends_the_page(overlay, ada_actor, account):
    async with page() as one:
        await one.enters(KEY)
        await one.hears("ready")

        await in_thread(deletion.close)(actor=ada_actor, confirm_name=account.name)

        assert await one.is_closed(within=10) == Close.NOT_AUTHENTICATED


async def test_a_page_that_brings_too_much_is_closed(overlay, monkeypatch):
    monkeypatch.setattr(consumers, "MESSAGES", 10)
    monkeypatch.setattr(consumers, "MESSAGES_PER_SECOND", 1)
    async with page() as one:
        await one.enters(KEY)
        for _ in range(10):
            await one.says("noise")

        assert await one.is_closed() == Close.TOO_MANY


@pytest.mark.parametrize(
    "text", ["{", "[]", "7", '{"type": 1}', "[" * 50_000, '{"type":"started","play":"x"}', '{"type":"beat","fps":-1}']
)
async def test_nonsense_is_dropped(overlay, text):
    async with page() as one:
        await one.enters(KEY)
        await one.hears("ready")

        await one.wire.send_to(text_data=text)
        await one.wire.send_to(bytes_data=b"\x00")
        await one.says("next")

        await one.hears("nothing")
        assert one.close_code is None


async def test_a_page_that_no_longer_answers_is_closed(overlay, monkeypatch):
    monkeypatch.setattr(attendance, "SILENT_FOR", 0.2)
    monkeypatch.setattr(attendance, "BEAT", 0.3)
    async with page() as one:
        one.becomes = lambda: one.until(lambda: True)
        await one.enters(KEY)

        assert await one.is_closed() == Close.TOO_SLOW


async def test_the_key_is_in_no_log(overlay, caplog):
    caplog.set_level(logging.DEBUG)
    async with page() as one:
        await one.enters(KEY)
        await one.hears_rows("overlay", 1)
    async with page() as stranger:
        await stranger.enters(KEY + "x")
        await stranger.is_closed()

    assert KEY not in caplog.text


# --- What it is told --------------------------------------------------------------------------------------------------


async def test_a_page_hears_what_its_layers_listen_to_and_no_more(overlay, happen):
    await add(overlay, LayerType.EVENT_LIST)
    async with page() as one:
        await one.enters(KEY)
        await one.hears("ready")
        await one.hears_rows("overlay", 1)
        await happen(Kind.CHAT_MESSAGE, message="nobody listens")
        await happen(Kind.MOD_BAN)
        await happen(Kind.FOLLOW, actor=Person(id="7", login="kai", name="Kai"))

        [row] = await one.hears_rows("events", 1)

        assert (row["type"], row["data"]["actor"]) == ("follow", {"name": "Kai", "avatar": "", "anonymous": False})
        assert one.rows("chat") == []
        assert "received_at" not in row["data"]


async def test_a_new_page_is_told_the_last_lines_and_one_that_was_away_what_it_missed(overlay, happen, monkeypatch):
    monkeypatch.setattr("overlays.domain.hearing.LINES_AT_FIRST", 3)
    await add(overlay, LayerType.CHAT_BOX)
    for number in range(5):
        await happen(Kind.CHAT_MESSAGE, message=f"line {number}")
    async with page() as one:
        await one.enters(KEY)
        first = await one.hears_rows("chat", 3)
        assert [row["data"]["message"] for row in first] == ["line 2", "line 3", "line 4"]

    await happen(Kind.CHAT_MESSAGE, message="missed")
    async with page() as again:
        await again.enters(KEY, after={"chat": first[-1]["seq"], "events": None})

        [missed] = await again.hears_rows("chat", 1)
        assert missed["data"]["message"] == "missed"


async def test_a_line_that_was_removed_is_not_told_and_one_on_screen_is_taken_off(overlay, happen):
    await add(overlay, LayerType.CHAT_BOX)
    await happen(Kind.CHAT_MESSAGE, external_id="m0", message="gone")
    await happen(Kind.CHAT_MESSAGE_DELETED, extra={"message_id": "m0"})
    await happen(Kind.CHAT_MESSAGE, external_id="m1", message="here")
    async with page() as one:
        await one.enters(KEY)
        await one.hears_rows("chat", 1)

        await happen(Kind.CHAT_MESSAGE_DELETED, extra={"message_id": "m1"})

        rows = await one.hears_rows("chat", 2)
        assert [(row["type"], row["data"]["extra"].get("message_id")) for row in rows] == [
            ("chat.message", None),
            ("chat.message_deleted", "m1"),
        ]


async def test_the_state_of_the_channels_is_told_without_what_is_nobodys_business(overlay, account):
    await add(overlay, LayerType.TIMER, mode="live")
    await in_thread(status.update)(account.pk, "twitch", "31337", live=True, viewers=12, title="Now")
    async with page() as one:
        await one.enters(KEY)

        [told] = await one.hears_rows("status", 1)
        assert told["data"] == {
            "platform": "twitch",
            "live": True,
            "live_since": None,
            "viewers": 12,
            "title": "Now",
            "category": "",
        }


async def test_what_plays_is_found_out_for_it_and_told_without_what_is_nobodys_business(overlay, account):
    await add(overlay, LayerType.NOW_PLAYING)
    async with page() as one:
        await one.enters(KEY)

        [told] = await one.hears_rows("music", 1)
        assert told["data"] | {"read_at": None} == {
            "state": "trouble",
            "item": None,
            "progress_ms": None,
            "read_at": None,
        }
        await until_db(lambda: watching.is_watched(channels.music(account.pk)))


async def test_a_saved_overlay_is_told_and_what_it_listens_to_follows(overlay, ada_actor, happen):
    async with page() as one:
        await one.enters(KEY)
        await one.hears_rows("overlay", 1)
        await save(ada_actor, overlay, [{"type": "chat_box"}])
        await one.until(lambda: 2 in [row["data"]["version"] for row in one.rows("overlay")])

        await one.says("look")

        await one.until(lambda: len([said for said in one.heard if said["type"] == "definition"]) == 2)
        assert [layer["type"] for layer in (await one.sees())["layers"]] == ["chat_box"]
        await happen(Kind.CHAT_MESSAGE, message="now I listen")
        [line] = await one.hears_rows("chat", 1)
        assert line["data"]["message"] == "now I listen"

        await save(ada_actor, overlay, [])
        await one.says("look")
        await one.until(lambda: len([said for said in one.heard if said["type"] == "definition"]) == 3)
        assert (await one.sees())["layers"] == []
        await happen(Kind.CHAT_MESSAGE, message="no longer")
        await in_thread(sources.reload)(actor=ada_actor, overlay=overlay)
        await one.until(lambda: "overlay.reload" in [row["type"] for row in one.rows("overlay")])
        assert len(one.rows("chat")) == 1


async def test_pages_share_what_is_cut_down_for_them(overlay, happen):
    await add(overlay, LayerType.CHAT_BOX)
    async with page() as one, page() as another:
        for each in (one, another):
            await each.enters(KEY)
            await each.hears_rows("overlay", 1)
        await happen(Kind.CHAT_MESSAGE, message="once")
        await one.hears_rows("chat", 1)
        await another.hears_rows("chat", 1)

        feeds = [feed for channel, feed in Hub.current().fanout._feeds.items() if channel.topic == "chat"]
        assert [(feed.channel.is_on_air, len(feed.subscriptions)) for feed in feeds] == [(True, 2)]


async def test_a_goal_that_is_nearer_is_told(overlay, ada_actor, happen):
    await save(ada_actor, overlay, [{"type": "goal", "config": {"counts": "follows"}}])
    async with page() as one:
        await one.enters(KEY)
        [state] = await one.hears_rows("overlay", 1)
        [layer] = state["data"]["goals"]

        await happen(Kind.FOLLOW)

        await one.until(lambda: one.rows("overlay")[-1]["data"]["goals"] == {layer: {"counted": 1}}, within=10)


# --- What is known of it ----------------------------------------------------------------------------------------------


async def test_a_page_is_a_source_while_it_is_there(overlay):
    async with page(agent=IN_OBS) as one:
        await one.enters(KEY, visible=False, active=False)
        await one.hears("ready")
        [shown] = (await in_thread(sources.of)([overlay]))[overlay.pk]
        assert (shown.browser, shown.obs_version) == ("OBS on Windows", "31.0.0")
        assert (shown.is_connected, shown.is_visible, shown.is_active) == (True, False, False)
        assert shown.is_current

        await one.becomes(visible=True, active=True, fps=60)

        await until_db(lambda: Source.objects.filter(visible=True, active=True, frames=60).exists())

    await until_db(lambda: Source.objects.filter(connected=False).exists())


async def test_a_page_that_connects_again_is_the_same_source(overlay):
    async with page() as one:
        await one.enters(KEY)
        await one.hears("ready")
    await until_db(lambda: Source.objects.filter(connected=False).exists())
    async with page() as again:
        again.source = one.source
        await again.enters(KEY)
        await again.hears("ready")

        assert (await in_thread(Source.objects.get)()).connected is True


# --- Alerts -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def box(overlay) -> Any:
    return make_box(overlay)


async def test_an_alert_is_given_begun_and_over(overlay, box, happen):
    async with page() as one:
        await one.enters(KEY)
        await one.hears("ready")
        await happen(Kind.FOLLOW, actor=Person(id="7", login="kai", name="Kai"))
        await one.until(lambda: one.rows("alerts") and one.rows("alerts")[-1]["data"]["waiting"] == 1)

        await one.says("next")
        play = await one.hears("play")
        assert play["variables"]["name"] == "Kai"
        await one.says("started", play=play["play"])
        await one.hears("noted", what="started")
        await one.says("done", play=play["play"])
        await one.hears("noted", what="done")

        assert (await in_thread(Alert.objects.get)()).state == "played"
        await one.until(lambda: one.rows("alerts")[-1]["data"]["current"] is None)


@pytest.mark.parametrize("state", [{"visible": False}, {"visible": True, "active": False}])
async def test_a_page_that_nobody_sees_is_given_none(overlay, box, happen, state):
    async with page() as one:
        await one.enters(KEY, **state)
        await one.hears("ready")
        await happen()

        await one.says("next")

        await one.hears("nothing")
        assert (await in_thread(Alert.objects.get)()).state == "waiting"


async def test_what_waited_is_dealt_with_when_the_page_is_seen_again(overlay, box, happen, account):
    await in_thread(AlertQueue.objects.create)(account=account, on_return="newest")
    async with page() as one:
        await one.enters(KEY, visible=False)
        await one.hears("ready")
        for _ in range(3):
            await happen()

        await one.becomes(visible=True)

        await until_db(
            lambda: (
                list(Alert.objects.order_by("id").values_list("state", flat=True))
                == ["passed_over", "passed_over", "waiting"]
            )
        )


async def test_what_came_while_the_connection_was_lost_was_not_out_of_sight(overlay, box, happen, account):
    await in_thread(AlertQueue.objects.create)(account=account, on_return="none")
    async with page() as one:
        await one.enters(KEY)
        await one.hears("ready")
    await until_db(lambda: Source.objects.filter(connected=False).exists())
    await happen()
    async with page() as again:
        again.source = one.source
        await again.enters(KEY)
        await again.hears("ready")

        await again.says("next")

        await again.hears("play")


async def test_an_alert_of_a_page_that_dies_before_it_began_is_given_to_another(overlay, box, happen):
    async with page() as survivor:
        await survivor.enters(KEY)
        await survivor.hears("ready")
        await happen()
        async with page() as dying:
            await dying.enters(KEY)
            await dying.hears("ready")
            await dying.says("next")
            given = await dying.hears("play")
        await until_db(lambda: AlertPlay.objects.filter(state="lost").exists())

        await survivor.says("next")

        again = await survivor.hears("play")
        assert again["alert"] == given["alert"]
        assert again["play"] != given["play"]


async def test_a_page_that_lost_its_connection_goes_on_with_the_alert_it_had_begun(overlay, box, happen):
    await happen()
    async with page() as again:
        async with page() as one:
            await one.enters(KEY)
            await one.hears("ready")
            await one.says("next")
            play = await one.hears("play")
            await one.says("started", play=play["play"])
            await one.hears("noted")
            again.source = one.source
        await until_db(lambda: not Source.objects.get().connected)
        assert await in_db(lambda: Alert.objects.get().state) == "playing"
        await again.enters(KEY)
        await again.hears("ready")

        await again.says("done", play=play["play"])

        await again.hears("noted")
    assert await in_db(lambda: Alert.objects.get().state) == "played"


async def test_an_old_connection_that_breaks_late_takes_nothing_from_the_page(overlay, box, happen):
    await happen()
    async with page() as again:
        async with page() as one:
            await one.enters(KEY)
            await one.hears("ready")
            again.source = one.source
            await again.enters(KEY)
            await again.hears("ready")
            await again.says("next")
            play = await again.hears("play")

        await again.says("started", play=play["play"])
        await again.hears("noted")
        assert await in_thread(list)(AlertPlay.objects.values_list("state", flat=True)) == ["started"]
        assert (await in_thread(Source.objects.get)()).connected is True


async def test_a_page_that_was_away_says_again_what_it_did(overlay, box, happen):
    await happen()
    async with page() as one:
        await one.enters(KEY)
        await one.hears("ready")
        await one.says("next")
        play = await one.hears("play")
    await until_db(lambda: AlertPlay.objects.filter(state="lost").exists())
    async with page() as again:
        again.source = one.source
        await again.enters(KEY)
        await again.hears("ready")

        await again.says("done", play=play["play"])

        await again.hears("noted", what="done")
        assert (await in_thread(Alert.objects.get)()).state == "played"


async def test_a_skipped_alert_is_no_longer_the_current_one(overlay, box, happen, ada_actor):
    await happen()
    async with page() as one:
        await one.enters(KEY)
        await one.hears("ready")
        await one.says("next")
        play = await one.hears("play")
        await one.says("started", play=play["play"])
        await one.hears("noted")

        await in_thread(controls.skip)(ada_actor)

        await one.until(lambda: one.rows("alerts")[-1]["data"]["current"] is None)
        assert one.rows("alerts")[-1]["data"]["version"] > play["version"]
