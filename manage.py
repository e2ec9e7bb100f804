#!/usr/bin/env python
"""Lumio's command line. `up` runs the whole product; everything else is Django's."""

from __future__ import annotations

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lumio.settings")
    if sys.argv[1:2] == ["up"]:
        # The supervisor only starts and watches processes: it stays small by never importing Django.
        from lumio.up import main as up

        sys.exit(up(sys.argv[2:]))

    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
