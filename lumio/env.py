"""Settings from the environment, typed, refusing nonsense by name. Imports nothing of Django."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

ROOT = Path(__file__).resolve().parent.parent

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}
#: A host name or address as the Host header spells it, without a port.
HOST = re.compile(r"[\w-]+(\.[\w-]+)*|\[[0-9a-f:.]+\]", re.ASCII)


class CannotStart(SystemExit):
    """Ends the process with exit code 1 and a sentence that says what happened and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(f"Lumio cannot start: {sentence}")


class BadSetting(CannotStart):
    """A setting that cannot be meant, by name."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name} {problem}")


def read_env_file(path: Path) -> None:
    """Put `NAME=value` lines of a file into the environment; what is already set there wins."""
    if not path.is_file():
        return
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise BadSetting(path.name, "cannot be read, or is not text in UTF-8.") from None
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        name, separator, value = line.removeprefix("export ").partition("=")
        if not separator or not name.strip().isidentifier():
            raise BadSetting(path.name, f"has a line that is not NAME=value: line {number}.")
        os.environ.setdefault(name.strip(), value.strip().strip("\"'"))


def env_str(name: str, default: str = "") -> str:
    """The value of `name`, or of the file that `name_FILE` points to (as container secrets do)."""
    if file := os.environ.get(f"{name}_FILE"):
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise BadSetting(f"{name}_FILE", f"points to a file that cannot be read: {error.strerror}.") from error
        except UnicodeDecodeError:
            raise BadSetting(f"{name}_FILE", "points to a file that is not text.") from None
    return os.environ.get(name, default).strip()


def env_bool(name: str, *, default: bool) -> bool:
    value = os.environ.get(name)
    if value is None:
        return default
    if value.lower() in TRUE:
        return True
    if value.lower() in FALSE:
        return False
    raise BadSetting(name, f"is {value!r}; say 1 or 0.")


def env_int(name: str, default: int, *, low: int, high: int) -> int:
    value = os.environ.get(name)
    if not value:
        return default
    try:
        number = int(value)
    except ValueError:
        raise BadSetting(name, f"is {value!r}; it takes a whole number.") from None
    if not low <= number <= high:
        raise BadSetting(name, f"is {number}; it takes {low} to {high}.")
    return number


def env_list(name: str) -> list[str]:
    """Comma-separated values, blanks dropped."""
    return [part.strip() for part in env_str(name).split(",") if part.strip()]


def env_hosts(name: str) -> list[str]:
    """Comma-separated host names and addresses, in lower case."""
    hosts = [host.lower() for host in env_list(name)]
    for host in hosts:
        if not HOST.fullmatch(host):
            raise BadSetting(name, f"names {host!r}; it takes bare names and addresses: 192.168.1.20,studio.lan.")
    return hosts


def env_choice(name: str, default: str, choices: tuple[str, ...]) -> str:
    value = env_str(name).upper() or default
    if value not in choices:
        raise BadSetting(name, f"is {value!r}; it takes {', '.join(choices)}.")
    return value


def split_address(name: str, value: str) -> SplitResult:
    """The parts of an address, of which the port is a number. No complaint repeats it: a password may stand in it."""
    try:
        parts = urlsplit(value)
        _ = parts.port  # which is looked at only now
    except ValueError:
        raise BadSetting(name, "is not an address. In a password write %2F for / and %23 for #.") from None
    return parts


def env_url(name: str, default: str, *, schemes: tuple[str, ...] = ("http", "https")) -> str:
    """An absolute address as browsers spell it: host in lower case, no default port, no trailing slash."""
    value = (env_str(name) or default).rstrip("/")
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        raise BadSetting(name, f"is {value!r}, which is not an address.") from None
    if parts.scheme not in schemes or not parts.hostname:
        raise BadSetting(name, f"is {value!r}; it takes an address that starts with {' or '.join(schemes)}.")
    default_port = {"http": 80, "ws": 80}.get(parts.scheme, 443)
    return f"{parts.scheme}://{host_of(value)}{'' if port in (None, default_port) else f':{port}'}{parts.path}"


class Smtp(NamedTuple):
    """A mail server, as Django's settings know one; an empty host is none."""

    host: str = ""
    port: int = 0
    user: str = ""
    password: str = ""
    is_tls: bool = False
    starts_tls: bool = False


def env_smtp(name: str) -> Smtp:
    """`smtp://user:password@host:587?tls=1` or `smtps://…`. No complaint repeats it: a password may stand in it."""
    value = env_str(name)
    if not value:
        return Smtp()
    parts = split_address(name, value)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or parts.path.strip("/") or parts.fragment:
        raise BadSetting(name, "takes smtp://user:password@host:587?tls=1 or smtps://user:password@host.")
    if bool(parts.username) != bool(parts.password):
        raise BadSetting(name, "has a user name without a password, or a password without a user name.")
    is_tls = parts.scheme == "smtps"
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    starts_tls = options.get("tls") == "1"
    if options not in ({}, {"tls": "1"}) or (is_tls and starts_tls):
        raise BadSetting(name, "takes nothing after the question mark but tls=1, and that with smtp:// only.")
    return Smtp(
        host=parts.hostname,
        port=parts.port or (465 if is_tls else 587 if starts_tls else 25),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        is_tls=is_tls,
        starts_tls=starts_tls,
    )


def env_redis(name: str, default: str) -> str:
    """`redis://`, `rediss://` (TLS) or `unix://`, as it was given."""
    value = env_str(name) or default
    parts = split_address(name, value)
    if parts.scheme not in {"redis", "rediss", "unix"} or not (parts.hostname or parts.path):
        raise BadSetting(name, "takes redis://:password@host:6379/0, rediss://… with TLS, or unix:///path.")
    return value


def host_of(url: str) -> str:
    """The host of an address as the Host header spells it: IPv6 in brackets, no port."""
    host = urlsplit(url).hostname or ""
    return f"[{host}]" if ":" in host else host
