from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.processes.fixtures import valkey
from tests.real_obs.program import RealObs

__all__ = ["valkey"]


@pytest.fixture(scope="session")
def program() -> Iterator[RealObs]:
    """One OBS for the whole run: with a window, scenes and sound it is there within two seconds."""
    with RealObs() as obs:
        yield obs


@pytest.fixture
def real_obs(program: RealObs, settings) -> Iterator[RealObs]:
    """It runs, whatever the test before has done to it, and Lumio may connect to it."""
    settings.LUMIO_ALLOW_PRIVATE_HOSTS = True
    if not program.process.is_running:
        program.start()
    yield program
    print(program.process.output()[-5000:])  # is shown where a test fails
