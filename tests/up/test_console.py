from __future__ import annotations

import io

import pytest

from lumio.up import tell_link
from lumio.up.address import Address
from lumio.up.console import Console


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_lines_carry_the_name_of_their_process():
    stream = io.StringIO()

    Console(stream).teller("web")("hello")

    assert stream.getvalue() == "web     | hello\n"


def test_terminal_gets_a_colour_per_process(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    stream = Terminal()
    console = Console(stream)

    for name in ("web", "worker", "web"):
        console.forward(name, "x")

    first, second, third = stream.getvalue().splitlines()
    assert first == third == "\x1b[36mweb     |\x1b[0m x"
    assert second == "\x1b[32mworker  |\x1b[0m x"


def test_no_color_is_heeded(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    stream = Terminal()

    Console(stream).say("x")

    assert stream.getvalue() == "lumio   | x\n"


@pytest.mark.parametrize("hostile", ["\x1b[2J", "\r", "\x07", "\x9b31m"])
def test_logged_text_cannot_steer_the_terminal(hostile: str):
    stream = io.StringIO()

    Console(stream).forward("web", f"chat: {hostile}")

    assert hostile[0] not in stream.getvalue()


def test_lost_terminal_is_no_reason_to_stop():
    stream = io.StringIO()
    console = Console(stream)
    stream.close()

    console.say("nobody reads this")
    console.say("nor this")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("http://localhost:8000/setup/abc", "lumio   | claim this Lumio, once, at http://localhost:8000/setup/abc\n"),
        ("a library: DeprecationWarning", "setup   | a library: DeprecationWarning\n"),
    ],
)
def test_only_the_link_is_called_one(line: str, told: str):
    stream = io.StringIO()
    address = Address("http://localhost:8000", "http://overlay.localhost:8000", "127.0.0.1", 8000)

    tell_link(Console(stream), address, line)

    assert stream.getvalue() == told
