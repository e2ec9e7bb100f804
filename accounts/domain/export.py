"""Everything of an account in one archive, for its owner to keep or to take along. Secrets are never in it.

Each app registers the files it adds, in its `AppConfig.ready()`. The archive is made while it is downloaded: rows are
read in batches by their key, each file as it is when its turn comes, and nothing of it stays in memory or on disk.
"""

from __future__ import annotations

import json
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeVar

from django.core.cache import cache
from django.db import transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.domain import people
from accounts.domain.audit import record
from accounts.enums import Action, Permission
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.utils.functional import Promise

    from accounts.actor import Actor
    from accounts.models import Account

AnyModel = TypeVar("AnyModel", bound=Model)
Row = dict[str, Any]
#: A name in the archive, and what is there in pieces.
Entry = tuple[str, Iterable[bytes]]

#: Rows that are read at once.
BATCH = 500
#: Bytes that are handed on at once.
PIECE = 64 * 1024
#: Seconds that an archive counts as being made without a sign of life, and between two of them.
LEASE = 60.0
SIGN_OF_LIFE = 10.0


class ExportRunning(Refusal):
    code = "export_running"
    status = 409
    sentence = _("This account is being exported right now. Wait for that download to end, or for a minute.")


@dataclass(frozen=True)
class File:
    """One file of the archive: what it is called, what is in it in a few words, who may have it, and it in pieces."""

    name: str
    title: str | Promise
    permission: Permission
    pieces: Callable[[Account], Iterable[bytes]]

    def entries(self, account: Account) -> Iterator[Entry]:
        yield self.name, self.pieces(account)


@dataclass(frozen=True)
class Folder:
    """The same of as many files as the account has. Its name ends with a slash; theirs are put behind it."""

    name: str
    title: str | Promise
    permission: Permission
    files: Callable[[Account], Iterable[Entry]]

    def entries(self, account: Account) -> Iterator[Entry]:
        yield self.name, ()
        for name, pieces in self.files(account):
            yield f"{self.name}{name}", pieces


_files: list[File | Folder] = []


def register(name: str, title: str | Promise, permission: Permission, rows: Callable[[Account], Iterable[Row]]) -> None:
    """Add a file of the rows that `rows(account)` has: a list in `.json`, one a line in `.jsonl`. Called once."""
    written = _lines if name.endswith(".jsonl") else _list
    register_file(File(name, title, permission, lambda account: written(rows(account))))


def register_file(file: File | Folder) -> None:
    """The same for a file of another kind, or a folder."""
    _files.append(file)


def begin(actor: Actor) -> Iterator[bytes]:
    """The archive as a ZIP, in pieces to be taken one after the other by any thread. One at a time for an account.

    Files that the actor may not see are left out, and `about.json` says which. Raises ExportRunning, or PersonNeeded
    for a popout token.
    """
    people.in_person(actor)
    actor.require(Permission.ACCOUNT_EDIT)
    if not cache.add(_key(actor.account), True, LEASE):
        raise ExportRunning
    allowed = files(actor)
    with transaction.atomic():
        record(actor, Action.ACCOUNT_EXPORTED, actor.account, after={"files": [file.name for file in allowed]})
    about = {
        "account": {"id": str(actor.account.pk), "name": actor.account.name},
        "exported_at": timezone.now().isoformat(),
        "exported_by": str(actor.user),
        "files": [file.name for file in allowed],
        "left_out": {file.name: file.permission.value for file in _files if file not in allowed},
    }
    return _archive(actor.account, about, allowed)


def files(actor: Actor) -> list[File | Folder]:
    """What the archive would hold for this actor, beside `about.json`."""
    return [file for file in _files if actor.can(file.permission)]


def by_key(rows: QuerySet[AnyModel]) -> Iterator[AnyModel]:
    """Every row in the order of its primary key, a batch at a time."""
    last = None
    while True:
        batch = list((rows if last is None else rows.filter(pk__gt=last)).order_by("pk")[:BATCH])
        yield from batch
        if len(batch) < BATCH:
            return
        last = batch[-1].pk


def chosen(rows: QuerySet[AnyModel], *names: str) -> Iterator[Row]:
    """Of every row the columns of these names, and no other."""
    return ({name: getattr(row, name) for name in names} for row in by_key(rows))


def _archive(account: Account, about: Row, files: list[File | Folder]) -> Iterator[bytes]:
    first = File("about.json", "", Permission.ACCOUNT_READ, lambda _: [_json(about, indent=1)])
    try:
        yield from _zipped([first, *files], account)
    finally:
        cache.delete(_key(account))


def _zipped(files: Iterable[File | Folder], account: Account) -> Iterator[bytes]:
    out = _Outbox()
    told = time.monotonic()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]  # it only writes
        for name, pieces in chain.from_iterable(file.entries(account) for file in files):
            named = zipfile.ZipInfo(name, timezone.now().timetuple()[:6])
            named.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(named, "w", force_zip64=True) as inside:
                for piece in pieces:
                    inside.write(piece)
                    if out.size >= PIECE:
                        yield out.take()
                    if time.monotonic() - told > SIGN_OF_LIFE:
                        told = time.monotonic()
                        cache.set(_key(account), True, LEASE)
    yield out.take()


class _Outbox:
    """What a ZipFile writes to: it only grows, and is emptied from outside."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self.size = 0

    def write(self, data: bytes) -> int:
        self._pieces.append(bytes(data))
        self.size += len(data)
        return len(data)

    def flush(self) -> None:
        pass

    def take(self) -> bytes:
        content = b"".join(self._pieces)
        self._pieces, self.size = [], 0
        return content


def _key(account: Account) -> str:
    return f"export:{account.pk}"


def _json(row: Row, indent: int | None = None) -> bytes:
    return json.dumps(row, ensure_ascii=False, indent=indent, default=_plain).encode()


def _plain(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _lines(rows: Iterable[Row]) -> Iterator[bytes]:
    return (_json(row) + b"\n" for row in rows)


def _list(rows: Iterable[Row]) -> Iterator[bytes]:
    yield b"["
    for number, row in enumerate(rows):
        yield (b",\n" if number else b"\n") + _json(row)
    yield b"\n]\n"
