from __future__ import annotations

import gc

import pytest
from autobahn.websocket import protocol

from lumio.warmup import warm_up


@pytest.fixture
def _warmed_up(monkeypatch):
    for name in ("hltype", "hlval"):
        monkeypatch.setattr(protocol, name, getattr(protocol, name))
    warm_up()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("_warmed_up")
def test_garbage_collection_leaves_alone_what_was_loaded():
    assert gc.get_freeze_count() > len(gc.get_objects())


@pytest.mark.usefixtures("_warmed_up")
def test_a_frame_words_no_debug_line():
    def said() -> None: ...

    assert protocol.hltype(said) is said
    assert protocol.hlval(7, color="white") == 7
