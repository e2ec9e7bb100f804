"""What a bug report needs, in one archive without a secret, a name or an address: `manage.py diagnostics`."""

from __future__ import annotations

import asyncio
import json
import os
import platform
import re
import sys
import zipfile
from collections import deque
from importlib import metadata
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from lumio import health
from lumio.env import ROOT
from lumio.lib.redact import redact
from lumio.overview import overview, troubles
from lumio.version import VERSION

#: Settings whose value says something and opens nothing. Of all others it is told whether they are set.
SHOWN = {
    "LUMIO_ACCOUNTS_PER_PERSON",
    "LUMIO_ALLOW_HTTP",
    "LUMIO_ALLOW_PRIVATE_HOSTS",
    "LUMIO_BEHIND_PROXY",
    "LUMIO_CHAT_DAYS",
    "LUMIO_DATABASE_POOL",
    "LUMIO_DEBUG",
    "LUMIO_DRAIN_SECONDS",
    "LUMIO_EMOTES",
    "LUMIO_EVENT_DAYS",
    "LUMIO_LOG_JSON",
    "LUMIO_LOG_LEVEL",
    "LUMIO_MULTI_TENANT",
    "LUMIO_OPEN_SIGNUP",
    "LUMIO_UPLOAD_QUOTA_MB",
    "PORT",
    "YOUTUBE_DAILY_UNITS",
}
#: Each setting stands in .env.example with a value, as a comment.
SETTING = re.compile(r"^#?([A-Z][A-Z0-9_]+)=", re.MULTILINE)
#: What a log may hold beside secrets: e-mail and IP addresses.
PERSONAL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+|\b(?:\d{1,3}\.){3}\d{1,3}\b|\b(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{1,4}\b")
LINES = 1000


def write(path: Path, log: Path | None = None) -> None:
    """`diagnostics.json`, and the last lines of a log, masked once more. Raises FileExistsError."""
    with zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("diagnostics.json", json.dumps(collect(), indent=2, default=str))
        if log:
            archive.writestr("log.txt", _end_of(log))


def collect() -> dict[str, Any]:
    return {
        "lumio": VERSION,
        "at": timezone.now().isoformat(timespec="seconds"),
        "python": sys.version,
        "system": platform.platform(),
        "packages": {
            one.name: one.version for one in sorted(metadata.distributions(), key=lambda one: one.name.lower())
        },
        "settings": settings_told(),
        "migrations": sorted(f"{app} {name}" for app, name in MigrationRecorder(connection).applied_migrations()),
        "checks": asyncio.run(health.report(health.ALL)),
        "overview": overview(),
        "sources_in_trouble": troubles(),
        "rows": {model._meta.label: model._base_manager.count() for model in apps.get_models()},
    }


def settings_told() -> dict[str, str]:
    """Every setting by name → its value, "set", "from a file" or "not set"."""
    return {name: _told(name) for name in SETTING.findall((ROOT / ".env.example").read_text(encoding="utf-8"))}


def _told(name: str) -> str:
    if f"{name}_FILE" in os.environ:
        return "from a file"
    if not (value := os.environ.get(name)):
        return "not set"
    return value if name in SHOWN else "set"


def _end_of(log: Path) -> str:
    with log.open(encoding="utf-8", errors="replace") as file:
        lines = deque(file, maxlen=LINES)
    return "".join(PERSONAL.sub("[hidden]", redact(line)) for line in lines)
