"""What a web process does once, when it starts, so that the many frames it sends later cost less and none waits."""

from __future__ import annotations

import gc
from typing import Any

from django.urls import get_resolver


def warm_up() -> None:
    """Load what the first request would load, and have neither garbage collection nor debug lines hold frames up."""
    _ = get_resolver().url_patterns
    _leave_alone_what_is_loaded()
    _word_no_debug_lines()


def _leave_alone_what_is_loaded() -> None:
    """It stays anyway, and looking through it for garbage takes a tenth of a second in which nothing is sent."""
    gc.collect()
    gc.freeze()


def _word_no_debug_lines() -> None:
    """Autobahn words a line for its debug log with every frame, in colours, also if nobody logs it: a twentieth of what
    a frame costs."""
    from autobahn.websocket import protocol

    def plain(value: Any, *_: Any, **__: Any) -> Any:
        return value

    vars(protocol).update(hltype=plain, hlval=plain)
