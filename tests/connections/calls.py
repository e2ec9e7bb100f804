"""What tests of a platform's calls need: answers that never travelled, and the access that a call is given."""

from __future__ import annotations

import json
from dataclasses import dataclass

from requests.structures import CaseInsensitiveDict

from lumio.lib.http import Answer
from lumio.lib.secrets import Secret


@dataclass(frozen=True)
class Access:
    """A `connections.platforms.listening.Access` with a token of a stand-in."""

    token: Secret
    channel_id: str
    client_id: str
    version: int = 1


def answer(status: int, body: object = "", headers: dict[str, str] | None = None) -> Answer:
    text = body if isinstance(body, str) else json.dumps(body)
    return Answer(status, CaseInsensitiveDict(headers or {}), text.encode())
