"""Subscriptions, and the sender that signs every event and calls the address of the app it is for."""

from __future__ import annotations

import asyncio
import base64
import json
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from typing import Any

import aiohttp
from aiohttp import web
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.fakes.kick.errors import ApiError, data_answer, json_body
from tests.fakes.kick.payloads import Event, timestamp, ulid
from tests.fakes.kick.state import State
from tests.fakes.oauth import AccessToken

#: What an app may have delivered; all of it in version 1.
EVENTS = frozenset(
    {
        "chat.message.sent",
        "channel.followed",
        "channel.subscription.new",
        "channel.subscription.renewal",
        "channel.subscription.gifts",
        "channel.reward.redemption.updated",
        "livestream.status.updated",
        "livestream.metadata.updated",
        "moderation.banned",
        "kicks.gifted",
    }
)
MOST_ENDED = 50
AT_ONCE = 20
REMEMBERED = 50_000
PATIENCE = aiohttp.ClientTimeout(total=15)


@cache
def another_key() -> rsa.RSAPrivateKey:
    """One that is not Kick's."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass(slots=True)
class Subscription:
    id: str
    client_id: str
    user_id: str
    name: str
    created_at: str = field(default_factory=timestamp)
    failures: int = 0


@dataclass(slots=True)
class Sent:
    """A delivery, and what was answered to each attempt; 0 for no answer."""

    type: str
    id: str
    url: str
    headers: dict[str, str]
    body: str
    answers: list[int] = field(default_factory=list)
    subscription: Subscription | None = field(default=None, repr=False)

    @property
    def arrived(self) -> bool:
        return bool(self.answers) and 200 <= self.answers[-1] < 300


@cache
def _key() -> rsa.RSAPrivateKey:
    """Of all Kicks in this process: making one takes longer than most tests."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Webhooks:
    def __init__(self, state: State) -> None:
        self.state = state
        self.subscriptions: dict[str, Subscription] = {}
        self.addresses: dict[str, str] = {}
        """By app, as entered in its settings."""
        self.errors: dict[str, tuple[str, int]] = {}
        """By event: what the next attempts to subscribe to it are told, and how many."""
        self.sent: deque[Sent] = deque(maxlen=REMEMBERED)
        self._queue: asyncio.Queue[Sent] = asyncio.Queue()
        self._sender: asyncio.Task[None] | None = None

    @cached_property
    def key(self) -> rsa.RSAPrivateKey:
        """Signs for all apps."""
        return _key()

    @property
    def public_pem(self) -> str:
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return [
            web.get("/public/v1/public-key", self.public_key),
            web.post("/public/v1/events/subscriptions", self.subscribe),
            web.get("/public/v1/events/subscriptions", self.listed),
            web.delete("/public/v1/events/subscriptions", self.end),
        ]

    async def public_key(self, request: web.Request) -> web.Response:
        return data_answer({"public_key": self.public_pem})

    async def subscribe(self, request: web.Request) -> web.Response:
        """200 even where an entry has an error; a user's token decides which channel it is."""
        token = self._token(request)
        body = await json_body(request)
        if body.get("method") != "webhook" or not isinstance(body.get("events"), list):
            raise ApiError(400, "Bad request", "Invalid method")
        return data_answer([self._entry(token, wish) for wish in body["events"]])

    def _entry(self, token: AccessToken, wish: dict[str, Any]) -> dict[str, Any]:
        name = wish.get("name")
        answer: dict[str, Any] = {"name": name, "version": wish.get("version"), "subscription_id": "", "error": ""}
        error, times = self.errors.pop(str(name), ("", 0))
        if times > 1:
            self.errors[str(name)] = (error, times - 1)
        if error:
            return answer | {"error": error}
        if name not in EVENTS or wish.get("version") != 1:
            return answer | {"error": "invalid event"}
        if any(one.name == name for one in self._of(token)):
            return answer | {"error": "subscription already exists"}
        subscription = Subscription(ulid(), token.client_id, str(token.user_id), str(name))
        self.subscriptions[subscription.id] = subscription
        return answer | {"subscription_id": subscription.id}

    async def listed(self, request: web.Request) -> web.Response:
        return data_answer(
            [
                {
                    "id": one.id,
                    "app_id": one.client_id,
                    "broadcaster_user_id": int(one.user_id),
                    "event": one.name,
                    "version": 1,
                    "method": "webhook",
                    "created_at": one.created_at,
                    "updated_at": one.created_at,
                }
                for one in self._of(self._token(request))
            ]
        )

    async def end(self, request: web.Request) -> web.Response:
        token, ids = self._token(request), request.query.getall("id", [])
        if not ids or len(ids) > MOST_ENDED:
            raise ApiError(400, "Bad request", "Invalid ids")
        ours = {one.id for one in self._of(token)}
        for one in ours & set(ids):
            del self.subscriptions[one]
        return web.Response(status=204)

    def _of(self, token: AccessToken) -> list[Subscription]:
        return [
            one
            for one in self.subscriptions.values()
            if (one.client_id, one.user_id) == (token.client_id, token.user_id)
        ]

    def _token(self, request: web.Request) -> AccessToken:
        token = self.state.bearer(request.headers.get("Authorization"))
        if token is None or token.user_id is None or "events:subscribe" not in token.scopes:
            raise ApiError(401, "Unauthorized")
        return token

    # Delivering

    def notify(self, user_id: str, name: str, event: Event) -> int:
        """Deliver to every app that subscribed; to how many."""
        wanted = [one for one in self.subscriptions.values() if (one.user_id, one.name) == (user_id, name)]
        reachable = [one for one in wanted if one.client_id in self.addresses]
        for one in reachable:
            self.send(self.signed(name, event, url=self.addresses[one.client_id], subscription=one))
        return len(reachable)

    def signed(
        self,
        name: str,
        event: Any,
        *,
        url: str,
        subscription: Subscription | None = None,
        id: str | None = None,
        age: float = 0.0,
        forged: bool = False,
    ) -> Sent:
        """A delivery that is ready to go, `age` seconds old; a forged one bears another signature than Kick's."""
        message_id = id or ulid()
        sent_at = timestamp(datetime.now(UTC) - timedelta(seconds=age))
        body = event if isinstance(event, str) else json.dumps(event)
        key = another_key() if forged else self.key
        signature = key.sign(f"{message_id}.{sent_at}.{body}".encode(), padding.PKCS1v15(), hashes.SHA256())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Go-http-client/1.1",
            "Kick-Event-Message-Id": message_id,
            "Kick-Event-Subscription-Id": subscription.id if subscription else ulid(),
            "Kick-Event-Signature": base64.b64encode(signature).decode(),
            "Kick-Event-Message-Timestamp": sent_at,
            "Kick-Event-Type": name,
            "Kick-Event-Version": "1",
        }
        return Sent(name, message_id, url, headers, body, subscription=subscription)

    def send(self, delivery: Sent) -> None:
        self.sent.append(delivery)
        self._queue.put_nowait(delivery)
        if self._sender is None or self._sender.done():
            self._sender = asyncio.get_running_loop().create_task(self._deliver_all())

    async def _deliver_all(self) -> None:
        places = asyncio.Semaphore(AT_ONCE)
        async with aiohttp.ClientSession(timeout=PATIENCE) as session, asyncio.TaskGroup() as tasks:
            while True:
                delivery = await self._queue.get()
                tasks.create_task(self._deliver(session, delivery, places))

    async def _deliver(self, session: aiohttp.ClientSession, delivery: Sent, places: asyncio.Semaphore) -> None:
        """Once, and again for as long as nobody takes it; a retry is the same to the last byte."""
        for attempt in range(self.state.settings.retries + 1):
            if attempt:
                await asyncio.sleep(self.state.settings.retry_after)
            async with places:
                delivery.answers.append(await self._attempt(session, delivery))
            if delivery.arrived:
                return
        if delivery.subscription is not None:
            self._failed(delivery.subscription)

    async def _attempt(self, session: aiohttp.ClientSession, delivery: Sent) -> int:
        try:
            async with session.post(delivery.url, data=delivery.body.encode(), headers=delivery.headers) as answer:
                return answer.status
        except (aiohttp.ClientError, TimeoutError):
            return 0

    def _failed(self, subscription: Subscription) -> None:
        """Kick ends a subscription whose deliveries fail for a day."""
        subscription.failures += 1
        if subscription.failures >= self.state.settings.failures_until_end:
            self.subscriptions.pop(subscription.id, None)

    def hang_up(self) -> None:
        if self._sender is not None:
            self._sender.cancel()
        self._queue, self._sender = asyncio.Queue(), None
