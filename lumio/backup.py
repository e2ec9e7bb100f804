"""A copy of everything that an instance is, its rows and its uploads, in one file that a passphrase opens.

Inside the lock (`lumio.lib.lockbox`) is a compressed tar archive, written and read as a stream:

    manifest.json             the version, the moment, and the columns of every table
    keys.env                  the keys, only where they were asked for
    tables/<model>/<n>.jsonl  up to PART rows, each a JSON list in the order of the columns
    uploads/<name>            a file that somebody brought

Rows are read as they were at one moment, and nobody who writes waits for that. They say nothing of the database that
they come from: what was in SQLite goes into PostgreSQL, and back.
"""

from __future__ import annotations

import base64
import json
import os
import tarfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone

from accounts.actor import system_actor
from accounts.domain.accounts import instance_account
from accounts.domain.audit import record
from accounts.enums import Action
from accounts.models import Account, User
from connections.domain import refresh
from events.domain import heartbeat
from integrations.domain import bridge
from integrations.models import Bridge
from lumio import health, keys
from lumio.lib import lockbox
from lumio.lib.errors import Refusal
from lumio.lib.secrets import Secret
from lumio.models import KeyCanary, Preflight
from lumio.version import VERSION
from overlays.domain import overlays
from overlays.domain.uploads import STORED_NAME
from overlays.models import Overlay, Upload
from tokens.domain import tokens
from tokens.models import PopoutToken

FORMAT = 1
MANIFEST, KEYS, TABLES, UPLOADS = "manifest.json", "keys.env", "tables/", "uploads/"
#: Rows of a part of a table, and of a statement.
PART = 1000
#: Seconds for which a process that wrote its heartbeat counts as running.
RUNNING = 15.0

#: Tables that stay behind, and why.
LEFT_OUT = {
    "accounts.Invitation": "may have been used or withdrawn since",
    "accounts.SetupCode": "opens an instance that nobody has claimed",
    "accounts.User_groups": "rights come from roles",
    "accounts.User_user_permissions": "rights come from roles",
    "admin.LogEntry": "the audit log says it too, and names no row of Django's",
    "auth.Group": "rights come from roles",
    "auth.Group_permissions": "rights come from roles",
    "auth.Permission": "`migrate` makes them",
    "connections.ConnectLink": "may have been used or withdrawn since",
    "connections.OAuthAttempt": "a sign-in under way ends with the browser it was begun in",
    "contenttypes.ContentType": "`migrate` makes them",
    "events.Heartbeat": "tells which processes live now",
    "sessions.Session": "everybody signs in again",
    "usersessions.UserSession": "everybody signs in again",
}
#: What `migrate` writes into a database that is new.
OF_MIGRATE = {"auth.Permission", "contenttypes.ContentType"}


class OtherSchema(Refusal):
    code = "other_schema"
    sentence = (
        "The backup is of Lumio {theirs}, whose tables differ from those of this Lumio {ours} ({differing}). Restore "
        "it with the Lumio that made it, then upgrade that one."
    )


class NotMigrated(Refusal):
    code = "not_migrated"
    sentence = "The tables in the database are not those of this Lumio. Run `manage.py migrate` first."


class NotEmpty(Refusal):
    code = "not_empty"
    sentence = (
        "There are accounts in this database. Restore into a new one, or add --overwrite: then everything that is in "
        "this one now is deleted."
    )


class StillRunning(Refusal):
    code = "still_running"
    sentence = "Lumio runs on this database ({process}). Stop every process, wait for {seconds} seconds and try again."


class KeysMissing(Refusal):
    code = "keys_missing"
    sentence = (
        "{missing} Put the keys of the backup's time into LUMIO_ENCRYPTION_KEYS. If they are lost, add --keys-lost: "
        "everything else is restored, and each platform has to be connected again."
    )


class NoKeysInside(Refusal):
    code = "no_keys_inside"
    sentence = "No keys are in this backup: it was made without --with-keys. Take those that you keep apart from it."


@dataclass
class Contents:
    """What is in a backup, counted."""

    version: str = ""
    made_at: str = ""
    #: Rows by model.
    rows: Counter[str] = field(default_factory=Counter)
    files: int = 0
    #: The names of keys that stored secrets are under and that are not at hand.
    missing_keys: list[keys.LostKey] = field(default_factory=list)

    @property
    def files_missing(self) -> int:
        """Uploads whose file was removed while the backup was made."""
        return max(self.rows[Upload._meta.label] - self.files, 0)


def tables() -> list[type[Model]]:
    """The models whose rows are in a backup. The canaries of the keys come first, as all else needs the keys."""
    found = [model for model in apps.get_models(include_auto_created=True) if model._meta.label not in LEFT_OUT]
    return sorted(found, key=lambda model: model is not KeyCanary)


# --- Writing ----------------------------------------------------------------------------------------------------------


def write(path: Path, passphrase: Secret, *, with_keys: bool = False) -> Contents:
    """Write a backup to `path`, which comes to be when it is whole. Raises PassphraseTooShort and NotMigrated."""
    _check_migrated()
    contents = Contents(version=VERSION, made_at=timezone.now().isoformat())
    unfinished = path.with_name(f"{path.name}.part")
    try:
        with unfinished.open("wb") as file:
            unfinished.chmod(0o600)
            box = lockbox.Writer(file, passphrase)
            with tarfile.open(fileobj=box, mode="w|gz") as archive:
                _write_all(archive, contents, with_keys=with_keys)
            box.finish()
            file.flush()
            os.fsync(file.fileno())  # or a power cut leaves a whole name with nothing behind it
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return contents


def _write_all(archive: tarfile.TarFile, contents: Contents, *, with_keys: bool) -> None:
    _add(archive, MANIFEST, json.dumps(_manifest(contents)).encode())
    if with_keys:
        lines = f"LUMIO_SECRET_KEY={settings.SECRET_KEY}\nLUMIO_ENCRYPTION_KEYS={settings.LUMIO_ENCRYPTION_KEYS}\n"
        _add(archive, KEYS, lines.encode())
    with snapshot():
        for model in tables():
            rows = model._base_manager.order_by("pk").values_list(*_columns(model)).iterator(PART)
            for number, part in enumerate(_parts(rows)):
                lines = "".join(f"{json.dumps(row, default=_plain)}\n" for row in part)
                _add(archive, f"{TABLES}{model._meta.label}/{number:06}.jsonl", lines.encode())
                contents.rows[model._meta.label] += len(part)
    # A file is older than its row, and removed after it: whatever the rows above name is there, or has gone since.
    for name in Upload.objects.order_by("pk").values_list("file", flat=True).iterator(PART):
        contents.files += _add_upload(archive, name)


def _manifest(contents: Contents) -> dict[str, Any]:
    columns = {model._meta.label: _columns(model) for model in tables()}
    return {"format": FORMAT, "version": contents.version, "made_at": contents.made_at, "tables": columns}


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, BytesIO(content))


def _add_upload(archive: tarfile.TarFile, name: str) -> bool:
    """Whether the file is still there."""
    try:
        with default_storage.open(name) as file:
            member = tarfile.TarInfo(f"{UPLOADS}{name}")
            member.size = file.size
            archive.addfile(member, file)
    except FileNotFoundError:
        return False
    return True


@contextmanager
def snapshot() -> Iterator[None]:
    """What is read inside is of one moment, and nobody waits for it. Must be the outermost transaction."""
    connection.ensure_connection()  # which is when SQLite's mode is set
    sqlite: Any = connection if connection.vendor == "sqlite" else None
    if sqlite:
        mode, sqlite.transaction_mode = sqlite.transaction_mode, "DEFERRED"  # IMMEDIATE would take the write lock
    try:
        with transaction.atomic(durable=True):
            if not sqlite:
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            _be_patient()
            yield
    finally:
        if sqlite:
            sqlite.transaction_mode = mode


def _be_patient() -> None:
    """Have PostgreSQL wait for this transaction while a disk is slow."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")


def _columns(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def _parts(rows: Iterable[Any]) -> Iterator[list[Any]]:
    rows = iter(rows)
    while part := list(islice(rows, PART)):
        yield part


def _plain(value: Any) -> str:
    """What a field's `to_python` takes for the value, where JSON has no word for it."""
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in a backup.")


# --- Reading ----------------------------------------------------------------------------------------------------------

TakeRows = Callable[[type[Model], list[list[Any]]], None]
TakeFile = Callable[[str, IO[bytes]], None]


def verify(path: Path, passphrase: Secret) -> Contents:
    """Read a backup to its end, each value as its column takes it. Writes nothing.

    Raises NoLockbox, WrongPassphrase, Damaged, OtherSchema.
    """

    def read_through(name: str, file: IO[bytes]) -> None:
        while file.read(lockbox.PIECE):
            pass

    return _read(path, passphrase, lambda model, rows: None, read_through)


def restore(
    path: Path, passphrase: Secret, *, overwrite: bool = False, keys_lost: bool = False, new_links: bool = False
) -> Contents:
    """Put everything of a backup into the database and the storage; all of it, or nothing.

    `new_links` ends what `open_links` counts. What is tried first is whether all of it can be read. Raises what
    `verify` does; NotMigrated, NotEmpty, StillRunning and KeysMissing.
    """
    _check_migrated()
    _check_stopped()
    if not overwrite and (Account.objects.exists() or User.objects.exists()):
        raise NotEmpty
    found = verify(path, passphrase)
    if found.missing_keys and not keys_lost:
        raise KeysMissing(missing=" ".join(map(str, found.missing_keys)))
    stored: list[str] = []

    def store(name: str, file: IO[bytes]) -> None:
        if not default_storage.exists(name):
            stored.append(default_storage.save(name, File(file)))

    try:
        with transaction.atomic():
            _be_patient()
            _empty()
            _read(path, passphrase, _insert, store)
            _reset_sequences()
            _settle(found)
            if new_links:
                _renew_links()
    except BaseException:
        for name in stored:
            default_storage.delete(name)
        raise
    return found


def keys_inside(path: Path, passphrase: Secret) -> str:
    """The lines of `keys.env` in a backup. Raises NoKeysInside, and what opening it does."""
    for name, file in _members(path, passphrase):
        if name == KEYS:
            return file.read().decode()
        if name.startswith(TABLES):
            break
    raise NoKeysInside


def _read(path: Path, passphrase: Secret, take_rows: TakeRows, take_file: TakeFile) -> Contents:
    """Hand on what is in a backup, in its order. Rows are values as `to_python` gives them."""
    contents = Contents()
    known = {model._meta.label: model for model in tables()}
    for name, file in _members(path, passphrase):
        if name == MANIFEST:
            _check_manifest(contents, json.load(file))
        elif name.startswith(TABLES):
            model = known[name.split("/")[1]]
            fields = model._meta.concrete_fields
            rows = [
                [column.to_python(value) for column, value in zip(fields, json.loads(line), strict=True)]
                for line in file
            ]
            if model is KeyCanary:
                names = _columns(KeyCanary)
                contents.missing_keys += keys.lost_of(KeyCanary(**dict(zip(names, row, strict=True))) for row in rows)
            take_rows(model, rows)
            contents.rows[model._meta.label] += len(rows)
        elif name.startswith(UPLOADS) and STORED_NAME.fullmatch(upload := name.removeprefix(UPLOADS)):
            take_file(upload, file)
            contents.files += 1
        elif name != KEYS:
            raise lockbox.Damaged
    if not contents.version:
        raise lockbox.Damaged
    return contents


def _members(path: Path, passphrase: Secret) -> Iterator[tuple[str, IO[bytes]]]:
    """(name, content) of everything in a backup. Nobody believes it to be whole before this has ended."""
    with path.open("rb") as locked:
        box = lockbox.Reader(locked, passphrase)
        try:
            with tarfile.open(fileobj=box, mode="r|gz") as archive:
                for member in archive:
                    if file := archive.extractfile(member):
                        yield member.name, file
        except tarfile.TarError as error:
            raise lockbox.Damaged from error
        box.finish()


def _check_manifest(contents: Contents, manifest: dict[str, Any]) -> None:
    contents.version, contents.made_at = manifest["version"], manifest["made_at"]
    ours, theirs = {model._meta.label: _columns(model) for model in tables()}, manifest["tables"]
    if differing := sorted(label for label in ours.keys() | theirs.keys() if ours.get(label) != theirs.get(label)):
        raise OtherSchema(theirs=contents.version, ours=VERSION, differing=", ".join(differing))


def _check_migrated() -> None:
    if health.unapplied():
        raise NotMigrated


def _check_stopped() -> None:
    for process, age in heartbeat.ages().items():
        if age < RUNNING:
            raise StillRunning(process=process, seconds=int(RUNNING))


def _empty() -> None:
    """Delete every row but those that `migrate` made."""
    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.label not in OF_MIGRATE]
    # The audit log lets go of its lines only after their account. Until the end no reference is looked at.
    models.sort(key=lambda model: model is not Account)
    with connection.cursor() as cursor:
        for model in models:
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)}")  # noqa: S608  our tables


def _insert(model: type[Model], rows: list[list[Any]]) -> None:
    """Past `save` and `bulk_create`, which would have it all created now."""
    quote = connection.ops.quote_name
    fields = model._meta.concrete_fields
    names = ", ".join(quote(column.column or "") for column in fields)
    places = ", ".join(["%s"] * len(fields))
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES ({places})",  # noqa: S608  our names
            [
                [column.get_db_prep_save(value, connection) for column, value in zip(fields, row, strict=True)]
                for row in rows
            ],
        )


def _reset_sequences() -> None:
    """Have PostgreSQL number new rows after those that came with their numbers."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), tables()):
            cursor.execute(statement)


def _settle(found: Contents) -> None:
    """What is different now from the moment of the backup."""
    if found.missing_keys:
        keys.forget_lost()
    keys.remember()
    refresh.renew_all_soon()
    # What was shared may have been withdrawn since, and was for a day anyway.
    Preflight.objects.update(share_digest=None, shared_until=None)
    instance_account()  # there may have been none
    after = {"made_at": found.made_at, "version": found.version}
    for account in Account.objects.filter(closed_at=None):
        record(system_actor(account), Action.BACKUP_RESTORED, after=after)


def open_links() -> dict[str, int]:
    """How many links there are that open something without a sign-in, by what they are of."""
    alive = {"account__closed_at": None}
    return {
        "popout tokens": PopoutToken.objects.alive().filter(**alive).count(),
        "overlays": Overlay.objects.filter(**alive).count(),
        "bridge pages": Bridge.objects.filter(**alive).count(),
    }


def _renew_links() -> None:
    """Revoke every popout token, and have overlays and bridge pages at other addresses."""
    for account in Account.objects.filter(closed_at=None):
        actor = system_actor(account)
        for token in PopoutToken.objects.alive().filter(account=account):
            tokens.revoke(actor=actor, token=token, note="Restored from a backup")
        for overlay in Overlay.objects.filter(account=account):
            overlays.rotate(actor=actor, overlay_id=overlay.pk)
        if Bridge.objects.filter(account=account).exists():
            bridge.renew(actor)
