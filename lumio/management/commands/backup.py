from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lumio import backup
from lumio.lib.errors import Refusal
from lumio.management import passphrases


class Command(BaseCommand):
    help = (
        "Write everything into one file that a passphrase opens, while Lumio runs: all rows and all uploads. The "
        f"passphrase is asked for, or read from {passphrases.NAME} or the file that {passphrases.NAME}_FILE names."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--with-keys",
            action="store_true",
            help="put LUMIO_ENCRYPTION_KEYS and LUMIO_SECRET_KEY into it too: whoever opens the file then has "
            "everything, and whoever lost the machine needs nothing else",
        )

    def handle(self, *args: Any, file: Path, with_keys: bool, **options: Any) -> None:
        if file.exists():
            raise CommandError(f"{file} exists. Choose another name; backups overwrite nothing.")
        try:
            written = backup.write(file, passphrases.ask(twice=True), with_keys=with_keys)
        except Refusal as refusal:
            raise CommandError(refusal.text) from refusal
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}.") from error
        size = file.stat().st_size
        self.stdout.write(f"{file}: {written.rows.total()} rows and {written.files} uploads in {size} bytes.")
        if with_keys:
            self.stdout.write("The encryption keys are in it: keep it where you would keep them.")
        else:
            self.stdout.write("The encryption keys are not in it: keep them elsewhere, or tokens cannot be read again.")
