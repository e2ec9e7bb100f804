"""Rows of one account, fetched and checked in one breath: a missing permission is a 403, somebody else's row a 404."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.shortcuts import get_object_or_404

from lumio.lib.ids import key
from lumio.lib.secrets import digest
from overlays.models import Alert, Layer, Overlay, Upload

if TYPE_CHECKING:
    from accounts.actor import Actor
    from accounts.enums import Permission
    from overlays.enums import LayerType


def get_overlay(actor: Actor, overlay_id: UUID | str, permission: Permission) -> Overlay:
    """With its account and who changed it last."""
    actor.require(permission)
    overlays = Overlay.objects.select_related("account", "changed_by")
    return get_object_or_404(overlays, account=actor.account, pk=key(overlay_id))


def get_layer(actor: Actor, layer_id: UUID | str, permission: Permission, type: LayerType) -> Layer:
    """With its overlay; a layer of another type is a 404, too."""
    actor.require(permission)
    layers = Layer.objects.select_related("overlay")
    return get_object_or_404(layers, overlay__account=actor.account, pk=key(layer_id), type=type)


def get_upload(actor: Actor, upload_id: UUID | str, permission: Permission) -> Upload:
    actor.require(permission)
    return get_object_or_404(Upload, account=actor.account, pk=key(upload_id))


def get_alert(actor: Actor, alert_id: int, permission: Permission) -> Alert:
    actor.require(permission)
    return get_object_or_404(Alert, account=actor.account, pk=alert_id)


def find(key: str) -> Overlay | None:
    """The overlay that a key opens, its account loaded; None for a key that opens nothing. One query."""
    overlays = Overlay.objects.select_related("account").filter(account__closed_at=None)
    return overlays.filter(digest=digest(key)).first()
