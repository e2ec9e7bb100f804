"""The publishing side, a process of its own with the environment of the Lumio that is measured.

`prepare` makes an account and prints its id and a popout token; `flood` publishes as fast as it can in batches as the
ingest writer makes them; `steady` publishes one event at a time at a given rate, if wished with so many characters
more in each.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from itertools import count
from uuid import UUID

import django

BATCH = 200

_numbers = count(time.time_ns())


def main(argv: list[str]) -> None:
    django.setup()
    match argv:
        case ["prepare"]:
            prepare()
        case ["flood", account_id, events]:
            for _ in range(int(events) // BATCH):
                publish(account_id, BATCH)
        case ["steady", account_id, events, rate, *more]:
            start = time.monotonic()
            for number in range(int(events)):
                time.sleep(max(0.0, start + number / int(rate) - time.monotonic()))
                publish(account_id, 1, *map(int, more))


def prepare() -> None:
    from tests.factories import make_account, make_actor, make_token

    account = make_account()
    _, secret = make_token(actor=make_actor(account=account), permissions={"chat:read"})
    print(json.dumps({"account": str(account.pk), "token": secret.reveal()}))


def publish(account_id: str, events: int, more: int = 0) -> None:
    """A chat line as long as most are, with the time of sending in it."""
    from events.domain.publish import publish_local
    from events.enums import Kind, Origin
    from events.types import Person, StreamEvent

    text = f"sent={time.time():.6f} what a run, that was the third boss in a row" + "!" * more
    lines = [
        StreamEvent(
            kind=Kind.CHAT_MESSAGE,
            platform="twitch",
            channel_id="1001",
            external_id=str(next(_numbers)),
            occurred_at=datetime.now(UTC),
            actor=Person(id="2002", login="grace", name="Grace"),
            message=text,
            fragments=({"type": "text", "text": text},),
        )
        for _ in range(events)
    ]
    publish_local(UUID(account_id), lines, Origin.LIVE)


if __name__ == "__main__":
    main(sys.argv[1:])
