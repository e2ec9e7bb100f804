"""What the live bus is compared with: a plain Channels consumer in a group of channels-redis.

daphne serves `application`; `python -m benchmarks.group_send <messages>` sends.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys

import django
from django.conf import settings

MESSAGE = "what a run, that was it. " * 20
LINE = json.dumps({"type": "chat.message", "data": {"platform": "twitch", "message": MESSAGE}})

settings.configure(
    SECRET_KEY="benchmark",
    CHANNEL_LAYERS={
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            # Generous, so that it is measured how fast it is and not how much it drops.
            "CONFIG": {"hosts": [{"address": os.environ["REDIS_URL"], "socket_timeout": 15}], "capacity": 100_000},
        }
    },
)
django.setup()

from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402  needs the settings
from channels.layers import get_channel_layer  # noqa: E402


class Consumer(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        await self.channel_layer.group_add("everybody", self.channel_name)
        await self.accept()
        await self.send("listens")

    async def line(self, event: dict[str, str]) -> None:
        await self.send(event["text"])


application = Consumer.as_asgi()


async def send(messages: int) -> None:
    layer = get_channel_layer()
    for _ in range(messages):
        await layer.group_send("everybody", {"type": "line", "text": LINE})


if __name__ == "__main__":
    asyncio.run(send(int(sys.argv[1])))
