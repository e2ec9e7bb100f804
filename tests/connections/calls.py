"""What tests of a platform's calls need: its stand-in, answers that never travelled, and the access of a call."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from requests.structures import CaseInsensitiveDict

from connections.platforms.metering import UNMETERED, Meter
from lumio.lib.http import Answer
from lumio.lib.secrets import Secret
from tests.fakes.oauth import OAuthStandIn
from tests.fakes.wire import environment

AnyStandIn = TypeVar("AnyStandIn", bound=OAuthStandIn)


@dataclass(frozen=True)
class Access:
    """A `connections.platforms.listening.Access` with a token of a stand-in."""

    token: Secret
    channel_id: str
    client_id: str
    version: int = 1
    meter: Meter = UNMETERED


def answer(status: int, body: object = "", headers: dict[str, str] | None = None) -> Answer:
    text = body if isinstance(body, str) else json.dumps(body)
    return Answer(status, CaseInsensitiveDict(headers or {}), text.encode())


@contextmanager
def running(stand_in: AnyStandIn, settings: Any, *, redirect_uri: str | None = None) -> Iterator[AnyStandIn]:
    """The stand-in with an application, and Lumio pointed at it."""
    with stand_in:
        stand_in.add_app(redirect_uris=[redirect_uri] if redirect_uri else None)
        for name, value in environment(**{stand_in.slug: stand_in.url}).items():
            setattr(settings, name, value)
        yield stand_in
