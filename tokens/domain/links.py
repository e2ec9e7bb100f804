"""The addresses that a new token opens, ready to be pasted into OBS or to be scanned by a phone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse

from lumio.lib import qr
from tokens.enums import Popout, bound_to

if TYPE_CHECKING:
    from lumio.lib.secrets import Secret
    from tokens.models import PopoutToken


@dataclass(frozen=True)
class Link:
    popout: Popout
    url: str = field(repr=False)

    @property
    def picture(self) -> str:
        """The address as a QR code."""
        return qr.data_uri(self.url)


def links(token: PopoutToken, secret: Secret) -> list[Link]:
    """The complete address of every popout that this version has and the token opens."""
    return [
        Link(popout, f"{settings.LUMIO_URL}{reverse(popout.url_name)}?token={secret.reveal()}")
        for popout in bound_to(token.pages)
        if popout.url_name and popout.opens in token.listed
    ]
