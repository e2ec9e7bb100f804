"""Which popout tokens go blind when a platform is disconnected, or when somebody leaves the account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import ngettext

from accounts.enums import Permission
from connections.domain.dependents import Dependent
from connections.platforms import PLATFORMS
from connections.platforms.base import Section
from tokens.models import PopoutToken

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from accounts.models import Account

#: What a token shows of the platforms of a section.
SHOWS = {
    Section.STREAMING: {Permission.CHAT_READ, Permission.EVENTS_READ},
    Section.MUSIC: {Permission.SPOTIFY_READ},
}


def of_people(account: Account, people: Collection[UUID]) -> dict[UUID, list[str]]:
    """How many tokens each of these has made, in a sentence for those who have any. One query."""
    made = PopoutToken.objects.alive().filter(account=account, creator__in=people).order_by()
    return {
        row["creator"]: [
            ngettext(
                "{number} popout token opens nothing any more",
                "{number} popout tokens open nothing any more",
                row["number"],
            ).format(number=row["number"])
        ]
        for row in made.values("creator").annotate(number=Count("pk"))
    }


def of(account: Account) -> list[Dependent]:
    """One line for each section that tokens show something of. One query."""
    listed = [token.listed for token in PopoutToken.objects.alive().filter(account=account).only("permissions")]
    found = []
    for section, codes in SHOWS.items():
        platforms = frozenset(slug for slug, platform in PLATFORMS.items() if platform.section == section)
        if number := sum(not codes.isdisjoint(permissions) for permissions in listed):
            text = ngettext("{number} popout token shows it", "{number} popout tokens show it", number)
            found.append(Dependent(platforms, text.format(number=number), reverse("tokens:index")))
    return found
