"""Sessions in Django's table, for whatever browsers send as their key."""

from __future__ import annotations

from django.contrib.sessions.backends import db


class SessionStore(db.SessionStore):
    def _validate_session_key(self, key: str | None) -> bool:
        """Only what could be a key is looked up: a NUL in a cookie would be an error of PostgreSQL's, and a 500."""
        return key is not None and len(key) >= 8 and key.isascii() and key.isalnum()
