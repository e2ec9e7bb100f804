"""Chats that go on, a process like ingest: `python -m benchmarks.chatter <messages a second>`.

The first line of its standard input is a JSON list of account ids. Lines of chat of random ones among them go through
ingest's own writer, each with the time at which it did, until the input ends. Then what waits is stored. In place of a
platform's payloads that are parsed, events are made: what ingest spends on its sockets is not in here.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING
from uuid import UUID

import django

if TYPE_CHECKING:
    from events.ingest.writer import Place, Writer
    from events.types import StreamEvent

#: People who write in each chat.
PEOPLE = 20
TEXT = "what a run, that was the third boss in a row and nobody has lost a life yet"


def prepare(accounts: int) -> list[tuple[str, str]]:
    """Make accounts that are listened to, with a popout token each: their ids and the tokens. Runs inside of Lumio."""
    from events.models import IngestSource
    from tests.factories import make_account, make_actor, make_token

    made = []
    for _ in range(accounts):
        account = make_account()
        IngestSource.objects.create(account=account, key=_source(account.pk), owner="chatter", fence=1)
        _, secret = make_token(actor=make_actor(account=account), permissions={"chat:read"})
        made.append((str(account.pk), secret.reveal()))
    return made


async def main(rate: float) -> None:
    from events.ingest.writer import Place, Writer

    places = [Place(UUID(id), _source(UUID(id)), 1) for id in json.loads(sys.stdin.readline())]
    writer = Writer(on_stale=_stale)
    writer.start()
    chat = asyncio.create_task(_chat(writer, places, rate))
    await asyncio.to_thread(sys.stdin.read)
    chat.cancel()
    await writer.stop(seconds=60)


async def _chat(writer: Writer, places: list[Place], rate: float) -> None:
    began = time.monotonic()
    for number in count():
        await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
        await writer.put(random.choice(places), [_line(number)])


def _line(number: int) -> StreamEvent:
    from events.enums import Kind
    from events.types import Person, StreamEvent

    person = random.randrange(PEOPLE)
    return StreamEvent(
        kind=Kind.CHAT_MESSAGE,
        platform="twitch",
        channel_id="1001",
        external_id=f"sent={time.time():.6f}-{number}",
        occurred_at=datetime.now(UTC),
        actor=Person(id=str(2000 + person), login=f"viewer{person}", name=f"Viewer{person}"),
        message=TEXT,
        fragments=({"type": "text", "text": TEXT},),
        extra={"badges": [{"set": "subscriber", "id": "12"}], "colour": "#1E90FF"},
    )


def _source(account_id: UUID) -> str:
    return f"load:{account_id}"


def _stale(place: Place) -> None:
    raise AssertionError(f"{place.source} was taken away")


if __name__ == "__main__":
    django.setup()
    asyncio.run(main(float(sys.argv[1])))
