"""Uploads as REST and GraphQL show them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts import paging
from overlays.domain import uploads, uses

if TYPE_CHECKING:
    from accounts.models import Account
    from overlays.models import Layer, Upload


def shown(account: Account, rows: list[Upload]) -> list[dict[str, Any]]:
    """As `UploadOut` takes them. A query or two, however many they are."""
    used = uses.of(account) if rows else {}
    return [_shown(row, used.get(row.pk, [])) for row in rows]


def shown_one(row: Upload) -> dict[str, Any]:
    return shown(row.account, [row])[0]


def _shown(row: Upload, layers: list[Layer]) -> dict[str, Any]:
    return {
        "id": row.pk,
        "cursor": paging.cursor_of(row),
        "kind": row.kind,
        "name": row.name,
        "url": uploads.url(row),
        "content_type": row.content_type,
        "size": row.size,
        "width": row.width,
        "height": row.height,
        "used_by": [
            {
                "overlay_id": layer.overlay_id,
                "overlay_name": layer.overlay.name,
                "layer_id": layer.pk,
                "layer_name": layer.name,
            }
            for layer in layers
        ],
        "created_at": row.created_at,
    }
