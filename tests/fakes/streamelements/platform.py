"""`StreamElements`, the stand-in itself: what tests and other processes can make happen."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from tests.fakes.server import StandIn, verb
from tests.fakes.streamelements.api import Api
from tests.fakes.streamelements.astro import MODERATION, TIPS, Astro
from tests.fakes.streamelements.realtime import Realtime
from tests.fakes.streamelements.sockets import Socket
from tests.fakes.streamelements.state import (
    Channel,
    State,
    StreamElementsSettings,
    as_activity,
    make_jwt,
    make_tip,
    new_id,
    timestamp,
)

MONTH = 30 * 24 * 60 * 60


class StreamElements(StandIn):
    """`channel` is the id of the channel a verb is about, by default the first that was added."""

    def __init__(self) -> None:
        super().__init__()
        self.state = State()
        self.api = Api(self.state)
        self.astro = Astro(self.state)
        self.realtime = Realtime(self.state)

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [*self.api.routes(), *self.astro.routes(), *self.realtime.routes()]

    @property
    def settings(self) -> StreamElementsSettings:
        return self.state.settings

    def hang_up(self) -> None:
        for socket in self._open():
            socket.abort()

    def snapshot(self) -> dict[str, Any]:
        return {"settings": dataclasses.asdict(self.settings), "sockets": self.sockets(), **self.state.snapshot()}

    # Channels and their JWTs

    @verb
    def add_channel(self, username: str = "Mira_Plays", *, provider: str = "twitch", id: str | None = None) -> str:
        """A channel without a JWT; its id."""
        channel = Channel(id or new_id(), username, provider, provider_id=str(31337 + len(self.state.channels)))
        self.state.channels[channel.id] = channel
        return channel.id

    @verb
    def issue_jwt(self, channel: str | None = None, *, expires_in: float | None = MONTH) -> str:
        """What "Show secrets" shows; the others of the channel stay good. `expires_in` None: it names no end."""
        owner = self.state.channel(channel)
        ends = None if expires_in is None else datetime.now(UTC) + timedelta(seconds=expires_in)
        jwt = make_jwt(owner.id, ends)
        owner.jwts.add(jwt)
        return jwt

    @verb
    def know_jwt(self, jwt: str, channel: str | None = None) -> None:
        """Accept a JWT that was made before."""
        self.state.channel(channel).jwts.add(jwt)

    @verb
    def kill_jwt(self, jwt: str | None = None) -> int:
        """That one, or all of them, end at once. Sockets stay open and fall silent, as nobody tells them."""
        doomed = {jwt} if jwt else {one for channel in self.state.channels.values() for one in channel.jwts}
        for channel in self.state.channels.values():
            channel.jwts -= doomed
        for socket in self._open():
            socket.topics = {topic: what for topic, what in socket.topics.items() if what[1] not in doomed}
        return len(doomed)

    # Tips: these answer with the tip's id

    @verb
    def tip(
        self,
        donor: str = "Harlan",
        amount: float = 4.2,
        currency: str = "USD",
        message: str = "great stream",
        *,
        channel: str | None = None,
        ago: float = 0.0,
        has_room: bool = True,
        **fields: Any,
    ) -> str:
        """Somebody tips, `ago` seconds earlier if named so; `fields` are those of the payload.

        With `approved="pending"` it waits for a moderator.
        """
        owner = self.state.channel(channel)
        at = timestamp(datetime.now(UTC) - timedelta(seconds=ago))
        tip = make_tip(owner, donor, amount, currency, message, **{"createdAt": at} | fields)
        owner.tips.append(tip)
        if tip["approved"] == "allowed":
            self._tell(owner, tip, has_room=has_room)
        else:
            self.astro.tell(MODERATION, owner.id, tip)
        return tip["_id"]

    @verb
    def unheard_tip(self, donor: str = "Harlan", amount: float = 4.2, *, ago: float = 0.0, **fields: Any) -> str:
        """A tip that no socket tells of, such as one that was brought along from elsewhere."""
        owner = self.state.channel(fields.pop("channel", None))
        at = timestamp(datetime.now(UTC) - timedelta(seconds=ago))
        tip = make_tip(owner, donor, amount, fields.pop("currency", "USD"), "", **{"createdAt": at} | fields)
        owner.tips.append(tip)
        return tip["_id"]

    @verb
    def approve(self, tip_id: str) -> None:
        """A moderator allows a tip that waits."""
        self._moderate(tip_id, "allowed")

    @verb
    def reject(self, tip_id: str) -> None:
        self._moderate(tip_id, "rejected")

    @verb
    def delete_tip(self, tip_id: str) -> None:
        self.state.find(tip_id)[1]["deleted"] = True

    @verb
    def repeat_tip(self, tip_id: str) -> None:
        """Tell of it once more."""
        self._tell(*self.state.find(tip_id))

    @verb
    def press_test(self, name: str = "Someone", amount: float = 25, *, channel: str | None = None) -> int:
        """The test button of the dashboard, which only the older gateway tells of."""
        event = {"type": "tip", "name": name, "amount": amount, "message": "a test", "isTest": True}
        test = {"listener": "tip-latest", "event": event}
        return self.realtime.tell("event:test", self.state.channel(channel).id, test)

    @verb
    def happen(self, type: str, *, channel: str | None = None) -> int:
        """Something that is no tip, which the older gateway tells of too."""
        owner = self.state.channel(channel)
        activity = {"_id": new_id(), "channel": owner.id, "type": type, "data": {"username": "Harlan", "amount": 1}}
        return self.realtime.tell("event", owner.id, activity)

    def _moderate(self, tip_id: str, approved: str) -> None:
        owner, tip = self.state.find(tip_id)
        tip |= {"approved": approved, "approvedBy": "Otto", "updatedAt": timestamp()}
        self.astro.tell(MODERATION, owner.id, tip)
        if approved == "allowed":
            self._tell(owner, tip, on_astro=self.settings.approved_on_tips)

    def _tell(self, owner: Channel, tip: dict[str, Any], *, on_astro: bool = True, has_room: bool = True) -> None:
        if on_astro:
            self.astro.tell(TIPS, owner.id, tip, has_room=has_room)
        self.realtime.tell("event", owner.id, as_activity(tip, owner))
        donation = tip["donation"]
        latest = {"name": donation["user"]["username"], "amount": donation["amount"], "message": donation["message"]}
        self.realtime.tell("event:update", owner.id, {"name": "tip-latest", "data": latest})

    # Sockets

    @verb
    def drop_sockets(self, *, code: int | None = None) -> int:
        """Close all with a code, or without one end the TCP connections; how many there were."""
        chosen = self._open()
        for socket in chosen:
            if code is None:
                socket.abort()
            else:
                socket.close(code)
        return len(chosen)

    @verb
    def ask_to_move(self, *, with_good_token: bool = True) -> int:
        """Astro is about to be restarted and sends its clients elsewhere; how many there were."""
        return self.astro.ask_to_move(with_good_token=with_good_token)

    @verb
    def send_raw(self, frame: Any) -> int:
        """Any JSON value or text as one frame."""
        chosen = self._open()
        for socket in chosen:
            socket.send(frame)
        return len(chosen)

    @verb
    def sockets(self) -> list[dict[str, Any]]:
        """The open ones, Astro's first: their gateway and what they listen to."""
        return [{"gateway": one.gateway, "topics": sorted(one.topics)} for one in self._open()]

    def _open(self) -> list[Socket]:
        return [*self.astro.sockets, *self.realtime.sockets]

    def wait_listening(self, *, timeout: float = 10.0) -> None:
        """Block until somebody is subscribed to tips; for test threads."""
        deadline = time.monotonic() + timeout
        while not any(socket["topics"] for socket in self.sockets()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"nobody listens within {timeout} s")
            time.sleep(0.02)
