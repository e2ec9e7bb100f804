from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lumio import backup
from lumio.lib.errors import Refusal
from lumio.lib.secrets import Secret
from lumio.management import passphrases

AFTERWARDS = (
    "Everybody signs in again. Every sign-in at a platform is renewed as soon as Lumio runs; those that have ended "
    "since the backup say so. Members, roles, passwords and second factors are as they were then; invitations and "
    "one-time links are gone."
)
OLD_LINKS = (
    "These open again without a sign-in, with the links of then: {links}. If any was revoked or renewed since, restore "
    "once more with --overwrite --new-links before you start Lumio."
)
NEW_LINKS = (
    "Every popout token is revoked; overlays and bridge pages have new addresses. Make new tokens, and put the new "
    "links into OBS."
)


class Command(BaseCommand):
    help = (
        "Put a backup into a new database, which `manage.py migrate` has made: everything in it, or nothing. Stop "
        f"Lumio first. The passphrase is asked for, or read from {passphrases.NAME} or {passphrases.NAME}_FILE."
    )
    #: The keys that this database remembers are about to be exchanged.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="read it to its end and write nothing")
        parser.add_argument("--overwrite", action="store_true", help="delete everything that is in the database now")
        parser.add_argument("--keys-lost", action="store_true", help="go on without the keys that stored secrets need")
        parser.add_argument(
            "--new-links", action="store_true", help="revoke every popout token, renew the keys of overlays and bridges"
        )
        parser.add_argument(
            "--keys-to", type=Path, metavar="NEW_FILE", help="write the keys that are in the backup there, no more"
        )

    def handle(self, *args: Any, file: Path, keys_to: Path | None, **options: Any) -> None:
        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        passphrase = passphrases.ask()
        try:
            if keys_to:
                self._write_keys(file, passphrase, keys_to)
            elif options["dry_run"]:
                self._report("would be restored", backup.verify(file, passphrase))
            else:
                wanted = {name: options[name] for name in ("overwrite", "keys_lost", "new_links")}
                self._report("were restored", backup.restore(file, passphrase, **wanted))
                self.stdout.write(AFTERWARDS)
                self.stdout.write(NEW_LINKS if wanted["new_links"] else _old_links())
        except Refusal as refusal:
            raise CommandError(refusal.text) from refusal

    def _write_keys(self, file: Path, passphrase: Secret, target: Path) -> None:
        lines = backup.keys_inside(file, passphrase)
        try:
            descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise CommandError(f"{target} exists. Choose another name; keys overwrite nothing.") from None
        except OSError as error:
            raise CommandError(f"{target} cannot be written: {error.strerror}.") from error
        with os.fdopen(descriptor, "w", encoding="utf-8") as keys:
            keys.write(lines)
        self.stdout.write(f"{target}: the keys of the backup. Put them in place of this Lumio's, then restore.")

    def _report(self, what: str, contents: backup.Contents) -> None:
        self.stdout.write(f"Of {contents.made_at}, by Lumio {contents.version}:")
        self.stdout.write(f"{contents.rows.total()} rows and {contents.files} uploads {what}.")
        if contents.files_missing:
            self.stdout.write(f"{contents.files_missing} uploads were removed while the backup was made.")
        for key in contents.missing_keys:
            self.stdout.write(str(key))


def _old_links() -> str:
    return OLD_LINKS.format(links=", ".join(f"{number} {what}" for what, number in backup.open_links().items()))
