"""What Mira has set up before pictures are taken of her evening, done inside of Lumio (`Lumio.inside`)."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

from django.utils import timezone
from PIL import Image, ImageDraw

from accounts.actor import Actor
from accounts.authentication import actor_of_member
from accounts.models import Member, User
from automations import presets
from automations.domain import automations
from connections.domain import webhooks
from connections.enums import Purpose
from events.models import ChatLine, Event
from integrations.domain import bridge, tokens
from integrations.enums import Tool
from overlays.domain import overlays, uploads
from overlays.domain.overlays import Changes
from tests import factories
from tests.e2e.stage import sign_in
from tests.pictures.cards import session

#: Seconds between two events and between two chat lines, in turn: what came within a second is shown over an hour.
EVENT_STEPS = (40, 95, 210, 150, 320, 80, 260, 400)
CHAT_STEPS = (5, 9, 4, 12, 7, 3, 16)


def furnish(ports: dict[str, int], password: str, jwt: str) -> dict[str, str]:
    """Tools, tips, a team, tokens, overlays, uploads and automations; where they are, and the tokens."""
    owner = _owner()
    User.objects.filter(pk=owner.user.pk).update(name="Mira")
    account = owner.account
    obs = factories.make_integration(account=account, label="Streaming PC", port=ports["obs"], password=password)
    bot = factories.make_integration(
        account=account,
        tool=Tool.STREAMERBOT,
        label="Gaming PC",
        port=ports["streamerbot"],
        password=password,
        takes_events=True,
    )
    tokens.add(actor=owner, platform="twitch", token=jwt, label="Main channel")
    otto, juno = (factories.make_user(email=f"{name}@example.com", name=name.title()) for name in ("otto", "juno"))
    factories.make_member(account=account, user=otto, role="moderator")
    factories.make_member(account=account, user=juno, role="viewer")
    factories.make_invitation(actor=owner, note="Pixelpaula, for Fridays")
    overlay = overlays.create(actor=owner, wanted=Changes(name="Main"), preset="full")
    overlays.create(actor=owner, wanted=Changes(name="Upright", width=1080, height=1920), preset="alerts")
    for name, colours in (("Lighthouse.png", ("#1d3557", "#f4a261")), ("Raid.png", ("#5a189a", "#ff9e00"))):
        file = _drawing(*colours)
        uploads.add(actor=owner, file=BytesIO(file), size=len(file), name=name)
    return {
        "bridge": bridge.address(account).reveal(),
        "overlay": overlays.address(actor=owner, overlay_id=overlay.pk).reveal(),
        "editor": f"/dashboard/overlays/{overlay.pk}",
        "actions": f"/dashboard/connections/integrations/{bot.pk}/actions",
        "automation": f"/dashboard/automations/{_automate(owner, str(obs.pk))}",
        "webhook": webhooks.of_account(owner)["kick"].url,
        "moderator": session(otto),
    } | _tokens(owner)


def connect_bot(session_key: str, slug: str, login: str) -> None:
    """A custom bot, signed in at its stand-in."""
    sign_in(_owner(), slug, session_key, login, Purpose.BOT)


def count() -> int:
    """How many events and chat lines there are."""
    return Event.objects.count() + ChatLine.objects.count()


def spread() -> None:
    """Have what happened be older, the newest least, and everybody in chat but the raiders an old friend."""
    for model, steps in ((Event, EVENT_STEPS), (ChatLine, CHAT_STEPS)):
        at = timezone.now()
        for number, row in enumerate(model.objects.order_by("-seq")):
            at -= timedelta(seconds=steps[number % len(steps)])
            row.occurred_at = row.received_at = at
            if row.actor_login != "otter_fan":
                row.extra.pop("first", None)
            row.save(update_fields=["occurred_at", "received_at", "extra"])


def _tokens(owner: Actor) -> dict[str, str]:
    wanted: dict[str, dict[str, Any]] = {
        "desk": {
            "label": "Tablet beside the keyboard",
            "permissions": {"events:read", "events:create", "chat:read", "chat:write", "settings:read", "obs:edit"},
        },
        "music": {"label": "Music over the stream", "permissions": {"spotify:read", "spotify:playback"}},
        "events": {"label": "Events in the scene Live", "permissions": {"events:read"}, "pages": ["events"]},
    }
    return {name: factories.make_token(actor=owner, **fields)[1].reveal() for name, fields in wanted.items()}


def _automate(owner: Actor, obs_id: str) -> str:
    """Three automations that are switched on; the id of the one for raids."""
    scenes = iter(("Just Chatting", "Live"))
    made = []
    for slug in ("lurk", "follow", "raid"):
        preset = presets.PRESETS[slug]
        steps = [step if step["type"] != "obs" else _switch(step, obs_id, next(scenes)) for step in preset.made]
        wanted = automations.Changes(name=str(preset.label), enabled=True, steps=steps, **preset.fields)
        made.append(automations.create(actor=owner, wanted=wanted))
    return str(made[-1].pk)


def _switch(step: dict[str, Any], obs_id: str, scene: str) -> dict[str, Any]:
    return step | {"config": step["config"] | {"integration": obs_id, "arguments": {"scene": scene}}}


def _drawing(ground: str, light: str) -> bytes:
    """A lighthouse, more or less."""
    picture = Image.new("RGB", (640, 360), ground)
    pen = ImageDraw.Draw(picture)
    pen.polygon([(330, 90), (640, 20), (640, 150)], fill=light)
    pen.polygon([(280, 340), (300, 110), (340, 110), (360, 340)], fill="#f1faee")
    pen.rectangle((296, 70, 344, 110), fill=light)
    out = BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def _owner() -> Actor:
    return actor_of_member(Member.objects.select_related("account", "user", "role").get(role__slug="owner"))
