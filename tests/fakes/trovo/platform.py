"""`Trovo`, the stand-in itself: what tests, the demo studio and other processes can make happen."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from typing import Any

from aiohttp import web

from tests.fakes.oauth import OAuthStandIn
from tests.fakes.server import verb
from tests.fakes.trovo.api import Api
from tests.fakes.trovo.chat import Chat
from tests.fakes.trovo.oauth import OAuth
from tests.fakes.trovo.state import Spoken, State, Stream, TrovoSettings, User


class Trovo(OAuthStandIn[User]):
    slug = "trovo"
    state: State
    settings: TrovoSettings

    def __init__(self) -> None:
        oauth = OAuth(State())
        super().__init__(oauth)
        self.api = Api(self.state, oauth, said=self._echo)
        self.readers = Chat(self.state, oauth)

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [*self.oauth.routes(), *self.api.routes(), *self.readers.routes()]

    def hang_up(self) -> None:
        self.drop_socket()

    # The stream

    @verb
    def go_live(self, *, viewers: int = 7, channel: str | None = None) -> None:
        streamer = self._channel(channel)
        streamer.stream = Stream(int(time.time()), viewers)
        self.readers.say(streamer, 5012, None, "stream_on")

    @verb
    def go_offline(self, *, channel: str | None = None) -> None:
        streamer = self._channel(channel)
        streamer.stream, streamer.ended_at = None, int(time.time())
        self.readers.say(streamer, 5012, None, "stream_off")

    # Chat and what is told there. Each answers with the message id.

    @verb
    def chat(self, user: str, text: str, *, type: int = 0, channel: str | None = None, **fields: Any) -> str:
        """Somebody writes, in magic chat with a `type` of 6 to 9; `fields` replace those of the entry."""
        return self._say(type, user, text, channel, **fields)

    @verb
    def spell(
        self,
        user: str,
        gift: str = "Winner",
        *,
        num: int = 1,
        value: int = 100,
        unit: str = "Elixir",
        channel: str | None = None,
    ) -> str:
        content = {"gift_id": 1, "gift": gift, "num": num, "gift_value": value, "value_type": unit}
        return self._say(5, user, json.dumps(content), channel)

    @verb
    def subscribe(self, user: str, *, months: int = 0, tier: int = 1, channel: str | None = None) -> str:
        """With `months` once more."""
        words = f"renewed subscription for {months} months" if months else "just subscribed to the channel!"
        details = {"isReSub": int(bool(months))}
        return self._say(5001, user, words, channel, sub_tier=str(tier), content_data=details)

    @verb
    def gift(self, user: str, recipients: list[str], *, channel: str | None = None) -> str:
        """Subscriptions to whoever is there: the number first, then each of them."""
        message_id = self._say(5005, user, str(len(recipients)), channel)
        for name in recipients:
            self._say(5006, user, f"1,{name}", channel)
        return message_id

    @verb
    def follow(self, user: str, *, channel: str | None = None) -> str:
        return self._say(5003, user, "just followed channel!", channel)

    @verb
    def raid(self, user: str, *, viewers: int = 5, channel: str | None = None) -> str:
        details = {"raiderNum": str(viewers)}
        return self._say(5008, user, "{nickName} is carrying {raiderNum} raiders", channel, content_data=details)

    def _say(self, type: int, user: str, content: str, channel: str | None, **fields: Any) -> str:
        return self.readers.say(self._channel(channel), type, self.state.user(user), content, **fields)

    def _echo(self, channel: User, sender: User, content: str) -> None:
        """What a client sent comes back to every reader of the chat."""
        self.readers.say(channel, 0, sender, content)

    # Sockets

    @verb
    def drop_socket(self, *, code: int | None = None) -> int:
        """Close with a code, or without one end the TCP connection; how many there were."""
        chosen = list(self.readers.sessions)
        for session in chosen:
            if code is None:
                session.abort()
            else:
                session.close(code)
        return len(chosen)

    @verb
    def fall_silent(self) -> int:
        """Send nothing more over the sockets there are, pongs included; how many that are."""
        for session in self.readers.sessions:
            session.is_silent = True
        return len(self.readers.sessions)

    @verb
    def duplicate_last(self, *, channel: str | None = None) -> None:
        """The last entry comes once more."""
        self.readers.repeat(self._channel(channel))

    @verb
    def send_raw(self, frame: dict[str, Any] | str, *, channel: str | None = None) -> int:
        """Any JSON object or text as one frame; how many readers there are."""
        return self.readers.send(self._channel(channel), frame)

    @verb
    def listeners(self) -> int:
        """How many sockets are open and were let in."""
        return len(self.readers.sessions)

    # Looking on

    @verb
    def messages(self, *, channel: str | None = None) -> list[dict[str, Any]]:
        """What people said lately, oldest first."""
        return [entry for entry in self.readers.history(self._channel(channel)) if entry["type"] == 0]

    @verb
    def spoken(self) -> list[Spoken]:
        """What was said through the API, oldest first."""
        return list(self.api.spoken)
