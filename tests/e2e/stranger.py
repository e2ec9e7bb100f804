"""A host on the internet that is nobody's business: it notes who comes."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType


class Stranger:
    """Context manager. `heard` counts what was asked for by the path, and "stun" for what came by UDP."""

    def __enter__(self) -> Stranger:
        self.heard: Counter[str] = Counter()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.stun = f"127.0.0.1:{self._udp.getsockname()[1]}"
        for listen in (self._server.serve_forever, self._listen):
            threading.Thread(target=listen, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._udp.close()

    def _listen(self) -> None:
        try:
            while self._udp.recv(2048):
                self.heard["stun"] += 1
        except OSError:
            return  # closed

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        heard = self.heard

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                heard[self.path.strip("/?")] += 1
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(b"<!doctype html><title>Stranger</title><body></body>")

            do_POST = do_GET

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler
