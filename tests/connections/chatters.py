"""A platform with a chat that needs no stand-in: Kettle notes what it is asked, and answers as a test wants."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from connections.enums import Act
from connections.platforms.base import Identity, OAuthServer, Platform, Scope
from connections.platforms.chatting import Chat, Pace, Profile, Timeouts
from tests import factories

STREAMER = "31337"
SCOPES = ["kettle:write", "kettle:moderate"]
CHAT = Chat(
    longest=40,
    pace=Pace(messages=3, seconds=30),
    acts={
        Act.SEND: ("kettle:write",),
        Act.REPLY: ("kettle:write",),
        Act.DELETE: ("kettle:moderate",),
        Act.TIMEOUT: ("kettle:moderate",),
        Act.BAN: ("kettle:moderate",),
        Act.UNBAN: ("kettle:moderate",),
    },
    timeouts=Timeouts(shortest=60, longest=600, step=60),
    deletes_within=timedelta(hours=6),
)


@dataclass
class Asked:
    """What was asked of the platform, in order, and what it does about it: an exception is raised, a call called."""

    calls: list[tuple[Any, ...]] = field(default_factory=list)
    answers: list[Exception | Callable[[], None]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, *call: Any) -> str:
        with self.lock:
            self.calls.append(call)
            number, answer = len(self.calls), self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        if answer is not None:
            answer()
        return f"{call[0]}-{number}"


class Kettle(Platform):
    slug = "kettle"
    name = "Kettle"
    icon = "radio"
    used_for = ("chat",)
    console_url = "https://kettle.example/console"
    console_name = "Kettle console"
    steps = ("Open the Kettle console.",)
    traps = ()
    oauth = OAuthServer(site="KETTLE_AUTH_URL", scopes=tuple(Scope(name, "", "") for name in SCOPES))
    chat = CHAT

    def __init__(self) -> None:
        self.asked = Asked()

    def identity(self, token, client):
        return Identity(id=STREAMER, login="mira", name="Mira")

    def say(self, text, *, channel_id, sender, channel=None, reply_to=""):
        return self.asked.note("say", sender.channel_id, text, *([reply_to] if reply_to else []))

    def delete_message(self, message_id, author, *, channel):
        self.asked.note("delete", channel.channel_id, message_id, author.id)

    def time_out(self, viewer, seconds, reason, *, channel):
        return self.asked.note("timeout", channel.channel_id, viewer.id, seconds, reason)

    def ban(self, viewer, reason, *, channel):
        return self.asked.note("ban", channel.channel_id, viewer.id, reason)

    def lift(self, viewer, reference, *, channel):
        self.asked.note("lift", channel.channel_id, viewer.id, reference)

    def profile(self, viewer, *, channel):
        self.asked.note("profile", channel.channel_id, viewer.id)
        return Profile(avatar_url="https://kettle.example/grace.png", page_url=f"https://kettle.example/{viewer.login}")


def connect(account, platform: str = "kettle", **fields):
    """The channel's sign-in, which works and may do everything."""
    if not account.app_credentials.filter(platform=platform).exists():
        factories.make_credentials(account=account, platform=platform)
    defaults = {"channel_id": STREAMER, "channel_login": "mira", "channel_name": "Mira", "scopes": SCOPES}
    defaults["expires_in"] = 30 * 24 * 3600  # whatever a test does to the time
    return factories.make_connection(account=account, platform=platform, **defaults | fields)
