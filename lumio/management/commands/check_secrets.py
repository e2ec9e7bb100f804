from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lumio import keys, rotation
from lumio.lib import crypto


class Command(BaseCommand):
    help = "Say how many secrets are stored, under which keys, and how many of them cannot be read. Shows none of them."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        found = rotation.survey()
        for tally in found:
            self.stdout.write(_line(tally))
        if behind := sum(tally.behind for tally in found):
            self.stdout.write(f"{behind} are not under {crypto.primary_name()} yet: `manage.py rotate_keys` does that.")
        missing = keys.lost()
        if problems := [*map(str, missing), *([keys.HINT] if missing else []), *rotation.complaints(found)]:
            raise CommandError("\n".join(problems))


def _line(tally: rotation.Tally) -> str:
    parts = [f"{number} under {name or 'no key at hand'}" for name, number in sorted(tally.under.items())]
    if tally.unreadable:
        parts.append(f"{tally.unreadable} cannot be read")
    return f"{tally.kind.title}: {', '.join(parts) or 'none'}"
