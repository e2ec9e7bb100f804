from __future__ import annotations

from lumio.lib.recent import Recent


def test_the_oldest_are_forgotten_first():
    recent = Recent(2)

    for one in ("a", "b", "c"):
        recent.add(one)

    assert [one in recent for one in ("a", "b", "c")] == [False, True, True]


def test_what_comes_again_takes_no_room():
    recent = Recent(2)

    for one in ("a", "b", "b", "b"):
        recent.add(one)

    assert "a" in recent
    assert len(recent) == 2
