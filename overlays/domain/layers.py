"""Checking what somebody wants an overlay's layers to be, against `overlays.layers`."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from events import platforms
from lumio.lib.errors import Refusal
from lumio.lib.labels import one_line
from lumio.lib.money import is_currency
from lumio.lib.payload import UNSTORABLE
from overlays.enums import LayerType
from overlays.layers import ALERTS, COLOUR, LAYERS, SOUNDS, Setting, defaults

NAME_LENGTH = 80
#: Pixels that a layer may be wide or high, and lie off the overlay's corner.
LARGEST = 16_384
#: Of one overlay.
MOST_LAYERS = 60
#: What the editor and the settings of a row name it by.
ROW_ID = re.compile(r"[0-9A-Za-z_-]{1,40}", re.ASCII)

#: What a layer consists of, beside its config: what it has if nothing is said.
DEFAULTS: dict[str, Any] = {"visible": True, "locked": False, "x": 0, "y": 0, "opacity": 100}
FIELDS = ("id", "type", "name", "visible", "locked", "x", "y", "width", "height", "opacity", "config")


class BadLayer(Refusal):
    code = "bad_layer"
    status = 422
    sentence = _("Layer “{layer}”, {setting}: {takes}")


class TooManyLayers(Refusal):
    code = "too_many_layers"
    status = 409
    sentence = _("An overlay has {limit} layers at most. Take one away first, or make a second overlay.")


@dataclass(frozen=True)
class Files:
    """The uploads that configs may name: id → kind. Those in `gone` were named before and are there no longer."""

    kinds: Mapping[str, str]
    gone: Collection[str] = ()


class _Unfit(Exception):
    """A value that a setting does not take; its text says what it takes."""

    def __init__(self, takes: str, setting: str = "") -> None:
        self.setting = setting
        super().__init__(takes)


def checked(given: list[Any], files: Files) -> list[dict[str, Any]]:
    """The layers as they may be stored: every field of FIELDS, a complete config, ids as UUIDs and none twice.

    What is left out has its usual value. Raises TooManyLayers, and BadLayer, which names layer, setting and what it
    takes.
    """
    if len(given) > MOST_LAYERS:
        raise TooManyLayers(limit=MOST_LAYERS)
    seen: set[uuid.UUID] = set()
    found = []
    for number, layer in enumerate(given, start=1):
        title = _title(layer, number)
        try:
            one = _layer(layer, files)
            if one["id"] in seen:
                raise _Unfit(_now("it stands there twice. Each layer has an id of its own."), "id")
        except _Unfit as unfit:
            raise BadLayer(layer=title, setting=unfit.setting, takes=str(unfit)) from None
        seen.add(one["id"])
        found.append(one)
    return found


def _title(layer: Any, number: int) -> str:
    name = layer.get("name") if isinstance(layer, dict) else None
    return one_line(name)[:NAME_LENGTH] if isinstance(name, str) and name.strip() else str(number)


def _layer(given: Any, files: Files) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise _Unfit(_now("it takes an object."), "layers")
    for name in given:
        if name not in FIELDS:
            raise _Unfit(_no_such(FIELDS), name[:NAME_LENGTH])
    type = _named("type", lambda: _one_of(given.get("type"), list(LAYERS)))
    form = LAYERS[LayerType(type)]
    whole = DEFAULTS | {"name": str(LayerType(type).label), "width": form.width, "height": form.height} | given
    config = whole.get("config", {})
    if not isinstance(config, dict):
        raise _Unfit(_now("it takes an object."), "config")
    checks: dict[str, Callable[[Any], Any]] = {
        "id": _id,
        "name": _name,
        "visible": _switch,
        "locked": _switch,
        "x": lambda value: _number(value, -LARGEST, LARGEST),
        "y": lambda value: _number(value, -LARGEST, LARGEST),
        "width": lambda value: _number(value, 1, LARGEST),
        "height": lambda value: _number(value, 1, LARGEST),
        "opacity": lambda value: _number(value, 0, 100),
    }
    found = {name: _named(name, lambda: check(whole.get(name))) for name, check in checks.items()}  # noqa: B023  called at once
    return found | {"type": type, "config": _config(form.settings, config, files)}


def _config(settings: tuple[Setting, ...], given: Mapping[str, Any], files: Files, *, row: bool = False) -> Any:
    known = {one.name: one for one in settings}
    for name in given:
        if name not in known and not (row and name == "id"):
            raise _Unfit(_no_such(known), name[:NAME_LENGTH])
    whole = defaults(settings) | dict(given)
    found: dict[str, Any] = {"id": _named("id", lambda: _row_id(whole.get("id")))} if row else {}
    for one in settings:
        found[one.name] = _named(str(one.label), lambda: _value(one, whole[one.name], files))  # noqa: B023  called at once
    return found


def _named(setting: str, check: Callable[[], Any]) -> Any:
    """What `check` answers; who raises _Unfit without saying of what it is, means `setting`."""
    try:
        return check()
    except _Unfit as unfit:
        inner = unfit.setting
        raise _Unfit(str(unfit), f"{setting}, {inner}" if inner else setting) from None


def _value(setting: Setting, value: Any, files: Files) -> Any:
    """The value as it is stored. Raises _Unfit."""
    match setting.kind:
        case "text":
            return one_line(_text(value, setting.limit))
        case "lines" | "code":
            return _text(value, setting.limit)
        case "number":
            return _number(value, setting.least, setting.most, is_whole=setting.step >= 1)
        case "switch":
            return _switch(value)
        case "colour":
            return _colour(value)
        case "choice":
            return _one_of(value, [slug for slug, _label in setting.choices])
        case "kinds":
            return _some_of(value, [kind.value for kind in ALERTS])
        case "platforms":
            return _some_of(value, platforms.known())
        case "moment":
            return _moment(value)
        case "currency":
            return _currency(value)
        case "upload":
            return _upload(setting, value, files)
        case "rows":
            return _rows(setting, value, files)
    raise AssertionError(f"nobody checks {setting.kind}")


def _text(value: Any, limit: int) -> str:
    if not isinstance(value, str) or len(value) > limit:
        raise _Unfit(_now("it takes a text of {limit} characters at most.").format(limit=limit))
    return UNSTORABLE.sub("", value.replace("\r\n", "\n"))


def _name(value: Any) -> str:
    name = one_line(_text(value, NAME_LENGTH))
    if not name:
        raise _Unfit(_now("it takes a name."))
    return name


def _number(value: Any, least: float, most: float, *, is_whole: bool = True) -> int | float:
    # Nothing that is not finite lies between two numbers.
    fits = isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most
    if not fits or (is_whole and value != int(value)):
        sentence = _now("it takes a whole number from {least} to {most}.") if is_whole else None
        sentence = sentence or _now("it takes a number from {least} to {most}.")
        raise _Unfit(sentence.format(least=least, most=most))
    return int(value) if value == int(value) else float(value)


def _switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _Unfit(_now("it takes true or false."))
    return value


def _colour(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(COLOUR, value.lower()):
        raise _Unfit(_now("it takes a colour as #rrggbb or #rrggbbaa."))
    return value.lower()


def _one_of(value: Any, known: Collection[str]) -> str:
    if not isinstance(value, str) or value not in known:
        raise _Unfit(_now("it takes one of: {known}.").format(known=_listed(known)))
    return str(value)


def _some_of(value: Any, known: Collection[str]) -> list[str]:
    """In the order of `known`, each once."""
    if not isinstance(value, list) or any(not isinstance(one, str) or one not in known for one in value):
        raise _Unfit(_now("it takes a list of: {known}.").format(known=_listed(known)))
    return [one for one in known if one in value]


def _moment(value: Any) -> str:
    if value == "":
        return ""
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise _Unfit(_now("it takes a moment with its offset, as 2027-01-31T20:00:00+01:00, or nothing."))
    return at.isoformat()


def _currency(value: Any) -> str:
    if not is_currency(value):
        raise _Unfit(_now("it takes a currency as three capital letters, as EUR."))
    return cast("str", value)


def _upload(setting: Setting, value: Any, files: Files) -> str:
    sounds = {sound for sound, _label in SOUNDS} if "sound" in setting.of else set()
    if not isinstance(value, str):
        raise _Unfit(_now("it takes the id of one of your files, or nothing."))
    if value == "" or value in sounds or value in files.gone:
        return value
    if value not in files.kinds:
        raise _Unfit(_now("this file is not there any more. Choose another one, or none."))
    if files.kinds[value] not in setting.of:
        raise _Unfit(_now("it takes a file that is: {known}.").format(known=_listed(setting.of)))
    return value


def _rows(setting: Setting, value: Any, files: Files) -> list[dict[str, Any]]:
    if not isinstance(value, list) or len(value) > setting.limit or not all(isinstance(row, dict) for row in value):
        raise _Unfit(_now("it takes a list of {limit} objects at most.").format(limit=setting.limit))
    found = [
        _named(str(number), lambda: _config(setting.of_rows, row, files, row=True))  # noqa: B023  called at once
        for number, row in enumerate(value, start=1)
    ]
    if len({row["id"] for row in found}) < len(found):
        raise _Unfit(_now("it stands there twice. Each of them has an id of its own."), "id")
    return found


def _id(value: Any) -> uuid.UUID:
    """A new one for a layer that has none yet."""
    if value is None:
        return uuid.uuid4()
    try:
        return uuid.UUID(str(value))
    except ValueError:
        raise _Unfit(_now("it takes a UUID, or nothing for a new layer.")) from None


def _row_id(value: Any) -> str:
    if value is None:
        return str(uuid.uuid4())
    if not isinstance(value, str) or not ROW_ID.fullmatch(value):
        raise _Unfit(_now("it takes up to 40 letters, digits, - and _."))
    return value


def _no_such(known: Iterable[str]) -> str:
    return _now("there is no such setting. There are: {known}.").format(known=", ".join(known))


def _listed(known: Iterable[str]) -> str:
    return ", ".join(f"“{one}”" if not one else str(one) for one in known)
