"""The Uploads page: pictures, videos and sounds for overlays."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts import paging, throttle
from accounts.enums import Permission
from accounts.gates import page
from lumio.lib.errors import Refusal
from overlays.domain import access, media, uploads
from overlays.enums import UploadKind
from overlays.upload_forms import RenameForm
from overlays.upload_shown import shown, shown_one

if TYPE_CHECKING:
    from uuid import UUID

    from django.core.files.uploadedfile import UploadedFile
    from django.http import HttpResponse

    from accounts.http import ActorRequest
    from overlays.models import Upload

GET_OR_POST = ["GET", "HEAD", "POST"]
#: Tiles of one page.
PAGE = 60


@require_http_methods(GET_OR_POST)
@page(Permission.OVERLAYS_READ)
def index(request: ActorRequest) -> HttpResponse:
    """What there is, the newest first, of one `kind` or all; and where files are brought."""
    if request.method == "POST":
        return _take(request, request.FILES.getlist("file"))
    actor = request.actor
    kind, before = request.GET.get("kind", ""), request.GET.get("before", "")
    kind = kind if kind in UploadKind.values else ""
    found = uploads.listing(actor, kind=kind, limit=PAGE, before=before)
    older = {"before": paging.cursor_of(found.rows[-1]), "kind": kind} if found.has_more else None
    context = {
        "kind": kind,
        "kinds": uploads.numbers(actor.account),
        "files": shown(actor.account, found.rows),
        "older": urlencode(older) if older else "",
        "is_later": bool(before),
        "usage": uploads.usage(actor.account),
        "accepted": ",".join(media.ACCEPTED.values()),
        "may_edit": actor.can(Permission.OVERLAYS_EDIT),
    }
    return render(request, "uploads/index.html", context)


def _take(request: ActorRequest, files: list[UploadedFile]) -> HttpResponse:
    """Each by itself: one that is refused keeps none of the others out."""
    request.actor.require(Permission.OVERLAYS_EDIT)
    added = 0
    for file in files:
        try:
            throttle.require(throttle.UPLOADS, request.actor)
            content = cast("IO[bytes]", file.file)  # there is one for every file of a form
            uploads.add(actor=request.actor, file=content, size=file.size or 0, name=file.name or "")
        except Refusal as refusal:
            messages.error(request, f"{file.name}: {refusal.text}")
        else:
            added += 1
    if added:
        messages.success(request, ngettext("One file is here.", "{number} files are here.", added).format(number=added))
    elif not files:
        messages.error(request, _("Choose a file first."))
    return redirect("uploads:index")


@require_http_methods(GET_OR_POST)
@page(Permission.OVERLAYS_READ)
def upload(request: ActorRequest, upload_id: UUID) -> HttpResponse:
    """One of them, as it looks or sounds, where it is used, and a form for its name."""
    actor, posted = request.actor, request.method == "POST"
    row = access.get_upload(actor, upload_id, Permission.OVERLAYS_EDIT if posted else Permission.OVERLAYS_READ)
    form = RenameForm(request.POST if posted else None, initial={"name": row.name})
    if form.is_valid():
        try:
            row = uploads.rename(actor=actor, upload=row, name=form.cleaned_data["name"])
        except Refusal as refusal:
            form.add_error("name", refusal.text)
        else:
            messages.success(request, _("“{name}” is saved.").format(name=row.name))
            return redirect("uploads:upload", row.pk)
    return render(request, "uploads/upload.html", _context(request, row, form), status=422 if form.is_bound else 200)


@require_http_methods(GET_OR_POST)
@page(Permission.OVERLAYS_EDIT)
def remove(request: ActorRequest, upload_id: UUID) -> HttpResponse:
    """Asks first, naming the layers that show it."""
    row = access.get_upload(request.actor, upload_id, Permission.OVERLAYS_EDIT)
    if request.method != "POST":
        return render(request, "uploads/remove.html", _context(request, row))
    uploads.remove(actor=request.actor, upload=row)
    messages.success(request, _("“{name}” is removed.").format(name=row.name))
    return redirect("uploads:index" if request.actor.can(Permission.OVERLAYS_READ) else "dashboard")


def _context(request: ActorRequest, row: Upload, form: RenameForm | None = None) -> dict[str, Any]:
    return {"file": shown_one(row), "form": form, "may_edit": request.actor.can(Permission.OVERLAYS_EDIT)}
