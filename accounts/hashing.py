"""How passwords are hashed: as Django does it with Argon2, and no more of them at once than the memory is meant for."""

from __future__ import annotations

import threading

from django.contrib.auth.hashers import Argon2PasswordHasher

#: In one process. Each takes 100 MiB and both cores of a small machine, so more at once would not be done sooner.
AT_ONCE = 2

_turns = threading.BoundedSemaphore(AT_ONCE)


class InTurn(Argon2PasswordHasher):
    """Whoever signs in while others do waits for some hundredths of a second each."""

    def encode(self, password: str, salt: str) -> str:
        with _turns:
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with _turns:
            return super().verify(password, encoded)
