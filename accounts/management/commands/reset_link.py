from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from accounts.domain.passwords import new_reset_link
from lumio.lib.errors import Refusal


class Command(BaseCommand):
    help = "Print a one-time link with which a person sets a new password. It works for an hour."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the address that the person signs in with")
        parser.add_argument(
            "--without-second-factor",
            action="store_true",
            help="also remove their authenticator app, passkeys and recovery codes, for somebody who has lost them",
        )

    def handle(self, *args: Any, email: str, without_second_factor: bool, **options: Any) -> None:
        try:
            link = new_reset_link(email, without_second_factor=without_second_factor)
        except Refusal as refusal:
            raise CommandError(refusal.text) from refusal
        if without_second_factor:
            self.stderr.write(f"Removed {link.removed} second factors; the password alone signs them in now.")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": link.uidb36, "key": link.key})
        self.stdout.write(f"{settings.LUMIO_URL}{path}")
