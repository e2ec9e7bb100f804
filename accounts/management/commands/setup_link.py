from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from accounts.domain.setup import new_setup_code


class Command(BaseCommand):
    help = "Print the one-time link that sets a fresh instance up. An earlier link stops working."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-unclaimed", action="store_true", help="print nothing once the instance is set up")

    def handle(self, *args: Any, if_unclaimed: bool, **options: Any) -> None:
        code = new_setup_code()
        if code is not None:
            self.stdout.write(f"{settings.LUMIO_URL}{reverse('setup', args=[code])}")
        elif not if_unclaimed:
            raise CommandError("This instance is set up already: sign in, or ask its owner for an invitation.")
