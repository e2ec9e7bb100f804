"""The door of every Helix endpoint: who asks, with which client id, and how often."""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from aiohttp import web

from tests.fakes.oauth import AccessToken
from tests.fakes.server import Refused
from tests.fakes.twitch.state import State

Endpoint = Callable[[web.Request, AccessToken], Awaitable[web.Response]]


class HelixError(Refused):
    def body(self) -> dict[str, Any]:
        phrase = HTTPStatus(self.status).phrase
        return {"error": phrase, "status": self.status, "message": self.message}


@dataclass(slots=True)
class Bucket:
    """A token bucket that fills evenly over a minute."""

    size: int
    points: float
    filled_at: float

    def spend(self) -> bool:
        now = time.time()
        self.points = min(self.size, self.points + (now - self.filled_at) * self.size / 60)
        self.filled_at = now
        if self.points < 1:
            return False
        self.points -= 1
        return True

    def headers(self) -> dict[str, str]:
        seconds_until_full = (self.size - self.points) * 60 / self.size
        return {
            "Ratelimit-Limit": str(self.size),
            "Ratelimit-Remaining": str(int(self.points)),
            "Ratelimit-Reset": str(math.ceil(self.filled_at + seconds_until_full)),
        }


class Gate:
    """Authenticates and counts; one bucket per client id and user, one more per app token."""

    def __init__(self, state: State) -> None:
        self.state = state
        self._buckets: dict[tuple[str, str | None], Bucket] = {}

    def guarded(self, endpoint: Endpoint) -> Callable[[web.Request], Awaitable[web.Response]]:
        """A handler that lets only authenticated callers through to the endpoint."""

        @functools.wraps(endpoint)
        async def handler(request: web.Request) -> web.Response:
            token = self._authenticate(request)
            bucket = self._bucket(token)
            try:
                if not bucket.spend():
                    raise HelixError(429, "Too Many Requests")
                answer = await endpoint(request, token)
            except HelixError as error:
                answer = error.response()
            answer.headers.update(bucket.headers())
            return answer

        return handler

    def _authenticate(self, request: web.Request) -> AccessToken:
        kind, _, value = request.headers.get("Authorization", "").partition(" ")
        if kind != "Bearer":
            raise HelixError(401, "OAuth token is missing")
        token = self.state.valid_token(value)
        if token is None:
            raise HelixError(401, "Invalid OAuth token")
        client_id = request.headers.get("Client-Id")
        if client_id is None:
            raise HelixError(401, "Client ID is missing")
        if client_id != token.client_id:
            raise HelixError(401, "Client ID and OAuth token do not match")
        return token

    def _bucket(self, token: AccessToken) -> Bucket:
        size = self.state.settings.points_per_minute
        bucket = self._buckets.get((token.client_id, token.user_id))
        if bucket is None or bucket.size != size:
            bucket = Bucket(size, size, time.time())
            self._buckets[token.client_id, token.user_id] = bucket
        return bucket


def require_scope(token: AccessToken, *scopes: str) -> None:
    """401 unless the token has one of these; refreshing it would not help."""
    if not set(scopes) & set(token.scopes):
        raise HelixError(401, f"Missing scope: {scopes[0]}")


async def json_body(request: web.Request) -> dict[str, Any]:
    """The request's JSON object; 400 for anything else."""
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise HelixError(400, "The request body must be a JSON object.")
    return body
