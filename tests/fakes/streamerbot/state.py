"""What the simulated Streamer.bot remembers. Facts: https://docs.streamer.bot/api/websocket."""

from __future__ import annotations

import base64
import hashlib
import secrets
import uuid
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.fakes.server import Settings

#: What GetEvents lists: a good part of the sources, in the case that they are subscribed to in.
EVENTS: dict[str, list[str]] = {
    "Application": ["ActionAdded", "ActionUpdated", "ActionDeleted"],
    "Command": ["Triggered", "Cooldown"],
    "Custom": ["Event", "CodeEvent"],
    "Fourthwall": ["OrderPlaced", "Donation"],
    "General": ["Custom"],
    "Kick": ["ChatMessage", "Follow"],
    "Kofi": ["Donation", "Subscription", "Commission", "ShopOrder"],
    "Misc": ["TimedAction", "Test"],
    "Obs": ["Connected", "Disconnected", "SceneChanged"],
    "Patreon": ["FollowCreated", "PledgeCreated"],
    "Raw": ["Action", "SubAction", "ActionCompleted"],
    "StreamElements": ["Tip"],
    "Streamlabs": ["Donation", "Merchandise"],
    "TipeeeStream": ["Donation"],
    "Trovo": ["ChatMessage"],
    "Twitch": ["ChatMessage", "Follow", "Cheer", "Raid"],
    "YouTube": ["Message", "SuperChat"],
}


@dataclass
class StreamerBotSettings(Settings):
    version: str = "1.0.1"
    """Up to 0.2.4 it does not greet and knows no password; before 1.0.0 DoAction answers with nothing."""
    name: str = "Streaming PC"
    endpoint: str = "/"
    password: str = ""
    """Empty: Authentication is off."""
    enforced: bool = True
    """With a password: whether any request but GetInfo's errors needs it, or SendMessage alone."""
    wrong_password: str = "error"
    """How it takes a wrong one: "error", "4009" (closes with that) or "close" (closes without a word)."""
    greeting_delay: float = 0.0
    """Seconds until Hello."""
    speaks: str = "streamerbot"
    """Or "nothing" (a WebSocket that never says a word), "obs" (whose Hello is another), "text", "binary"."""
    answers: str = "whole"
    """Or "none" (after the handshake nobody answers), "half" (half a frame, then the connection is cut), "other" (under
    the id of somebody else)."""
    action_delay: float = 0.0
    """Seconds until it answers DoAction; the action runs at once."""
    events: str = "today"
    """What GetEvents says: "today", "lower" (first letters small, as an old example has it) or "error"."""
    runs_what_is_off: bool = False
    """Whether DoAction says "ok" to an action that is switched off, which does not run either way."""

    @property
    def greets(self) -> bool:
        return tuple(int(part) for part in self.version.split(".")) >= (0, 2, 5)

    @property
    def tells_runs(self) -> bool:
        return not self.version.startswith("0.")


@dataclass
class Action:
    name: str
    group: str
    enabled: bool = True
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    subaction_count: int = 1
    trigger_count: int = 0


class State:
    """`runs` are the actions that were run: `{"id", "name", "args"}`."""

    def __init__(self) -> None:
        self.settings = StreamerBotSettings()
        self.instance = str(uuid.uuid4())
        self.actions: dict[str, Action] = {}
        self.runs: list[dict[str, Any]] = []
        self.said: list[dict[str, Any]] = []
        self.globals: dict[bool, dict[str, Any]] = {True: {"deaths": 0}, False: {"round": 3}}

    def info(self) -> dict[str, Any]:
        return {
            "instanceId": self.instance,
            "name": self.settings.name,
            "version": self.settings.version,
            "os": "windows",
            "osVersion": "10.0.22631.0",
            "mode": "ui",
            "darkMode": True,
            "source": "websocketServer",
        }

    def events(self) -> dict[str, list[str]]:
        if self.settings.events == "lower":
            return {small(source): [small(kind) for kind in kinds] for source, kinds in EVENTS.items()}
        return EVENTS

    def find(self, wanted: dict[str, Any]) -> Action | None:
        """By id or, the first that has it, by name."""
        if "id" in wanted:
            return self.actions.get(wanted["id"])
        return next((action for action in self.actions.values() if action.name == wanted.get("name")), None)

    def snapshot(self) -> dict[str, Any]:
        actions = [asdict(action) for action in self.actions.values()]
        return {"settings": asdict(self.settings), "actions": actions, "runs": self.runs, "said": self.said}


def small(name: str) -> str:
    return name[0].lower() + name[1:]


def random_text() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def proof(password: str, salt: str, challenge: str) -> str:
    """What the documentation says authenticates."""
    secret = base64.b64encode(hashlib.sha256((password + salt).encode()).digest()).decode()
    return base64.b64encode(hashlib.sha256((secret + challenge).encode()).digest()).decode()


def timestamp() -> str:
    return datetime.now(UTC).astimezone().isoformat()
