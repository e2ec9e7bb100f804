from __future__ import annotations

import math
from dataclasses import asdict, fields

import pytest

from benchmarks import load
from benchmarks.crowd import Arrivals
from benchmarks.load import Figures, Load


def test_every_line_reaches_every_page_and_the_figures_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "SETTLE", 1)

    figures = load.measure(Load(accounts=3, sockets=6, messages=30, webs=2, seconds=3))

    # Those of the processor are told in hundredths of a second, of which small work may take none.
    assert all(value > 0 for name, value in asdict(figures).items() if "cpu" not in name)


def test_growth_is_the_figure_over_that_of_half_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    def measure(load: Load) -> Figures:
        every = dict.fromkeys((field.name for field in fields(Figures)), load.messages)
        return Figures(**every | {"valkey_cpu_ms_per_1000_messages": 0.0 if load.accounts == 500 else 1.0})

    monkeypatch.setattr(load, "measure", measure)
    load.measured.cache_clear()

    found = load.measured(Load())

    assert set(found) == set(load.NAMES)
    assert (found["lag_p99_ms"], found["lag_p99_ms_growth"]) == (2_000, 2)
    assert math.isnan(found["valkey_cpu_ms_per_1000_messages_growth"])
    load.measured.cache_clear()


def test_half_the_work_has_as_many_pages_for_each_account() -> None:
    assert Load(accounts=5, sockets=20, messages=9).half == Load(accounts=2, sockets=8, messages=4)


def test_pages_that_cannot_be_shared_out_are_refused() -> None:
    with pytest.raises(ValueError, match="as many sockets"):
        Load(accounts=3, sockets=10)


def test_lines_are_told_by_when_they_were_sent_and_deliveries_by_when_they_came() -> None:
    arrivals = Arrivals()
    for sent, came in ((10.0, 10.5), (11.0, 11.25), (11.5, 12.5), (12.0, 13.0)):
        arrivals.sent.append(sent)
        arrivals.came.append(came)

    report = arrivals.report(11.0, 12.0)

    assert report == {"altogether": 4, "deliveries": 1, "p50": 1000.0, "p99": 1000.0}


def test_every_line_of_a_frame_is_counted() -> None:
    arrivals = Arrivals()

    arrivals.take(b'[{"seq":1,"data":{"id":"sent=1700000000.25-7"}},{"seq":2,"data":{"id":"sent=1700000001.5-8"}}]')
    arrivals.take(b'{"type":"pong"}')

    assert list(arrivals.sent) == [1700000000.25, 1700000001.5]
