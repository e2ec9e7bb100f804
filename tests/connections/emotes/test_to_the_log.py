"""From Twitch and a provider of emotes to the stored message, with all that drawing it needs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from django.core.cache import cache

from connections.domain import dressing
from connections.emotes.shelf import Shelf, Timing
from connections.platforms.twitch.topics import TOPICS
from events.enums import Kind
from events.ingest import supervisor
from events.ingest.supervisor import Supervisor
from events.models import ChatLine, Event, IngestSource
from tests.connections.conftest import STREAMER
from tests.fakes.emotes import Emotes
from tests.fakes.twitch import Twitch
from tests.waiting import in_db, until, until_db

FAST = supervisor.Timing(every=0.05, lease=5, settle=0.01)


@pytest.fixture(autouse=True)
def shelf(monkeypatch) -> Shelf:
    cache.clear()
    empty = Shelf(Timing(look=0.05, backoff_first=0.05, backoff_longest=0.1))
    monkeypatch.setattr(dressing, "shelf", empty)
    return empty


@asynccontextmanager
async def listening(grant: Callable[..., Any]):
    await in_db(grant)
    stop = asyncio.Event()
    running = asyncio.create_task(Supervisor(timing=FAST).run(stop))
    try:
        await until_db(lambda: IngestSource.objects.filter(subscriptions_active=len(TOPICS)).exists())
        yield
    finally:
        stop.set()
        await running


async def has_loaded(twitch: Twitch, shelf: Shelf, *names: str) -> None:
    """Somebody says hello, upon which what is not known yet is fetched."""
    twitch.chat("mira_plays", "hello")
    await until(lambda: all(name in shelf._kept and shelf._kept[name].value is not None for name in names))


async def stored(model: type[ChatLine] | type[Event], **wanted: Any) -> Any:
    await until_db(lambda: model.objects.filter(**wanted).exists())
    return await in_db(lambda: model.objects.filter(**wanted).get())


@pytest.mark.django_db(transaction=True)
async def test_emotes_badges_cheers_and_replies(twitch, emotes: Emotes, grant, shelf):
    twitch.state.user("mira_plays").broadcaster_type = "affiliate"
    cat = emotes.add("7tv", "catJAM", channel=f"twitch:{STREAMER}", animated=True)
    badges = [{"set_id": "subscriber", "id": "12", "info": "16"}, {"set_id": "moderator", "id": "1", "info": ""}]
    async with listening(grant):
        await has_loaded(twitch, shelf, f"7tv:twitch:{STREAMER}", "badges:twitch", f"badges:twitch:{STREAMER}")
        first = twitch.chat("juno", "catJAM Kappa @otto_x https://example.org.", badges=badges)
        twitch.chat("otto", "nice", reply_to=first)
        twitch.cheer("juno", 150, message="Cheer150 for you")
        line = await stored(ChatLine, external_id=first)
        reply = await stored(ChatLine, message__endswith="nice")
        await stored(Event, kind=Kind.CHEER)
        await until(lambda: shelf._kept[f"cheermotes:twitch:{STREAMER}"].value)
        twitch.cheer("juno", 250, message="Cheer250 again")
        cheer = await stored(Event, kind=Kind.CHEER, amount=250)
        said = await stored(ChatLine, message="Cheer250 again")

    assert line.fragments == [
        {
            "type": "emote",
            "text": "catJAM",
            "provider": "7tv",
            "id": cat,
            "url": f"{emotes.url}/emote/{cat}/2x.webp",
            "animated": True,
            "zero_width": False,
        },
        {"type": "text", "text": " "},
        {
            "type": "emote",
            "text": "Kappa",
            "id": "25",
            "animated": False,
            "url": f"{twitch.url}/emoticons/v2/25/default/dark/2.0",
        },
        {"type": "text", "text": " "},
        {"type": "mention", "text": "@otto_x", "name": "otto_x"},
        {"type": "text", "text": " "},
        {"type": "link", "text": "https://example.org", "url": "https://example.org"},
        {"type": "text", "text": "."},
    ]
    assert [(badge["set"], badge["info"], badge["title"], badge["url"]) for badge in line.extra["badges"]] == [
        ("subscriber", "16", "1-Year Subscriber", f"{twitch.url}/badges/v1/mira_plays-subscriber-12/2"),
        ("moderator", "", "Moderator", f"{twitch.url}/badges/v1/all-moderator-1/2"),
    ]
    assert (reply.extra["reply"]["message_id"], reply.extra["reply"]["login"]) == (first, "juno")
    for fragments in (cheer.fragments, said.fragments):
        assert [fragment["text"] for fragment in fragments] == ["Cheer250", " again"]
        assert fragments[0]["url"] == f"{twitch.url}/actions/cheer/dark/animated/100/2.gif"


@pytest.mark.django_db(transaction=True)
async def test_shared_chat_shows_the_badges_of_the_other_channel(twitch, grant, shelf):
    twitch.state.user("otto").broadcaster_type = "affiliate"
    otto = twitch.state.user("otto")
    badge = {"set_id": "subscriber", "id": "12", "info": "16"}
    async with listening(grant):
        twitch.chat("juno", "hello over there", source="otto")
        await until_db(lambda: ChatLine.objects.exists())
        event = {**twitch._said[-1].event, "message_id": "second", "source_badges": [badge]}
        twitch.emit("channel.chat.message", event)
        await until(lambda: f"badges:twitch:{otto.id}" in shelf._kept)
        await until(lambda: shelf._kept[f"badges:twitch:{otto.id}"].value)
        twitch.emit("channel.chat.message", {**event, "message_id": "third"})
        line = await stored(ChatLine, external_id="third")

    [found] = line.extra["source"]["badges"]
    assert (line.extra["source"]["login"], found["url"]) == ("otto", f"{twitch.url}/badges/v1/otto-subscriber-12/2")


@pytest.mark.django_db(transaction=True)
async def test_what_nobody_tells_stays_text_and_arrives(twitch, emotes, grant, shelf):
    for stand_in, endpoint in ((emotes, "*"), (twitch, "/helix/chat/*"), (twitch, "/helix/bits/*")):
        stand_in.fail(endpoint, status=503, times=None)
    async with listening(grant):
        twitch.chat("juno", "catJAM hello", badges=[{"set_id": "moderator", "id": "1", "info": ""}])
        line = await stored(ChatLine, message="catJAM hello")

    assert line.fragments == [{"type": "text", "text": "catJAM hello"}]
    assert line.extra["badges"] == [{"set": "moderator", "id": "1", "info": ""}]
