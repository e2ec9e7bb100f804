"""The whole of Lumio against a simulated Twitch behind an unreliable network."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.system.house import House


@pytest.fixture(scope="module")
def built() -> Iterator[House]:
    """One process set for all tests of a module: starting one takes longer than most of them."""
    with House() as house:
        yield house


@pytest.fixture
def house(built: House) -> Iterator[House]:
    """The same, whole again before and after a test, in which nothing may happen that Lumio did not foresee."""
    built.mend()
    yield built
    built.mend()
    assert built.complaints() == []
