from __future__ import annotations

from tests.processes.fixtures import valkey

__all__ = ["valkey"]
