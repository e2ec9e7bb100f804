"""The addresses that a new token opens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse

from tokens.enums import POPOUTS, Popout

if TYPE_CHECKING:
    from lumio.lib.secrets import Secret
    from tokens.models import PopoutToken


@dataclass(frozen=True)
class Link:
    popout: Popout
    url: str


def links(token: PopoutToken, secret: Secret) -> list[Link]:
    """The complete address of every popout that this version has and the token opens."""
    return [
        Link(popout, f"{settings.LUMIO_URL}{reverse(popout.url_name)}?token={secret.reveal()}")
        for popout in POPOUTS
        if popout.url_name and popout.opens in token.listed
    ]
