"""The house of tests/system, as large as there."""

from __future__ import annotations

from tests.processes.fixtures import postgres_url
from tests.system.conftest import house
from tests.system.test_scale import built

__all__ = ["built", "house", "postgres_url"]
