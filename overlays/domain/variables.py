"""What the templates of alerts and texts can name: `{{name}}`, `{{amount}}` and so on, as text of the overlay."""

from __future__ import annotations

from typing import Any

from django.utils import translation

from connections.platforms import name_of
from events import words
from events.enums import Unit

#: In what a number says how often or how many, and not how much.
COUNTED = frozenset({Unit.SUBS, Unit.MEMBERSHIPS, Unit.VIEWERS, Unit.STREAMS})


def of_event(event: dict[str, Any], language: str) -> dict[str, str]:
    """The variables of an event on air (`events.on_air`) in a language. What it has nothing for is "".

    `amount` has its unit ("5.00 EUR", "100 bits"); `count`, `months` and `viewers` are bare numbers.
    """
    data = event["data"]
    number, unit, extra = data["amount"], data["unit"], data["extra"]
    with translation.override(language):
        bare = words.amount(number, "")
        return {
            "name": words.actor(data["actor"]),
            "amount": words.amount(number, unit, data["currency"]),
            "message": words.clean(data["message"], words.MESSAGE_LENGTH),
            "count": bare if unit in COUNTED else "",
            "months": bare if unit == Unit.MONTHS else "",
            "tier": words.tier(extra),
            "platform": name_of(data["platform"]),
            "title": words.clean(extra.get("title") or "", words.NAME_LENGTH),
            "recipient": words.recipients(extra.get("recipients")),
            "viewers": bare if unit == Unit.VIEWERS else "",
        }
