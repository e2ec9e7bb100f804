"""twitchAPI as its own documentation shows it, with a callback that does nothing but count.

`python -m benchmarks.dispatcher <url of benchmarks.eventsub>` prints `ready`; for each number on its standard input it
waits until so many messages more were dispatched, and prints the time of the last.
"""

from __future__ import annotations

import asyncio
import sys
import time

from twitchAPI.eventsub.websocket import EventSubWebsocket
from twitchAPI.object.eventsub import ChannelChatMessageEvent
from twitchAPI.twitch import Twitch
from twitchAPI.type import AuthScope

CHANNEL = "31337"


async def main(url: str) -> None:
    twitch = await Twitch("bench", authenticate_app=False, base_url=f"{url}/helix/", auth_base_url=f"{url}/oauth2/")
    twitch.auto_refresh_auth = False
    await twitch.set_user_authentication("token", [AuthScope.USER_READ_CHAT], validate=False)
    count = 0

    async def on_message(message: ChannelChatMessageEvent) -> None:
        nonlocal count
        count += 1

    socket_url = f"{url.replace('http', 'ws', 1)}/eventsub/ws"
    eventsub = EventSubWebsocket(twitch, connection_url=socket_url, subscription_url=f"{url}/helix/")
    eventsub.start()
    await eventsub.listen_channel_chat_message(CHANNEL, CHANNEL, on_message)
    print("ready", flush=True)
    for line in iter(sys.stdin.readline, ""):
        goal = count + int(line)
        print("waiting", flush=True)
        while count < goal:  # noqa: ASYNC110  the callback is on another loop, and is to do nothing
            await asyncio.sleep(0.005)
        print(time.time(), flush=True)
    await eventsub.stop()
    await twitch.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
