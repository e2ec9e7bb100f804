"""Asking OBS what it is like, part by part. What it does not offer, or refuses, stays as it was."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from django.utils import timezone

from integrations.obs import state
from integrations.obs.picture import Part
from integrations.tools.failures import Refused
from lumio.lib.payload import items, mapping, text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Collection, Iterable

    from integrations.obs.picture import Picture

Answer = TypeVar("Answer")

#: Questions that are under way at once: a person's click must not wait behind a hundred of them.
AT_ONCE = 4
#: Groups that are opened, and inputs that are asked whether they have sound.
MOST_GROUPS, MOST_ASKED = 20, 200
#: More than anybody has. What is beyond is not looked at.
MOST_LISTED = 20_000
#: `inputKindCaps` (5.6+): the bit of sound.
HAS_SOUND = 1 << 1
#: Kinds that never have any, for an OBS that does not say so itself.
SILENT = frozenset(
    {"image_source", "slideshow", "color_source", "text_gdiplus", "text_ft2_source", "xshm_input", "monitor_capture"}
)
PLAYERS = frozenset({"ffmpeg_source", "vlc_source"})
SPECIAL = ("desktop1", "desktop2", "mic1", "mic2", "mic3", "mic4")


class Asked(Protocol):
    """What of an ObsLink is needed here."""

    @property
    def requests(self) -> frozenset[str]: ...

    async def ask(self, request: str, data: dict[str, Any] | None = None) -> dict[str, Any]: ...


async def read(link: Asked, picture: Picture, parts: Collection[Part]) -> frozenset[Part]:
    """Read what is in `parts`. Returns those of which events told meanwhile, so that the answers may be older.

    Raises Busy, LinkLost, Misunderstood and OutcomeUnknown as the link does.
    """
    questions = {
        Part.SCENES: _scenes,
        Part.ITEMS: _items,
        Part.TRANSITIONS: _transitions,
        Part.OUTPUTS: _outputs,
        Part.INPUTS: _inputs,
        Part.MEDIA: _media,
    }
    overtaken = set()
    for part, question in questions.items():
        if part in parts:
            before = picture.touched[part]
            await question(link, picture)
            if picture.touched[part] != before:
                overtaken.add(part)
    return frozenset(overtaken)


async def asked(link: Asked, request: str, data: dict[str, Any] | None = None) -> dict[str, Any] | None:
    """None for what this OBS does not know or refuses."""
    if request not in link.requests:
        return None
    try:
        return await link.ask(request, data)
    except Refused:
        return None


async def _scenes(link: Asked, picture: Picture) -> None:
    listed = await asked(link, "GetSceneList")
    if listed is not None:
        mode = await asked(link, "GetStudioModeEnabled") or {}
        picture.scenes_are(listed, studio_mode=mode.get("studioModeEnabled") is True)


async def _items(link: Asked, picture: Picture) -> None:
    scenes = picture.shown_scenes
    for scene in scenes:
        listed = await asked(link, "GetSceneItemList", {"sceneName": scene})
        if listed is None:
            continue
        found = items(listed.get("sceneItems"), MOST_LISTED)
        names = [name for item in found if (name := _group(item))][-MOST_GROUPS:]
        opened = await _together(asked(link, "GetGroupSceneItemList", {"sceneName": name}) for name in names)
        groups = zip(names, ([*items((one or {}).get("sceneItems"), MOST_LISTED)] for one in opened), strict=True)
        picture.items_are(scene, found, dict(groups))
    picture.only_items_of(scenes)


def _group(item: Any) -> str:
    return state.name_of(mapping(item).get("sourceName")) if mapping(item).get("isGroup") is True else ""


async def _transitions(link: Asked, picture: Picture) -> None:
    listed = await asked(link, "GetSceneTransitionList")
    if listed is not None:
        picture.transitions_are(listed, await asked(link, "GetCurrentSceneTransition") or {})


async def running(link: Asked, picture: Picture) -> dict[str, Any]:
    """Read how long what runs has run. What `GetStreamStatus` said, which has figures in it."""
    before = picture.touched[Part.OUTPUTS]
    stream = await asked(link, "GetStreamStatus") or {}
    record = await asked(link, "GetRecordStatus") or {}
    if picture.touched[Part.OUTPUTS] == before:  # else an event has said more
        picture.stream_is(stream, timezone.now())
        picture.record_is(record, timezone.now())
    return stream


async def _outputs(link: Asked, picture: Picture) -> None:
    await running(link, picture)
    picture.replay = _switch(await asked(link, "GetReplayBufferStatus"))
    picture.camera = _switch(await asked(link, "GetVirtualCamStatus"))


def _switch(status: dict[str, Any] | None) -> str:
    """Where it is not set up, OBS refuses to say."""
    if status is None:
        return "unavailable"
    return "on" if status.get("outputActive") is True else "off"


async def _inputs(link: Asked, picture: Picture) -> None:
    listed = await asked(link, "GetInputList")
    if listed is None:
        return
    special = await asked(link, "GetSpecialInputs") or {}
    first = [name for key in SPECIAL if (name := text(special.get(key), 10_000))]
    found = [one for one in map(mapping, items(listed.get("inputs"), MOST_LISTED)) if _may_sound(one)]
    kinds = {text(one.get("inputName"), 10_000): one.get("unversionedInputKind") for one in found}
    names = [*(name for name in first if name in kinds), *(name for name in kinds if name and name not in first)]
    known = await _together(
        _input(link, name, is_special=name in first, plays=kinds[name] in PLAYERS) for name in names[:MOST_ASKED]
    )
    picture.inputs = [one for one in known if one is not None]
    picture.inputs_left_out = max(0, len(names) - MOST_ASKED)


def _may_sound(told: Any) -> bool:
    capabilities = told.get("inputKindCaps")
    if type(capabilities) is int:
        return bool(capabilities & HAS_SOUND)
    return told.get("unversionedInputKind") not in SILENT


async def _input(link: Asked, name: str, *, is_special: bool, plays: bool) -> dict[str, Any] | None:
    """None for an input without sound: OBS refuses to say whether it is muted."""
    which = {"inputName": name}
    mute = await asked(link, "GetInputMute", which)
    volume = await asked(link, "GetInputVolume", which) if mute is not None else None
    if mute is None or volume is None:
        return None
    media = await asked(link, "GetMediaInputStatus", which) if plays else None
    media_state = media and media.get("mediaState")
    return state.input_of(
        name, muted=mute.get("inputMuted"), volume=volume, is_special=is_special, media=media_state or None
    )


async def _media(link: Asked, picture: Picture) -> None:
    players = [one for one in picture.inputs if one["media"] is not None]
    told = await _together(asked(link, "GetMediaInputStatus", {"inputName": one["name"]}) for one in players)
    for one, status in zip(players, told, strict=True):
        if status is not None:
            one["media"] = state.media_state(status.get("mediaState"))


async def _together(questions: Iterable[Awaitable[Answer]]) -> list[Answer]:
    """The answers, in the order of the questions."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def asked_in_turn(question: Awaitable[Answer]) -> Answer:
        async with turn:
            return await question

    tasks = [asyncio.ensure_future(asked_in_turn(question)) for question in questions]
    try:
        return list(await asyncio.gather(*tasks))
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
