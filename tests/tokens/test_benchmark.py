from __future__ import annotations

from benchmarks import tokens


def test_the_list_takes_no_more_queries_for_more_tokens(db) -> None:
    one = tokens.list_queries(tokens=1, people=1)
    many = tokens.list_queries(tokens=12, people=4)

    assert many == one
    assert max(many.values()) <= 10
