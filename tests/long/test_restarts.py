"""Lumio survives its processes being killed over and over."""

from __future__ import annotations

from collections.abc import Callable

import requests

from tests.processes.cluster import Lumio
from tests.processes.fixtures import start_lumio, valkey  # noqa: F401

ROUNDS = 10


def test_every_process_comes_back_every_time(start_lumio: Callable[..., Lumio]):  # noqa: F811
    lumio = start_lumio(web=2)

    for _ in range(ROUNDS):
        for name in list(lumio.processes):
            lumio.kill(name)
            lumio.restart(name)

    assert all(process.is_running for process in lumio.processes.values())
    assert [requests.get(f"{lumio.url_of(name)}/healthz", timeout=5).json() for name in ("web", "web2")] == [
        {"status": "ok"}
    ] * 2
    assert lumio.manage("check", "--database", "default").strip().endswith("(0 silenced).")
