"""Streamer mode: whether this person's pages hide what must not be seen on stream."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import UUID

from accounts.models import StreamerMode

if TYPE_CHECKING:
    from accounts.models import User

_live_checks: list[Callable[[UUID], bool]] = []


def register_live_check(check: Callable[[UUID], bool]) -> None:
    """Let an upper app say whether a channel of an account is live. Called once, from `AppConfig.ready()`."""
    _live_checks.append(check)


def hides(user: User, account_id: UUID | None) -> bool:
    """Whether to hide now. By itself it does so while a channel of the account is live, which costs one query."""
    if user.streamer_mode == StreamerMode.AUTO:
        return account_id is not None and any(is_live(account_id) for is_live in _live_checks)
    return user.streamer_mode == StreamerMode.ON
