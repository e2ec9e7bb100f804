"""What comes to an address of ours: whether it is fresh, for whom, and what it says."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from connections.platforms.kick.api import NAME
from connections.platforms.kick.parse import SUBSCRIPTION_ID, TIMESTAMP, TYPE, has_shape, parse, when
from connections.platforms.webhooks import Delivery, Listening, NotReadable, OtherApp, OtherChannel, OutOfDate
from events.types import StreamEvent
from lumio.lib.payload import Payload, mapping, number

#: How far off the time of a delivery may be, in either direction.
FRESH = timedelta(minutes=5)


def read(delivery: Delivery, listening: Listening) -> StreamEvent:
    """The event of a delivery that is signed. Raises DeliveryRefused.

    Id, time and body are signed, the type and the subscription are not; and whoever has an app can have Kick sign
    events of their own channel.
    """
    sent_at = when(delivery.headers.get(TIMESTAMP))
    if sent_at is None:
        raise NotReadable(platform=NAME)
    if abs(datetime.now(UTC) - sent_at) > FRESH:
        raise OutOfDate(platform=NAME)
    body = _object(delivery.body)
    channel_id = number(mapping(body.get("broadcaster")).get("user_id"))
    if channel_id is None or not has_shape(delivery.headers.get(TYPE), body):
        raise NotReadable(platform=NAME)
    if str(channel_id) != listening.channel_id:
        raise OtherChannel(platform=NAME)
    if listening.subscriptions and delivery.headers.get(SUBSCRIPTION_ID) not in listening.subscriptions:
        raise OtherApp(platform=NAME)
    return parse(delivery.headers, body, channel_id=listening.channel_id)


def _object(body: bytes) -> Payload:
    try:
        return mapping(json.loads(body))
    except (ValueError, RecursionError) as error:
        raise NotReadable(platform=NAME) from error
