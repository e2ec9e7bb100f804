"""What platforms have in common that call an address of ours: the request, why one is refused, whether any can come."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from connections.platforms.base import LOOPBACK
from connections.platforms.failures import PlatformFailure

#: What a listener keeps in its memory for those who take deliveries: the ids of our subscriptions by topic ("" for one
#: that is not known). And what they leave there for it: since when something was turned away.
SUBSCRIPTIONS, DEAF_SINCE = "subscriptions", "deaf_since"
#: Endings of names that only one network knows.
LOCAL_NAMES = (".localhost", ".local", ".internal", ".lan", ".home", ".home.arpa", ".test")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request as it came: headers by their names in lower case, and the body as it was signed."""

    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Listening:
    """For whom deliveries to an address are: the channel, and the platform's ids of our subscriptions.

    Without ids nobody knows yet which subscriptions are ours.
    """

    channel_id: str
    subscriptions: Collection[str] = ()


class DeliveryRefused(PlatformFailure):
    """Kept with the address it came to, so that its card can say what to do."""

    status = 403


class NotSigned(DeliveryRefused):
    code = "delivery_not_signed"
    sentence = _(
        "Something arrived that {platform} did not sign, and was refused. If this goes on while nothing else arrives, "
        "something between {platform} and this Lumio changes what passes through: a proxy, a firewall or the tunnel."
    )


class OutOfDate(DeliveryRefused):
    code = "delivery_out_of_date"
    sentence = _(
        "{platform} delivered something that is too old or from the future, and it was refused. Check the clock of the "
        "machine that Lumio runs on."
    )


class OtherChannel(DeliveryRefused):
    code = "delivery_of_other_channel"
    sentence = _(
        "{platform} delivered what happened on another channel, and it was refused. Each Lumio account needs an app of "
        "its own at {platform}, with the webhook URL of that account."
    )


class OtherApp(DeliveryRefused):
    code = "delivery_of_other_app"
    sentence = _(
        "{platform} delivered for another app than the one on the App Credentials page, and it was refused, or "
        "everything would arrive twice. Take the webhook URL out of the other app."
    )


class NotReadable(DeliveryRefused):
    code = "delivery_unreadable"
    status = 400
    sentence = _("{platform} delivered something that Lumio cannot read, and it was refused. Update Lumio.")


REFUSALS: dict[str, type[DeliveryRefused]] = {
    refusal.code: refusal for refusal in (NotSigned, OutOfDate, OtherChannel, OtherApp, NotReadable)
}


def reaches_us(platform_url: str) -> bool:
    """Whether a platform at that address can call `LUMIO_WEBHOOK_URL`; a stand-in on this very machine always can."""
    return is_public(settings.LUMIO_WEBHOOK_URL) or urlsplit(platform_url).hostname in LOOPBACK


def is_public(url: str) -> bool:
    """Whether an address leads over the internet by https, as far as it shows."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "https":
        return False
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith(LOCAL_NAMES)
