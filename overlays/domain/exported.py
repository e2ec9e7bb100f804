"""What an account's export holds of its overlays, all but their keys, of its uploads and of its alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.files.storage import default_storage
from django.utils.translation import gettext_lazy as _

from accounts.domain import export
from accounts.enums import Permission
from overlays.models import Alert, Goal, Layer, Overlay, SafeScene, Timer, Upload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from accounts.models import Account


def register() -> None:
    export.register("overlays.json", _("Overlays, without their addresses"), Permission.OVERLAYS_READ, _overlays)
    export.register("overlay_layers.json", _("What is on the overlays"), Permission.OVERLAYS_READ, _layers)
    export.register("overlay_goals.json", _("How far goals are"), Permission.OVERLAYS_READ, _goals)
    export.register("overlay_timers.json", _("How far timers are"), Permission.OVERLAYS_READ, _timers)
    export.register("uploads.json", _("What was uploaded for overlays"), Permission.OVERLAYS_READ, _uploads)
    export.register_file(
        export.Folder("uploads/", _("Pictures, videos and sounds themselves"), Permission.OVERLAYS_READ, _files)
    )
    export.register("panic.json", _("Scenes that the panic button shows"), Permission.OVERLAYS_READ, _safe_scenes)
    export.register("alerts.jsonl", _("Alerts, and what became of them"), Permission.EVENTS_READ, _alerts)


def _overlays(account: Account) -> Iterator[export.Row]:
    return export.chosen(
        Overlay.objects.filter(account=account),
        "id", "name", "width", "height", "background", "language", "version", "created_at", "changed_at", "key_made_at",
    )  # fmt: skip


def _layers(account: Account) -> Iterator[export.Row]:
    return export.chosen(
        Layer.objects.filter(overlay__account=account),
        "id", "overlay_id", "type", "name", "visible", "locked", "position", "x", "y", "width", "height", "opacity",
        "config",
    )  # fmt: skip


def _goals(account: Account) -> Iterator[export.Row]:
    return export.chosen(
        Goal.objects.filter(account=account), "layer_id", "counts", "currency", "platforms", "counted", "since"
    )


def _timers(account: Account) -> Iterator[export.Row]:
    return export.chosen(
        Timer.objects.filter(layer__overlay__account=account), "layer_id", "ran_seconds", "running_since"
    )


def _uploads(account: Account) -> Iterator[export.Row]:
    return export.chosen(
        Upload.objects.filter(account=account),
        "id", "kind", "name", "file", "content_type", "size", "width", "height", "digest", "created_at",
    )  # fmt: skip


def _files(account: Account) -> Iterator[export.Entry]:
    for row in export.by_key(Upload.objects.filter(account=account)):
        try:
            with default_storage.open(row.file) as file:
                yield row.file, file.chunks()
        except FileNotFoundError:
            continue  # removed since


def _safe_scenes(account: Account) -> Iterator[export.Row]:
    return export.chosen(SafeScene.objects.filter(account=account), "integration_id", "scene")


def _alerts(account: Account) -> Iterator[export.Row]:
    return export.chosen(
        Alert.objects.filter(account=account),
        "id", "event_seq", "kind", "platform", "origin", "priority", "state", "replay_of_id", "created_at",
        "started_at", "ended_at",
    )  # fmt: skip
