"""An overlay as its pages draw it and as the editor changes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from overlays.domain.layers import FIELDS
from overlays.enums import LayerType
from overlays.layers import LAYERS, Setting, defaults
from overlays.models import Layer, Upload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from overlays.models import Overlay


def definition(overlay: Overlay) -> dict[str, Any]:
    """Everything that is on it, the lowest layer first:

        {"id", "version", "name", "width", "height", "background", "language",
         "layers": [{"id", "type", "name", "visible", "locked", "x", "y", "width", "height", "opacity", "config"}],
         "uploads": {id: {"url", "kind"}}}

    Every config is complete. `uploads` are those that configs name and that are there. Two queries.
    """
    return _of(overlay, list(overlay.layers.all()))


def for_viewers(overlay: Overlay) -> dict[str, Any]:
    """The same for whoever has its key: nothing of layers that are hidden."""
    return _of(overlay, list(overlay.layers.filter(visible=True)))


def of_layer(layer: Layer) -> dict[str, Any]:
    """Every field of a layer, its config complete."""
    return {name: getattr(layer, name) for name in FIELDS} | {"config": complete(layer)}


def complete(layer: Layer) -> dict[str, Any]:
    """What the layer is set to; a setting that is newer than it has its default, and one that is gone is left out."""
    return _complete(LAYERS[LayerType(layer.type)].settings, layer.config)


def uploads_in(layer: Layer) -> set[UUID]:
    """The uploads that a layer names."""
    return set(_named(LAYERS[LayerType(layer.type)].settings, layer.config))


def url_of(upload: Upload) -> str:
    """Its path on the overlays' host."""
    return f"/uploads/{upload.file}"


def _of(overlay: Overlay, layers: list[Layer]) -> dict[str, Any]:
    return {
        "id": str(overlay.pk),
        "version": overlay.version,
        "name": overlay.name,
        "width": overlay.width,
        "height": overlay.height,
        "background": overlay.background,
        "language": overlay.language,
        "layers": [of_layer(layer) | {"id": str(layer.pk)} for layer in layers],
        "uploads": _uploads(overlay, layers),
    }


def _complete(settings: tuple[Setting, ...], config: dict[str, Any]) -> dict[str, Any]:
    found = {name: config.get(name, default) for name, default in defaults(settings).items()}
    for one in settings:
        if one.of_rows:
            rows = enumerate(found[one.name], start=1)
            found[one.name] = [{"id": row.get("id", str(at))} | _complete(one.of_rows, row) for at, row in rows]
    return found


def _uploads(overlay: Overlay, layers: list[Layer]) -> dict[str, dict[str, str]]:
    named = {upload_id for layer in layers for upload_id in uploads_in(layer)}
    found = Upload.objects.filter(account_id=overlay.account_id, pk__in=named)
    return {str(upload.pk): {"url": url_of(upload), "kind": upload.kind} for upload in found}


def _named(settings: tuple[Setting, ...], config: dict[str, Any]) -> Iterator[UUID]:
    for one in settings:
        value = config.get(one.name)
        if one.of_rows:
            for row in value or ():
                yield from _named(one.of_rows, row)
        elif one.kind == "upload" and value and not value.startswith("@"):  # one of SOUNDS
            yield UUID(value)
