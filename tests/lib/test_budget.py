from __future__ import annotations

from lumio.lib import budget
from lumio.lib.budget import Budget


def test_it_runs_out_and_comes_back(monkeypatch):
    now = 100.0
    monkeypatch.setattr(budget.time, "monotonic", lambda: now)
    points = Budget(10, 2)

    assert [points.spend(4) for _ in range(4)] == [True, True, False, False]
    assert points.debt == 6

    now += 4
    assert points.debt == 6
    assert points.spend(2)
    now += 1000
    assert points.spend(10)
    assert not points.spend(1)
