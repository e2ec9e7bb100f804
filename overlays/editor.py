"""What the editor's page begins with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse

from accounts.enums import Permission
from events.domain.samples import SAMPLES
from overlays import layer_presets, samples, words
from overlays.domain.definition import definition
from overlays.layers import ALERTS, LAYERS, form_spec

if TYPE_CHECKING:
    from accounts.actor import Actor
    from overlays.models import Overlay


def facts(actor: Actor, overlay: Overlay) -> dict[str, Any]:
    """As JSON in the page, in the language of now:

    {"definition": as `domain.definition` has it, "forms": `layers.form_spec()`, "presets": of each type of layer,
     "plays": {kind: {"event", "variables"}} to play in the preview, "languages": [[code, label]],
     "host": the origin of the preview and of uploads, "sounds": addresses of Lumio's own, "may": {"test"},
     "urls": {"save" (GET and PUT), "test" (POST), "uploads", "running"}}

    A layer's timer and goal are at `{urls.running}/timers/{id}` and `…/goals/{id}`.
    """
    return {
        "definition": definition(overlay),
        "forms": form_spec(),
        "presets": layer_presets.of_types(),
        "plays": samples.plays(overlay.language),
        "languages": [[code, str(label)] for code, label in settings.LANGUAGES],
        "host": settings.LUMIO_OVERLAY_URL,
        "sounds": words.sounds(),
        "may": {"test": actor.can(Permission.EVENTS_CREATE)},
        "urls": {
            "save": reverse("rest_overlay", args=[overlay.pk]),
            "test": reverse("rest-test-events"),
            "uploads": reverse("rest_uploads"),
            "running": reverse("rest_overlays"),
        },
    }


def additions() -> list[dict[str, Any]]:
    """What can be added: each type of layer with its presets."""
    presets = layer_presets.of_types()
    return [
        {"type": type.value, "icon": form.icon, "label": type.label, "presets": presets[type.value]}
        for type, form in LAYERS.items()
    ]


def tests() -> list[tuple[str, str]]:
    """Kinds of alerts of which there are test events, and their labels."""
    return [(kind.value, str(kind.label)) for kind in ALERTS if kind in SAMPLES]
