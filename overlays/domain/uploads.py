"""Pictures, videos and sounds of an account: brought, listed, renamed and removed; and found by the pages that show
them.

A file lies in Django's default storage under a name that nobody can guess, which is all that opens it. It is stored
before its row and removed after it, so that a row without a file does not exist; what a crash leaves lying around is
swept up later.
"""

from __future__ import annotations

import logging
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from hashlib import sha256
from pathlib import PureWindowsPath
from typing import IO, TYPE_CHECKING

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Count, Sum
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import filters, paging
from accounts.domain.audit import record
from accounts.enums import Action, Permission
from lumio.lib.errors import Refusal
from lumio.lib.labels import one_line
from overlays.domain import access, uses
from overlays.domain.definition import url_of
from overlays.domain.notices import changed_on_commit
from overlays.enums import UploadKind
from overlays.models import Upload

if TYPE_CHECKING:
    from accounts.actor import Actor
    from accounts.models import Account

log = logging.getLogger(__name__)

#: Files of one account.
MOST_UPLOADS = 1000
NAME_LENGTH = 120
#: Bytes of chance in the name of a file.
CHANCE = 20
STORED_NAME = re.compile(r"[0-9a-f]{40}\.[a-z0-9]{3,4}")
#: A file without a row that is younger may be getting one this moment.
ORPHANED = timedelta(hours=1)


class NameMissing(Refusal):
    code = "name_missing"
    status = 422
    sentence = _("Give the file a name, so that you find it again.")


class NameTooLong(Refusal):
    code = "name_too_long"
    status = 422
    sentence = _("A name has {limit} characters at most.")


class QuotaExceeded(Refusal):
    code = "quota_exceeded"
    status = 409
    sentence = _("There is room for {left} more, and this file is larger. Remove files that no overlay shows.")


class TooManyUploads(Refusal):
    code = "too_many_uploads"
    status = 409
    sentence = _("An account has {limit} files at most. Remove some that no overlay shows.")


@dataclass(frozen=True)
class Usage:
    """Bytes that the files of an account take, and may take."""

    used: int
    quota: int

    @property
    def left(self) -> int:
        return max(self.quota - self.used, 0)

    @property
    def percent(self) -> int:
        return min(self.used * 100 // self.quota, 100)


def listing(
    actor: Actor, *, kind: str = "", limit: int = paging.PAGE, before: str | None = None, after: str | None = None
) -> paging.Page[Upload]:
    """A page of the account's files, of one kind or of all. Raises BadFilter and BadCursor."""
    actor.require(Permission.OVERLAYS_READ)
    found = Upload.objects.filter(account=actor.account)
    if kind:
        found = found.filter(kind__in=filters.some_of(UploadKind.values, [kind], "kind"))
    return paging.newest_first(found, limit=limit, before=before, after=after)


def usage(account: Account) -> Usage:
    used = Upload.objects.filter(account=account).aggregate(bytes=Sum("size"))["bytes"] or 0
    return Usage(used, settings.LUMIO_UPLOAD_QUOTA)


def numbers(account: Account) -> dict[UploadKind, int]:
    """How many there are of each kind."""
    rows = Upload.objects.filter(account=account).values_list("kind").annotate(number=Count("pk"))
    found = dict(rows)
    return {kind: found.get(kind, 0) for kind in UploadKind}


def url(upload: Upload) -> str:
    """Its whole address, on the host of overlays."""
    return f"{settings.LUMIO_OVERLAY_URL}{url_of(upload)}"


def find(file: str) -> Upload | None:
    """The one whose file has this name, unless its account is closed. One query at most."""
    if not STORED_NAME.fullmatch(file):
        return None
    return Upload.objects.filter(file=file, account__closed_at=None).first()


def add(*, actor: Actor, file: IO[bytes], size: int, name: str) -> Upload:
    """Keep a file of `size` bytes; `name` is what it was called where it comes from.

    Raises what `media.examine` does, QuotaExceeded and TooManyUploads.
    """
    from overlays.domain import media  # 10 MiB, and only who takes files needs them

    actor.require(Permission.OVERLAYS_EDIT)
    _check_room(actor.account, 0)
    found = media.examine(file, size)
    kept = File(found.file)
    row = Upload(
        account=actor.account,
        kind=found.format.kind,
        name=one_line(PureWindowsPath(name).name)[:NAME_LENGTH] or str(found.format.kind.label),
        content_type=found.format.content_type,
        size=found.size,
        width=found.width,
        height=found.height,
        digest=_digest(kept),
        created_by=actor.user,
    )
    row.file = default_storage.save(f"{secrets.token_hex(CHANCE)}.{found.format.ending}", kept)
    try:
        with transaction.atomic():
            actor.account.take_turns()
            _check_room(actor.account, row.size)
            row.save(force_insert=True)
            record(actor, Action.UPLOAD_ADDED, row, after={"kind": row.kind, "size": row.size})
    except BaseException:
        default_storage.delete(row.file)
        raise
    return row


@transaction.atomic
def rename(*, actor: Actor, upload: Upload, name: str) -> Upload:
    """Raises NameMissing and NameTooLong."""
    actor.require(Permission.OVERLAYS_EDIT)
    name = one_line(name)
    if not name:
        raise NameMissing
    if len(name) > NAME_LENGTH:
        raise NameTooLong(limit=NAME_LENGTH)
    row = access.get_upload(actor, upload.pk, Permission.OVERLAYS_EDIT)
    if row.name == name:
        return row
    before, row.name = row.name, name
    row.save(update_fields=["name"])
    record(actor, Action.UPLOAD_RENAMED, row, before={"name": before}, after={"name": name})
    return row


@transaction.atomic
def remove(*, actor: Actor, upload: Upload) -> None:
    """Layers that show it show nothing in its place from now on."""
    actor.require(Permission.OVERLAYS_EDIT)
    actor.account.take_turns()
    row = Upload.objects.filter(account=actor.account, pk=upload.pk).first()
    if row is None:
        return
    record(actor, Action.UPLOAD_REMOVED, row, before={"kind": row.kind, "size": row.size})
    for overlay_id in {use.overlay_id for use in uses.of(actor.account).get(row.pk, [])}:
        changed_on_commit(overlay_id)
    row.delete()
    transaction.on_commit(partial(default_storage.delete, row.file))


def remove_all(account: Account) -> None:
    """Of an account that is closed. May be called again where it was interrupted."""
    for row in Upload.objects.filter(account=account):
        default_storage.delete(row.file)
        row.delete()


def sweep() -> int:
    """Delete files that no row knows and that nobody is bringing just now; how many. Other files are left alone."""
    try:
        _folders, names = default_storage.listdir("")
    except FileNotFoundError:
        return 0  # nobody has brought anything yet
    stored = {name for name in names if STORED_NAME.fullmatch(name)}
    stored.difference_update(Upload.objects.values_list("file", flat=True).iterator())
    orphans = [name for name in stored if _is_orphaned(name)]
    for name in orphans:
        default_storage.delete(name)
    if orphans:
        log.info("Deleted %d uploaded files that nothing knew of", len(orphans))
    return len(orphans)


def _digest(file: File[bytes]) -> str:
    digest = sha256()
    for piece in file.chunks():
        digest.update(piece)
    return digest.hexdigest()


def _is_orphaned(name: str) -> bool:
    try:
        return default_storage.get_modified_time(name) < timezone.now() - ORPHANED
    except FileNotFoundError:
        return False  # somebody else was faster


def _check_room(account: Account, size: int) -> None:
    """Raises QuotaExceeded and TooManyUploads."""
    room = usage(account)
    if size > room.left or room.left == 0:
        raise QuotaExceeded(left=filesizeformat(room.left))
    if Upload.objects.filter(account=account).count() >= MOST_UPLOADS:
        raise TooManyUploads(limit=MOST_UPLOADS)
