"""The Chromium in which tests look at pages."""

from __future__ import annotations

import shutil

#: The shell without windows comes first: the same pages take a quarter less of the processor in it.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str:
    """Where it is. `make test` sees to it that there is one."""
    return next(found for name in BROWSERS if (found := shutil.which(name)))
