"""Who may not write in a chat, the same at every stand-in."""

from __future__ import annotations

import time


class Silences(dict[str, float | None]):
    """By the id of a person: until when, or None for good."""

    def begin(self, user_id: str, seconds: float | None) -> None:
        """For so many seconds, or for good. It takes the place of an earlier one."""
        self[user_id] = None if seconds is None else time.time() + seconds

    def is_banned(self, user_id: str) -> bool:
        return user_id in self and self[user_id] is None

    def is_timed_out(self, user_id: str) -> bool:
        return (self.get(user_id) or 0.0) > time.time()

    def hold(self, user_id: str) -> bool:
        return self.is_banned(user_id) or self.is_timed_out(user_id)
