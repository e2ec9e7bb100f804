"""The operator's page in Django admin: the app credentials of this Lumio, its global bots, the Discord bot.

All of it belongs to the instance's own account. Whoever Django admin lets in may do it (`operator_actor`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET, require_POST

from accounts.domain.operators import operator_actor
from connections.bot_forms import DiscordForm
from connections.domain import access, bots, credentials, discord, oauth
from connections.enums import Purpose, Use
from connections.forms import CredentialsForm
from connections.models import AppCredentials, Connection
from connections.platforms import PLATFORMS
from lumio.lib.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    from accounts.actor import Actor
    from connections.models import OAuthAttempt
    from connections.platforms.base import Platform


@dataclass(frozen=True)
class Entry:
    """One platform on the page."""

    platform: Platform
    saved: AppCredentials | None
    bot: Connection | None
    form: CredentialsForm
    #: The operator's own reason (or "") where bots are switched off for everybody, else None.
    off: str | None

    @property
    def trouble(self) -> str:
        return bots.trouble_of(self.bot) if self.bot else ""


def _for_operators(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Behind Django admin's own door; the view gets the operator as an actor."""

    @wraps(view)
    def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return view(request, operator_actor(request), **kwargs)

    return admin.site.admin_view(guarded)


@_for_operators
@require_GET
def index(request: HttpRequest, actor: Actor) -> HttpResponse:
    return _page(request, actor)


@_for_operators
@require_POST
@sensitive_post_parameters("client_id", "client_secret")
def save_credentials(request: HttpRequest, actor: Actor, platform: str) -> HttpResponse:
    found = access.get_bot_platform(platform)
    form = CredentialsForm(request.POST, auto_id=f"{found.slug}-%s")
    if saved := form.save(actor, found):
        messages.success(request, saved.text)
        return redirect("operator_bots:index")
    return _page(request, actor, forms={found.slug: form}, status=422)


@_for_operators
@require_POST
def delete_credentials(request: HttpRequest, actor: Actor, platform: str) -> HttpResponse:
    found = access.get_bot_platform(platform)
    credentials.delete(actor=actor, row=access.get_credentials(actor, found))
    messages.success(request, _("The app credentials for {platform} were deleted.").format(platform=found.name))
    return redirect("operator_bots:index")


@_for_operators
@require_POST
def connect(request: HttpRequest, actor: Actor, platform: str) -> HttpResponse:
    found = access.get_bot_platform(platform)
    key = request.session.session_key or ""
    try:
        url = oauth.begin(actor=actor, platform=found, session_key=key, purpose=Purpose.BOT)
    except Refusal as refusal:
        messages.error(request, refusal.text)
        return redirect("operator_bots:index")
    return render(request, "connections/leaving.html", {"platform": found, "url": url, "is_operator": True})


def began(request: HttpRequest, attempt: OAuthAttempt | None) -> bool:
    """Whether the sign-in behind a callback is one that this very person began here."""
    return attempt is not None and attempt.account.is_instance and attempt.user_id == request.user.pk


@require_GET
@sensitive_variables("answer")
def finish(request: HttpRequest, platform: str) -> HttpResponse:
    """The callback of a sign-in that was begun here. Raises PermissionDenied for who runs this Lumio no more."""
    actor, found = operator_actor(request), access.get_platform(platform)
    answer = oauth.answer_of(request.GET)
    key = request.session.session_key or ""
    try:
        bot = oauth.finish(actor=actor, platform=found, session_key=key, answer=answer)
    except Refusal as refusal:
        messages.error(request, refusal.text)
    else:
        sentence = _("Successfully connected {name} as the global bot at {platform}!")
        messages.success(request, sentence.format(name=bot.channel_name, platform=found.name))
    return redirect("operator_bots:index")


@_for_operators
@require_POST
def disconnect(request: HttpRequest, actor: Actor, platform: str) -> HttpResponse:
    found = access.get_bot_platform(platform)
    bots.disconnect(actor=actor, platform=found)
    messages.success(request, _("The global bot at {platform} was disconnected.").format(platform=found.name))
    return redirect("operator_bots:index")


@_for_operators
@require_POST
@sensitive_post_parameters("token")
def save_discord(request: HttpRequest, actor: Actor) -> HttpResponse:
    form = DiscordForm(request.POST, auto_id="discord-%s")
    if form.is_valid():
        try:
            bot = discord.save(actor=actor, token=form.cleaned_data["token"])
        except Refusal as refusal:
            form.add_error("token", refusal.text)
        else:
            messages.success(request, _("Saved. Discord knows it as {name}.").format(name=bot.name))
            return redirect("operator_bots:index")
    return _page(request, actor, discord_form=form, status=422)


@_for_operators
@require_POST
def check_discord(request: HttpRequest, actor: Actor) -> HttpResponse:
    try:
        bot = discord.check(actor=actor)
    except Refusal as refusal:
        messages.error(request, refusal.text)
    else:
        messages.success(request, _("Discord accepts the token of {name}.").format(name=bot.name))
    return redirect("operator_bots:index")


@_for_operators
@require_POST
def remove_discord(request: HttpRequest, actor: Actor) -> HttpResponse:
    try:
        discord.remove(actor=actor)
    except Refusal as refusal:
        messages.error(request, refusal.text)
    else:
        messages.success(
            request, _("The Discord bot was removed. Reset its token at Discord too: it still works there.")
        )
    return redirect("operator_bots:index")


def _page(
    request: HttpRequest,
    actor: Actor,
    *,
    forms: dict[str, CredentialsForm] | None = None,
    discord_form: DiscordForm | None = None,
    status: int = 200,
) -> HttpResponse:
    saved = {row.platform: row for row in credentials.listing(actor)}
    connected = {row.platform: row for row in bots.own(actor)}
    off = access.switched_off(actor.account, Use.BOT)
    about_discord = discord.card(actor)
    context = {
        **admin.site.each_context(request),
        "title": _("Bots"),
        "entries": [
            Entry(
                platform,
                saved.get(slug),
                connected.get(slug),
                (forms or {}).get(slug) or CredentialsForm(auto_id=f"{slug}-%s"),
                off.get(slug),
            )
            for slug, platform in PLATFORMS.items()
            if platform.has_bots
        ],
        "discord": about_discord,
        "invitation": discord.invitation(about_discord.bot) if about_discord.bot else "",
        "discord_form": discord_form or DiscordForm(auto_id="discord-%s"),
    }
    return render(request, "admin/bots/index.html", context, status=status)
