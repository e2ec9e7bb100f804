"""The var folder: private to its owner, used by one `up` at a time, and the home of the keys."""

from __future__ import annotations

import base64
import errno
import fcntl
import os
import secrets
import time
from pathlib import Path

from lumio.env import CannotStart, env_str

#: Less free space than this and SQLite would soon fail in the middle of somebody's stream.
LEAST_FREE_BYTES = 100 * 1024 * 1024
#: How long the watchdog of a killed run may take to end that run's processes.
HANDOVER_SECONDS = 5.0


def prepare(folder: Path) -> None:
    """Make `folder` with mode 0700 and see that it can be written and has room."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        probe = folder / ".writable"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise cannot_write(folder, error) from error
    space = os.statvfs(folder)
    if space.f_bavail * space.f_frsize < LEAST_FREE_BYTES:
        raise CannotStart(
            f"the disk of {folder} is almost full (less than {LEAST_FREE_BYTES >> 20} MiB left). "
            "Free some space, or set LUMIO_VAR_DIR to a folder on another disk."
        )


def lock(folder: Path) -> int:
    """Take the folder for this process and return the descriptor that holds it.

    The watchdog inherits it, so after a `kill -9` the folder is free only when that run's processes are gone.
    """
    path = folder / "up.lock"
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise cannot_write(folder, error) from error
    deadline = time.monotonic() + HANDOVER_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            owner = os.pread(descriptor, 20, 0).decode().strip()
            if (owner.isdigit() and _alive(int(owner))) or time.monotonic() > deadline:
                os.close(descriptor)
                raise CannotStart(
                    f"it is already running from {folder} (process {owner or 'unknown'}). "
                    "Stop that one with Ctrl-C, or set LUMIO_VAR_DIR to another folder."
                ) from None
            time.sleep(0.05)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor


def ensure_keys(folder: Path) -> bool:
    """Make the keys that the environment does not give, once, in `keys.env`; True if they are new.

    The file is never overwritten: without these keys nobody can read the stored tokens again. The key id is random,
    so that a lost and found file can be joined with its successor.
    """
    path = folder / "keys.env"
    if path.exists() or (env_str("LUMIO_SECRET_KEY") and env_str("LUMIO_ENCRYPTION_KEYS")):
        return False
    encryption_key = base64.b64encode(secrets.token_bytes(32)).decode()
    lines = [
        "# Made on the first start. Back it up apart from the database, which cannot be read without it.",
        f"LUMIO_SECRET_KEY={secrets.token_urlsafe(48)}",
        f"LUMIO_ENCRYPTION_KEYS=k{secrets.token_hex(3)}:{encryption_key}",
    ]
    draft = folder / "keys.env.new"
    try:
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write("\n".join(lines) + "\n")
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)  # whole or not at all, also after a power cut
    except OSError as error:
        raise cannot_write(folder, error) from error
    return True


def cannot_write(folder: Path, error: OSError) -> CannotStart:
    if error.errno == errno.ENOSPC:
        return CannotStart(f"the disk of {folder} is full. Free some space, or set LUMIO_VAR_DIR to another disk.")
    return CannotStart(
        f"{error.filename or folder} cannot be written ({error.strerror}). "
        "Make it writable for you, or set LUMIO_VAR_DIR to a folder that is."
    )


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
