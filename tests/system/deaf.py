"""A page that opens a socket, asks for a channel, and never reads: a frozen tab, a suspended laptop."""

from __future__ import annotations

import json
import socket
from contextlib import suppress
from urllib.parse import urlsplit

#: Bytes that the kernel keeps of what nobody reads, as far as it lets itself be told.
SMALLEST, LARGEST = 2_048, 4 * 1024 * 1024


class DeafPage:
    """Context manager. With `roomy`, its kernel keeps what the server had to say, so that `farewell()` can look it up;
    without, next to nothing leaves the server."""

    def __init__(self, url: str, *, token: str, channel: str, roomy: bool) -> None:
        parts = urlsplit(url)
        self._head = b""
        self._socket = socket.socket()
        self._socket.settimeout(10)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, LARGEST if roomy else SMALLEST)
        self._socket.connect(("127.0.0.1", parts.port))
        self._socket.sendall(
            f"GET /v1/ws HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        # One byte at a time, and none of what follows: what is sent before the answer is there would be lost.
        while not self._head.endswith(b"\r\n\r\n"):
            self._head += self._socket.recv(1)
        for message in ({"type": "auth", "token": token}, {"type": "subscribe", "channel": channel, "after": None}):
            self._say(json.dumps(message).encode())

    def __enter__(self) -> DeafPage:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def _say(self, text: bytes) -> None:
        size = bytes([128 | len(text)]) if len(text) < 126 else bytes([254]) + len(text).to_bytes(2)
        self._socket.sendall(b"\x81" + size + bytes(4) + text)  # a mask of zeros leaves the text as it is

    def farewell(self) -> int | None:
        """Read all there is and return the code that the server closed with, None if it did not close or got cut."""
        heard = bytearray()
        self._socket.settimeout(1)
        with suppress(OSError):
            while chunk := self._socket.recv(256 * 1024):
                heard += chunk
        at = 0
        while len(heard) - at >= 2:
            opcode, size, start = heard[at] & 15, heard[at + 1], at + 2
            if size == 126:
                size, start = int.from_bytes(heard[at + 2 : at + 4]), at + 4
            if opcode == 8 and len(heard) >= start + 2:
                return int.from_bytes(heard[start : start + 2])
            at = start + size
        return None
