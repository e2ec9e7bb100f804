"""The chat popout through 50,000 messages, as a long stream has them."""

from __future__ import annotations

from benchmarks import chat


def test_a_page_keeps_no_more_after_fifty_thousand_messages_than_after_a_thousand() -> None:
    soak = chat.soak()

    assert chat.chat_soak_nodes_growth() <= 1.2
    assert chat.chat_soak_heap_growth() <= 1.2
    assert soak.many.listeners <= soak.few.listeners * 1.2
    assert soak.lines == 200


def test_a_busy_chat_stays_smooth() -> None:
    assert chat.soak().longest_task <= 100
