from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lumio import diagnostics


class Command(BaseCommand):
    help = (
        "Write what a bug report needs into a zip archive: versions, which settings there are, migrations, health, "
        "counts. No secret, no name and no address is in it."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--log", type=Path, help=f"add the last {diagnostics.LINES} lines of this log, masked")

    def handle(self, *args: Any, file: Path, log: Path | None, **options: Any) -> None:
        if log and not log.is_file():
            raise CommandError(f"There is no file {log}.")
        try:
            diagnostics.write(file, log)
        except FileExistsError:
            raise CommandError(f"{file} exists. Choose another name; nothing is overwritten.") from None
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}.") from error
        self.stdout.write(f"{file}: look through it before you pass it on.")
