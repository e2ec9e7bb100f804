"""What journeys of overlays begin with, done inside of Lumio (`Lumio.inside`)."""

from __future__ import annotations

from typing import Any

from accounts.actor import Actor
from accounts.authentication import actor_of_member
from accounts.models import Account, Member
from events.enums import Kind, Origin
from events.types import Person
from overlays.domain import controls, overlays, sources
from overlays.domain.overlays import Changes
from overlays.models import Alert, AlertPlay, AlertQueue, Overlay
from tests import factories

KEY = "Zm9yIHRlc3RzIGFsb25lLCBhbmQgbm90aGluZyBlbHNl"


def have_overlay(layers: list[tuple[str, dict[str, Any]]], name: str = "Main", key: str = KEY) -> str:
    """An overlay of 640 by 360 with layers of these types and settings; its path."""
    row = factories.make_overlay(account=_account(), key=key, name=name, width=640, height=360)
    for number, (type, config) in enumerate(layers, start=1):
        factories.make_layer(overlay=row, type=type, name=f"{type} {number}", config=config, width=600, height=300)
    return f"/overlay/{key}"


def box(seconds: float, **variation: Any) -> tuple[str, dict[str, Any]]:
    """An alert box that shows follows for so long."""
    made = factories.make_variation(kinds=[Kind.FOLLOW], seconds=seconds, motion_in="none", motion_out="none")
    return "alert_box", {"variations": [made | variation]}


def have_alert_box(seconds: float, name: str = "Main", key: str = KEY) -> str:
    return have_overlay([box(seconds)], name, key)


def follow(*names: str) -> None:
    for name in names:
        factories.make_event(account=_account(), origin=Origin.LIVE, actor=Person(id=name, login=name, name=name))


def chat(text: str, message_id: str) -> None:
    juno = Person(id="2002", login="juno", name="Juno")
    factories.make_event(
        account=_account(), kind=Kind.CHAT_MESSAGE, origin=Origin.LIVE, actor=juno, message=text, external_id=message_id
    )


def remove(message_id: str) -> None:
    factories.make_event(
        account=_account(), kind=Kind.CHAT_MESSAGE_DELETED, origin=Origin.LIVE, extra={"message_id": message_id}
    )


def write(text: str) -> None:
    """Save the only overlay with one layer, which says this."""
    layers = [{"type": "text", "config": {"text": text}}]
    overlays.save(actor=_owner(), overlay_id=_overlay().pk, version=None, wanted=Changes(), layers_wanted=layers)


def arrange(shown: list[str], hidden: list[str]) -> None:
    """Save the only overlay with its layers in this order, the lowest first."""
    by_name = {layer.name: layer for layer in _overlay().layers.all()}
    layers = [
        {"id": str(by_name[name].pk), "type": by_name[name].type, "name": name, "config": by_name[name].config}
        | {"visible": name not in hidden}
        for name in (*shown, *hidden)
    ]
    overlays.save(actor=_owner(), overlay_id=_overlay().pk, version=None, wanted=Changes(), layers_wanted=layers)


def rotate() -> str:
    """The address that takes the place of the only overlay's."""
    return overlays.rotate(actor=_owner(), overlay_id=_overlay().pk).reveal()


def reload() -> None:
    sources.reload(actor=_owner(), overlay=_overlay())


def skip() -> None:
    controls.skip(_owner())


def on_return(policy: str) -> None:
    AlertQueue.objects.update_or_create(account=_account(), defaults={"on_return": policy})


def alerts() -> list[list[str]]:
    """Who followed, and what became of the alert, oldest first."""
    return [[alert.event["data"]["actor"]["name"], alert.state] for alert in Alert.objects.order_by("id")]


def plays() -> int:
    """How many plays have begun."""
    return AlertPlay.objects.filter(state__in=("started", "done")).count()


def connected() -> list[bool | None]:
    """Of each source that is connected, whether it can be seen."""
    shown = sources.of(Overlay.objects.all()).values()
    return [one.is_visible for some in shown for one in some if one.is_connected]


def _account() -> Account:
    return Account.objects.get(is_instance=False)


def _owner() -> Actor:
    return actor_of_member(Member.objects.select_related("account", "user", "role").get(role__slug="owner"))


def _overlay() -> Overlay:
    return Overlay.objects.get()
