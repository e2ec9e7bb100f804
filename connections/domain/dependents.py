"""What stops working when a platform is disconnected: the custom bots, and what apps above this one register."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from accounts.models import Account
    from connections.models import Connection


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


def of(account: Account, bots: Iterable[Connection]) -> list[Dependent]:
    """Of `bots`, the account's custom bots, each needs a channel to speak in."""
    return [*map(_bot, bots), *(dependent for source in _sources for dependent in source(account))]


def _bot(bot: Connection) -> Dependent:
    return Dependent(
        frozenset({bot.platform}),
        _("your custom bot {name} speaks in its chat").format(name=bot.channel_name),
        reverse("connections:bots"),
    )
