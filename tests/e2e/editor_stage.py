"""What journeys through the overlay editor begin with, done inside of Lumio (`Lumio.inside`)."""

from __future__ import annotations

from typing import Any

from accounts.actor import Actor
from accounts.authentication import actor_of_member
from accounts.models import Member
from overlays import presets
from overlays.domain import overlays
from overlays.domain.overlays import Changes
from overlays.models import Overlay


def have(preset: str = presets.EMPTY, width: int = 1280, height: int = 720) -> list[str]:
    """An overlay with the layers of a preset: where its editor is, and its own address."""
    row = overlays.create(actor=_owner(), wanted=Changes(name="Main", width=width, height=height), preset=preset)
    return [f"/dashboard/overlays/{row.pk}", overlays.address(actor=_owner(), overlay_id=row.pk).reveal()]


def have_short_alerts() -> list[str]:
    """The same with an alert box that shows everything for a second."""
    found = have()
    variations = [row | {"seconds": 1, "motion_in": "none", "motion_out": "none"} for row in presets.variations()]
    _save([{"type": "alert_box", "width": 1280, "height": 720, "config": {"variations": variations}}])
    return found


def have_variations(number: int) -> list[str]:
    """The same with an alert box that has so many variations."""
    found = have()
    variations = [{"name": f"Follow {n + 1}", "kinds": ["follow"]} for n in range(number)]
    _save([{"type": "alert_box", "width": 800, "height": 480, "config": {"variations": variations}}])
    return found


def have_texts(*names: str) -> list[str]:
    """The same with a layer of text for each name."""
    found = have()
    _save([{"type": "text", "name": name, "y": 100 * n, "config": {"text": name}} for n, name in enumerate(names)])
    return found


def write(name: str, text: str) -> None:
    """Somebody else has a layer say something else."""
    stored = layers()
    for layer in stored:
        if layer["name"] == name:
            layer["config"]["text"] = text
    _save(stored)


def remove() -> None:
    """Somebody else deletes the only overlay."""
    overlays.remove(actor=_owner(), overlay_id=_overlay().pk)


def layers() -> list[dict[str, Any]]:
    """Of the only overlay as they are stored, the lowest first."""
    names = ("id", "type", "name", "visible", "locked", "x", "y", "width", "height", "opacity", "config")
    return [{name: getattr(layer, name) for name in names} for layer in _overlay().layers.order_by("position")]


def stored() -> list[list[Any]]:
    """Name and box of each layer, the lowest first."""
    return [[layer[name] for name in ("name", "x", "y", "width", "height")] for layer in layers()]


def texts() -> list[str]:
    return [layer["config"]["text"] for layer in layers()]


def _save(wanted: list[dict[str, Any]]) -> None:
    overlays.save(actor=_owner(), overlay_id=_overlay().pk, version=None, wanted=Changes(), layers_wanted=wanted)


def _owner() -> Actor:
    return actor_of_member(Member.objects.select_related("account", "user", "role").get(role__slug="owner"))


def _overlay() -> Overlay:
    return Overlay.objects.get()
