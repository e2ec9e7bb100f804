from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lumio import keys, rotation
from lumio.lib import crypto

GO = (
    "no longer needed. Remove it from LUMIO_ENCRYPTION_KEYS on every machine and restart Lumio; keep it with the "
    "backups made until now."
)


class Command(BaseCommand):
    help = (
        "Put every stored secret under the first key of LUMIO_ENCRYPTION_KEYS while Lumio runs, and say which older "
        "keys may be removed. It can be stopped and run again at any time."
    )
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        if missing := keys.remember():
            raise CommandError("\n".join([*map(str, missing), keys.HINT]))
        first = crypto.primary_name()
        found = rotation.rotate(self._report)
        for name in rotation.not_needed(found):
            # One that never came first is to be the next.
            self.stdout.write(f"{name}: {GO if keys.retire(name) else 'nothing is under it.'}")
        problems = rotation.complaints(found)
        if behind := sum(tally.behind for tally in found):
            problems.append(
                f"{behind} values came under an older key meanwhile: a process still runs with the keys of before. "
                f"Restart every process with {first} in front, then run this again."
            )
        if problems:
            raise CommandError("\n".join([*problems, "Keys that are not named as no longer needed have to stay."]))
        self.stdout.write(f"Everything is under {first}.")

    def _report(self, tally: rotation.Tally) -> None:
        self.stdout.write(f"{tally.kind.title}: {tally.total} looked at, {tally.renewed} put under the first key")
