"""What a request brings is cut off where it is more than Lumio takes anywhere.

Under daphne a request reaches Lumio when all of it is there, and all of it is then in memory, whoever sent it. So this
is asked while it comes in. How much single doors take, which is less, they say themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from daphne.http_protocol import WebRequest

#: Bytes: the largest file, a video of 50 MB, and the form around it.
LARGEST = 52 * 1024 * 1024
ANSWER = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def limit(largest: int = LARGEST) -> None:
    """From now on, for every request that daphne takes in this process."""
    from daphne.http_protocol import WebRequest

    keep = WebRequest.handleContentChunk

    def keep_a_little(request: WebRequest, data: bytes) -> None:
        if request.content.tell() + len(data) > largest:
            _refuse(request)
        else:
            keep(request, data)

    WebRequest.handleContentChunk = keep_a_little


def _refuse(request: WebRequest) -> None:
    request.process = lambda: None  # this may have been the end of it, upon which daphne would begin to answer
    request.channel.transport.write(ANSWER)
    request.channel.loseConnection()
