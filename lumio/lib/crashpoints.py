"""Named places where a test may have the process die at once, as a power cut would."""

from __future__ import annotations

import os

#: The armed name, from the environment of the process. Nothing is armed outside tests.
ARMED = os.environ.get("LUMIO_CRASH_POINT", "")


def crash_point(name: str) -> None:
    """End the process without any clean-up if `name` is armed; otherwise nothing."""
    if name == ARMED:
        os._exit(70)
