"""Overlays with layers for pages that draw them, made inside of Lumio (`Lumio.inside`)."""

from __future__ import annotations

from typing import Any

from accounts.authentication import actor_of_member
from accounts.models import Account, Member
from events.enums import Kind, Origin
from events.types import Person
from lumio.lib.secrets import new_secret
from overlays.domain import goals, timers
from overlays.domain.definition import definition
from overlays.enums import LayerType
from overlays.models import Layer
from tests import factories

#: What each type is set to beside its defaults, so that it has something to show.
CONFIGS: dict[str, dict[str, Any]] = {
    LayerType.ALERT_BOX: {"variations": [{"kinds": ["follow", "tip"], "template": "{{name}}", "seconds": 5}]},
    LayerType.GOAL: {"title": "Followers", "target": 500},
    LayerType.TEXT: {"text": "Last: {{last_follower}}"},
    LayerType.TIMER: {"mode": "clock"},
    LayerType.CUSTOM: {
        "html": "<ol id=seen></ol>",
        "js": "lumio.on('event', ({ data }) => { document.querySelector('#seen').textContent = data.actor.name; });",
    },
}


def overlay(*types: str) -> dict[str, Any]:
    """A new overlay with a layer of each type (all for none named), side by side: its `key` and `definition`."""
    return overlay_of([(type_, CONFIGS.get(type_, {})) for type_ in types or LayerType.values])


def overlay_of(layers: list[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    """The same with layers of these types and settings; those of variations in part."""
    key = new_secret()
    made = factories.make_overlay(account=Account.objects.get(is_instance=False), key=key)
    x = 0
    for type_, config in layers:
        if "variations" in config:
            config = config | {"variations": [factories.make_variation(**one) for one in config["variations"]]}
        layer = factories.make_layer(overlay=made, type=type_, config=config, x=x % 1400, y=x // 1400 * 500)
        x += layer.width
    goals.follow(made, list(made.layers.all()))
    return {"key": key, "definition": definition(made)}


def set_timer(act: str) -> None:
    """Start, stop or reset the only timer."""
    owner = actor_of_member(Member.objects.select_related("account", "user", "role").get(role__slug="owner"))
    timers.control(actor=owner, layer_id=Layer.objects.get(type=LayerType.TIMER).pk, act=act)


def tell(name: str, message: str, message_id: str = "") -> None:
    """Somebody of this name writes into the chat, and follows."""
    account = Account.objects.get(is_instance=False)
    person = Person(id=name, login=name.lower(), name=name)
    factories.make_event(
        account=account,
        kind=Kind.CHAT_MESSAGE,
        origin=Origin.LIVE,
        actor=person,
        message=message,
        external_id=message_id or None,
    )
    factories.make_event(account=account, origin=Origin.LIVE, actor=person)
