"""Where web listens: worked out from the settings, and refused early when it cannot be."""

from __future__ import annotations

import errno
import os
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from lumio.env import BadSetting, CannotStart, env_int, env_str, env_url

DEFAULT_PORT = 8000


@dataclass(frozen=True)
class Address:
    """`url` and `overlay_url` are what people open; `bind` and `port` are what web listens on."""

    url: str
    overlay_url: str
    bind: str
    port: int


def read_address() -> Address:
    """From LUMIO_URL, LUMIO_OVERLAY_URL, LUMIO_BIND and PORT.

    The port is PORT's, else that of an http LUMIO_URL; https ends at a proxy in front of us, which knows its own port.
    """
    wanted = env_int("PORT", 0, low=1, high=65535)
    url = env_url("LUMIO_URL", f"http://localhost:{wanted or DEFAULT_PORT}")
    parts = urlsplit(url)
    port = wanted or (parts.port if parts.scheme == "http" else None) or DEFAULT_PORT
    overlay = env_str("LUMIO_OVERLAY_URL") or env_str("NEXT_PUBLIC_OVERLAY_URL")
    if not overlay:
        overlay = f"http://overlay.localhost:{port}"
    bind = env_str("LUMIO_BIND") or "127.0.0.1"
    if bind == "localhost":
        bind = "127.0.0.1"
    return Address(url=url, overlay_url=overlay, bind=bind, port=port)


def check_free(address: Address) -> None:
    """Refuse when web could not listen; better now, in a sentence, than from daphne in a restart loop."""
    try:
        family = socket.getaddrinfo(address.bind, address.port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except socket.gaierror:
        raise BadSetting("LUMIO_BIND", f"is {address.bind!r}; it takes an IP address of this machine.") from None
    with socket.socket(family[0][0]) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as daphne does
        try:
            probe.bind((address.bind, address.port))
            probe.listen(1)
        except OSError as error:
            raise _why_not(address, error) from error


def answers(address: Address) -> bool:
    """True once somebody accepts connections there."""
    bind = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address.bind, address.bind)  # noqa: S104  compared, not bound
    try:
        socket.create_connection((bind, address.port), timeout=0.2).close()
    except OSError:
        return False
    return True


def _why_not(address: Address, error: OSError) -> CannotStart:
    if error.errno == errno.EADDRINUSE:
        other = address.port + 1
        return CannotStart(
            f"port {address.port} is taken by another program. Stop that one, "
            f"or use another port: LUMIO_URL=http://localhost:{other} make run"
        )
    if error.errno == errno.EACCES:
        return CannotStart(f"this user may not listen on port {address.port}. Use one above 1023, as PORT=8000.")
    return CannotStart(
        f"it cannot listen on {address.bind} port {address.port} ({os.strerror(error.errno or 0)}). "
        "Set LUMIO_BIND to an address of this machine."
    )
