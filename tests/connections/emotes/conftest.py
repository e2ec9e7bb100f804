"""A running stand-in for the providers, and Lumio pointed at it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.emotes import Emotes
from tests.fakes.wire import environment


@pytest.fixture
def emotes(settings) -> Iterator[Emotes]:
    with Emotes() as stand_in:
        for name, value in environment(emotes=stand_in.url).items():
            setattr(settings, name, value)
        settings.LUMIO_EMOTES = ("7tv", "bttv", "ffz")
        yield stand_in
