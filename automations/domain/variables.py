"""What templates of steps can name: `{{name}}`, `{{amount}}` and so on.

What belongs to the event is stored with the run that it triggers; how the channel is at the moment is asked when a step
is carried out, if its template names it. What is not known stays as it stands.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from connections.platforms import name_of
from events import words
from events.enums import Unit
from events.models import ChannelStatus
from events.payloads import payload

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import Promise

    from automations.models import Automation, Run
    from events.models import LogRow

#: Every variable, with what it stands for.
VARIABLES: dict[str, str | Promise] = {
    "name": _("who did it"),
    "amount": _("how much, with its unit: 5.00 EUR, 100 bits, 12 viewers"),
    "count": _("the bare number"),
    "months": _("months of a subscription"),
    "tier": _("tier or level"),
    "message": _("what they wrote"),
    "command_text": _("what they wrote after the command"),
    "title": _("the reward, or what was donated for"),
    "recipient": _("who was given a gift"),
    "platform": _("where it happened"),
    "date": _("the date"),
    "time": _("the time"),
    "channel": _("your channel"),
    "stream_title": _("title of the stream"),
    "category": _("category of the stream"),
    "viewers": _("viewers of the stream now"),
}
#: Those that are asked when they are needed.
OF_THE_CHANNEL = frozenset({"channel", "stream_title", "category", "viewers"})

#: What a program that runs an automation may hand along.
NAME = re.compile(r"[a-z][a-z_]{0,39}")
_PLACE = re.compile(r"\{\{\s*([a-z][a-z_]{0,39})\s*\}\}")
#: What would make a command of a message that begins with it, in the chats themselves or for a bot.
_COMMANDS = frozenset("/!.")


def of_row(row: LogRow, automation: Automation) -> dict[str, str]:
    """Those of what triggered `automation` (its account and maker loaded). What it has nothing for is ""."""
    message = payload(row)
    data, extra = message["data"], message["data"]["extra"]
    with translation.override(_language(automation)):
        places = words.places(message)
        return {
            **{name: places[name] for name in ("amount", "message", "title")},
            "name": places["actor"],
            "count": "" if data["amount"] is None else words.worth(message),
            "months": str(data["amount"]) if data["unit"] == Unit.MONTHS else "",
            "tier": words.tier(extra),
            "command_text": places["message"].partition(" ")[2].strip() if automation.command else "",
            "recipient": words.recipients(extra.get("recipients")),
            "platform": name_of(data["platform"]),
            **_now(automation),
        }


def by_hand(automation: Automation, given: Mapping[str, str]) -> dict[str, str]:
    """Those of a run that somebody began, with what they handed along."""
    with translation.override(_language(automation)):
        return _now(automation) | dict(given)


def of_channel(run: Run) -> dict[str, str]:
    """How the channel is now: where it happened, else the one that is live. One query."""
    statuses = list(ChannelStatus.objects.filter(account=run.account_id).order_by("pk"))
    here = (
        [one for one in statuses if one.platform == run.platform] or [one for one in statuses if one.live] or statuses
    )
    if not here:
        return {"channel": run.account.name, "stream_title": "", "category": "", "viewers": ""}
    status = here[0]
    return {
        "channel": words.clean(status.channel_name, words.NAME_LENGTH) or run.account.name,
        "stream_title": status.title,
        "category": status.category,
        "viewers": "" if status.viewers is None else str(status.viewers),
    }


def named(template: str) -> set[str]:
    """The variables that a template names."""
    return set(_PLACE.findall(template))


def filled(template: str, values: Mapping[str, str]) -> str:
    """The template with its places filled, once: what a value itself holds is not looked through again."""
    return _PLACE.sub(lambda place: values.get(place[1], place[0]), template)


def spoken(template: str, values: Mapping[str, str]) -> str:
    """The same for chat. What a viewer wrote cannot make a command of it: only the template itself can begin with a
    sign of one."""
    text = filled(template, values)
    if template.lstrip()[:1] in _COMMANDS:
        return text
    start = 0
    while start < len(text) and (text[start] in _COMMANDS or unicodedata.category(text[start])[0] in "CZ"):
        start += 1
    return text[start:]


def _language(automation: Automation) -> str:
    """Of whoever made it, as amounts and dates are written in one."""
    maker = automation.created_by
    return (maker.language if maker else "") or settings.LANGUAGE_CODE


def _now(automation: Automation) -> dict[str, str]:
    zone = ZoneInfo(automation.account.time_zone or settings.TIME_ZONE)
    now = timezone.localtime(timezone.now(), zone)
    return {"date": date_format(now, "DATE_FORMAT"), "time": date_format(now, "H:i")}
