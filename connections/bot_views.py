"""The Bot Connections page and the Bot Control page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts import throttle
from accounts.enums import Permission
from accounts.gates import page
from accounts.http import render_part
from connections.domain import access, bot_cards, bots, discord, oauth
from connections.enums import Purpose
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from accounts.http import ActorRequest
    from connections.platforms.base import Platform


@require_GET
@page(Permission.BOT_CONNECTIONS_READ)
def index(request: ActorRequest) -> HttpResponse:
    cards = bot_cards.cards(request.actor)
    asked = request.GET.get("connected")
    # Shown only where it is true: somebody else can send such a link.
    connected = next((card.custom for card in cards if card.platform.slug == asked and card.custom_works), None)
    context = {"cards": cards, "discord": discord.card(request.actor), "connected": connected, "asks": True}
    return render(request, "connections/bot_connections.html", _rights(request) | context)


@require_GET
@page(Permission.BOT_CONNECTIONS_READ)
def card(request: ActorRequest, platform: str) -> HttpResponse:
    """One card, for htmx."""
    found = bot_cards.card(request.actor, access.get_bot_platform(platform))
    context = _rights(request) | {"card": found}
    return render_part(request, "connections/_bot_card.html", context, looks=found.fingerprint)


@require_POST
@page(Permission.BOT_CONNECTIONS_CREATE)
def connect(request: ActorRequest, platform: str) -> HttpResponse:
    """Connect Bot and Reconnect, as `connections.views.connect`."""
    found = access.get_bot_platform(platform)
    key = request.session.session_key or ""
    try:
        url = oauth.begin(actor=request.actor, platform=found, session_key=key, purpose=Purpose.BOT)
    except Refusal as refusal:
        messages.error(request, refusal.text)
        return redirect("connections:bots")
    return render(request, "connections/leaving.html", {"platform": found, "url": url, "is_bot": True})


@require_POST
@page(Permission.BOT_CONNECTIONS_DELETE)
def disconnect(request: ActorRequest, platform: str) -> HttpResponse:
    found = access.get_bot_platform(platform)
    bots.disconnect(actor=request.actor, platform=found)
    messages.success(request, _("Your custom bot at {platform} was disconnected.").format(platform=found.name))
    return _to_card(found)


@require_POST
@page(Permission.BOT_CONNECTIONS_CREATE)
def say_hello(request: ActorRequest, platform: str) -> HttpResponse:
    found = access.get_bot_platform(platform)
    try:
        throttle.require(throttle.BOT_ASKS, request.actor)
        said = bots.say_hello(actor=request.actor, platform=found)
    except Refusal as refusal:
        messages.error(request, _("Not delivered: {why}").format(why=refusal.text))
    else:
        sentence = _("Delivered: “{text}” is in the chat of {channel} at {platform}.")
        channel = said.channel.channel_name
        messages.success(request, sentence.format(text=said.text, channel=channel, platform=found.name))
    return _to_card(found)


@require_POST
@page(Permission.BOT_CONNECTIONS_READ)
def check_moderator(request: ActorRequest, platform: str) -> HttpResponse:
    """To htmx the card as it is then, to a form without scripts the page."""
    found = access.get_bot_platform(platform)
    trouble = ""
    try:
        throttle.require(throttle.BOT_ASKS, request.actor)
        if bot_cards.check_moderator(actor=request.actor, platform=found) is None:
            trouble = _("{platform} does not tell that right now.").format(platform=found.name)
    except Refusal as refusal:
        trouble = refusal.text
    if request.headers.get("HX-Request"):
        card = bot_cards.card(request.actor, found)
        return render(request, "connections/_bot_card.html", _rights(request) | {"card": card, "not_asked": trouble})
    if trouble:
        messages.error(request, trouble)
    return _to_card(found)


def _to_card(platform: Platform) -> HttpResponse:
    return redirect(f"{reverse('connections:bots')}#bot-{platform.slug}")


@require_GET
@page(Permission.BOT_CONNECTIONS_READ)
def control(request: ActorRequest) -> HttpResponse:
    context = {"statuses": bots.statuses(request.actor)}
    return render(request, "connections/bot_control.html", _rights(request) | context)


@require_POST
@page(Permission.BOT_CONNECTIONS_CREATE)
def pause(request: ActorRequest, platform: str) -> HttpResponse:
    found = access.get_bot_platform(platform)
    bots.pause(actor=request.actor, platform=found)
    messages.success(request, _("Paused at {platform}: nothing is sent there.").format(platform=found.name))
    return redirect("connections:bot_control")


@require_POST
@page(Permission.BOT_CONNECTIONS_CREATE)
def rejoin(request: ActorRequest, platform: str) -> HttpResponse:
    found = access.get_bot_platform(platform)
    try:
        throttle.require(throttle.BOT_ASKS, request.actor)
        status = bots.rejoin(actor=request.actor, platform=found)
    except Refusal as refusal:
        messages.error(request, refusal.text)
    else:
        name = status.speaker.channel_name if status.speaker else found.name
        messages.success(request, _("{platform} lets {name} in.").format(platform=found.name, name=name))
    return redirect("connections:bot_control")


def _rights(request: ActorRequest) -> dict[str, bool]:
    actor = request.actor
    return {
        "may_create": actor.can(Permission.BOT_CONNECTIONS_CREATE),
        "may_delete": actor.can(Permission.BOT_CONNECTIONS_DELETE),
        "may_set_up": actor.can(Permission.CONNECTIONS_EDIT),
    }
