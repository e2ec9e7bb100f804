"""Writes down what the APIs look like: `docs/openapi.json` and `lumio/schema.graphql`. `make schema` runs it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lumio.settings")


def main() -> None:
    import django

    django.setup()

    from lumio import openapi, sdl

    openapi.FILE.write_text(openapi.text(openapi.document()), encoding="utf-8")
    sdl.FILE.write_text(sdl.text(), encoding="utf-8")
    print(f"Written: {openapi.FILE}, {sdl.FILE}")


if __name__ == "__main__":
    main()
