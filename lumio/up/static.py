"""Collecting static files once, not at every start."""

from __future__ import annotations

import hashlib
from pathlib import Path

from lumio.env import ROOT, env_str


class StaticStamp:
    """Remembers from what the static files were last collected: our own, and the installed packages."""

    def __init__(self, var: Path) -> None:
        self._target = Path(env_str("LUMIO_STATIC_DIR") or var / "static")
        self._file = var / "static.stamp"

    def is_current(self) -> bool:
        try:
            return self._file.read_text() == self._wanted() and (self._target / "staticfiles.json").exists()
        except FileNotFoundError:
            return False

    def write(self) -> None:
        self._file.write_text(self._wanted())

    def _wanted(self) -> str:
        digest = hashlib.sha256(str(self._target).encode())
        for path in sorted([ROOT / "requirements.txt", *ROOT.glob("static/**/*"), *ROOT.glob("*/static/**/*")]):
            if path.is_file():
                found = path.stat()
                digest.update(f"{path} {found.st_size} {found.st_mtime_ns}\n".encode())
        return digest.hexdigest()
