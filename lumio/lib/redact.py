"""Takes secrets out of text before it is written anywhere.

Popout tokens travel in query strings and OAuth codes in redirects, so what a library logs about a request can hold a
secret. Every log line passes through here, its arguments and traceback included.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

log = logging.getLogger(__name__)

MASK = "[hidden]"

#: Parameters and fields whose value is a secret wherever they appear.
_NAMES = (
    "token|code|state|code_verifier|password|jwt|secret|api_?key|access_?token|refresh_?token|id_?token|"
    "client_?secret|client_?id|session_?key|sessionid|lumio_session|lumio_csrf|csrfmiddlewaretoken"
)

#: Addresses whose next part is a secret.
_PATHS = r"setup|account/reset|connect|invite|overlay|bridge|shared/preflight|v1/invitations|v1/webhooks/[\w-]+"

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    # A popout token gives itself away by its prefix, whatever stands around it.
    (re.compile(r"lm_pop_[0-9A-Za-z]+"), MASK),
    # name=value: query strings, form bodies, cookies, keyword arguments. Quotes around the value are kept.
    (re.compile(rf"(?i)(?<![\w-])((?:__Host-)?(?:{_NAMES})=)(b?['\"]?)[^\s&;,'\"<>)]+"), rf"\1\2{MASK}"),
    # 'name': 'value' and "name": "value": JSON and Python dictionaries, quotes escaped once or not.
    (re.compile(rf"""(?i)(\\?["'](?:{_NAMES})\\?["']\s*:\s*b?)(\\?["'])(?:(?!\2).)*\2"""), rf"\1\2{MASK}\2"),
    # A path that is the key itself, as in the warnings that Django writes about refused requests.
    (re.compile(rf"(/(?:{_PATHS})/)[^\s/?#\"'<>]+"), rf"\1{MASK}"),
    # Headers: "Authorization: Bearer …", also as a dictionary or a pair.
    (re.compile(r"(?i)\b(bearer|oauth|basic)\s+(?!realm)[\w.~+/=:-]{8,}"), rf"\1 {MASK}"),
    # Passwords in addresses of databases and brokers. Without an end to the scheme a long "a.a.a." of a stranger's
    # would be read once for each of its dots.
    (re.compile(r"(?i)(\b[a-z][a-z0-9+.-]{0,30}://[^\s:/@]*:)[^\s/@]+(?=@)"), rf"\1{MASK}"),
)


def redact(text: str) -> str:
    """`text` with every secret that can be recognised replaced by a mask."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


class RedactingFilter(logging.Filter):
    """Masks the message with its arguments filled in, so that a handler of any kind writes no secret."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            message = record.getMessage()
        except (TypeError, ValueError, KeyError):
            # A broken log call. logging would print its arguments to stderr, past every filter.
            record.msg, record.args = redact(f"{record.msg} {record.args!r}"), None
            return True
        masked = redact(message)
        if masked != message:
            record.msg, record.args = masked, None
        return True


class RedactingFormatter(logging.Formatter):
    """Masks the finished line: message, traceback and stack."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def mask_crashes() -> None:
    """Have what ends this process or one of its threads written by the log, as Python itself masks nothing."""

    def crashed(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        if error is None or issubclass(kind, KeyboardInterrupt | SystemExit):
            return
        log.critical("An error ends this process or thread", exc_info=(kind, error, trace))

    sys.excepthook = crashed
    threading.excepthook = lambda ended: crashed(ended.exc_type, ended.exc_value, ended.exc_traceback)
