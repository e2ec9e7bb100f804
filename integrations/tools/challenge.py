"""Proving to know a password without sending it. obs-websocket and Streamer.bot compute the same:
https://github.com/obsproject/obs-websocket/blob/master/docs/generated/protocol.md#creating-an-authentication-string and
https://docs.streamer.bot/api/websocket/authentication."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lumio.lib.secrets import Secret

#: (salt, challenge) → what proves that the password is known. May raise ToolFailure.
Sign = Callable[[str, str], Awaitable[str]]


def answer(password: Secret, salt: str, challenge: str) -> str:
    """What proves to know the password."""
    return _digest(_digest(password.reveal() + salt) + challenge)


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
