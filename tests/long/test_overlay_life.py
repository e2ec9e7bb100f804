"""An overlay through eight hours of a stream, in which the clock of its page runs fast."""

from __future__ import annotations

from benchmarks import overlay


def test_a_page_keeps_no_more_after_eight_hours_than_after_a_quarter_of_an_hour() -> None:
    life = overlay.eight_hours()

    assert overlay.overlay_hours_nodes_growth() <= 1.2
    assert overlay.overlay_hours_heap_growth() <= 1.2
    assert life.late.listeners <= life.early.listeners * 1.2
    assert life.alerts == 8 * 60
