"""Chat: what people say, what moderators take away."""

from __future__ import annotations

import time
import uuid
from collections import deque
from dataclasses import dataclass

from tests.fakes.server import verb
from tests.fakes.twitch import payloads
from tests.fakes.twitch.core import Core
from tests.fakes.twitch.payloads import Event
from tests.fakes.twitch.state import User

REMEMBERED_MESSAGES = 1_000


@dataclass(slots=True)
class Said:
    """A message that stands in a chat, and since when."""

    event: Event
    at: float


class Chat(Core):
    """Messages are remembered, so that they can be answered and deleted by their id."""

    def __init__(self) -> None:
        super().__init__()
        self._said: deque[Said] = deque(maxlen=REMEMBERED_MESSAGES)

    @verb
    def chat(
        self,
        user: str,
        text: str,
        *,
        fragments: list[Event] | None = None,
        badges: list[Event] | None = None,
        color: str | None = None,
        reply_to: str | None = None,
        source: str | None = None,
        channel: str | None = None,
        message_id: str | None = None,
    ) -> str:
        """Somebody writes; the message id comes back, "" from who is silenced. `source` is the other channel of a
        shared chat."""
        streamer, chatter = self._channel(channel), self.state.user(user)
        if streamer.silenced.hold(chatter.id):
            return ""
        if color is not None:
            chatter.color = color
        return self._say(
            streamer,
            chatter,
            text,
            message_id=message_id,
            pieces=fragments,
            badges=badges,
            reply_to=reply_to,
            source=self.state.user(source) if source else None,
        )

    def _say(
        self,
        streamer: User,
        chatter: User,
        text: str,
        *,
        message_id: str | None = None,
        pieces: list[Event] | None = None,
        badges: list[Event] | None = None,
        bits: int = 0,
        reply_to: str | None = None,
        source: User | None = None,
    ) -> str:
        original = self._message(reply_to).event if reply_to else None
        if original:
            text = f"@{original['chatter_user_name']} {text}"
        event = payloads.chat_message(
            streamer,
            chatter,
            message_id or str(uuid.uuid4()),
            text,
            pieces or payloads.fragments(text, self.state.find_user, cheers=bits > 0),
            badges=_badges(streamer, chatter) if badges is None else badges,
            bits=bits,
            reply=payloads.reply_to(original) if original else None,
            source=source,
        )
        self._said.append(Said(event, time.time()))
        self.emit("channel.chat.message", event)
        return event["message_id"]

    def find_message(self, message_id: str) -> Said | None:
        return next((said for said in self._said if said.event["message_id"] == message_id), None)

    def _message(self, message_id: str) -> Said:
        said = self.find_message(message_id)
        if said is None:
            raise LookupError(f"no message {message_id}")
        return said

    def _echo(self, channel: User, sender: User, message_id: str, text: str, reply_to: str | None) -> None:
        """What a client sent comes back to every reader of the chat."""
        known = reply_to if reply_to and self.find_message(reply_to) else None
        self._say(channel, sender, text, message_id=message_id, reply_to=known)

    @verb
    def messages(self, *, channel: str | None = None) -> list[Event]:
        """What still stands in the chat, oldest first."""
        streamer = self._channel(channel)
        return [said.event for said in self._said if said.event["broadcaster_user_id"] == streamer.id]

    @verb
    def age_message(self, message_id: str, seconds: float) -> None:
        """It was said that much earlier."""
        self._message(message_id).at -= seconds

    @verb
    def delete_message(self, message_id: str) -> int:
        """A moderator deletes one of the messages said so far."""
        said = self._message(message_id)
        self._said.remove(said)
        return self.emit("channel.chat.message_delete", payloads.deletion(said.event))

    @verb
    def clear_user(self, user: str, *, channel: str | None = None) -> int:
        streamer, who = self._channel(channel), self.state.user(user)
        for event in self.messages(channel=channel):
            if event["chatter_user_id"] == who.id:
                self._said.remove(self._message(event["message_id"]))
        return self.emit("channel.chat.clear_user_messages", payloads.target(streamer, who))

    @verb
    def clear_chat(self, *, channel: str | None = None) -> int:
        streamer = self._channel(channel)
        for event in self.messages(channel=channel):
            self._said.remove(self._message(event["message_id"]))
        return self.emit("channel.chat.clear", payloads.about(streamer))

    @verb
    def ban(self, user: str, *, reason: str = "", moderator: str | None = None, channel: str | None = None) -> int:
        """The user may no longer write; chat is told to hide what they wrote."""
        return self._silence(user, reason, moderator, channel, seconds=None)

    @verb
    def timeout(
        self,
        user: str,
        seconds: int = 600,
        *,
        reason: str = "",
        moderator: str | None = None,
        channel: str | None = None,
    ) -> int:
        """A ban that ends by itself."""
        return self._silence(user, reason, moderator, channel, seconds=seconds)

    @verb
    def unban(self, user: str, *, moderator: str | None = None, channel: str | None = None) -> int:
        """End a ban or a timeout."""
        streamer, who = self._channel(channel), self.state.user(user)
        streamer.silenced.pop(who.id, None)
        by = self.state.user(moderator) if moderator else streamer
        return self.emit("channel.unban", payloads.moderated(streamer, who, by))

    def _silence(
        self, user: str, reason: str, moderator: str | None, channel: str | None, *, seconds: int | None
    ) -> int:
        streamer, who = self._channel(channel), self.state.user(user)
        by = self.state.user(moderator) if moderator else streamer
        streamer.silenced.begin(who.id, seconds)
        self.clear_user(user, channel=channel)
        return self.emit("channel.ban", payloads.ban(streamer, who, by, reason=reason, seconds=seconds))


def _badges(streamer: User, chatter: User) -> list[Event]:
    """The badges that follow from who somebody is."""
    if chatter.id == streamer.id:
        return [{"set_id": "broadcaster", "id": "1", "info": ""}]
    if chatter.id in streamer.moderators:
        return [{"set_id": "moderator", "id": "1", "info": ""}]
    return []
