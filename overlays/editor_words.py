"""What the overlay editor says by itself, in words; what stands still is in templates/overlays/editor.html."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

#: Names of steps, as in "Undo: Move Chat box". {name} is a layer, "3 layers" or the overlay.
_STEPS = {
    "add": _("Add {name}"),
    "remove": _("Delete {name}"),
    "duplicate": _("Duplicate {name}"),
    "paste": _("Paste {name}"),
    "move": _("Move {name}"),
    "resize": _("Resize {name}"),
    "align": _("Align {name}"),
    "order": _("Reorder {name}"),
    "hide": _("Show or hide {name}"),
    "lock": _("Lock or unlock {name}"),
    "set": _("{setting} of {name}"),
    "both": _("Put both together"),
    "theirs": _("Take the saved overlay"),
}

#: What somebody did to a layer, and to the overlay itself.
_DID = {
    "added": _("{name}: added"),
    "removed": _("{name}: deleted"),
    "changed": _("{name}: changed"),
}
_DID_OVERLAY = {
    "moved": _("the order of the layers"),
    "changed": _("name, size, background or language of the overlay"),
}

_REMOTE = {
    "start": _("The timer runs."),
    "stop": _("The timer is stopped."),
    "reset": _("The timer is reset."),
    "anew": _("The goal counts from now on."),
}

_WORDS = {
    # Saving
    "states_saved": _("Saved"),
    "states_changed": _("Not saved yet"),
    "states_saving": _("Saving…"),
    "states_failed": _("Not saved"),
    "saved": _("Saved. Open pages show it."),
    "gone": _("Somebody deleted this overlay. Copy its layers (Ctrl+A, Ctrl+C) and paste them into another one."),
    "clash": _("Both of you changed: {names}. Decide whose changes stay."),
    "no_network": _("Lumio cannot be reached. Try again when the connection is back."),
    "no_answer": _("Lumio gave no answer that could be read. Try again in a moment."),
    "mistake": _("Something went wrong on this page. Save what you can, reload it and try again."),
    # Steps
    "undo": _("Undo"),
    "undo_step": _("Undo: {step}"),
    "redo": _("Redo"),
    "redo_step": _("Redo: {step}"),
    "undone": _("Undone: {step}"),
    "redone": _("Done again: {step}"),
    # Layers
    "several": _("{n} layers"),
    "frame": _("{name}, {width} by {height} at {x}, {y}"),
    "hidden": _("hidden"),
    "shown": _("shown"),
    "locked": _("locked"),
    "unlocked": _("unlocked"),
    "added": _("{name} is added."),
    "removed": _("{name} is deleted."),
    "duplicated": _("{name} is added."),
    "copied": _("{name} is copied."),
    "pasted": _("{name} is pasted."),
    "full": _("An overlay has {n} layers at most. Delete one that you do not need."),
    "is_locked": _("It is locked. Unlock it first."),
    "at_place": _("{name}: place {n} of {all} from the top."),
    "is_at": _("{width} by {height} at {x}, {y}"),
    "place": _("{x}, {y}"),
    "size": _("{width} × {height}"),  # noqa: RUF001  what stands between width and height
    # Fields
    "name": _("Name"),
    "visible": _("Visible"),
    "is_fixed": _("Locked"),
    "width": _("Width"),
    "height": _("Height"),
    "opacity": _("Opacity in percent"),
    "language": _("Language"),
    "language_help": _("Of amounts and of Lumio's own words on the overlay."),
    "background": _("Background"),
    "transparent": _("Transparent"),
    "transparent_help": _("What lies under the overlay in OBS shows through."),
    "number": _("A number from {least} to {most}."),
    "colour": _("A colour as #rrggbb or #rrggbbaa."),
    "no_kinds": _("none"),
    "all_platforms": _("all"),
    "row_name": _("Variation {n}"),
    "row_off": _("not in use"),
    "row_added": _("Add a variation"),
    "row_copied": _("Duplicate a variation"),
    "row_removed": _("Delete a variation"),
    "row_moved": _("Reorder variations"),
    # Files
    "no_file": _("None"),
    "a_file": _("A file"),
    "uploading": _("{name} is being uploaded…"),
    "uploaded": _("{name} is uploaded."),
    "not_heard": _("This browser could not play it."),
    # Trying out
    "plays": _("{name} plays in the preview, without sound."),
    "no_kinds_to_play": _("Choose an event first: this variation is for none."),
    "no_kinds_to_test": _("None of this variation's events can be tested."),
    "sending": _("{kind} is being sent…"),
    "sent": _("Test sent: {kind}. Open pages show it."),
    "sent_unsaved": _("Test sent: {kind}. Open pages show it as it was saved, without your latest changes."),
}


def catalogue() -> dict[str, Any]:
    """In the reader's language."""
    return {
        **{name: str(text) for name, text in _WORDS.items()},
        "steps": {name: str(text) for name, text in _STEPS.items()},
        "did": {name: str(text) for name, text in _DID.items()},
        "remote": {name: str(text) for name, text in _REMOTE.items()},
        "did_overlay": {name: str(text) for name, text in _DID_OVERLAY.items()},
    }
