"""Chat: what people say, what moderators take away."""

from __future__ import annotations

import uuid
from collections import deque

from tests.fakes.server import verb
from tests.fakes.twitch import payloads
from tests.fakes.twitch.core import Core
from tests.fakes.twitch.payloads import Event
from tests.fakes.twitch.state import User

REMEMBERED_MESSAGES = 1_000


class Chat(Core):
    """Messages are remembered, so that they can be answered and deleted by their id."""

    def __init__(self) -> None:
        super().__init__()
        self._said: deque[Event] = deque(maxlen=REMEMBERED_MESSAGES)

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
    ) -> str:
        """Somebody writes; the message id comes back. `source` is the other channel of a shared chat."""
        streamer, chatter = self._channel(channel), self.state.user(user)
        if color is not None:
            chatter.color = color
        return self._say(
            streamer,
            chatter,
            text,
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
        original = self._message(reply_to) if reply_to else None
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
        self._said.append(event)
        self.emit("channel.chat.message", event)
        return event["message_id"]

    def _message(self, message_id: str) -> Event:
        for event in self._said:
            if event["message_id"] == message_id:
                return event
        raise LookupError(f"no message {message_id}")

    def _echo(self, channel: User, sender: User, message_id: str, text: str, reply_to: str | None) -> None:
        """What a client sent comes back to every reader of the chat."""
        known = reply_to if any(event["message_id"] == reply_to for event in self._said) else None
        self._say(channel, sender, text, message_id=message_id, reply_to=known)

    @verb
    def delete_message(self, message_id: str) -> int:
        """A moderator deletes one of the messages said so far."""
        return self.emit("channel.chat.message_delete", payloads.deletion(self._message(message_id)))

    @verb
    def clear_user(self, user: str, *, channel: str | None = None) -> int:
        event = payloads.target(self._channel(channel), self.state.user(user))
        return self.emit("channel.chat.clear_user_messages", event)

    @verb
    def clear_chat(self, *, channel: str | None = None) -> int:
        return self.emit("channel.chat.clear", payloads.about(self._channel(channel)))

    @verb
    def ban(self, user: str, *, reason: str = "", moderator: str | None = None, channel: str | None = None) -> int:
        """The user may no longer write; chat is told to hide what they wrote."""
        self._channel(channel).banned.add(self.state.user(user).id)
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
        """A ban that ends by itself. (The stand-in lets the user write all the same.)"""
        return self._silence(user, reason, moderator, channel, seconds=seconds)

    @verb
    def unban(self, user: str, *, moderator: str | None = None, channel: str | None = None) -> int:
        """End a ban or a timeout."""
        streamer, who = self._channel(channel), self.state.user(user)
        streamer.banned.discard(who.id)
        by = self.state.user(moderator) if moderator else streamer
        return self.emit("channel.unban", payloads.moderated(streamer, who, by))

    def _silence(
        self, user: str, reason: str, moderator: str | None, channel: str | None, *, seconds: int | None
    ) -> int:
        streamer, who = self._channel(channel), self.state.user(user)
        by = self.state.user(moderator) if moderator else streamer
        self.clear_user(user, channel=channel)
        return self.emit("channel.ban", payloads.ban(streamer, who, by, reason=reason, seconds=seconds))


def _badges(streamer: User, chatter: User) -> list[Event]:
    """The badges that follow from who somebody is."""
    if chatter.id == streamer.id:
        return [{"set_id": "broadcaster", "id": "1", "info": ""}]
    if chatter.id in streamer.moderators:
        return [{"set_id": "moderator", "id": "1", "info": ""}]
    return []
