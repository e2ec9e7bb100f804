"""What the pages of an account are told of one OBS: the messages of `obs:{account}`. Pure: nothing is asked here.

Whatever OBS says, a message has at most LONGEST characters, and no path and no key of the streamer's is in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from events.payloads import encoded
from integrations.obs.acts import LOUDEST, NAME_LENGTH, QUIETEST
from lumio.lib.payload import number, text

#: Characters of a message: a socket carries no more in one frame.
LONGEST = 50_000

_MEDIA = {"PLAYING": "playing", "OPENING": "playing", "BUFFERING": "playing", "PAUSED": "paused"}


def message(data: dict[str, Any]) -> dict[str, Any]:
    """What one OBS is like. `data` is `blank`, filled."""
    return {"id": data["integration"], "type": "obs.state", "data": data}


def stats_message(data: dict[str, Any]) -> dict[str, Any]:
    return {"id": f"{data['integration']}:stats", "type": "obs.stats", "data": data}


def removed(integration: str) -> dict[str, Any]:
    """There is no such OBS any more. It takes the place of what was said of it."""
    return {"id": integration, "type": "obs.removed", "data": {"integration": integration}}


def blank(*, integration: str, label: str, via: str) -> dict[str, Any]:
    """An OBS of which nothing is known. Every message has all of these.

    `link` is connected, limited, connecting, trouble or off. Lists are in the order OBS shows them, the topmost first.
    An item of a group is addressed in the group, which then is its scene.
    """
    return {
        "integration": integration,
        "label": label,
        "link": "off",
        "via": via,
        "trouble": None,
        "version": "",
        "latency_ms": None,
        "read_at": None,
        "is_changing": False,
        "scenes": [],
        "scenes_left_out": 0,
        "program": None,
        "preview": None,
        "studio_mode": False,
        "switching_to": None,
        "transition": {"name": None, "duration_ms": None, "names": []},
        "items": [],
        "items_left_out": 0,
        "preview_items": [],
        "preview_items_left_out": 0,
        "inputs": [],
        "inputs_left_out": 0,
        "stream": {"state": "off", "since": None},
        "record": {"state": "off", "since": None, "seconds": 0},
        "replay": {"state": "unavailable", "saved_at": None},
        "camera": {"state": "unavailable"},
        "can": [],
    }


def stats(
    *, integration: str, told: Mapping[str, Any], stream: Mapping[str, Any], kbps: int | None, at: datetime
) -> dict[str, Any]:
    """`GetStats` and `GetStreamStatus`, as percentages since the start of what they count."""
    is_on = stream.get("outputActive") is True
    return {
        "integration": integration,
        "fps": _real(told.get("activeFps"), 1),
        "cpu": _real(told.get("cpuUsage"), 1),
        "dropped_percent": _percent(stream, "output") if is_on else None,
        "lagged_percent": _percent(told, "render"),
        "skipped_percent": _percent(told, "output"),
        "bitrate_kbps": kbps,
        "free_disk_mb": None if (free := _real(told.get("availableDiskSpace"), 0)) is None else int(free),
        "congestion": _real(stream.get("outputCongestion"), 2) if is_on else None,
        "at": at.isoformat(),
    }


def input_of(name: str, *, muted: Any, volume: Mapping[str, Any], is_special: bool, media: Any) -> dict[str, Any]:
    """Something with sound. `media` is a `mediaState`, None for what plays none."""
    return {
        "name": name_of(name),
        "muted": muted is True,
        "db": decibels(volume.get("inputVolumeDb")),
        "is_special": is_special,
        "media": None if media is None else media_state(media),
    }


def media_state(told: Any) -> str:
    return _MEDIA.get(str(told).removeprefix("OBS_MEDIA_STATE_"), "stopped")


def decibels(told: Any) -> float:
    """Silence is no number in OBS."""
    value = _real(told, 1)
    return QUIETEST if value is None else min(max(value, QUIETEST), LOUDEST)


def name_of(value: Any) -> str:
    return text(value, NAME_LENGTH)


def _real(value: Any, digits: int) -> float | None:
    is_real = type(value) in (int, float) and -1e15 < value < 1e15
    return round(float(value), digits) if is_real else None


def _percent(told: Mapping[str, Any], kind: str) -> float | None:
    bad, total = number(told.get(f"{kind}SkippedFrames")), number(told.get(f"{kind}TotalFrames"))
    return round(100 * bad / total, 2) if bad is not None and total else (0.0 if total == 0 else None)


def fitting(told: dict[str, Any]) -> dict[str, Any]:
    """The same with less of its longest lists, until it fits: names of 256 characters are 3,000 in JSON."""
    while len(encoded(told)) > LONGEST:
        longest = max(_LISTS, key=lambda name: len(encoded(told[name])))
        if not told[longest]:
            return told | {"transition": told["transition"] | {"names": []}}
        kept = len(told[longest]) * 3 // 4
        told[f"{longest}_left_out"] += len(told[longest]) - kept
        told[longest] = told[longest][:kept]
    return told


_LISTS = ("scenes", "items", "preview_items", "inputs")
