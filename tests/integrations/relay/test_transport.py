"""Frames as the page brings them."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.enums import Route, Tool
from integrations.models import Integration
from integrations.relay import transport
from integrations.relay.page import BridgePage
from integrations.relay.transport import RelayTransport
from integrations.tools.failures import LinkLost, Misunderstood, NoAnswer, NotRunning
from integrations.tools.link import Closed

ROW = Integration(tool=Tool.OBS, route=Route.BRIDGE, port=4455, label="Gaming PC")


class Said:
    """What the page was told."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    async def __call__(self, kind: str, **fields: Any) -> None:
        self.messages.append({"type": kind, **fields})


@pytest.fixture
def said() -> Said:
    return Said()


@pytest.fixture
async def link(said) -> RelayTransport:
    return RelayTransport(ROW, said)


async def test_pieces_become_a_frame(link):
    await link.heard('{"op": 5, ', more=True)
    await link.heard('"d": {}}', more=False)

    assert await link.receive() == {"op": 5, "d": {}}


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "null", "[" * 100_000])
async def test_what_is_no_object_is_not_understood(link, text):
    await link.heard(text, more=False)

    with pytest.raises(Misunderstood):
        await link.receive()


async def test_a_frame_that_never_ends_ends_the_connection(link, said, monkeypatch):
    monkeypatch.setattr(transport, "LONGEST_FRAME", 100)
    await link.heard("x" * 60, more=True)
    await link.heard("x" * 60, more=True)

    with pytest.raises(Closed) as closed:
        await link.receive()
    assert closed.value.code == 1009
    assert said.messages == [{"type": "close"}]


async def test_what_nobody_reads_ends_the_connection(link, said, monkeypatch):
    monkeypatch.setattr(transport, "MOST_WAITING", 100)
    for _ in range(11):
        await link.heard('{"op": 0}x', more=False)

    assert said.messages == [{"type": "close"}]
    with pytest.raises(Closed):
        await link.send({})


async def test_what_was_read_no_longer_counts(link, said, monkeypatch):
    monkeypatch.setattr(transport, "MOST_WAITING", 100)
    for _ in range(50):
        await link.heard('{"op": 0}', more=False)
        await link.receive()

    assert said.messages == []


async def test_frames_before_the_end_are_still_received(link):
    await link.heard('{"op": 0}', more=False)
    link.ended(Closed(4009, "no"))

    assert await link.receive() == {"op": 0}
    for _ in range(2):
        with pytest.raises(Closed) as closed:
            await link.receive()
        assert (closed.value.code, closed.value.reason) == (4009, "no")


async def test_closing_tells_the_page_once(link, said):
    await link.close()
    await link.close()

    assert said.messages == [{"type": "close"}]
    with pytest.raises(Closed):
        await link.receive()


class Answering(Said):
    """A page that says something whenever it is to open a connection."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        super().__init__()
        self.answers = answers
        self.page = BridgePage(self, studio=None)

    async def __call__(self, kind: str, **fields: Any) -> None:
        await super().__call__(kind, **fields)
        if kind == "open":
            for answer in self.answers:
                await self.page.heard(answer | {"link": fields["link"]})


async def test_a_tool_that_takes_the_connection():
    answering = Answering({"type": "opened"}, {"type": "frame", "data": '{"op": 0}'})

    link = await answering.page.open(ROW)

    assert answering.messages == [{"type": "open", "link": 1, "tool": "obs", "port": 4455, "path": "/"}]
    assert await link.receive() == {"op": 0}


@pytest.mark.parametrize(("why", "failure"), [("refused", NotRunning), ("nonsense", LinkLost), (None, LinkLost)])
async def test_a_tool_that_does_not(why, failure):
    answering = Answering({"type": "closed", "code": 1006, "why": why})

    with pytest.raises(failure) as raised:
        await answering.page.open(ROW)

    assert raised.value.params["address"] == "127.0.0.1:4455"


async def test_a_tool_that_says_nothing(monkeypatch):
    monkeypatch.setattr("integrations.relay.page.OPENED_WITHIN", 0.05)
    answering = Answering()

    with pytest.raises(NoAnswer):
        await answering.page.open(ROW)

    assert answering.messages[-1] == {"type": "close", "link": 1}


async def test_a_page_that_goes_takes_its_connections_along():
    answering = Answering({"type": "opened"})
    link = await answering.page.open(ROW)

    answering.page.gone()

    with pytest.raises(Closed) as closed:
        await link.receive()
    assert closed.value.code == 1006


@pytest.mark.parametrize(
    "message",
    [
        {"type": "frame", "link": 9, "data": "{}"},
        {"type": "frame", "link": 1, "data": None},
        {"type": "frame", "link": [], "data": "{}"},
        {"type": "closed", "link": 1, "code": "x"},
        {"type": "opened"},
        {"type": "answer", "call": 1, "value": 1},
        {"type": "event", "name": "obsExit"},
        {"type": "?"},
    ],
)
async def test_messages_that_make_no_sense_change_nothing(message):
    answering = Answering({"type": "opened"})
    link = await answering.page.open(ROW)

    await answering.page.heard(message)
    await answering.page.heard({"type": "frame", "link": 1, "data": '{"op": 0}'})

    assert await link.receive() == {"op": 0}
