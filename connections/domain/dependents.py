"""What stops working when a platform is disconnected: the custom bots, and what apps above this one register."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _

from connections.enums import Purpose
from connections.models import Connection

if TYPE_CHECKING:
    from accounts.models import Account


@dataclass(frozen=True)
class Dependent:
    """Something that lives on some platforms (slugs): what it is in words, and the page where it is looked after."""

    platforms: frozenset[str]
    text: str
    url: str


Source = Callable[["Account"], Sequence[Dependent]]

_sources: list[Source] = []


def register(source: Source) -> None:
    """Have `source` asked for what an account has; one query at most, as it is asked on every Connections page."""
    _sources.append(source)


def of(account: Account) -> list[Dependent]:
    return [*_bots(account), *(dependent for source in _sources for dependent in source(account))]


def _bots(account: Account) -> list[Dependent]:
    """A bot needs a channel to speak in. One query."""
    bots = Connection.objects.filter(account=account, purpose=Purpose.BOT).values_list("platform", "channel_name")
    return [
        Dependent(
            frozenset({platform}),
            _("your custom bot {name} speaks in its chat").format(name=name),
            reverse("connections:bots"),
        )
        for platform, name in bots
    ]
