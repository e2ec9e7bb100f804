"""What the OBS page says, in words: as it is first painted, and the words with which it goes on by itself.

The rules of the first paint are written twice, here and in `static/js/popout/obs-face.js`; `tests/js/obs-page.json`
holds both to the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from accounts.enums import Permission
from events import words
from integrations.domain import obs
from integrations.obs import state
from integrations.tools import failures

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.utils.functional import Promise

    from accounts.actor import Actor

WORDS = {
    "none": _("No OBS here yet"),
    "none_why": _("Add one on the Connections page of Lumio, under Integrations. It then appears here by itself."),
    "no_link": _("No connection to OBS"),
    "stale": _("No news from OBS"),
    "changing": _("The scene collection is changing…"),
    "milliseconds": _("{n} ms"),
    "just_now": _("just now"),
    "seconds_ago": _("{n} s ago"),
    "more": _("{n} more are not shown here."),
    "mute": _("Mute {name}"),
    "volume": _("Volume of {name}"),
    "saved": _("Saved {time}"),
    "gave_up_stream": _("OBS did not start the stream. A window in OBS says why."),
    "gave_up_record": _("OBS did not start the recording. A window in OBS says why."),
}
LINKS = {
    "connected": _("Connected"),
    "limited": _("Connected in part"),
    "connecting": _("Connecting…"),
    "trouble": _("No connection to OBS"),
    "off": _("Not connected"),
}
LINKS_WHY = {
    "limited": _(
        "Only scenes and outputs can be reached, through the permissions of the bridge page. For everything else "
        "switch the WebSocket server of OBS on."
    ),
}
#: What is said above the sentence of a trouble; above others WORDS["no_link"].
HEADINGS: dict[type[failures.ToolFailure], Any] = {
    failures.NotRunning: _("OBS does not answer"),
    failures.NoAnswer: _("OBS does not answer"),
    failures.WrongPassword: _("The password is wrong"),
    failures.PasswordMissing: _("A password is needed"),
    failures.TooOld: _("This OBS is too old"),
    failures.Kicked: _("The connection was ended in OBS"),
    failures.NoBridge: _("The bridge page is not open"),
    failures.SwitchedOff: _("Switched off"),
}
#: What an output does, by its state; what is special about one stands under its own name.
OUTPUT_STATES = {
    "off": _("Off"),
    "starting": _("Starting…"),
    "stopping": _("Stopping…"),
    "paused": _("Paused"),
    "reconnecting": _("Reconnecting…"),
    "unavailable": _("Not set up in OBS"),
    "on": _("On"),
    "stream.on": _("LIVE"),
    "record.on": _("REC"),
    "replay.on": _("Ready"),
}
#: What is asked before an output is started or stopped: the question, and the answer that does it.
QUESTIONS = {
    "stream.start": (_("Start the stream?"), _("Go live")),
    "stream.stop": (_("End the stream?"), _("End the stream")),
    "record.start": (_("Start recording?"), _("Start recording")),
    "record.stop": (_("Stop recording?"), _("Stop recording")),
    "replay.start": (_("Start the replay buffer?"), _("Start")),
    "replay.stop": (_("Stop the replay buffer?"), _("Stop")),
    "camera.start": (_("Start the virtual camera?"), _("Start")),
    "camera.stop": (_("Stop the virtual camera?"), _("Stop")),
}
#: What makes a scene's name one that is not to be shown.
HIDDEN = "(hidden)"


@dataclass(frozen=True)
class Face:
    """How the connection is."""

    heading: str
    text: str


@dataclass(frozen=True)
class Button:
    """Something that can be done to an output. `is_held`: only by holding it, or after a question."""

    act: str
    label: str | Promise
    icon: str
    is_held: bool = True


@dataclass(frozen=True)
class Output:
    """Something that OBS sends or writes: the tile of it."""

    name: str
    label: str | Promise
    icon: str
    buttons: Sequence[Button]


OUTPUTS = (
    Output(
        "stream", _("Stream"), "radio", (Button("start", _("Go live"), "radio"), Button("stop", _("End"), "square"))
    ),
    Output(
        "record",
        _("Recording"),
        "circle-dot",
        (
            Button("start", _("Record"), "circle-dot"),
            Button("pause", _("Pause"), "pause", is_held=False),
            Button("resume", _("Go on"), "play", is_held=False),
            Button("stop", _("Stop"), "square"),
        ),
    ),
    Output(
        "replay",
        _("Replay"),
        "history",
        (
            Button("start", _("Start"), "play"),
            Button("save", _("Save"), "save", is_held=False),
            Button("stop", _("Stop"), "square"),
        ),
    ),
    Output(
        "camera",
        _("Virtual camera"),
        "webcam",
        (Button("start", _("Start"), "play"), Button("stop", _("Stop"), "square")),
    ),
)
FIGURES = {
    "fps": _("FPS"),
    "cpu": _("CPU"),
    "lagged": _("Rendering lag"),
    "skipped": _("Encoding lag"),
    "dropped": _("Dropped"),
    "bitrate": _("Bit rate"),
    "disk": _("Disk free"),
}


def page(actor: Actor, *, has_controls: bool, wanted: str = "") -> dict[str, Any]:
    """The context of `popout/_obs.html`. Without `has_controls` it only shows, whatever the actor may do. `wanted` is
    the label or the id of the OBS to begin with."""
    known = obs.listing(actor)
    data = choose(known, wanted)
    catalogue = _catalogue()
    return {
        "obs": data,
        "obs_messages": [state.message(each) for each in known],
        "obs_words": catalogue,
        "obs_wanted": wanted,
        "may_control": has_controls and actor.can(Permission.OBS_EDIT),
        "may_connect": actor.can(Permission.CONNECTIONS_READ),
        "face": face(data, catalogue),
        "scenes": tiles(data) if data else [],
        "outputs": OUTPUTS,
        "figures": [{"name": name, "label": label} for name, label in FIGURES.items()],
    }


def choose(known: Iterable[dict[str, Any]], wanted: str) -> dict[str, Any] | None:
    """Which OBS is shown: the one that is wanted, else one that is there, else any."""
    everything = sorted(known, key=lambda data: data["label"].casefold())
    ranked = (
        [
            data
            for data in everything
            if wanted and wanted.casefold() in (data["integration"], data["label"].casefold())
        ],
        [data for data in everything if data["link"] in obs.UP],
        everything,
    )
    return next((found[0] for found in ranked if found), None)


def face(data: dict[str, Any] | None, catalogue: dict[str, Any]) -> Face:
    """What is said of the connection; of no OBS at all for None."""
    if data is None:
        return Face(catalogue["none"], catalogue["none_why"])
    if trouble := data["trouble"]:
        return Face(catalogue["headings"].get(trouble["code"], catalogue["no_link"]), trouble["detail"])
    return Face(catalogue["links"][data["link"]], catalogue["links_why"].get(data["link"], ""))


def tiles(data: dict[str, Any]) -> list[dict[str, Any]]:
    """The scenes to show; those that their streamer marks “(hidden)” only while they are seen."""
    seen = {data["program"], data["preview"], data["switching_to"]}
    return [
        {
            "name": words.clean(scene["name"], words.NAME_LENGTH),
            "is_program": scene["name"] == data["program"],
            "is_preview": data["studio_mode"] and scene["name"] == data["preview"],
        }
        for scene in data["scenes"]
        if scene["name"] in seen or HIDDEN not in scene["name"].casefold()
    ]


def _catalogue() -> dict[str, Any]:
    """The words for a page, in the reader's language."""
    return {
        **{name: str(text) for name, text in WORDS.items()},
        "links": {state: str(text) for state, text in LINKS.items()},
        "links_why": {state: str(text) for state, text in LINKS_WHY.items()},
        "headings": {failure.code: str(heading) for failure, heading in HEADINGS.items()},
        "troubles": {code: str(failure.sentence) for code, failure in failures.STORED.items()},
        "outputs": {state: str(text) for state, text in OUTPUT_STATES.items()},
        "questions": {act: {"title": str(title), "yes": str(yes)} for act, (title, yes) in QUESTIONS.items()},
    }
