"""The environment of the tests, set before Django reads its settings (`-p tests.environment` in pyproject.toml).

What is already set stays for `DATABASE_URL` and `REDIS_URL` alone: they choose what the tests run on.
"""

from __future__ import annotations

import atexit
import base64
import os
import shutil
import tempfile
from pathlib import Path

VAR = tempfile.mkdtemp(prefix="lumio-tests-")
(Path(VAR) / "static").mkdir()  # WhiteNoise warns about a missing one
atexit.register(shutil.rmtree, VAR, ignore_errors=True)

os.environ.update(
    {
        "LUMIO_VAR_DIR": VAR,
        "LUMIO_SECRET_KEY": "a-secret-key-for-tests-only-of-more-than-fifty-characters",
        "LUMIO_ENCRYPTION_KEYS": "test:" + base64.b64encode(b"k" * 32).decode(),
        "LUMIO_URL": "http://localhost:8000",
        "LUMIO_OVERLAY_URL": "http://overlay.localhost:8000",
        "LUMIO_LAN_HOSTS": "studio.lan",
        "LUMIO_OPEN_SIGNUP": "0",
        "LUMIO_DEBUG": "0",
        "LUMIO_EMOTES": "none",  # whoever has a stand-in for them sets them
    }
)

if "REDIS_URL" in os.environ and (worker := os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")):
    # Sign-in limits count in the cache: each of the parallel workers gets a database of its own.
    os.environ["REDIS_URL"] += f"?db={worker}"
