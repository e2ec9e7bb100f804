"""Numbers about the whole instance, for whoever operates it."""

from __future__ import annotations

from django.db.models import Sum

from events.models import IngestSource, LiveHead


def sources_by_state() -> list[tuple[str, str, int]]:
    """(platform, state, how many) of the live connections to platforms."""
    counted: dict[tuple[str, str], int] = {}
    for key, state in IngestSource.objects.values_list("key", "state").iterator():
        place = (key.partition(":")[0], state)
        counted[place] = counted.get(place, 0) + 1
    return [(platform, state, number) for (platform, state), number in sorted(counted.items())]


def rows_ever() -> dict[str, int]:
    """How many events and chat lines were ever stored, by log: their `seq` has no gaps."""
    sums = LiveHead.objects.aggregate(events=Sum("events_seq", default=0), chat=Sum("chat_seq", default=0))
    return {"events": sums["events"], "chat": sums["chat"]}
