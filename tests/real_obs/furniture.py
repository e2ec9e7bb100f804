"""The files of an OBS 29 that has been set up: a profile, two scene collections, and a server that asks for a password.

Tried out on Debian's 29.0.2: which of these keep it from asking something in a dialog is nowhere written down.
"""

from __future__ import annotations

import json
import math
import struct
import wave
from pathlib import Path
from typing import Any

STREAM_KEY = "testkey"
GLOBAL = """\
[General]
FirstRun=true
LastVersion=486539266
InfoIncrement=999
EnableAutoUpdates=false
Pre19Defaults=false
Pre21Defaults=false
Pre23Defaults=false
Pre24.1Defaults=false

[BasicWindow]
WarnBeforeStartingStream=false
WarnBeforeStoppingStream=false
WarnBeforeStoppingRecord=false
SysTrayEnabled=false
PreviewEnabled=false

[Basic]
Profile=Lumio
ProfileDir=Lumio
SceneCollection=Lumio
SceneCollectionFile=Lumio

[OBSWebSocket]
FirstLoad=false
ServerEnabled=true
ServerPort={port}
AlertsEnabled=false
AuthRequired=true
ServerPassword={password}
"""
PROFILE = """\
[General]
Name=Lumio

[Video]
BaseCX=640
BaseCY=360
OutputCX=640
OutputCY=360
FPSType=0
FPSCommon=10

[Output]
Mode=Simple
Reconnect=true
RetryDelay=1
MaxRetries=20

[SimpleOutput]
FilePath={recordings}
RecFormat=mkv
VBitrate=300
ABitrate=64
StreamEncoder=x264
RecEncoder=x264
RecQuality=Small
Preset=ultrafast
RecRB=true
RecRBTime=5
RecRBSize=50

[Audio]
SampleRate=48000
"""


def furnish(home: Path, *, port: int, password: str, ingest: str) -> None:
    """Scenes as the stand-in has them; the stream goes to `ingest`, an RTMP address."""
    config, recordings = home / ".config/obs-studio", home / "recordings"
    profile, scenes = config / "basic/profiles/Lumio", config / "basic/scenes"
    for folder in (profile, scenes, recordings):
        folder.mkdir(parents=True)
    (config / "global.ini").write_text(GLOBAL.format(port=port, password=password))
    (profile / "basic.ini").write_text(PROFILE.format(recordings=recordings))
    service = {"server": ingest, "key": STREAM_KEY, "use_auth": False}
    (profile / "service.json").write_text(json.dumps({"type": "rtmp_custom", "settings": service}))
    _write_tone(home / "tone.wav", seconds=20)
    clip = {"local_file": str(home / "tone.wav"), "is_local_file": True, "looping": False, "restart_on_activate": False}
    title = _source("text_ft2_source", "Titel", {"text": "Lumio Test"}) | {"versioned_id": "text_ft2_source_v2"}
    _write_collection(
        scenes / "Lumio.json",
        {"Live": ["Hintergrund", "Titel", "Clip"], "Pause": ["Pausenbild"], "Outro": ["Outrobild"]},
        [*map(_colour, ("Hintergrund", "Pausenbild", "Outrobild")), title, _source("ffmpeg_source", "Clip", clip)],
    )
    _write_collection(scenes / "Abends.json", {"Ruhig": ["Kerze"]}, [_colour("Kerze")])


def _source(kind: str, name: str, settings: dict[str, Any]) -> dict[str, Any]:
    return {"id": kind, "versioned_id": kind, "name": name, "settings": settings, "mixers": 255}


def _colour(name: str) -> dict[str, Any]:
    source = _source("color_source", name, {"color": 0xFF884422, "width": 640, "height": 360})
    return source | {"versioned_id": "color_source_v3"}


def _scene(name: str, sources: list[str]) -> dict[str, Any]:
    place = {"visible": True, "locked": False, "pos": {"x": 0.0, "y": 0.0}, "scale": {"x": 1.0, "y": 1.0}, "align": 5}
    items = [{"name": source, "id": number, **place} for number, source in enumerate(sources, 1)]
    return _source("scene", name, {"id_counter": len(items), "custom_size": False, "items": items})


def _write_collection(path: Path, scenes: dict[str, list[str]], sources: list[dict[str, Any]]) -> None:
    first = next(iter(scenes))
    collection = {
        "name": path.stem,
        "current_scene": first,
        "current_program_scene": first,
        "scene_order": [{"name": name} for name in scenes],
        "current_transition": "Fade",
        "transition_duration": 300,
        "groups": [],
        "transitions": [],
        "quick_transitions": [],
        "sources": [*sources, *(_scene(name, items) for name, items in scenes.items())],
    }
    path.write_text(json.dumps(collection))


def _write_tone(path: Path, *, seconds: int) -> None:
    samples = (int(6000 * math.sin(2 * math.pi * 440 * number / 48_000)) for number in range(48_000 * seconds))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
