from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lumio import keys
from lumio.lib import crypto


class Command(BaseCommand):
    help = "Say which encryption keys are at hand and whether one is missing that stored secrets need."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--forget-lost",
            action="store_true",
            help="go on without the missing keys: what they encrypted stays unreadable, so each platform concerned "
            "has to be connected again",
        )

    def handle(self, *args: Any, forget_lost: bool, **options: Any) -> None:
        ring = crypto.key_ring()
        for key_id, name in ring.names.items():
            self.stdout.write(f"{name}: {'encrypts and decrypts' if key_id == ring.primary else 'decrypts'}")
        if forget_lost:
            for name in keys.forget_lost():
                self.stdout.write(f"{name}: given up")
        if missing := keys.remember():
            raise CommandError("\n".join([*map(str, missing), keys.HINT]))
