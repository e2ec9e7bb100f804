"""The passphrase of a backup, from wherever no list of processes shows it."""

from __future__ import annotations

from getpass import getpass

from django.core.management.base import CommandError

from lumio.env import env_str
from lumio.lib.secrets import Secret

NAME = "LUMIO_BACKUP_PASSPHRASE"


def ask(*, twice: bool = False) -> Secret:
    """What the environment or the file it names says, else what somebody types. Raises CommandError for a slip."""
    if given := env_str(NAME):
        return Secret(given)
    try:
        typed = getpass("Passphrase of the backup: ")
        if twice and getpass("Once more: ") != typed:
            raise CommandError("These are two different passphrases.")
    except EOFError:
        raise CommandError(f"Nobody is here to type the passphrase. Set {NAME}_FILE to a file that holds it.") from None
    return Secret(typed)
